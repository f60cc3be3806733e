/**
 * What several accounts send alike. A body or a link domain that turns up within days at accounts that have nothing to do
 * with each other, each time to strangers or from a new place, is a campaign, however slowly each of them sends.
 * Bounded: two generations, of which the older is forgotten when the newer is full, so that the last ones are always known
 * and forgetting costs nothing. (A Map that is full and loses its first key each time walks over all the keys it lost.)
 */
import { hashOf } from './hash.ts';

/** Bodies, or link domains, of one generation. */
const MOST = 20_000;
/** For so long, ms. */
const FOR_MS = 7 * 24 * 3_600_000;
/** Accounts remembered of each; more of them change nothing. */
const MOST_ACCOUNTS = 16;

interface Sighting {
  lastAt: number;
  /** Those that sent it to strangers or from a new place; an array of its own once there is one. */
  suspects: readonly number[];
  /** Those that sent it in their usual way. */
  usual: number;
}

/** Key, last seen, accounts in their usual way, the others as hashes. */
export type SavedSighting = readonly [string, number, number, readonly number[]];

/** Most bodies are sent once, and by nobody who is suspect. */
const NONE: readonly number[] = [];

export class Campaigns {
  #newer = new Map<string, Sighting>();
  #older = new Map<string, Sighting>();

  /** Other accounts that sent it in a way that is not theirs, less those that sent it as always. */
  others(key: string, account: string, at: number): number {
    const sighting = this.#of(key);
    if (sighting === undefined || sighting.lastAt < at - FOR_MS) return 0;
    const { suspects, usual } = sighting;
    if (suspects.length <= usual) return 0;
    const others = suspects.includes(hashOf(account)) ? suspects.length - 1 : suspects.length;
    return Math.max(0, others - usual);
  }

  /** What `restore` takes. */
  save(): readonly SavedSighting[] {
    return [...new Map([...this.#older, ...this.#newer])].map(([key, { lastAt, suspects, usual }]) => [
      key,
      lastAt,
      usual,
      suspects,
    ]);
  }

  restore(saved: readonly SavedSighting[]): void {
    for (const [key, lastAt, usual, suspects] of saved) this.#keep(key, { lastAt, usual, suspects });
  }

  /** It was its owner's after all. */
  clear(key: string, account: string): void {
    const sighting = this.#of(key);
    const self = hashOf(account);
    if (sighting === undefined || !sighting.suspects.includes(self)) return;
    sighting.suspects = sighting.suspects.filter((other) => other !== self);
    sighting.usual = Math.min(MOST_ACCOUNTS, sighting.usual + 1);
  }

  note(key: string, sent: { account: string; at: number; suspect: boolean }): void {
    const account = hashOf(sent.account);
    const known = this.#newer.get(key);
    const sighting = lately(known ?? this.#older.get(key), sent.at) ?? {
      lastAt: sent.at,
      suspects: NONE,
      usual: 0,
    };
    sighting.lastAt = Math.max(sighting.lastAt, sent.at);
    const { suspects } = sighting;
    if (!suspects.includes(account)) {
      if (!sent.suspect) sighting.usual = Math.min(MOST_ACCOUNTS, sighting.usual + 1);
      else if (suspects.length < MOST_ACCOUNTS) sighting.suspects = [...suspects, account];
    }
    if (sighting !== known) this.#keep(key, sighting);
  }

  #of(key: string): Sighting | undefined {
    return this.#newer.get(key) ?? this.#older.get(key);
  }

  #keep(key: string, sighting: Sighting): void {
    this.#newer.set(key, sighting);
    if (this.#newer.size < MOST) return;
    this.#older = this.#newer;
    this.#newer = new Map();
  }
}

/** Not one of more than a week ago. */
function lately(sighting: Sighting | undefined, at: number): Sighting | undefined {
  return sighting !== undefined && sighting.lastAt < at - FOR_MS ? undefined : sighting;
}
