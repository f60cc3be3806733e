/**
 * The past of accounts that sent elsewhere before they came here: recorded traffic, learnt by the code that learns from live
 * mail, so that an account that is new here is no new account to the guard. Nothing is decided: what is in the files is taken
 * for its owner's. What was thought of an account then is left behind, and campaigns as well.
 */
import { createHash } from 'node:crypto';
import type { SendEvent } from './event.ts';
import { Guard } from './guard.ts';

/** Accounts that one run learns: workers read a line of the log for each when they start. */
export const MOST_LEARNT = 100_000;

export interface LearntAccount {
  readonly account: string;
  /** What `Guard.adopt` takes. */
  readonly profile: Uint8Array;
  /** Equal when the same was learnt before. */
  readonly digest: Uint8Array;
}

export class Past {
  readonly #guard = new Guard();
  readonly #events = new Map<string, number>();

  /** Events should come by time. An account beyond `MOST_LEARNT` is not learnt: false. */
  learn(event: SendEvent): boolean {
    const before = this.#events.get(event.account);
    if (before === undefined && this.#events.size >= MOST_LEARNT) return false;
    this.#events.set(event.account, (before ?? 0) + 1);
    this.#guard.observe(event, 'pass');
    return true;
  }

  /** Of each account that was learnt, by name. */
  *accounts(): Generator<LearntAccount> {
    for (const account of [...this.#events.keys()].sort()) {
      this.#guard.forgive(account);
      const profile = this.#guard.save(account);
      if (profile === undefined) continue;
      yield { account, profile, digest: createHash('sha256').update(profile).digest() };
    }
  }

  get size(): number {
    return this.#events.size;
  }
}
