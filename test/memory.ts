/** How much memory is really in use, for tests that set a bound. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const gc: () => void = runInNewContext('gc');

/** Twice: buffers are let go in the background, and the second run waits for the first. */
function collectGarbage(): void {
  gc();
  gc();
}

/** Octets on the heap and in buffers that somebody still holds. */
export function memoryInUse(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Octets of the process in memory, after what nobody holds was given up. */
export function residentMemory(): number {
  collectGarbage();
  return process.memoryUsage().rss;
}
