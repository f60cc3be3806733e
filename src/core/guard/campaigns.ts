/**
 * What several accounts send alike. A body or a link domain that turns up within days at accounts that have nothing to do
 * with each other, each time to strangers or from a new place, is a campaign, however slowly each of them sends. So is a body that
 * nobody had sent before and that within two days comes from many networks to many people, friends or not.
 * Bounded: two generations, of which the older is forgotten when the newer is full, so that the last ones are always known
 * and forgetting costs nothing.
 */
import { type SightingKey, Sightings } from './sightings.ts';

/** Bodies, or link domains, of one generation. */
const MOST = 50_000;
const DAY = 86_400_000;
/** For so long, ms. */
const FOR_MS = 7 * DAY;
/** What several accounts always sent so is nobody's campaign: so many of them speak for as much as one that is suspect against. */
const USUAL_FOR_ONE = 2;
/** A body is young for so long, ms: how far it gets by then. Where there is no `FOR_MS` to look back on, it may be old. */
const YOUNG_MS = 2 * DAY;

/** A message as far as others may send the like; all as hashes. */
export interface Sent {
  readonly account: number;
  readonly at: number;
  /** To strangers, or from a new place. */
  readonly suspect: boolean;
  /** Where it comes from; the account where that is not known. */
  readonly place: number;
  /** The first whom it goes to. */
  readonly reader: number | undefined;
}

/** Where it is known; a row below zero where it is not. */
export interface Found {
  readonly of: Sightings;
  readonly row: number;
}

/** The older, and the newer; since when both, and the newer, know all. */
export type SavedCampaign = readonly [older: string, newer: string, since: number, newerSince: number];

export class Campaigns {
  #newer = new Sightings();
  #older = new Sightings();
  /** Since when all that was seen is remembered; the newer since when. */
  #remembersSince = 0;
  #newerSince = 0;

  /** Who sent it lately; undefined when nobody did. */
  lately(key: SightingKey, at: number): Found | undefined {
    const found = this.#find(key);
    return found.row < 0 || found.of.lastAt(found.row) < at - FOR_MS ? undefined : found;
  }

  /** Other accounts that sent it in a way that is not theirs, less those that sent it as always. */
  others({ of, row }: Found, account: number): number {
    const suspects = of.count(row, 'suspects') - (of.has(row, 'suspects', account) ? 1 : 0);
    const others = suspects - of.countOnly(row, 'usual', 'suspects') / USUAL_FOR_ONE;
    return Math.max(0, Math.floor(others));
  }

  /**
   * From how many networks, and to how many people, a body came that nobody had sent before, within its first two days: the fewer of the
   * two, and a few less where there are dozens. 0 where it cannot be told whether it was new. `since`: when whoever asks began to look, ms.
   */
  spread({ of, row }: Found, since: number): number {
    if (of.firstAt(row) < Math.max(since, this.#remembersSince) + FOR_MS) return 0;
    return Math.min(of.count(row, 'places'), of.count(row, 'readers'));
  }

  /** What `restore` takes. */
  save(): SavedCampaign {
    return [this.#older.save(), this.#newer.save(), this.#remembersSince, this.#newerSince];
  }

  /** @throws {RangeError} when it is nothing that was saved. */
  restore([older, newer, since, newerSince]: SavedCampaign): void {
    [this.#older, this.#newer] = [Sightings.restore(older), Sightings.restore(newer)];
    this.#remembersSince = since;
    this.#newerSince = newerSince;
  }

  /** It was its owner's after all, and has spread as such things do. */
  clear(key: SightingKey, account: number): void {
    const found = this.#find(key);
    if (found.row < 0) return;
    const [of, row] = this.#keep(key, found, found.of.lastAt(found.row));
    if (of.has(row, 'suspects', account)) {
      of.remove(row, 'suspects', account);
      of.put(row, 'usual', account);
    }
    of.empty(row, 'places', 'readers');
    of.seen(row, { firstAt: Math.min(of.firstAt(row), of.lastAt(row) - YOUNG_MS), lastAt: of.lastAt(row) });
  }

  note(key: SightingKey, { account, at, suspect, place, reader }: Sent): void {
    const found = this.#find(key);
    const [of, row] = this.#keep(key, found, at);
    const isOver = found.row < 0 || of.lastAt(row) < at - FOR_MS;
    if (isOver) of.empty(row, 'suspects', 'usual', 'places', 'readers');
    const firstAt = isOver ? at : Math.min(of.firstAt(row), at);
    of.seen(row, { firstAt, lastAt: isOver ? at : Math.max(of.lastAt(row), at) });
    of.put(row, suspect ? 'suspects' : 'usual', account);
    if (at >= firstAt + YOUNG_MS || reader === undefined) return;
    of.put(row, 'places', place);
    of.put(row, 'readers', reader);
  }

  #find(key: SightingKey): Found {
    const row = this.#newer.find(key);
    if (row >= 0 || this.#older.size === 0) return { of: this.#newer, row };
    return { of: this.#older, row: this.#older.find(key) };
  }

  /** Its row among the newer ones, with what was known of it. */
  #keep(key: SightingKey, { of, row }: Found, at: number): [Sightings, number] {
    if (row >= 0 && of === this.#newer) return [of, row];
    if (this.#newer.size >= MOST) {
      // What was in the older alone is forgotten now: it would look new.
      this.#remembersSince = this.#newerSince;
      this.#newerSince = at;
      this.#older = this.#newer;
      this.#newer = new Sightings();
    }
    const kept = row < 0 ? this.#newer.add(key) : this.#newer.copy(key, { from: of, row });
    return [this.#newer, kept];
  }
}
