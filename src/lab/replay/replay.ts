/** Runs a scenario in both ways, each in a thread. */
import { Worker } from 'node:worker_threads';
import { WORLD_MEMORY } from '../memory.ts';
import type { Result, WayResult } from './result.ts';
import type { Scenario } from './scenario.ts';
import type { Way } from './way.ts';

/** The same scenario and seed give the same result, to the byte. */
export async function replay(scenario: Scenario, seed: number): Promise<Result> {
  const run = (way: Way): Promise<WayResult> => inThread({ scenario, way, seed });
  const [classic, relais] = await Promise.all([run('classic'), run('relais')]);
  return { scenario, seed, ways: { classic, relais } };
}

function inThread(workerData: { scenario: Scenario; way: Way; seed: number }): Promise<WayResult> {
  return new Promise((resolve, reject) => {
    const thread = new Worker(new URL('./thread.ts', import.meta.url), {
      workerData,
      resourceLimits: WORLD_MEMORY,
    });
    thread.once('message', resolve);
    thread.once('error', reject);
    thread.once('exit', (code) => {
      if (code !== 0) reject(new Error(`the replay of ${workerData.way} ended with code ${code}`));
    });
  });
}
