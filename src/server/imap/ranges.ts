/** Messages of a session by their places, in pieces that one read of the store answers. */
import { NumberSet } from '../../wire/imap/number-set.ts';
import type { IndexRange, Selected } from './selected.ts';
import type { StoredItem } from '../../core/mailbox/port.ts';
import type { ImapHandle } from './handle.ts';

/** Messages that are read from the store at once. */
const BATCH = 200;

export function sizeOf(ranges: readonly IndexRange[]): number {
  return ranges.reduce((sum, [from, to]) => sum + to - from, 0);
}

/** The places for which `wanted` holds. */
export function filtered(ranges: readonly IndexRange[], wanted: (index: number) => boolean): IndexRange[] {
  const found: [number, number][] = [];
  for (const [from, to] of ranges)
    for (let index = from; index < to; index++) {
      if (!wanted(index)) continue;
      const last = found.at(-1);
      if (last?.[1] === index) last[1] = index + 1;
      else found.push([index, index + 1]);
    }
  return found;
}

export function uidsOf(selected: Selected, ranges: readonly IndexRange[]): NumberSet {
  const { uids } = selected;
  return NumberSet.of(
    (function* () {
      for (const [from, to] of ranges)
        for (let index = from; index < to; index++) yield uids[index] as number;
    })(),
  );
}

function* batches(ranges: readonly IndexRange[]): Generator<IndexRange[]> {
  let batch: IndexRange[] = [];
  let size = 0;
  for (const [first, last] of ranges)
    for (let from = first; from < last; ) {
      const to = Math.min(last, from + BATCH - size);
      batch.push([from, to]);
      size += to - from;
      from = to;
      if (size < BATCH) continue;
      yield batch;
      batch = [];
      size = 0;
    }
  if (batch.length > 0) yield batch;
}

/** Messages as the store has them, with their places, rising. Those that are gone are passed over. */
export async function* stored(
  session: ImapHandle,
  selected: Selected,
  ranges: readonly IndexRange[],
): AsyncGenerator<{ index: number; item: StoredItem }> {
  const { ref } = selected.live;
  for (const batch of batches(ranges)) {
    if (session.isOver) return;
    const uids = selected.uidRanges(batch);
    const items = await session.context.store.items({ ...ref, uids, limit: BATCH });
    for (const item of items) {
      const index = selected.indexOf(item.uid);
      if (index >= 0) yield { index, item };
    }
  }
}
