/**
 * What earlier searches learnt of the messages of a mailbox (`core/mailbox/sketch.ts`): which of them cannot have what is looked
 * for, so that nobody reads them. All else is looked into as ever.
 */
import type { MailboxStore, SketchRef } from '../../../core/mailbox/port.ts';
import { type Layer, LAYERS, mayHave, probesOf } from '../../../core/mailbox/sketch.ts';
import { type SketchBlock, unpackSketches } from '../../../core/mailbox/sketch-block.ts';
import type { Columns } from '../../../core/mailbox/snapshot.ts';
import type { SearchKey } from '../../../wire/imap/grammar/search-key.ts';
import type { ImapHandle } from '../handle.ts';
import type { IndexRange, Selected } from '../selected.ts';
import { type TextKey, textKeys } from './layers.ts';

/** Keys of one search that are narrowed: each takes an octet a message. */
const MAX_NARROWED = 16;
/** Rows that are read at once, of some 64 KiB. */
const ROWS_AT_ONCE = 16;
/** A row of sketches is read where it is about a message that is looked for among so many. */
const WORTH_A_ROW = 64;

type Head = Awaited<ReturnType<MailboxStore['sketchHeads']>>[number];

/** A key, what to ask sketches for it, and of each message the layers that do not have it. */
interface Narrowed extends TextKey {
  readonly probes: Uint16Array;
  readonly wanted: number;
  readonly lacking: Uint8Array;
}

export class Narrowing {
  readonly #selected: Selected;
  /** Places in the order of their messages. */
  readonly #order: Uint32Array;
  readonly #narrowed: readonly Narrowed[];
  /** Of each message the layers of which there is a sketch. */
  readonly #known: Uint8Array;

  private constructor(selected: Selected, keys: readonly TextKey[]) {
    this.#selected = selected;
    this.#order = byMessage(selected.columns, selected.count);
    this.#known = new Uint8Array(selected.count);
    this.#narrowed = keys
      .map((key) => ({
        ...key,
        probes: probesOf(key.text, key.field),
        wanted: key.layers.reduce((sum, layer) => sum | bitOf(layer), 0),
        lacking: new Uint8Array(selected.count),
      }))
      .filter(({ probes }) => probes.length > 0)
      .slice(0, MAX_NARROWED);
  }

  /** `open`: the messages that are to be looked into. Rejects when the store does not answer. */
  static async of(
    session: ImapHandle,
    selected: Selected,
    { key, open }: { key: SearchKey; open: readonly IndexRange[] },
  ): Promise<Narrowing> {
    const keys = textKeys(key);
    const narrowing = new Narrowing(selected, keys);
    const layers = LAYERS.filter((layer) => keys.some((one) => one.layers.includes(layer)));
    const { account } = selected.live.ref;
    const isOpen = new Uint8Array(selected.count);
    for (const [from, to] of open) isOpen.fill(1, from, to);
    const rows: SketchRef[] = [];
    for (const head of layers.length === 0
      ? []
      : await session.context.store.sketchHeads({ account, layers })) {
      if (narrowing.#meet(head, isOpen)) rows.push(head);
      await session.room();
    }
    for (let at = 0; at < rows.length && !session.isOver; at += ROWS_AT_ONCE) {
      const of = rows.slice(at, at + ROWS_AT_ONCE);
      for (const row of await session.context.store.sketches({ account, of })) {
        const block = unpackSketches(row);
        if (block !== undefined) narrowing.#exclude(row.layer, block);
        await session.room();
      }
    }
    return narrowing;
  }

  /** Whether a message cannot have what a key looks for; undefined where nothing is known of the key. */
  excluded(key: SearchKey): ((index: number) => boolean) | undefined {
    const found = this.#narrowed.find((one) => one.key === key);
    if (found === undefined) return undefined;
    const { lacking, wanted } = found;
    return (index) => lacking[index] === wanted;
  }

  isKnown(layer: Layer, index: number): boolean {
    return ((this.#known[index] as number) & bitOf(layer)) !== 0;
  }

  /** Notes what there is; whether its sketches are worth reading. */
  #meet(head: Head, isOpen: Uint8Array): boolean {
    const block = unpackSketches({ messages: head.messages, bytes: NOTHING });
    if (block === undefined) return false;
    let count = 0;
    const bit = bitOf(head.layer);
    this.#places(block, (index) => {
      this.#known[index] = (this.#known[index] as number) | bit;
      count += isOpen[index] as number;
    });
    const isAsked = this.#narrowed.some(({ layers }) => layers.includes(head.layer));
    return isAsked && count * WORTH_A_ROW >= block.messages.length;
  }

  #exclude(layer: Layer, block: SketchBlock): void {
    const asked = this.#narrowed.filter(({ layers }) => layers.includes(layer));
    const bit = bitOf(layer);
    this.#places(block, (index, at) => {
      const start = at === 0 ? 0 : (block.ends[at - 1] as number);
      const range = { start, end: block.ends[at] as number };
      for (const { probes, lacking } of asked)
        if (!mayHave(block.bytes, range, probes)) lacking[index] = (lacking[index] as number) | bit;
    });
  }

  /** Calls `met` with each place in the mailbox of each message of a row. Both rise by message, so that few steps find the next. */
  #places({ messages }: SketchBlock, met: (index: number, at: number) => void): void {
    const [order, columns] = [this.#order, this.#selected.columns];
    let next = 0;
    for (let at = 0; at < messages.length; at++) {
      const message = messages[at] as number;
      if (columns.messages[order[next] as number] !== message) next = firstOf(columns, order, { message, next });
      // Copies in one mailbox are side by side.
      for (; columns.messages[order[next] as number] === message; next++) met(order[next] as number, at);
    }
  }
}

const NOTHING = new Uint8Array();

function bitOf(layer: Layer): number {
  return 1 << LAYERS.indexOf(layer);
}

/** Where, not before `next`, the first place of a message not below `message` is. */
function firstOf(
  { messages }: Columns,
  order: Uint32Array,
  { message, next }: { message: number; next: number },
): number {
  let [low, high] = [next, order.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((messages[order[middle] as number] as number) < message) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** They mostly are in that order already: a mailbox is filled as messages come. */
function byMessage({ messages }: Columns, count: number): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, index) => index);
  let rises = true;
  for (let index = 1; index < count && rises; index++)
    rises = (messages[index - 1] as number) <= (messages[index] as number);
  return rises ? order : order.sort((a, b) => (messages[a] as number) - (messages[b] as number));
}
