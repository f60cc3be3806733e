/** How long something takes that is asked for again and again, and may never answer. */
import type { Clock } from '../../base/clock.ts';

/** What one answer weighs. */
const WEIGHT = 0.1;
/** What was long ago counts for less: by a factor e in this time, ms. */
const FADE_MS = 2_000;

export class Latency {
  readonly #clock: Clock;
  readonly #begun = new Set<{ readonly at: number }>();
  #smoothMs = 0;
  #at = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** It is asked; the returned function says that the answer came, whatever it was. */
  begin(): () => void {
    const one = { at: this.#clock.monotonic() };
    this.#begun.add(one);
    return () => {
      this.#begun.delete(one);
      const now = this.#clock.monotonic();
      const weight = 1 - (1 - WEIGHT) * this.#fading(now);
      this.#smoothMs += weight * (now - one.at - this.#smoothMs);
      this.#at = now;
    };
  }

  /** Milliseconds: what answers took lately, or what the oldest that is missing has taken until now. */
  get ms(): number {
    const now = this.#clock.monotonic();
    // The order of the set is that of asking.
    const [oldest] = this.#begun;
    return Math.max(this.#smoothMs * this.#fading(now), oldest === undefined ? 0 : now - oldest.at);
  }

  #fading(now: number): number {
    return Math.exp((this.#at - now) / FADE_MS);
  }
}
