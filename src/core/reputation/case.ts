/**
 * The case of a block: what stands still for it, since when, what was said, what was done, and how it ended. It opens with
 * the hold, comes back with the mail, and closes by itself when mail flows again; its history is kept.
 */
import type { AccountId, DeliveryId, PathKey, RemoteReply } from '../envelope.ts';
import type { Freeze, Scope } from '../queue/freeze.ts';

/** `held`: nothing goes but canaries. `returning`: it goes again, slowly. `closed`: mail flows. */
export type CaseState = 'held' | 'returning' | 'closed';

export interface ProviderCase {
  readonly id: number;
  readonly scope: Scope;
  /** A name of providers.ts, or the site that has none. */
  readonly provider: string;
  readonly egress: string;
  /** The one customer's domain whose mail it is about. */
  readonly customer?: string;
  readonly blame: 'reputation' | 'sender';
  /** How the reply that opened it was read. */
  readonly class: string;
  readonly state: CaseState;
  /** ms since the epoch, as all times here. */
  readonly openedAt: number;
  /** When it came into its state. */
  readonly changedAt: number;
  /** The pause that was waited last, ms; the next is twice as long, up to the provider's ceiling. */
  readonly pauseMs: number;
  /** Connections that the stream bore before the block, and has reached since: the way back ends there. */
  readonly level: number;
  /** Times that it was renewed. */
  readonly renewed: number;
}

/** One reply that refused us, for the record. */
export interface CaseReply {
  readonly customer: string;
  readonly account?: AccountId;
  readonly path: PathKey;
  readonly reply: RemoteReply;
  readonly class: string;
  readonly rule: string;
}

export type CaseEventKind =
  | 'held'
  | 'renewed'
  | 'reply'
  | 'returning'
  | 'retry'
  | 'tried'
  | 'spread'
  | 'unspread'
  | 'closed';

/**
 * `held` opens it, `renewed` opens it again after it came back; `tried`: a message tried and was not taken; `returning`: one was
 * taken, or `by` let it go.
 */
export interface CaseEvent {
  readonly at: number;
  readonly kind: CaseEventKind;
  readonly detail: Partial<CaseReply> & {
    readonly pauseMs?: number;
    readonly by?: string;
    readonly why?: string;
    /** When what was asked for ends, ms since the epoch. */
    readonly until?: number;
    readonly delivery?: DeliveryId;
    /** The number of the case that explains it, and has its replies as well. */
    readonly into?: number;
  };
}

/** Replies and other events that are kept of one case. */
export const MOST_REPLIES = 50;
export const MOST_EVENTS = 500;

/** Before the far end had heard whose mail it is: said of our address, and of no customer. */
export function isBeforeMail({ stage }: Pick<RemoteReply, 'stage'>): boolean {
  return !['mail', 'rcpt', 'data', 'end-of-data'].includes(stage);
}

export interface CaseHold {
  readonly freeze: Freeze;
  readonly about: Pick<ProviderCase, 'provider' | 'egress' | 'blame' | 'class' | 'pauseMs' | 'level'> & {
    readonly customer?: string;
  };
  readonly replies: readonly (CaseReply & { readonly at: number })[];
}

export interface CaseStore {
  /** Freezes, and opens the case of that scope or renews the one that is open, in one transaction. */
  hold(request: CaseHold): Promise<Freeze>;
  /** Cases that are open, or closed at `since` or later, the newest first. */
  cases(request: { since: number; limit: number }): Promise<ProviderCase[]>;
  /** One case by its number. */
  providerCase(id: number): Promise<ProviderCase | undefined>;
  /** What happened in a case, the oldest first. */
  caseEvents(id: number): Promise<CaseEvent[]>;
  /** Adds to the record of the open case of a scope; nothing when there is none, or its record is full. */
  noteCase(request: { scope: Scope; event: CaseEvent }): Promise<void>;
  /** The stream bears so many connections now. */
  keepCaseLevel(request: { id: number; level: number }): Promise<void>;
  /** Mail flows again, or `into` explains it: the open case of that scope has what was said as well, and is named. */
  closeCase(request: { scope: Scope; at: number; why: string; into?: Scope }): Promise<void>;
  /** Domains that have a tenant, and which. */
  tenants(): Promise<{ domain: string; tenant: string }[]>;
  /** Forgets cases closed before `before`, ms. */
  forgetCases(before: number): Promise<number>;
}
