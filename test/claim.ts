/** Everything that is due on a path, of every lane, oldest first within each. */
import type { PathKey, WorkerId } from '../src/core/envelope.ts';
import { ALL_LANES } from '../src/core/queue/lanes.ts';
import type { ClaimedDelivery, QueueStore } from '../src/core/queue/port.ts';

export async function claimDue(
  store: Pick<QueueStore, 'claim'>,
  about: { worker: WorkerId; path: PathKey; now: number; limit: number },
): Promise<ClaimedDelivery[]> {
  const { worker, path, now, limit } = about;
  const parts = ALL_LANES.map((lane) => ({ lane, since: 0, before: now + 1, limit }));
  return (await store.claim({ worker, path, parts })).flat();
}
