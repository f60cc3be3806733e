/**
 * What the queue needs of a database. Implemented by `store/` for SQLite and PostgreSQL; one contract suite
 * (`store/contract.test.ts`) runs on both.
 *
 * Every write is one operation; the store groups operations of many messages into one synced transaction, and
 * a promise resolves only after that transaction is on disk. An operation that fails rejects alone.
 */
import type {
  AccountId,
  Blame,
  DeliveryId,
  Envelope,
  Language,
  MessageId,
  PathKey,
  Recipient,
  RemoteReply,
  WorkerId,
} from '../envelope.ts';
import type { Judged } from '../guard/port.ts';
import type { ParsedMessage } from '../mailbox/parsed.ts';
import type { WarningLevel } from '../mailbox/quota.ts';
import type { Share } from './balance.ts';
import type { Health } from './breadth.ts';
import type { SpreadStore } from './spread.ts';
import type { StrainState } from '../capacity/strain.ts';
import type { FreezeStore } from './freeze.ts';
import type { Candidate } from '../reputation/canary.ts';
import type { CaseStore } from '../reputation/case.ts';
import type { ReportStore, SuppressionStore } from '../reputation/port.ts';
import type { WarmUpStore } from '../reputation/warm-up.ts';

/** The states of a delivery; which moves are legal, and what a crash means at each, stands in `states.md`. */
export type DeliveryState =
  | 'ready'
  | 'waiting'
  | 'held'
  | 'leased'
  | 'delivered'
  | 'failed'
  | 'expired'
  | 'cancelled';

/** The bytes of a message: in hand when small, already staged in the store when large. */
export type Content =
  | { readonly kind: 'inline'; readonly hash: Uint8Array; readonly bytes: Uint8Array }
  | {
      readonly kind: 'staged';
      readonly hash: Uint8Array;
      readonly sizeBytes: number;
      readonly stage: number;
    };

/** Octets of it. */
export function contentSize(content: Content): number {
  return content.kind === 'inline' ? content.bytes.length : content.sizeBytes;
}

export interface NewDelivery extends Recipient {
  readonly id: DeliveryId;
  readonly path: PathKey;
  /** Whose mail it is, where that is not whose the message is. */
  readonly customer?: string;
  /** Leased at once to the worker that accepted it and will attempt it next; otherwise ready. */
  readonly leasedBy?: WorkerId;
}

/** A copy for the INBOX of a local account. */
export interface LocalCopy extends Recipient {
  readonly id: DeliveryId;
  readonly account: AccountId;
}

/** Everything that one 250 promises to keep. */
export interface Acceptance {
  readonly message: MessageId;
  readonly acceptedAt: number;
  readonly envelope: Envelope;
  /** Our trace header fields (Received, added Date…), to stand before the content. */
  readonly prefix: Uint8Array;
  readonly content: Content;
  /** The account that submitted it; absent for mail from outside and for our own notices. */
  readonly account?: AccountId;
  readonly language: Language;
  /** The message's own Message-ID field, for the trace; at most 998 octets. */
  readonly messageIdField?: string;
  /** Where it came from, for the trace. */
  readonly origin: Origin;
  /** When each of its deliveries gives up. */
  readonly expiresAt: number;
  /** When its sender is told that it is late, unless it is delivered by then. */
  readonly tellAt: number;
  /** Whose mail it is, for fairness: `domain/account`, or `domain/-` for what nobody logged in for. */
  readonly customer: string;
  readonly deliveries: readonly NewDelivery[];
  readonly copies: readonly LocalCopy[];
  /** What the guard made of a submission. With a hold, all its deliveries and copies are held until somebody decides. */
  readonly judged?: Judged;
  /** What its owner is told then: once for each key, and when the account is stopped by it. */
  readonly holdNotices?: {
    readonly held: {
      readonly key: string;
      readonly notice: Acceptance;
      /** By which its owner may answer that notice; kept when it is sent. */
      readonly token?: { readonly hash: string; readonly expiresAt: number };
    };
    readonly stopped?: Acceptance;
  };
  /** What was made of it, when there is a mailbox for it to go to. */
  readonly parsed?: ParsedMessage;
  /** What owners are told of mailboxes that fill. */
  readonly quota?: QuotaWarnings;
  /** What owners who are away answer, unless its sender had such an answer lately. */
  readonly replies?: readonly AutoReply[];
  /** Success notices for the copies, kept in the same transaction (RFC 3461 section 5.2). */
  readonly notices?: readonly Acceptance[];
}

