/** Logging in: who it is, whether to look at all yet, and what is remembered of it. Shared by every protocol. */
import { createHmac } from 'node:crypto';
import type { ScramKeys } from '../../wire/sasl/scram-keys.ts';
import { withoutDetail } from './address.ts';
import { accountKey, addressKey } from './login-keys.ts';
import type { LoginDecision, LoginGuard } from './login-guard.ts';
import { parseScramKeys, verifyPassword } from './password.ts';
import type { Account, Directory } from './port.ts';

export type LoginResult =
  /** Who they say they are. A locked account may read; where it would send, that is refused (`lockedReason`). */
  | { readonly kind: 'in'; readonly account: Account }
  | { readonly kind: 'wrong' }
  /** Too many failures lately: nothing was looked at. */
  | { readonly kind: 'later'; readonly delay: Extract<LoginDecision, { kind: 'delay' }> };

export interface LoginService {
  /** Rejects when the directory does not answer: that is our trouble, not a wrong password. */
  byPassword(attempt: { address: string; user: string; password: string }): Promise<LoginResult>;
  mayTry(attempt: { address: string; user: string }): Extract<LoginDecision, { kind: 'delay' }> | undefined;
  keysOf(user: string): Promise<ScramKeys | undefined>;
  /**
   * After a mechanism that checked the proof itself. Both look again whether this attempt may be answered: many that
   * began at once would otherwise all be.
   */
  proven(attempt: { address: string; user: string }): Promise<LoginResult>;
  refuted(attempt: { address: string; user: string }): LoginResult;
}

/** Passwords of one address, or of one account, that are being checked at one time. */
const MAX_UNDER_WAY = 4;
/** Those that wait for their turn: of one address or account, and all in all. A mail program opens a dozen connections at once. */
const MAX_WAITING_EACH = 40;
const MAX_WAITING = 1_000;

export interface LoginPorts {
  readonly directory: Directory;
  readonly guard: LoginGuard;
  readonly secret: Uint8Array;
  /** As the directory has it: guesses at an account count together, whatever detail they come with. */
  readonly separator?: string;
  /** Somebody came in from a network that the account is not known from, after so many failures. */
  cameIn?(about: { account: string; failures: number }): void;
}

export class Logins implements LoginService {
  readonly #directory: Directory;
  readonly #guard: LoginGuard;
  readonly #secret: Uint8Array;
  readonly #separator: string;
  readonly #cameIn: LoginPorts['cameIn'];
  readonly #underWay = new Map<string, number>();
  /** In the order in which they came. */
  #waiting: Waiting[] = [];

  constructor(ports: LoginPorts) {
    this.#cameIn = ports.cameIn;
    this.#directory = ports.directory;
    this.#guard = ports.guard;
    this.#secret = ports.secret;
    this.#separator = ports.separator ?? '';
  }

  async byPassword(attempt: { address: string; user: string; password: string }): Promise<LoginResult> {
    const delay = this.mayTry(attempt);
    if (delay !== undefined) return { kind: 'later', delay };
    const keys = [addressKey(attempt.address), accountKey(this.#counted(attempt.user))];
    if (!(await this.#turn(keys)))
      return { kind: 'later', delay: { kind: 'delay', delayMs: 1_000, until: 0, reason: 'account' } };
    try {
      // Those before it may have been guesses, which are counted by now.
      const since = this.mayTry(attempt);
      return since === undefined ? await this.#check(attempt) : { kind: 'later', delay: since };
    } finally {
      this.#end(keys);
    }
  }

  async #check(attempt: { address: string; user: string; password: string }): Promise<LoginResult> {
    const account = await this.#directory.account(loginName(attempt.user));
    const check = await verifyPassword(attempt.password, account?.password);
    if (check.ok && account !== undefined) return this.#welcome(attempt, account);
    this.#guard.failed({ ...this.#named(attempt), passwordTag: this.#tag(attempt.password) });
    return { kind: 'wrong' };
  }

  mayTry(attempt: { address: string; user: string }): Extract<LoginDecision, { kind: 'delay' }> | undefined {
    const decision = this.#guard.decide(this.#named(attempt));
    return decision.kind === 'delay' ? decision : undefined;
  }

  async keysOf(user: string): Promise<ScramKeys | undefined> {
    const account = await this.#directory.account(loginName(user));
    return account === undefined ? undefined : parseScramKeys(account.scram);
  }

  async proven(attempt: { address: string; user: string }): Promise<LoginResult> {
    const delay = this.mayTry(attempt);
    if (delay !== undefined) return { kind: 'later', delay };
    const account = await this.#directory.account(loginName(attempt.user));
    return account === undefined ? { kind: 'wrong' } : this.#welcome(attempt, account);
  }

  refuted(attempt: { address: string; user: string }): LoginResult {
    const delay = this.mayTry(attempt);
    if (delay !== undefined) return { kind: 'later', delay };
    this.#guard.failed(this.#named(attempt));
    return { kind: 'wrong' };
  }

  #welcome(attempt: { address: string; user: string }, account: Account): LoginResult {
    const failures = this.#guard.troubleBefore(this.#named(attempt));
    if (failures > 0) this.#cameIn?.({ account: account.address, failures });
    this.#guard.succeeded(this.#named(attempt));
    return { kind: 'in', account };
  }

  /**
   * Guesses are counted when they have failed, so only a few may be under way: many at once would all be looked at. The
   * others wait; false when too many do.
   */
  #turn(keys: readonly string[]): Promise<boolean> | boolean {
    if (this.#isFree(keys)) {
      this.#begin(keys);
      return true;
    }
    const crowded = keys.some(
      (key) => this.#waiting.filter((one) => one.keys.includes(key)).length >= MAX_WAITING_EACH,
    );
    if (crowded || this.#waiting.length >= MAX_WAITING) return false;
    return new Promise((resolve) => this.#waiting.push({ keys, begin: () => resolve(true) }));
  }

  #isFree(keys: readonly string[]): boolean {
    return keys.every((key) => (this.#underWay.get(key) ?? 0) < MAX_UNDER_WAY);
  }

  #begin(keys: readonly string[]): void {
    for (const key of keys) this.#underWay.set(key, (this.#underWay.get(key) ?? 0) + 1);
  }

  #end(keys: readonly string[]): void {
    for (const key of keys) {
      const left = (this.#underWay.get(key) ?? 1) - 1;
      if (left > 0) this.#underWay.set(key, left);
      else this.#underWay.delete(key);
    }
    this.#waiting = this.#waiting.filter((one) => {
      if (!this.#isFree(one.keys)) return true;
      this.#begin(one.keys);
      one.begin();
      return false;
    });
  }

  /** The account that an attempt counts for. */
  #named(attempt: { address: string; user: string }): { address: string; account: string } {
    return { address: attempt.address, account: this.#counted(attempt.user) };
  }

  #counted(user: string): string {
    const name = loginName(user);
    return withoutDetail(name, this.#separator) ?? name;
  }

  /** Tells one wrong password tried again (a forgotten device) from a list being tried, without keeping either. */
  #tag(password: string): string {
    return createHmac('sha256', this.#secret).update(password).digest('base64').slice(0, 12);
  }
}

interface Waiting {
  readonly keys: readonly string[];
  begin(): void;
}

/** A login is an address; case does not matter. */
function loginName(user: string): string {
  return user.trim().toLowerCase();
}
