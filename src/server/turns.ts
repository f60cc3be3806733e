/**
 * The turns of sessions that make much at once. They share one event loop, which is nobody's own: whoever has made for
 * `TURN_MS` lets everything else that waits go first, and of several who do so one goes on in each round.
 */
import type { Clock } from '../base/clock.ts';

/** How long is made before others have their turn, ms. */
const TURN_MS = 10;

let since = -1;
let last: Promise<void> = Promise.resolve();

/** To be awaited before more is made; undefined when the turn is not over. */
export function turn(clock: Clock): Promise<void> | undefined {
  const now = clock.monotonic();
  if (since < 0) {
    since = now;
    // Whoever begins later in this round is in the same turn.
    setImmediate(() => {
      since = -1;
    });
  }
  if (now - since < TURN_MS) return undefined;
  last = last.then(() => new Promise((resolve) => setImmediate(resolve)));
  return last;
}