/** An answer, kept in the transaction of the message that it answers, unless its sender had one lately. */
export interface AutoReply {
  readonly account: AccountId;
  /** The sender, in small letters. */
  readonly sender: string;
  readonly everyMs: number;
  readonly notice: Acceptance;
}

/** Each notice is kept in the transaction of the message that made it due, and once. */
export interface QuotaWarnings {
  readonly warnings: readonly {
    readonly account: AccountId;
    readonly level: WarningLevel;
    readonly notice: Acceptance;
  }[];
  /** Who has room again, and is told anew when it is used up. */
  readonly relieved: readonly AccountId[];
}

export interface Origin {
  /** `append`: a client put it into a mailbox, and nobody sent it. */
  readonly kind: 'mx' | 'submission' | 'local' | 'notice' | 'append';
  readonly client?: string;
  readonly helo?: string;
  readonly tls?: string;
  readonly login?: string;
}

/** What the far end last said to a delivery, whose fault that was, and when (ms since the epoch). */
export type LastReply = RemoteReply & { readonly blame?: Blame; readonly at: number };

/** A delivery in the hands of its owner, with all that an attempt needs but the bytes. */
export interface ClaimedDelivery {
  readonly id: DeliveryId;
  readonly path: PathKey;
  readonly recipient: Recipient;
  /** Whose mail it is: `domain/account`. */
  readonly customer: string;
  /** What it was before it was leased, so that it can be put back. */
  readonly was: 'ready' | 'waiting';
  readonly dueAt: number;
  readonly attempts: number;
  readonly lane: number;
  readonly expiresAt: number;
  readonly delayTold: boolean;
  /** What was last said to it. */
  readonly last?: LastReply;
  readonly message: ClaimedMessage;
}

export interface ClaimedMessage {
  readonly id: MessageId;
  readonly envelope: Envelope;
  readonly prefix: Uint8Array;
  readonly sizeBytes: number;
  readonly acceptedAt: number;
  readonly account?: AccountId;
  readonly language: Language;
}

/** What one attempt came to, and what becomes of the delivery. */
export interface Settlement {
  readonly delivery: DeliveryId;
  readonly message: MessageId;
  /** Only a delivery still leased by this worker is settled; otherwise the result says `lost`. */
  readonly worker: WorkerId;
  readonly at: number;
  readonly next:
    | { readonly state: 'delivered' | 'failed' | 'expired' }
    | { readonly state: 'waiting'; readonly dueAt: number; readonly lane: number; readonly path?: PathKey }
    /** Back as it was: the fault was not the delivery's. `path` when it was routed. */
    | { readonly state: 'ready'; readonly path?: PathKey };
  readonly reply?: RemoteReply;
  readonly blame?: Blame;
  /** How the reply was read: its class, and the rule that read it. */
  readonly reading?: { readonly class: string; readonly rule: string };
  /** Nobody was asked: nothing is sent to that address any more. Who decided that. */
  readonly suppressed?: 'its host' | 'us';
  /** Counts as an attempt: the network was touched. */
  readonly attempted: boolean;
  /** A notice (DSN) that must exist if this settlement does: accepted in the same transaction. */
  readonly notice?: Acceptance;
  /** The notice is accepted only when none with this key was before. */
  readonly noticeOnce?: string;
  /** The notice was a delay notice: say so once. */
  readonly delayTold?: boolean;
  /** When its sender is to be told something next; as it was unless given. */
  readonly tellAt?: number;
}

export type SettleResult = 'settled' | 'lost';

