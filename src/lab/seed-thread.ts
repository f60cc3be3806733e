/** A thread of `run-seeds.ts`: is told a seed, runs it, and says what it came to. */
import { parentPort, workerData } from 'node:worker_threads';
import type { BugName } from './bugs.ts';
import { type Findings, runScenario, scenarioOf } from './exploration.ts';

/** What one seed came to. */
export interface SeedResult extends Omit<Findings, 'history'> {
  readonly seed: number;
}

const { bug } = workerData as { bug: BugName | undefined };

parentPort?.on('message', (seed: number) => {
  void runScenario({ ...scenarioOf(seed), ...(bug === undefined ? {} : { bug }) }).then(
    ({ history: _, ...findings }) => {
      const result: SeedResult = { seed, ...findings };
      parentPort?.postMessage(result);
    },
  );
});
