/** Where an SMTP session is; each phase holds what that phase knows. */
import type { ArrivingContent } from '../../core/intake/content.ts';
import type { AcceptedRecipient } from '../../core/intake/recipient.ts';
import type { Envelope } from '../../core/envelope.ts';
import type { ContentFault } from '../../wire/smtp/input.ts';
import type { Reply } from '../../wire/smtp/reply.ts';
import type { TextCheck } from '../../wire/smtp/text-check.ts';

export type Phase =
  /** Connected, not greeted by the client yet. */
  | { readonly kind: 'new' }
  | { readonly kind: 'ready' }
  | { readonly kind: 'mail'; readonly transaction: Transaction }
  /** Content is arriving after DATA or BDAT. */
  | { readonly kind: 'content'; readonly transaction: Transaction; readonly arriving: Arriving }
  /** Between two BDAT commands. */
  | { readonly kind: 'chunks'; readonly transaction: Transaction; readonly arriving: Arriving }
  | { readonly kind: 'auth'; readonly dialogue: SaslDialogue };

export interface Transaction {
  readonly envelope: Envelope;
  /** What SIZE said, octets (RFC 1870); 0 without it. */
  readonly sizeBytes: number;
  readonly recipients: AcceptedRecipient[];
}

export interface Arriving {
  readonly content: ArrivingContent;
  /** `DATA`, or BDAT and whether this chunk is the last one. */
  readonly how: 'data' | 'chunk' | 'last-chunk';
  /** Looks at what comes in chunks; absent for DATA, which the reader looks at, and for BINARYMIME. */
  readonly text?: TextCheck;
  /** Why the message will be refused at its end, whatever follows. */
  fault?: 'too-big' | 'store' | 'budget' | ContentFault | 'no-transaction' | undefined;
  /** Octets that came after that. */
  skippedBytes?: number;
}

/** A login under way: each response of the client gets a reply, until one ends it. */
export interface SaslDialogue {
  respond(response: string): Promise<Reply>;
}
