/**
 * Sends back to be routed what waits on a path that it may leave: all of it, however much there is, in steps and once
 * through, because what has nowhere else to go comes back with its place by age, and waits there. For a while after each
 * change every path is gone through again: other workers hear of it a sweep later, and place mail there meanwhile.
 */
import type { Clock } from '../../base/clock.ts';
import type { DeliveryId, PathKey } from '../envelope.ts';

/** The place of a delivery by age on its path. */
export interface ByAge {
  readonly lane: number;
  /** ms since the epoch. */
  readonly dueAt: number;
  readonly id: DeliveryId;
}

export interface UnrouteStore {
  /**
   * Sends back to be routed at most `limit` deliveries that stand on a path, the oldest of those that come after `after`; their
   * places by age stay. How many went, and the last that was looked at: none when there was nothing more.
   */
  unroute(request: { path: PathKey; limit: number; after: ByAge }): Promise<{ moved: number; last?: ByAge }>;
}

/** Before all. */
export const FIRST: ByAge = { lane: -1, dueAt: 0, id: 0 as DeliveryId };
/** Deliveries of one step, and steps of one path in one sweep. */
const A_STEP = 500;
const STEPS = 10;
/** Paths are gone through again for so long after a change, ms. */
const LOOKS_MS = 10_000;

export class SendingBack {
  readonly #store: UnrouteStore;
  readonly #clock: Clock;
  /** How far the way through a path has come, while it is under way. */
  readonly #places = new Map<PathKey, ByAge>();
  #changedAt = Number.NEGATIVE_INFINITY;

  constructor(store: UnrouteStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Where mail may go has changed: each path is to be gone through. */
  begin(): void {
    this.#places.clear();
    this.#changedAt = this.#clock.monotonic();
  }

  /** Goes on with a path as far as one sweep goes; how many went. Rejects when the store is down. */
  async sweep(path: PathKey): Promise<number> {
    let after = this.#places.get(path);
    if (after === undefined && this.#clock.monotonic() > this.#changedAt + LOOKS_MS) return 0;
    let sum = 0;
    for (let step = 0; step < STEPS; step++) {
      const { moved, last } = await this.#store.unroute({ path, limit: A_STEP, after: after ?? FIRST });
      sum += moved;
      after = last;
      if (last === undefined) break;
    }
    if (after === undefined) this.#places.delete(path);
    else this.#places.set(path, after);
    return sum;
  }
}
