/**
 * How many connections a path bears: slow start to the last good level, one more per round past it, halved when the far
 * end asks for less (design, section 5; the shape of RFC 5681).
 */
export interface PaceLimits {
  readonly initialConnections: number;
  readonly maxConnections: number;
}

/** How long a far end that refused one connection more is not asked for one again, and at most, ms; doubled each time. */
const FIRST_HOLD_MS = 30_000;
const LONGEST_HOLD_MS = 600_000;

export class Pace {
  readonly #limits: PaceLimits;
  #limit: number;
  /** Below this it doubles each round; from here on it grows by one. Unknown at first. */
  #good: number | undefined;
  /** What it takes and no more, until when that is believed, and for how long the next time. */
  #ceiling = Number.POSITIVE_INFINITY;
  #heldUntil = 0;
  #holdMs = FIRST_HOLD_MS;

  /** `level`: how many it bore before, when that is known. */
  constructor(limits: PaceLimits, level?: number) {
    this.#limits = limits;
    this.#limit = Math.min(limits.initialConnections, limits.maxConnections);
    this.#good = level;
  }

  /** Connections that may be open now. */
  get connections(): number {
    return Math.floor(this.#limit);
  }

  /** What it is known to bear: remembered across restarts. */
  get level(): number {
    return Math.max(this.connections, Math.floor(this.#good ?? 0));
  }

  /** Whether it is known to bear only so many. */
  get hasCeiling(): boolean {
    return this.#ceiling !== Number.POSITIVE_INFINITY;
  }

  /** A transaction went well; `now`: ms of a clock that only moves forward. */
  succeeded(now: number): void {
    const step = this.#good === undefined || this.#limit < this.#good ? 1 : 1 / this.#limit;
    const most = now < this.#heldUntil ? this.#ceiling : Number.POSITIVE_INFINITY;
    this.#limit = Math.min(this.#limit + step, this.#limits.maxConnections, most);
  }

  /** So many connections serve, and one more was refused: it is not asked for one again for a while. */
  bears(connections: number, now: number): void {
    // It bore more than it last did: it is asked as soon as the first time.
    if (connections > this.#ceiling) this.#holdMs = FIRST_HOLD_MS;
    this.#limit = Math.max(1, Math.min(this.#limit, connections));
    this.#good = this.#limit;
    this.#ceiling = this.#limit;
    this.#heldUntil = now + this.#holdMs;
    this.#holdMs = Math.min(this.#holdMs * 2, LONGEST_HOLD_MS);
  }

  /** The far end asked for less, or a connection broke. */
  slowed(): void {
    this.#limit = Math.max(this.#limit / 2, 1);
    this.#good = this.#limit;
  }

  /** It stood still: one connection begins, and the slow start ends at what it bore. */
  restart(): void {
    this.#good = this.level;
    this.#limit = 1;
  }
}
