/**
 * The shared vocabulary: what a message, its envelope and its deliveries are made of.
 * Types only; every layer above speaks in these words (design, section 2).
 */

import type { Mishap } from '../wire/smtp/mishap.ts';
import type { BodyType, Notify } from '../wire/smtp/parameters.ts';

declare const brand: unique symbol;
type Branded<T, Name extends string> = T & { readonly [brand]: Name };

export type MessageId = Branded<number, 'MessageId'>;
export type DeliveryId = Branded<number, 'DeliveryId'>;
export type AccountId = Branded<number, 'AccountId'>;
/** Never used again, and the same through renames: MAILBOXID (RFC 8474) is made of it. */
export type MailboxId = Branded<number, 'MailboxId'>;
/** A folder elsewhere that mail comes from. */
export type ImportFolderId = Branded<number, 'ImportFolderId'>;
export type ThreadId = Branded<number, 'ThreadId'>;
export type WorkerId = Branded<number, 'WorkerId'>;
/** `site>egress`: everything that paces delivery belongs to a path. The empty string means "not routed yet". */
export type PathKey = Branded<string, 'PathKey'>;

export const UNROUTED = '' as PathKey;

export type { BodyType, Mishap, Notify };

export type Language = 'en' | 'fr';

/** The part of an envelope that is the same for every recipient. */
export interface Envelope {
  /** Empty for the null reverse-path `<>`. */
  readonly reversePath: string;
  readonly bodyType: BodyType;
  readonly smtpUtf8: boolean;
  /** RFC 8689: every hop must use verified TLS, or the message comes back. */
  readonly requireTls: boolean;
  /** The guard doubts it and lets it go: by the egress that is kept for such mail, where there is one. */
  readonly doubted?: true;
  /** RFC 3461 section 4.3: how much of the message a failure DSN returns. */
  readonly ret?: 'FULL' | 'HDRS';
  /** RFC 3461 section 4.4, decoded from xtext. */
  readonly envid?: string;
}

/** By which address of ours a message goes on to elsewhere. */
export interface Forward {
  /** Said above the message when it leaves (Delivered-To, RFC 9228), so that it is known when it comes back. */
  readonly via: string;
  /** In place of the envelope's, where that is of somebody elsewhere. */
  readonly reversePath?: string;
}

/** One RCPT TO as it was accepted. */
export interface Recipient {
  readonly address: string;
  readonly notify?: readonly Notify[];
  /** RFC 3461 section 4.2: `type;value`, decoded from xtext. */
  readonly orcpt?: string;
  /** Absent where it was written to the address itself. */
  readonly forward?: Forward;
}

/** Whose fault a failed attempt was (design, section 2). */
export type Blame = 'local' | 'path' | 'reputation' | 'sender' | 'recipient' | 'message' | 'unknown';

/** The point of the dialogue where something happened: the cheapest strong clue to what a reply means. */
export type Stage =
  | 'route'
  | 'connect'
  | 'tls'
  | 'banner'
  | 'ehlo'
  | 'auth'
  | 'mail'
  | 'rcpt'
  | 'data'
  | 'end-of-data';

/** What an SMTP peer said, verbatim, or what our own network said in its place. */
export interface RemoteReply {
  readonly stage: Stage;
  /** The three digits, absent when no reply came (refused, reset, timed out). */
  readonly code?: number;
  /** RFC 3463, absent when the peer gave none. */
  readonly enhanced?: string;
  /** What happened when no reply came, where people can be told; `text` is for operators then. */
  readonly mishap?: Mishap;
  /** The peer's own words, lines joined by a line feed, at most 2 KiB. */
  readonly text: string;
  /** Host name and address that answered, such as `mx1.example.net [192.0.2.1]:25`. */
  readonly remote?: string;
  /** Milliseconds from the start of the attempt. */
  readonly afterMs: number;
}
