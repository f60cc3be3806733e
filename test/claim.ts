/** Everything that is due on a path, of every lane, oldest first within each. */
import type { PathKey, WorkerId } from '../src/core/envelope.ts';
import { type ClaimedDelivery, MAX_LANES, type QueueStore } from '../src/core/queue/port.ts';

export async function claimDue(
  store: Pick<QueueStore, 'claim'>,
  about: { worker: WorkerId; path: PathKey; now: number; limit: number },
): Promise<ClaimedDelivery[]> {
  const { worker, path, now, limit } = about;
  const parts = Array.from({ length: MAX_LANES }, (_, lane) => ({ lane, since: 0, before: now + 1, limit }));
  return (await store.claim({ worker, path, parts })).flat();
}
