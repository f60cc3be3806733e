/**
 * All items of a mailbox as columns of numbers: what SELECT, FETCH FLAGS and sequence numbers need, and what searches need to know what
 * they learnt of a message, 44 octets an item. In the store they are packed (9 octets for a usual item) as they were at some MODSEQ, and
 * what changed since is added when they are read, so that opening a mailbox of 50 000 messages reads 500 KB and not 50 000 rows.
 */
import type { MessageId } from '../envelope.ts';
import { decode, encode, signed, withSign } from './numbers.ts';

/** Parallel columns, in the order of UIDs: the index is the sequence number less one. */
export interface Columns {
  readonly uids: Uint32Array;
  readonly modseqs: Float64Array;
  /** As in `flags.ts`. */
  readonly flags: Float64Array;
  /** INTERNALDATE, ms since the epoch, in whole seconds: IMAP shows no more of it. */
  readonly internalAt: Float64Array;
  /** RFC822.SIZE, octets. */
  readonly sizes: Float64Array;
  /** Which message it is: that of its copies too. */
  readonly messages: Float64Array;
}

/** One item as a row has it. */
export interface ItemState {
  readonly uid: number;
  readonly modseq: number;
  readonly flags: number;
  readonly internalAt: number;
  readonly sizeBytes: number;
  readonly message: MessageId;
}

const VERSION = 2;
/** Of all columns. */
export const ITEM_BYTES = 44;

/** All in one piece of memory: six for each of ten thousand mailboxes that are open cost more than what is in them. */
export function columnsOf(count: number): Columns {
  const octets = new ArrayBuffer(count * ITEM_BYTES);
  const column = (place: number): Float64Array => new Float64Array(octets, place * count * 8, count);
  return {
    modseqs: column(0),
    flags: column(1),
    internalAt: column(2),
    sizes: column(3),
    messages: column(4),
    uids: new Uint32Array(octets, count * 40, count),
  };
}

/** Items that rise by UID, as columns. */
export function toColumns(items: readonly ItemState[]): Columns {
  const columns = columnsOf(items.length);
  for (const [index, item] of items.entries()) setItem(columns, index, item);
  return columns;
}

/** Writes an item at its place. */
export function setItem(columns: Columns, index: number, item: ItemState): void {
  columns.uids[index] = item.uid;
  columns.modseqs[index] = item.modseq;
  columns.flags[index] = item.flags;
  columns.internalAt[index] = Math.floor(item.internalAt / 1000) * 1000;
  columns.sizes[index] = item.sizeBytes;
  columns.messages[index] = item.message;
}

/** The index of the first item whose UID is not below `uid`. */
export function firstFrom({ uids }: Columns, uid: number): number {
  let [low, high] = [0, uids.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((uids[middle] as number) < uid) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The columns once these items are as given, and those UIDs gone. Both rise by UID. */
export function withChanges(
  base: Columns,
  { items, vanished }: { readonly items: readonly ItemState[]; readonly vanished: readonly number[] },
): Columns {
  const lost = new Set(vanished);
  const there = items.filter(({ uid }) => !lost.has(uid));
  const gone = vanished.map((uid) => indexOf(base, uid)).filter((index) => index >= 0);
  if (there.length === 0 && gone.length === 0) return base;
  const added = there.filter(({ uid }) => indexOf(base, uid) < 0);
  const kept = base.uids.length - gone.length;
  const whole = columnsOf(kept + added.length);
  let [from, to] = [0, 0];
  for (const index of [...gone, base.uids.length]) {
    for (const name of COLUMN_NAMES) whole[name].set(base[name].subarray(from, index) as never, to);
    to += index - from;
    from = index + 1;
  }
  for (const [index, item] of added.entries()) setItem(whole, kept + index, item);
  const [first] = added;
  if (first !== undefined && kept > 0 && first.uid < (whole.uids[kept - 1] as number)) sort(whole);
  for (const item of there) setItem(whole, firstFrom(whole, item.uid), item);
  return whole;
}

function indexOf(columns: Columns, uid: number): number {
  const index = firstFrom(columns, uid);
  return columns.uids[index] === uid ? index : -1;
}

export const COLUMN_NAMES = ['uids', 'modseqs', 'flags', 'internalAt', 'sizes', 'messages'] as const;

/** Items between those that were there: what two transactions at once leave in the wrong order, or a mailbox had back. */
function sort(columns: Columns): void {
  const order = Array.from(columns.uids.keys()).sort(
    (a, b) => (columns.uids[a] as number) - (columns.uids[b] as number),
  );
  for (const name of COLUMN_NAMES) {
    const column = columns[name];
    const was = column.slice();
    order.forEach((from, to) => {
      column[to] = was[from] as number;
    });
  }
}

/** Numbers of one item: its UID, MODSEQ, flags, second, size and message. */
const FIELDS = 6;

/** In few octets: each number as its difference to what is likely, seven bits to an octet. */
export function pack(columns: Columns): Uint8Array {
  const { uids, modseqs, flags, internalAt, sizes, messages } = columns;
  const numbers = new Float64Array(uids.length * FIELDS);
  let [uid, modseq, second, message, at] = [0, 0, 0, 0, 0];
  for (let index = 0; index < uids.length; index++) {
    numbers[at++] = (uids[index] as number) - uid - 1;
    numbers[at++] = withSign((modseqs[index] as number) - modseq);
    numbers[at++] = flags[index] as number;
    numbers[at++] = withSign((internalAt[index] as number) / 1000 - second);
    numbers[at++] = sizes[index] as number;
    numbers[at++] = withSign((messages[index] as number) - message);
    uid = uids[index] as number;
    modseq = modseqs[index] as number;
    second = (internalAt[index] as number) / 1000;
    message = messages[index] as number;
  }
  return encode([VERSION, uids.length], numbers);
}

/** Whether `unpack` can make something of it. */
export function isReadable(bytes: Uint8Array): boolean {
  return bytes[0] === VERSION;
}

/** Undefined for octets of another version. */
export function unpack(bytes: Uint8Array): Columns | undefined {
  if (!isReadable(bytes)) return undefined;
  const head = decode(bytes, { from: 1, count: 1 });
  const columns = columnsOf(head.numbers[0] as number);
  const { uids, modseqs, flags, internalAt, sizes, messages } = columns;
  const { numbers } = decode(bytes, { from: head.end, count: uids.length * FIELDS });
  let [uid, modseq, second, message, at] = [0, 0, 0, 0, 0];
  for (let index = 0; index < uids.length; index++) {
    uid += (numbers[at++] as number) + 1;
    modseq += signed(numbers[at++] as number);
    uids[index] = uid;
    modseqs[index] = modseq;
    flags[index] = numbers[at++] as number;
    second += signed(numbers[at++] as number);
    internalAt[index] = second * 1000;
    sizes[index] = numbers[at++] as number;
    message += signed(numbers[at++] as number);
    messages[index] = message;
  }
  return columns;
}
