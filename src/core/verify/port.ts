/** What is asked of the store to see whether what it keeps agrees with itself. */
import type { MessageId } from '../envelope.ts';
import type { ContentStore } from '../mailbox/pieces.ts';

/** Rows that do not agree with each other. */
export type Fault =
  /** More or fewer things hold on to the message than it counts. */
  | {
      readonly kind: 'references';
      readonly message: MessageId;
      readonly counted: number;
      readonly there: number;
    }
  /** It is in a mailbox or in the queue, and what was received of it is not there. */
  | { readonly kind: 'no-content'; readonly message: MessageId }
  /** Octets that nothing needs: they only take room. */
  | { readonly kind: 'spare-content'; readonly message: MessageId }
  /** An item of a mailbox, or a delivery, of a message that is not there. */
  | {
      readonly kind: 'no-message';
      readonly of: 'item' | 'delivery';
      readonly id: number;
      readonly mailbox?: number;
    }
  /** A delivery that the guard holds in a group that is over or gone: it would be held for ever. */
  | { readonly kind: 'held'; readonly delivery: number; readonly group: number }
  /** An open group of held mail counts other recipients than are held in it. */
  | { readonly kind: 'group'; readonly group: number; readonly counted: number; readonly there: number }
  /** A number that the mailbox keeps is not what its items say. */
  | {
      readonly kind: 'mailbox';
      readonly mailbox: number;
      readonly name: string;
      readonly account: number;
      readonly wrong: readonly MailboxCount[];
    };

export interface MailboxCount {
  readonly what: 'messages' | 'unseen' | 'deleted' | 'size' | 'uidNext' | 'modseq' | 'flag changes';
  readonly counted: number;
  /** Of UIDNEXT and the MODSEQ the least that they may be. */
  readonly there: number;
}

/** A message, to be compared with its octets. */
export interface KeptMessage {
  readonly message: MessageId;
  /** Of the whole, our trace fields included. */
  readonly sizeBytes: number;
  readonly prefix: Uint8Array;
  /** SHA-256 of what was received. */
  readonly hash: Uint8Array;
  /** As `wire/mime` encodes it; where it was made. */
  readonly structure?: Uint8Array;
}

export interface VerifyStore extends ContentStore {
  /** Faults in the rows, at most `limit` of each kind. Each is of one moment: what changes meanwhile is no fault. */
  verifyRows(request: { limit: number }): Promise<Fault[]>;
  /** Those that have something to keep, by rising number. */
  keptMessages(request: { after: number; limit: number }): Promise<KeptMessage[]>;
}
