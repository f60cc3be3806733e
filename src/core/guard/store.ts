/** What the guard needs of a database. One contract suite runs on both (`store/guard.test.ts`). */
import type { AccountId, DeliveryId, Language, MessageId, PathKey, WorkerId } from '../envelope.ts';
import type { Acceptance, ClaimedDelivery } from '../queue/port.ts';
import type { HoldGroup, HoldToken, LogEntry, NewLogEntry } from './port.ts';
import type { EndOfRelaxation, OrderedRelaxation, Wires } from './relaxation.ts';

export interface Decide {
  readonly group: number;
  readonly decision: 'release' | 'drop';
  /** ms since the epoch. */
  readonly at: number;
  readonly by: string;
  readonly reason: string;
  /** Tells the owner, in the same transaction. */
  readonly notice?: Acceptance;
  /** By an answer of its owner, which teaches less than an operator's word. */
  readonly byOwner?: true;
}

/** What became of an owner's answer: the group, or why it was not released. */
export type OwnersRelease = HoldGroup | 'decided' | 'not the owner’s' | 'too many' | 'stopped';

export interface Tail {
  /** Lines after this number. */
  readonly after: number;
  /** And these before it, which were not there yet when later ones were; by rising number. */
  readonly gaps?: readonly number[];
  /** Who asks: of its own lines it hears the numbers. */
  readonly worker: WorkerId;
  /** Lines after that number, its own among them. */
  readonly limit: number;
}

export interface Tailed {
  /** What others wrote, and whatever stands in a gap; by rising number. */
  readonly lines: readonly LogEntry[];
  /** The numbers of the asker's own lines, rising; those of gaps are among `lines`. */
  readonly own: readonly number[];
  /** There were as many as asked for: perhaps there are more. */
  readonly more: boolean;
}

/** Of an account, or of what all accounts have in common. */
export interface GuardState {
  readonly name: string;
  /** The last line of the log that is in it. */
  readonly upTo: number;
  readonly bytes: Uint8Array;
}

/** Relaxations shown, the newest first, of all that ever were. */
export const MOST_ENDED = 200;

/** Somebody looked what relaxing this would let out. */
export interface Preview {
  /** As `scopeText` writes it. */
  readonly scope: string;
  readonly factor: number;
  /** ms since the epoch. */
  readonly at: number;
}

export interface NewRelaxation {
  readonly scope: string;
  readonly factor: number;
  /** ms since the epoch. */
  readonly from: number;
  readonly to: number;
  readonly reason: string;
  readonly author: string;
  readonly wires: Wires;
  readonly previewedSince: number;
}

export interface GuardStore {
  /** Adds lines to the traffic log that belong to no acceptance. */
  noteGuard(entries: readonly NewLogEntry[]): Promise<void>;
  tailGuard(request: Tail): Promise<Tailed>;
  /** The last line's number; 0 when there is none. */
  endOfGuardLog(): Promise<number>;
  /** The lines of an account, newest first. */
  guardLog(request: { account: string; limit: number }): Promise<LogEntry[]>;
  /** How many lines of each kind since `since` (ms). */
  countGuardLog(since: number): Promise<{ kind: LogEntry['kind']; lines: number; accounts: number }[]>;
  /** How many messages of an account that were let go since `since` (ms) have left. */
  countPassed(request: { account: string; since: number }): Promise<number>;
  /** Forgets lines and decided groups before `before` (ms), at most `limit` of each; how many lines. */
  forgetGuardLog(request: { before: number; limit: number }): Promise<number>;

  keepGuardStates(request: {
    states: readonly GuardState[];
    /** ms since the epoch. */
    at: number;
    /** One that was kept at this time or later stays as it is. */
    unlessSince: number;
  }): Promise<void>;
  /** By name, after `after`. */
  guardStates(request: { after: string; limit: number }): Promise<GuardState[]>;

