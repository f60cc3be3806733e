/** One way of a scenario, in a thread of its own. */
import { parentPort, workerData } from 'node:worker_threads';
import { wayResult } from './result.ts';
import { runWay } from './run.ts';
import type { Scenario } from './scenario.ts';
import type { Way } from './way.ts';

const { scenario, way, seed } = workerData as { scenario: Scenario; way: Way; seed: number };
parentPort?.postMessage(wayResult(scenario, await runWay(scenario, way, seed)));
