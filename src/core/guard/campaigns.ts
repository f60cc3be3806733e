/**
 * What several accounts send alike. A body or a link domain that turns up within days at accounts that have nothing to do
 * with each other, each time to strangers or from a new place, is a campaign, however slowly each of them sends.
 * Bounded: two generations, of which the older is forgotten when the newer is full, so that the last ones are always known
 * and forgetting costs nothing.
 */
import { hashOf } from './hash.ts';
import { type Sighting, type SightingKey, Sightings } from './sightings.ts';

/** Bodies, or link domains, of one generation. */
const MOST = 20_000;
/** For so long, ms. */
const FOR_MS = 7 * 24 * 3_600_000;
/** Accounts remembered of each; more of them change nothing. */
const MOST_ACCOUNTS = 16;

/** Key, last seen, accounts in their usual way, the others as hashes. */
export type SavedSighting = readonly [SightingKey, number, number, readonly number[]];

/** The accounts of a text that nobody sent before. */
const NOBODY: readonly number[] = [];

export class Campaigns {
  #newer = new Sightings();
  #older = new Sightings();

  /** Other accounts that sent it in a way that is not theirs, less those that sent it as always. */
  others(key: SightingKey, account: string, at: number): number {
    const sighting = this.#of(key);
    if (sighting === undefined || sighting.lastAt < at - FOR_MS) return 0;
    const { suspects, usual } = sighting;
    if (suspects.length <= usual) return 0;
    const others = suspects.includes(hashOf(account)) ? suspects.length - 1 : suspects.length;
    return Math.max(0, others - usual);
  }

  /** What `restore` takes. */
  save(): readonly SavedSighting[] {
    const saved: SavedSighting[] = [];
    for (const [key, { lastAt, suspects, usual }] of this.#older)
      if (this.#newer.get(key) === undefined) saved.push([key, lastAt, usual, suspects]);
    for (const [key, { lastAt, suspects, usual }] of this.#newer) saved.push([key, lastAt, usual, suspects]);
    return saved;
  }

  restore(saved: readonly SavedSighting[]): void {
    for (const [key, lastAt, usual, suspects] of saved) this.#keep(key, { lastAt, usual, suspects });
  }

  /** It was its owner's after all. */
  clear(key: SightingKey, account: string): void {
    const sighting = this.#of(key);
    const self = hashOf(account);
    if (sighting === undefined || !sighting.suspects.includes(self)) return;
    this.#keep(key, {
      lastAt: sighting.lastAt,
      suspects: sighting.suspects.filter((other) => other !== self),
      usual: Math.min(MOST_ACCOUNTS, sighting.usual + 1),
    });
  }

  note(key: SightingKey, { account, at, suspect }: { account: string; at: number; suspect: boolean }): void {
    const before = lately(this.#of(key), at);
    if (before === undefined) {
      // What most are.
      const suspects = suspect ? [hashOf(account)] : NOBODY;
      return this.#keep(key, { lastAt: at, suspects, usual: suspect ? 0 : 1 });
    }
    const { suspects, usual, lastAt } = before;
    const self = hashOf(account);
    const known = suspects.includes(self);
    this.#keep(key, {
      lastAt: Math.max(lastAt, at),
      suspects: suspect && !known && suspects.length < MOST_ACCOUNTS ? [...suspects, self] : suspects,
      usual: suspect || known ? usual : Math.min(MOST_ACCOUNTS, usual + 1),
    });
  }

  #of(key: SightingKey): Sighting | undefined {
    return this.#newer.get(key) ?? (this.#older.size === 0 ? undefined : this.#older.get(key));
  }

  #keep(key: SightingKey, sighting: Sighting): void {
    this.#newer.set(key, sighting);
    if (this.#newer.size < MOST) return;
    this.#older = this.#newer;
    this.#newer = new Sightings();
  }
}

/** Not one of more than a week ago. */
function lately(sighting: Sighting | undefined, at: number): Sighting | undefined {
  return sighting !== undefined && sighting.lastAt < at - FOR_MS ? undefined : sighting;
}
