/** How long something takes that is asked for again and again, and may never answer: what the oldest question has waited. */
import type { Clock } from '../../base/clock.ts';

export class Latency {
  readonly #clock: Clock;
  readonly #begun = new Set<{ readonly at: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** It is asked; the returned function says that the answer came, whatever it was. */
  begin(): () => void {
    const one = { at: this.#clock.monotonic() };
    this.#begun.add(one);
    return () => void this.#begun.delete(one);
  }

  /** Milliseconds that the oldest question without an answer has waited; 0 when there is none. */
  get ms(): number {
    // The order of the set is that of asking.
    const [oldest] = this.#begun;
    return oldest === undefined ? 0 : this.#clock.monotonic() - oldest.at;
  }
}