  /** Open ones and those under way unless `all`; the newest first. */
  listHolds(request: { login?: string; all?: true; limit: number }): Promise<HoldGroup[]>;
  holdGroup(id: number): Promise<HoldGroup | undefined>;
  /** The number of a group that some of a message is in, or was in when it was decided. */
  groupOfMessage(message: MessageId): Promise<number | undefined>;
  /** Decides about an open group; undefined when there is none, or it was decided. */
  decideHold(decide: Decide): Promise<HoldGroup | undefined>;
  /** Carries out a decision for at most `limit` deliveries; `done` when none is left. */
  stepHold(request: { group: number; limit: number; at: number }): Promise<{
    moved: number;
    paths: PathKey[];
    done: boolean;
  }>;
  /** Groups whose decision is not carried out, that end before `endBefore` (ms), or that are not warned about yet and end before `warnBefore`. */
  dueHolds(request: {
    endBefore: number;
    warnBefore: number;
    limit: number;
  }): Promise<(HoldGroup & { readonly language: Language })[]>;
  /**
   * Says that the owner was told, until when (ms) it is kept, and how much time was seen to pass before (ms); the notice in the
   * same transaction. False when that was done.
   */
  warnHold(request: { group: number; until: number; seenMs: number; notice: Acceptance }): Promise<boolean>;
  /** Keeps an open group until then (ms) at least. */
  postponeHold(request: { group: number; until: number }): Promise<void>;
  /** The tokens by which the owner of an account may release groups alone. */
  holdTokens(account: AccountId): Promise<HoldToken[]>;
  /**
   * Releases an open group of this account that is its owner's to release, unless the account is stopped, or its owner would
   * have released more than `most` recipients since `since` (ms), by the name `by`.
   */
  releaseByOwner(request: {
    account: AccountId;
    group: number;
    at: number;
    by: string;
    reason: string;
    most: number;
    since: number;
    notice: Acceptance;
  }): Promise<OwnersRelease>;
  /** Copies that were delivered when they were released, and of which their sender asked to hear, the oldest first. */
  successDue(limit: number): Promise<ClaimedDelivery[]>;
  /** That was told, by this notice if there is anybody to tell; in one transaction. False when somebody else has. */
  tellSuccess(request: { delivery: DeliveryId; notice?: Acceptance }): Promise<boolean>;
  /** Accounts that may send and of which more than so many octets are held. */
  overfullHolds(request: {
    bytes: number;
    limit: number;
  }): Promise<{ account: AccountId; login: string; language: Language; groups: HoldGroup[] }[]>;
  /** Keeps an account from sending, and tells its owner; false when it was locked already. */
  stopAccount(request: {
    account: AccountId;
    reason: string;
    at: number;
    notice: Acceptance;
    /** What of its mail waits in the queue joins this group, by `stepRecall`. */
    recalled: { readonly group: number; readonly customer: string };
  }): Promise<boolean>;
  /** Groups into which what waits of a stopped account is to be taken now (ms since the epoch). */
  dueRecalls(request: { at: number; limit: number }): Promise<number[]>;
  /** Takes at most `limit` deliveries of a stopped account out of the queue, into this group; `more`: there may be more. */
  stepRecall(request: {
    group: number;
    limit: number;
    at: number;
  }): Promise<{ moved: number; more: boolean }>;
  /** Of a group: what only waited in the queue when its account was stopped. How many, and the recipients of the first. */
  waitedIn(request: { group: number; limit: number }): Promise<{ deliveries: number; recipients: string[] }>;

  keepPreview(preview: Preview): Promise<void>;
  /** The id; undefined when nobody previewed it. Ends another of the same scope. */
  relax(order: NewRelaxation): Promise<number | undefined>;
  /** Those in force at `at` (ms) or later, or all that are remembered; the newest first. */
  relaxations(request: { at: number; all?: true }): Promise<OrderedRelaxation[]>;
  /** False when it was over already. */
  endRelaxation(request: {
    id: number;
    at: number;
    why: EndOfRelaxation;
    by?: string;
    reason?: string;
  }): Promise<boolean>;
}
