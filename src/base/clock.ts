/** Time, as a port: nothing outside `base/`, `net/`, `cli/` and `main.ts` asks the machine for it. */
import { performance } from 'node:perf_hooks';

/** Something that will happen later. */
export interface Timer {
  /** Makes it not happen. Harmless when it already has, or was cancelled. */
  cancel(): void;
}

export interface Clock {
  /** Wall time, in ms since 1970-01-01T00:00:00Z. May jump when the machine's clock is set. */
  now(): number;
  /** Time that only moves forward, in ms since a moment that means nothing. For measuring durations. */
  monotonic(): number;
  /** Calls `fn` once, `delayMs` from now (at least 0), unless cancelled. Any length is fine. */
  after(delayMs: number, fn: () => void): Timer;
}

/** The longest delay that a Node timer takes, in ms (about 24.8 days); a longer one would fire at once. */
const LONGEST_TIMER_MS = 2_147_483_647;

/** The machine's clock. A pending timer keeps the process alive: who stops a part cancels its timers. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after: (delayMs, fn) => new SystemTimer(delayMs, fn),
};

class SystemTimer implements Timer {
  #handle: NodeJS.Timeout | undefined;

  constructor(delayMs: number, fn: () => void) {
    this.#arm(Math.max(0, delayMs), fn);
  }

  cancel(): void {
    clearTimeout(this.#handle);
  }

  /** Long delays go in legs that Node can take. */
  #arm(delayMs: number, fn: () => void): void {
    const legMs = Math.min(delayMs, LONGEST_TIMER_MS);
    const next = () => (delayMs > legMs ? this.#arm(delayMs - legMs, fn) : fn());
    this.#handle = setTimeout(next, legMs);
  }
}
