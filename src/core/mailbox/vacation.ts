/** What an account answers by itself while its owner is away: what is kept of it, and its limits. */
import type { AccountId, Language } from '../envelope.ts';

export interface Vacation {
  /** Unless given, that of the message, after a word that says what it is. */
  readonly subject?: string;
  /** In the owner's words; lines end with a line feed. */
  readonly text: string;
  /** ms since the epoch; from the moment it was set unless given, until it is taken off unless given. */
  readonly from?: number;
  readonly until?: number;
  /** Nobody is answered twice within this, ms. */
  readonly everyMs: number;
}

/** Of an account that has one. */
export interface Away extends Vacation {
  readonly account: AccountId;
  readonly address: string;
  readonly language: Language;
}

const DAY_MS = 86_400_000;
/** How often somebody may be answered: RFC 5230 section 4.1 asks for a day at least, and has seven unless asked. */
export const LEAST_EVERY_MS = DAY_MS;
export const MOST_EVERY_MS = 30 * DAY_MS;
export const USUAL_EVERY_MS = 7 * DAY_MS;
/** Octets of a text, at most; characters of a subject. */
export const MAX_VACATION_BYTES = 16_384;
export const MAX_SUBJECT_CHARS = 250;
/** Senders that were answered and are remembered, of one account; when there are so many, nobody new is answered. */
export const MOST_ANSWERED = 5_000;

export interface VacationStore {
  /** Who was answered is forgotten: what is said is new. Undefined takes it off. False when there is no such account. */
  setVacation(request: { address: string; vacation: Vacation | undefined }): Promise<boolean>;
  /** Undefined where there is none. */
  vacation(account: AccountId): Promise<Away | undefined>;
  /** Forgets who was answered before that. */
  forgetAnswered(before: number): Promise<void>;
}

export function isAway({ from = 0, until = Number.POSITIVE_INFINITY }: Vacation, at: number): boolean {
  return at >= from && at < until;
}
