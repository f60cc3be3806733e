/**
 * All items of a mailbox as columns of numbers: what SELECT, FETCH FLAGS and sequence numbers need, 36 octets an item. In the
 * store they are packed (8 octets for a usual item) as they were at some MODSEQ, and what changed since is added when
 * they are read, so that opening a mailbox of 50 000 messages reads 400 KB and not 50 000 rows.
 */

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
}

/** One item as a row has it. */
export interface ItemState {
  readonly uid: number;
  readonly modseq: number;
  readonly flags: number;
  readonly internalAt: number;
  readonly sizeBytes: number;
}

const VERSION = 1;
/** Octets that one item may take at most: five numbers of 53 bits. */
const MOST_BYTES = 40;

export function columnsOf(count: number): Columns {
  return {
    uids: new Uint32Array(count),
    modseqs: new Float64Array(count),
    flags: new Float64Array(count),
    internalAt: new Float64Array(count),
    sizes: new Float64Array(count),
  };
}

/** Items that rise by UID, as columns. */
export function toColumns(items: readonly ItemState[]): Columns {
  const columns = columnsOf(items.length);
  for (const [index, item] of items.entries()) set(columns, index, item);
  return columns;
}

function set(columns: Columns, index: number, item: ItemState): void {
  columns.uids[index] = item.uid;
  columns.modseqs[index] = item.modseq;
  columns.flags[index] = item.flags;
  columns.internalAt[index] = Math.floor(item.internalAt / 1000) * 1000;
  columns.sizes[index] = item.sizeBytes;
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
  changes: { readonly items: readonly ItemState[]; readonly vanished: Iterable<number> },
): Columns {
  const { items } = changes;
  const gone = new Set(changes.vanished);
  if (items.length === 0 && gone.size === 0) return base;
  const added = items.filter(({ uid }) => base.uids[firstFrom(base, uid)] !== uid);
  const whole = columnsOf(base.uids.length + added.length);
  copy(base, whole, base.uids.length);
  let isSorted = true;
  added.forEach((item, index) => {
    const at = base.uids.length + index;
    set(whole, at, item);
    isSorted &&= at === 0 || (whole.uids[at - 1] as number) < item.uid;
  });
  if (!isSorted) sort(whole);
  for (const item of items) set(whole, firstFrom(whole, item.uid), item);
  return gone.size === 0 ? whole : without(whole, gone);
}

function copy(from: Columns, to: Columns, count: number): void {
  for (const name of NAMES) to[name].set(from[name].subarray(0, count));
}

const NAMES = ['uids', 'modseqs', 'flags', 'internalAt', 'sizes'] as const;

/** Items between those that were there: what two transactions at once leave in the wrong order, or a mailbox had back. */
function sort(columns: Columns): void {
  const order = Array.from(columns.uids.keys()).sort(
    (a, b) => (columns.uids[a] as number) - (columns.uids[b] as number),
  );
  for (const name of NAMES) {
    const column = columns[name];
    const was = column.slice();
    order.forEach((from, to) => {
      column[to] = was[from] as number;
    });
  }
}

function without(columns: Columns, gone: ReadonlySet<number>): Columns {
  let kept = 0;
  for (let index = 0; index < columns.uids.length; index++) {
    if (gone.has(columns.uids[index] as number)) continue;
    for (const name of NAMES) columns[name][kept] = columns[name][index] as number;
    kept++;
  }
  const { uids, modseqs, flags, internalAt, sizes } = columns;
  return {
    uids: uids.slice(0, kept),
    modseqs: modseqs.slice(0, kept),
    flags: flags.slice(0, kept),
    internalAt: internalAt.slice(0, kept),
    sizes: sizes.slice(0, kept),
  };
}

/** In few octets: each number as its difference to what is likely, seven bits to an octet. */
export function pack(columns: Columns): Uint8Array {
  const count = columns.uids.length;
  const writer = new Writer(count * MOST_BYTES + 16);
  writer.number(VERSION);
  writer.number(count);
  let [uid, modseq, second] = [0, 0, 0];
  for (let index = 0; index < count; index++) {
    const at = (columns.internalAt[index] as number) / 1000;
    writer.number((columns.uids[index] as number) - uid - 1);
    writer.signed((columns.modseqs[index] as number) - modseq);
    writer.number(columns.flags[index] as number);
    writer.signed(at - second);
    writer.number(columns.sizes[index] as number);
    uid = columns.uids[index] as number;
    modseq = columns.modseqs[index] as number;
    second = at;
  }
  return writer.finish();
}

/** Undefined for octets of another version. */
export function unpack(bytes: Uint8Array): Columns | undefined {
  const reader = new Reader(bytes);
  if (reader.number() !== VERSION) return undefined;
  const columns = columnsOf(reader.number());
  const { uids, modseqs, flags, internalAt, sizes } = columns;
  let [uid, modseq, second] = [0, 0, 0];
  for (let index = 0; index < uids.length; index++) {
    uids[index] = uid += reader.number() + 1;
    modseqs[index] = modseq += reader.signed();
    flags[index] = reader.number();
    second += reader.signed();
    internalAt[index] = second * 1000;
    sizes[index] = reader.number();
  }
  return columns;
}

class Writer {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(room: number) {
    this.#bytes = new Uint8Array(room);
  }

  number(value: number): void {
    let rest = value;
    while (rest > 127) {
      this.#bytes[this.#at++] = (rest % 128) + 128;
      rest = Math.floor(rest / 128);
    }
    this.#bytes[this.#at++] = rest;
  }

  /** The sign is the lowest bit. */
  signed(value: number): void {
    this.number(value < 0 ? -2 * value - 1 : 2 * value);
  }

  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#at);
  }
}

class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  number(): number {
    let octet = this.#bytes[this.#at++] as number;
    if (octet < 128) return octet;
    let value = octet - 128;
    let scale = 128;
    do {
      octet = this.#bytes[this.#at++] as number;
      value += (octet & 127) * scale;
      scale *= 128;
    } while (octet > 127);
    return value;
  }

  signed(): number {
    const value = this.number();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
}
