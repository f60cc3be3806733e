/** Messages of a session by their places, in pieces that one read of the store answers. */
import { NumberSet } from '../../wire/imap/number-set.ts';
import type { IndexRange, Selected } from './selected.ts';
import type { StoredItem } from '../../core/mailbox/port.ts';
import type { ImapHandle } from './handle.ts';
import { PIECE_BYTES } from '../message-reader.ts';

/** Messages that are read from the store at once; with their content, as many as have so many octets together. */
const BATCH = 200;
const BATCH_BYTES = 1024 * 1024;

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

/** `bytesOf`: what each takes; nothing unless given. */
function* batches(
  ranges: readonly IndexRange[],
  bytesOf?: (index: number) => number,
): Generator<IndexRange[]> {
  let batch: [number, number][] = [];
  let [size, bytes] = [0, 0];
  for (const [first, last] of ranges)
    for (let index = first; index < last; index++) {
      const open = batch.at(-1);
      if (open?.[1] === index) open[1] = index + 1;
      else batch.push([index, index + 1]);
      size++;
      bytes += bytesOf?.(index) ?? 0;
      if (size < BATCH && bytes < BATCH_BYTES) continue;
      yield batch;
      batch = [];
      [size, bytes] = [0, 0];
    }
  if (batch.length > 0) yield batch;
}

/** Messages as the store has them, with their places, rising. Those that are gone are passed over. */
export async function* stored(
  session: ImapHandle,
  selected: Selected,
  { ranges, content }: { ranges: readonly IndexRange[]; content: 'with content' | 'without' },
): AsyncGenerator<{ index: number; item: StoredItem }> {
  const { ref } = selected.live;
  const isWith = content === 'with content';
  const bytesOf = (index: number): number => Math.min(selected.columns.sizes[index] as number, PIECE_BYTES);
  const read = (batch: readonly IndexRange[]): Promise<StoredItem[]> => {
    const uids = selected.uidRanges(batch);
    const wanted = { ...ref, uids, limit: BATCH, ...(isWith ? { contentUpTo: PIECE_BYTES } : {}) };
    return session.context.store.items(wanted);
  };
  const pending = batches(ranges, isWith ? bytesOf : undefined);
  // The store reads one batch while the one before is looked at.
  let next = readNext(pending, read);
  while (next !== undefined) {
    const items = await next;
    if (session.isOver) return;
    next = readNext(pending, read);
    for (const item of items) {
      const index = selected.indexOf(item.uid);
      if (index >= 0) yield { index, item };
    }
  }
}

function readNext(
  pending: Generator<IndexRange[]>,
  read: (batch: readonly IndexRange[]) => Promise<StoredItem[]>,
): Promise<StoredItem[]> | undefined {
  const { value, done } = pending.next();
  if (done || value === undefined) return undefined;
  const reading = read(value);
  // Heard of when it is awaited, which it may never be.
  reading.catch(() => undefined);
  return reading;
}
