/** What is done again and again. */
import type { Clock, Timer } from './clock.ts';

export interface Repeated {
  readonly everyMs: number;
  run(): unknown;
  /** Hears why a run failed; the next comes all the same. */
  failed?(error: unknown): void;
}

/**
 * Runs `run` every `everyMs`, counted from the end of one run to the beginning of the next, so that two never overlap.
 * Cancelled, it does not begin again; a run under way ends by itself.
 */
export function repeat(clock: Clock, { everyMs, run, failed = () => undefined }: Repeated): Timer {
  let timer = clock.after(everyMs, tick);
  let cancelled = false;

  function again(): void {
    if (!cancelled) timer = clock.after(everyMs, tick);
  }

  function tick(): void {
    let running: unknown;
    try {
      running = run();
    } catch (error) {
      failed(error);
    }
    // What is done at once is not waited for: thousands of these share one event loop.
    if (running instanceof Promise) running.catch(failed).finally(again);
    else again();
  }

  return {
    cancel() {
      cancelled = true;
      timer.cancel();
    },
  };
}