export interface PathRow {
  readonly path: PathKey;
  readonly owner?: WorkerId;
  /** Who runs its site, when that is somebody known. */
  readonly provider?: string;
  readonly pace?: PathPace;
}

export interface OwnedPath extends PathRow {
  /** In which something is due. */
  readonly dueLanes: readonly number[];
}

/** What a path has learnt: kept so that a restart changes nothing, and shown to operators. */
export interface PathPace {
  /** Connections that it bore. */
  readonly level: number;
  /** Present while a backlog drains. */
  readonly drain?: DrainEstimate;
  /** Present, in place of that, while its tries fail and it does not stand still yet. */
  readonly failing?: Failing;
}

/** Nothing went well on a path since this was said. */
export interface Failing {
  /** When it was looked at, and when the next try may begin, ms. */
  readonly at: number;
  readonly nextAt: number;
  readonly reply: RemoteReply;
}

export interface DrainEstimate {
  /** When it was reckoned, ms. */
  readonly at: number;
  /** Deliveries before it then: those in its owner's hands, and what has come since it opened, too. */
  readonly left: number;
  readonly perSecond: number;
  /** When none will be left, at this rate. */
  readonly endsAt?: number;
}

export interface PathSummary extends PathRow {
  readonly ready: number;
  readonly waiting: number;
  readonly leased: number;
  readonly held: number;
  readonly oldestAt?: number;
  readonly nextDueAt?: number;
}

/** Due deliveries of one lane, by when they became due: from `since` on, and before `before` (ms). */
export interface LanePart {
  readonly lane: number;
  /** And of all that are slower: of lanes that there were when the configuration had more. */
  readonly orSlower?: boolean;
  readonly since: number;
  readonly before: number;
}

export interface ClaimRequest {
  readonly worker: WorkerId;
  readonly path: PathKey;
  /** Of each lane of each part its oldest, at most `limit`. */
  readonly parts: readonly (LanePart & { readonly limit: number })[];
}

/** Where a round over the customers of a part stands: after this domain, and in each domain after this customer. */
export interface Turn {
  readonly domain: string;
  readonly customers: Readonly<Record<string, string>>;
}

export interface TurnRequest extends LanePart {
  readonly worker: WorkerId;
  readonly path: PathKey;
  readonly turn: Turn;
  /** Domains that get their turn, and deliveries of each, at most. */
  readonly domains: number;
  readonly each: number;
  /** Nobody's turn but this customer's: its oldest, at most `each`. */
  readonly only?: string;
  /** Domains that have no turn: their mail stands still. */
  readonly except?: readonly string[];
}

/** How often a worker has beaten. */
export interface Beat {
  readonly worker: WorkerId;
  readonly beat: number;
}

