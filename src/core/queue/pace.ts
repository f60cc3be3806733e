/**
 * How many connections a path bears: slow start to the last good level, one more per round past it, halved when the far
 * end asks for less (design, section 5; the shape of RFC 5681).
 */
export interface PaceLimits {
  readonly initialConnections: number;
  readonly maxConnections: number;
}

export class Pace {
  readonly #limits: PaceLimits;
  #limit: number;
  /** Below this it doubles each round; from here on it grows by one. Unknown at first. */
  #good: number | undefined;

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

  /** A transaction went well. */
  succeeded(): void {
    const step = this.#good === undefined || this.#limit < this.#good ? 1 : 1 / this.#limit;
    this.#limit = Math.min(this.#limit + step, this.#limits.maxConnections);
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
