/** What comes back about mail that an account sent, for whoever judges how accounts send. */
import type { AccountId, MessageId } from '../envelope.ts';

export type FeedbackEvent =
  /** Somebody who got it called it unwanted (RFC 5965). `count`: complaints that the report stands for. */
  | (About & { readonly kind: 'complaint'; readonly complaint: string; readonly count: number })
  /** A provider refused our address, or this customer, over it. */
  | (About & { readonly kind: 'refusal'; readonly blame: 'reputation' | 'sender'; readonly class: string })
  /** Its host says for sure that the recipient is not there. */
  | (About & { readonly kind: 'unknown-recipient'; readonly recipient: string })
  /** It was taken, and came back later from further on (RFC 3464). */
  | (About & { readonly kind: 'late-failure'; readonly recipient: string; readonly status: string });

interface About {
  readonly message: MessageId;
  /** Absent for what nobody logged in for. */
  readonly account?: AccountId;
  /** `domain/account`; absent where only the message is known. */
  readonly customer?: string;
  /** ms since the epoch. */
  readonly at: number;
}

/** Must return at once, and not throw: it is called on the way of live mail. */
export interface Feedback {
  told(event: FeedbackEvent): void;
}
