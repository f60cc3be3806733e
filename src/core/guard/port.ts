/**
 * What the guard keeps: the traffic log, what it knows of accounts, and groups of held mail. The words only; what the
 * store does with them is in `store.ts`.
 */
import type { AccountId, MessageId, WorkerId } from '../envelope.ts';

/** What becomes of a message: it goes on, goes on doubted, is held, or is held and its account stopped. */
export type GuardOutcome = 'pass' | 'pool' | 'hold' | 'stop';

/** Kept back until somebody decides. */
export function isHeld(outcome: GuardOutcome): boolean {
  return outcome === 'hold' || outcome === 'stop';
}

/** What speaks against an account's owner and fades within days. */
export type BadNews =
  /** A recipient does not exist. */
  | 'unknown-recipient'
  /** A far end refused mail for what this account sends, or for its domain's name. */
  | 'refused'
  /** Somebody who had failed to log in, or others had, came in from a network that the account never used. */
  | 'login';

/** What the guard learns of an account but from its messages. */
export type RemarkKind =
  | BadNews
  /** It sent elsewhere before: its past, from files. */
  | 'learnt'
  /** Held mail was released: it was its owner's. */
  | 'released'
  /** Held mail was dropped: its texts do not pass again. */
  | 'dropped'
  /** It may not send any more. */
  | 'locked'
  /** It may send again. */
  | 'unlocked';

/** One line of the traffic log: a message that was judged, or a remark. No text of a message, recipients as hashes. */
export interface LogEntry {
  readonly id: number;
  /** When it was submitted, or happened, ms since the epoch. */
  readonly at: number;
  readonly worker: WorkerId;
  /** The login. */
  readonly account: string;
  readonly kind: GuardOutcome | RemarkKind;
  /** The message that was judged. Absent for remarks. */
  readonly message?: MessageId;
  /** Of the message, when it is held. */
  readonly group?: number;
  /** A `LogData`, as JSON. */
  readonly data: string;
}

/** For whoever is told that an account may not send: why is its owner's and the operator's to know. */
export const REMEDY = 'change the password, then ask whoever runs this service to let it send again';

/** A line before the store numbers it. */
export type NewLogEntry = Omit<LogEntry, 'id' | 'message' | 'group'>;

/** The verdict on an acceptance, kept in its transaction. */
export interface Judged extends NewLogEntry {
  readonly kind: GuardOutcome;
  readonly hold?: Hold;
  /** It leaves only because of this relaxation. */
  readonly relaxed?: { readonly id: number; readonly recipients: number };
}

/** Why and with what a message is held. */
export interface Hold {
  /** The group's number, if it is the first of its campaign. */
  readonly group: number;
  /** What the messages of a group have in common: a link domain, or a fingerprint. */
  readonly campaign: string;
  /** The signals that spoke against it, strongest first: `guard: new-country, new-recipients`. */
  readonly reason: string;
  /** Of the message, as a person reads it; the first of a group stands for the others. */
  readonly subject: string;
  /** When the group is dropped unless somebody decides, ms since the epoch. */
  readonly expiresAt: number;
  /** The account may not send any more, for this reason. */
  readonly stop?: string;
  /** Its owner alone may release it. */
  readonly owners?: true;
}

/** What an owner's answer is known by, for one group only; the token itself is in the notice, and nowhere else. */
export interface HoldToken {
  /** SHA-256, hexadecimal. */
  readonly hash: string;
  readonly group: number;
  /** ms since the epoch. */
  readonly expiresAt: number;
}

/** `releasing` and `dropping`: decided, and carried out in steps. */
export type HoldState = 'open' | 'releasing' | 'released' | 'dropping' | 'dropped';

/** Held mail of one account and one campaign: one decision releases or drops all of it. */
export interface HoldGroup {
  readonly id: number;
  readonly account: AccountId;
  readonly login: string;
  readonly campaign: string;
  readonly state: HoldState;
  /** Of its messages, ms since the epoch. */
  readonly firstAt: number;
  readonly lastAt: number;
  readonly messages: number;
  readonly recipients: number;
  readonly sizeBytes: number;
  readonly subject: string;
  /** The log data of its first message, as JSON: what was decided by. */
  readonly sample: string;
  readonly expiresAt: number;
  /** Its owner was told that it will be dropped. */
  readonly warned: boolean;
  /** How much time was seen to pass before that (`SeenTime`), ms. */
  readonly warnedSeenMs?: number;
  /** Its owner may release it alone: all of its messages are of that kind. */
  readonly owners: boolean;
  readonly decidedAt?: number;
  readonly decidedBy?: string;
  readonly reason?: string;
  readonly notice?: MessageId;
}

/** Open groups of one account; what is held beyond goes into one more. */
export const MOST_GROUPS = 8;
/** The campaign of what belongs to none, or came when there were too many. */
export const OTHER = 'other';

/** Who writes a line that every worker reads. */
export const NOBODY = 0 as WorkerId;

/** Who has written nothing: asked for, all lines are somebody else's. */
export const NOBODYS = -1 as WorkerId;

/** The name under which it is kept that an account's past was learnt, and what that was. */
export function learntState(account: string): string {
  return `learnt/${account}`;
}

/** The name under which what is known of an account is saved. */
export function accountState(account: string): string {
  return `account/${account}`;
}
