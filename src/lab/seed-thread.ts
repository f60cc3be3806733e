/** A thread of `crew.ts`: is told a seed, runs it, and says what it came to. */
import { parentPort, workerData } from 'node:worker_threads';
import type { BugName } from './bugs.ts';
import { runScenario, scenarioOf } from './exploration.ts';

/** What one seed came to. */
export interface SeedResult {
  readonly seed: number;
  readonly broken: readonly string[];
  readonly digest: string;
  readonly delivered: number;
  readonly virtualMs: number;
}

const { bug } = workerData as { bug: BugName | undefined };

parentPort?.on('message', (seed: number) => {
  void runScenario({ ...scenarioOf(seed), ...(bug === undefined ? {} : { bug }) }).then(
    ({ broken, digest, delivered, virtualMs }) => {
      const result: SeedResult = { seed, broken, digest, delivered, virtualMs };
      parentPort?.postMessage(result);
    },
  );
});
