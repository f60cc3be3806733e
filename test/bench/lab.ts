/**
 * How fast the lab is: deliveries of a busy world without faults in a second of this machine, on one thread, which has the
 * memory that the threads of a replay have.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { WORLD_MEMORY } from '../../src/lab/memory.ts';
import type { LabLoad, LabRun } from './lab-thread.ts';

/** Prints it. */
export async function measureLab(load: LabLoad): Promise<void> {
  const began = performance.now();
  const before = process.cpuUsage();
  const thread = new Worker(new URL('./lab-thread.ts', import.meta.url), {
    workerData: load,
    resourceLimits: WORLD_MEMORY,
  });
  const ran = once(thread, 'exit');
  const [{ delivered, hours }] = (await once(thread, 'message')) as [LabRun];
  await ran;
  const seconds = (performance.now() - began) / 1000;
  const { user, system } = process.cpuUsage(before);
  process.stdout.write(`
the lab, one thread, a world of ${load.workers === 1 ? 'one worker' : `${load.workers} workers`} and 24 providers without faults
  ${delivered} deliveries of ${hours.toFixed(1)} hours in ${seconds.toFixed(1)} s: ${Math.round(delivered / seconds)} a second
  ${((user + system) / delivered).toFixed(0)} us of processor time each
`);
}
