/**
 * The turns of sessions that make much at once. They share one event loop, which is nobody's own: whoever has made for
 * `TURN_MS` lets everything else that waits go first, and of several who do so one goes on in each round.
 */
import type { Clock } from '../base/clock.ts';

/** How long is made before others have their turn, ms. */
const TURN_MS = 10;

/** When the turn of this round began, monotonic ms; -1: nobody has begun. */
let since = -1;
let turns = 0;
let last: Promise<void> = Promise.resolve();

/** To be awaited before more is made; undefined when the turn is not over. */
export function turn(clock: Clock): Promise<void> | undefined {
  if (since < 0) begin(clock);
  if (clock.monotonic() - since < TURN_MS) return undefined;
  last = last.then(
    () =>
      new Promise((resolve) =>
        setImmediate(() => {
          // What is done from here on counts, also before somebody asks again.
          begin(clock);
          resolve();
        }),
      ),
  );
  return last;
}

/** Whoever begins later in this round is in the same turn. */
function begin(clock: Clock): void {
  since = clock.monotonic();
  const mine = ++turns;
  setImmediate(() => {
    if (turns === mine) since = -1;
  });
}
