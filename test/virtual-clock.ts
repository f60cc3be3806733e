/** Time that moves only when a test says so. */
import type { Clock, Timer } from '../src/base/clock.ts';

interface Pending extends Timer {
  readonly at: number;
  readonly order: number;
  readonly fire: () => void;
}

/** Monday 12 March 2018, 08:00 UTC. */
export const MONDAY = 1_520_841_600_000;

export class VirtualClock implements Clock {
  #now: number;
  #monotonic = 0;
  #order = 0;
  readonly #pending = new Set<Pending>();

  constructor(now = MONDAY) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  after(delayMs: number, fn: () => void): Timer {
    const timer: Pending = {
      at: this.#monotonic + Math.max(0, delayMs),
      order: this.#order++,
      fire: fn,
      cancel: () => void this.#pending.delete(timer),
    };
    this.#pending.add(timer);
    return timer;
  }

  /** Timers that are still to fire. */
  get timers(): number {
    return this.#pending.size;
  }

  /** Milliseconds until the next timer; undefined when there is none. */
  get nextInMs(): number | undefined {
    const next = this.#next();
    return next === undefined ? undefined : next.at - this.#monotonic;
  }

  /** The machine's clock is set: wall time jumps, durations do not. */
  jump(ms: number): void {
    this.#now += ms;
  }

  /** Moves time on, timer by timer in order; what each of them sets going has settled before the next. */
  async advance(ms: number): Promise<void> {
    const until = this.#monotonic + ms;
    await settled();
    for (let next = this.#next(); next !== undefined && next.at <= until; next = this.#next()) {
      this.#moveTo(next.at);
      this.#pending.delete(next);
      next.fire();
      await settled();
    }
    this.#moveTo(until);
  }

  #moveTo(monotonic: number): void {
    this.#now += monotonic - this.#monotonic;
    this.#monotonic = monotonic;
  }

  #next(): Pending | undefined {
    let first: Pending | undefined;
    for (const timer of this.#pending) {
      if (first === undefined || timer.at < first.at || (timer.at === first.at && timer.order < first.order))
        first = timer;
    }
    return first;
  }
}

/** Resolves when every promise that can settle without time or the outside has. */
export function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
