/** Every operation of the store by name: what crosses a thread or a socket is a name and a plain value. */
import { accept } from './accept.ts';
import { dropStage, readBlob, stage, sweepStages } from './blobs.ts';
import { claim, nextDue, settle } from './queue.ts';
import type { Operation } from './sql.ts';
import { acquirePaths, heartbeat, releasePath, reserveIds, retireWorkers } from './workers.ts';

export const writes = {
  accept, stage, dropStage, sweepStages, claim, settle,
  reserveIds, heartbeat, retireWorkers, acquirePaths, releasePath,
} satisfies Record<string, Operation>;

export const reads = { readBlob, nextDue } satisfies Record<string, Operation>;

export function operation(name: string): Operation {
  const found = (writes as Record<string, Operation>)[name] ?? (reads as Record<string, Operation>)[name];
  if (found === undefined) throw new Error(`the store has no operation named ${name}`);
  return found;
}