export interface QueueStore
  extends FreezeStore,
    SpreadStore,
    WarmUpStore,
    CaseStore,
    SuppressionStore,
    ReportStore {
  /** Reserves `count` ids and returns the first; they are unique for ever and grow. */
  reserveIds(count: number): Promise<number>;
  /** Keeps a message. Resolves when it is synced: only then may 250 be said. */
  accept(acceptance: Acceptance): Promise<void>;
  /** Keeps one piece of a large body before its message is accepted; pieces never accepted are swept. */
  stage(piece: { stage: number; seq: number; bytes: Uint8Array; at: number }): Promise<void>;
  dropStage(stage: number): Promise<void>;

  /** Announces a worker, or prolongs it; false when it was declared dead meanwhile. */
  heartbeat(beat: {
    worker: WorkerId;
    node: string;
    first: boolean;
    /** What it has seen of the network, for the other workers of its node. */
    health?: Health;
    /** How near it is to its budgets, for operators. */
    strain?: StrainState;
  }): Promise<boolean>;
  /** The last beat of each worker that nobody has retired. */
  beats(): Promise<Beat[]>;
  /** What the living workers of a node have seen of the network. */
  healths(node: string): Promise<Health[]>;
  /** The workers that nobody has retired, and how many paths each owns. */
  workers(): Promise<Share[]>;
  /**
   * Ends workers: one that stopped, those of a node at its start, or those that have not beaten since. Frees their paths and
   * leases, and what is left of any that ended before; returns how many it ended.
   */
  retireWorkers(which: {
    worker?: WorkerId;
    node?: string;
    silent?: readonly Beat[];
    now: number;
  }): Promise<number>;
  /**
   * Takes paths that have something due and no owner, at most `limit`, the longest due first; or `only` one, which is made if
   * nobody has had it yet. Returns those of them that this worker owns now.
   */
  acquirePaths(request: { worker: WorkerId; now: number; limit: number; only?: PathKey }): Promise<PathRow[]>;
  /** Every path that this worker owns, and in which of its lanes something is due at `now` (ms). */
  ownedPaths(request: { worker: WorkerId; now: number }): Promise<OwnedPath[]>;
  /** The path has no owner from now on; nothing when another worker has it. */
  releasePath(request: { worker: WorkerId; path: PathKey }): Promise<void>;

  /** Leases the oldest due deliveries of a path that this worker owns, part by part. */
  claim(request: ClaimRequest): Promise<ClaimedDelivery[][]>;
  /** Leases due deliveries of a path from customers in turn; returns where the round stands then. */
  claimInTurn(request: TurnRequest): Promise<{ deliveries: ClaimedDelivery[]; turn: Turn }>;
  /** Leases one delivery of a path that this worker owns; undefined when it has gone meanwhile. */
  claimOne(request: {
    worker: WorkerId;
    path: PathKey;
    delivery: DeliveryId;
  }): Promise<ClaimedDelivery | undefined>;
  /** Due deliveries of a path that may try whether it works: of customers other than `avoid`, or of `only` one. */
  canaryCandidates(request: {
    path: PathKey;
    now: number;
    /** Customers' domains, passed over as long as there are others. */
    avoid: readonly string[];
    only?: string;
  }): Promise<Candidate[]>;
  /** Leases what is due to be told to its sender, of any path, the longest due first. */
  claimToTell(request: { worker: WorkerId; now: number; limit: number }): Promise<ClaimedDelivery[]>;
  settle(settlement: Settlement): Promise<SettleResult>;
  /** When the next delivery of the path becomes due; undefined when there is none. */
  nextDue(path: PathKey): Promise<number | undefined>;
  /** Deliveries of a path that are ready or waiting, or leased to its owner: all that it has before it. 0 for one that nobody knows. */
  countBacklog(path: PathKey): Promise<number>;
  /** What a path has learnt. */
  keepPace(request: {
    worker: WorkerId;
    path: PathKey;
    provider?: string;
    pace: PathPace;
    /** ms since the epoch. */
    at: number;
  }): Promise<void>;
  /** What was never tried and is due only later, having been accepted by a clock that was ahead, is due `now`; `limit` of it. How many. */
  bringForward(request: { now: number; limit: number }): Promise<number>;
  /** Customers' accounts that were stopped, and whose mail is being taken back: none of it is tried. */
  recalls(): Promise<string[]>;
  /**
   * Holds what this worker has leased of their mail and not tried. Those that go on: what a person let go of a group, and what is of nobody
   * who is stopped any more.
   */
  recallLeased(request: {
    worker: WorkerId;
    deliveries: readonly DeliveryId[];
    at: number;
  }): Promise<DeliveryId[]>;
  /** The ids of the deliveries leased to a worker. */
  leases(worker: WorkerId): Promise<DeliveryId[]>;
  /** Makes ready again what is leased to a worker that does not know of it. */
  returnLeases(request: { worker: WorkerId; deliveries: readonly DeliveryId[] }): Promise<number>;
  /** Of the envelope of a message; undefined when nothing is known of it any more. */
  reversePathOf(message: MessageId): Promise<string | undefined>;
  /** How many octets were received of a message; undefined when they are not kept any more. */
  receivedBytes(message: MessageId): Promise<number | undefined>;
  /** What was received of a message from `offset` on, at most `limit` bytes; none past its end, or when it is not there. */
  readContent(request: { message: MessageId; offset: number; limit: number }): Promise<Uint8Array>;
}
