/** What a client is told, and how. */

/** What the client has enabled (RFC 5161), or shown that it knows. */
export interface Enabled {
  rev2: boolean;
  utf8: boolean;
  condStore: boolean;
  qresync: boolean;
  /** RFC 9586: messages have no numbers, only UIDs. */
  uidOnly: boolean;
}

/** How changes of the selected mailbox are told. */
export interface Telling {
  /** RFC 9051 7.5.1: numbers of messages must not change while a client counts on them. */
  readonly expunges: 'told' | 'held';
  /** What has this MODSEQ is the session's own, and told already. */
  readonly own?: number;
  /** Undefined: told. */
  readonly flags?: 'told' | 'not told';
  /** To a command that is about them, whatever the client wishes to hear of else (RFC 5465). */
  readonly isAnswer?: true;
}
