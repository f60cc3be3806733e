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
  return NumberSet.of(uidsIn(selected, ranges));
}

function* uidsIn({ uids }: Selected, ranges: readonly IndexRange[]): Generator<number> {
  for (const [from, to] of ranges) for (let index = from; index < to; index++) yield uids[index] as number;
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

interface Wanted {
  readonly ranges: readonly IndexRange[];
  readonly content: 'with content' | 'without';
}

interface Placed {
  readonly index: number;
  readonly item: StoredItem;
}

/** The same as `stored`, where there are few of them from memory as far as they were read lately. */
export async function* recentOrStored(
  session: ImapHandle,
  selected: Selected,
  wanted: Wanted,
): AsyncGenerator<Placed[]> {
  const withContent = wanted.content === 'with content';
  const [batch, more] = batches(wanted.ranges, withContent ? bytesIn(selected) : undefined);
  // What is asked for in great numbers is read once, and would push out what is asked for again.
  if (batch === undefined || more !== undefined) return yield* stored(session, selected, wanted);
  const { recent } = session.context.mailboxes;
  const { mailbox } = selected.live.ref;
  const uids = [...uidsIn(selected, batch)];
  const found = new Map<number, StoredItem>();
  for (const uid of uids) {
    const item = recent.find(mailbox, uid, { withContent });
    if (item !== undefined) found.set(uid, item);
  }
  const missing = filtered(batch, (index) => !found.has(selected.uids[index] as number));
  if (missing.length > 0)
    for await (const read of stored(session, selected, { ...wanted, ranges: missing }))
      for (const { item } of read) {
        recent.keep(mailbox, item, { withContent });
        found.set(item.uid, item);
      }
  yield uids.flatMap((uid) => placed(selected, found.get(uid)));
}

/** One whose message is gone has no place. */
function placed(selected: Selected, item: StoredItem | undefined): Placed[] {
  const index = item === undefined ? -1 : selected.indexOf(item.uid);
  return item === undefined || index < 0 ? [] : [{ index, item }];
}

function bytesIn({ columns }: Selected): (index: number) => number {
  return (index) => Math.min(columns.sizes[index] as number, PIECE_BYTES);
}

/** Messages as the store has them, batch by batch, with their places, rising. Those that are gone are passed over. */
export async function* stored(
  session: ImapHandle,
  selected: Selected,
  { ranges, content }: Wanted,
): AsyncGenerator<Placed[]> {
  const { ref } = selected.live;
  const isWith = content === 'with content';
  const read = (batch: readonly IndexRange[]): Promise<StoredItem[]> => {
    const uids = selected.uidRanges(batch);
    const wanted = { ...ref, uids, limit: BATCH, ...(isWith ? { contentUpTo: PIECE_BYTES } : {}) };
    return session.context.store.items(wanted);
  };
  const pending = batches(ranges, isWith ? bytesIn(selected) : undefined);
  // The store reads one batch while the one before is looked at.
  let next = readNext(pending, read);
  while (next !== undefined) {
    const items = await next;
    if (session.isOver) return;
    next = readNext(pending, read);
    yield items.flatMap((item) => placed(selected, item));
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
