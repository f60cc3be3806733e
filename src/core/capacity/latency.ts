/** How long something takes that is asked for again and again, and may never answer: what the oldest question has waited. */
import type { Clock } from '../../base/clock.ts';

export class Latency {
  readonly #clock: Clock;
  readonly #asked = new Set<{ readonly at: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Asks, and answers as it does. */
  async measure<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
    const mine = { at: this.#clock.monotonic() };
    this.#asked.add(mine);
    try {
      const answer = await ask();
      this.#overtake(mine);
      return answer;
    } finally {
      this.#asked.delete(mine);
    }
  }

  /** What was asked before one that is answered waits for something of its own, such as a lock: it says nothing of the others. */
  #overtake(answered: { readonly at: number }): void {
    // The order of the set is that of asking; one that was overtaken itself is not in it any more.
    if (!this.#asked.has(answered)) return;
    for (const one of this.#asked) {
      if (one === answered) return;
      this.#asked.delete(one);
    }
  }

  /** Milliseconds that the oldest question without an answer has waited that none was answered after; 0 when there is none. */
  get ms(): number {
    const [oldest] = this.#asked;
    return oldest === undefined ? 0 : this.#clock.monotonic() - oldest.at;
  }
}
