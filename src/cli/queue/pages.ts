import type { QueuedDelivery, QueueFilter } from '../../core/queue/admin.ts';
import type { SqlStore } from '../../store/store.ts';

/** Deliveries read from the store at once. */
const PAGE = 1000;

/** What is in the queue, `most` deliveries of it: one page at least, which may be empty. */
export async function* pagesOf(
  store: SqlStore,
  { filter, most = Number.POSITIVE_INFINITY }: { filter: QueueFilter; most?: number | undefined },
): AsyncGenerator<readonly QueuedDelivery[]> {
  let left = most;
  let cursor: QueuedDelivery['id'] | undefined;
  do {
    const limit = Math.min(PAGE, left);
    const page = await store.listQueue({ filter, limit, ...(cursor === undefined ? {} : { cursor }) });
    yield page;
    cursor = page.length < limit ? undefined : page.at(-1)?.id;
    left -= page.length;
  } while (cursor !== undefined && left > 0);
}
