import type { QueuedDelivery, QueueFilter } from '../../core/queue/admin.ts';
import type { SqlStore } from '../../store/store.ts';

/** Deliveries read from the store at once. */
const PAGE = 1000;

/**
 * What is in the queue, `most` deliveries of it: one page at least, which may be empty. The oldest first; where there is more than a
 * page, in the order of their numbers, of which each worker gives a run of its own.
 */
export async function* pagesOf(
  store: SqlStore,
  { filter, most = Number.POSITIVE_INFINITY }: { filter: QueueFilter; most?: number | undefined },
): AsyncGenerator<readonly QueuedDelivery[]> {
  let page = await store.listQueue({ filter, limit: PAGE });
  if (page.length < PAGE) return yield page.toSorted(byAge).slice(0, most);
  for (let left = most; left > 0 && page.length > 0; ) {
    yield page.slice(0, left);
    left -= page.length;
    const cursor = page.at(-1)?.id;
    if (page.length < PAGE || cursor === undefined) return;
    page = await store.listQueue({ filter, limit: PAGE, cursor });
  }
}

/** Those of one message stay together. */
function byAge(one: QueuedDelivery, other: QueuedDelivery): number {
  return one.acceptedAt - other.acceptedAt || one.message - other.message || one.id - other.id;
}
