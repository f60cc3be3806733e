/**
 * Many seeds at once: a few threads take the next seed each as they become free. What a seed comes to depends on the seed
 * alone, not on the thread nor on what else runs.
 */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { BugName } from './bugs.ts';
import type { SeedResult } from './seed-thread.ts';

export interface SeedRange {
  readonly from: number;
  readonly count: number;
  /** As many as there are cores unless given. */
  readonly threads?: number;
  readonly bug?: BugName;
  /** Is told of each as it ends; false: that was enough. */
  onResult?(result: SeedResult): boolean;
}

/** The results in the order of their seeds. Rejects when a thread breaks. */
export async function runSeeds(range: SeedRange): Promise<SeedResult[]> {
  const { from, count, threads = availableParallelism(), bug, onResult } = range;
  const results: SeedResult[] = [];
  let next = from;
  const thread = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const worker = new Worker(new URL('seed-thread.ts', import.meta.url), { workerData: { bug } });
      const go = (): void => {
        if (next < from + count) worker.postMessage(next++);
        else void worker.terminate().then(() => resolve());
      };
      worker.on('message', (result: SeedResult) => {
        results.push(result);
        if (onResult?.(result) === false) next = from + count;
        go();
      });
      worker.on('error', reject);
      go();
    });
  await Promise.all(Array.from({ length: Math.min(threads, count) }, thread));
  return results.sort((a, b) => a.seed - b.seed);
}
