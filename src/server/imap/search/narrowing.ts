/**
 * What earlier searches learnt of the messages of a mailbox (`core/mailbox/sketch.ts`): which of them cannot have what is looked
 * for, so that nobody reads them. All else is looked into as ever.
 */
import type { MailboxRef, MailboxStore, SketchRef } from '../../../core/mailbox/port.ts';
import { type Layer, LAYERS, probesOf } from '../../../core/mailbox/sketch.ts';
import type { SketchCache } from '../../../core/mailbox/sketch-cache.ts';
import { mayHave, type SketchBlock, unpackSketches } from '../../../core/mailbox/sketch-block.ts';
import type { Columns } from '../../../core/mailbox/snapshot.ts';
import type { SearchKey } from '../../../wire/imap/grammar/search-key.ts';
import type { ImapHandle } from '../handle.ts';
import { sizeOf } from '../ranges.ts';
import type { IndexRange, Selected } from '../selected.ts';
import { type TextKey, textKeys } from './layers.ts';

/** Keys of one search that are narrowed: each takes an octet a message. */
const MAX_NARROWED = 16;
/** Messages to look into that are not worth a look at what is known. */
const FEW = 32;
/** So many heads of sketches are read in the time that one message is looked into. */
const WORTH_A_MESSAGE = 500;
/** Rows that are read at once, of some 64 KiB. */
const ROWS_AT_ONCE = 16;
/** A row of sketches is read where it is about a message that is looked for among so many. */
const WORTH_A_ROW = 64;

type Head = NonNullable<Awaited<ReturnType<MailboxStore['sketchHeads']>>>[number];
type Row = Awaited<ReturnType<MailboxStore['sketches']>>[number];

/** A row whose sketches are to be read, and what its head said: which messages of the mailbox it has, and where. */
interface Wanted {
  readonly ref: SketchRef;
  readonly messages: Uint8Array;
  readonly block: SketchBlock;
  /** Places in the mailbox, each with its place in the row. */
  readonly meetings: Uint32Array;
}

/** A key, what to ask sketches for it, and of each message the layers that do not have it. */
interface Narrowed extends TextKey {
  readonly probes: Uint16Array;
  readonly wanted: number;
  readonly lacking: Uint8Array;
}

export class Narrowing {
  readonly #ref: MailboxRef;
  /** The messages, rising, and their places. */
  readonly #messages: Float64Array;
  readonly #places: Uint32Array;
  readonly #narrowed: readonly Narrowed[];
  /** Of each message the layers of which there is a sketch. */
  readonly #known: Uint8Array;

  private constructor(selected: Selected, keys: readonly TextKey[]) {
    this.#ref = selected.live.ref;
    const { messages, places } = byMessage(selected.columns, selected.count);
    this.#messages = messages;
    this.#places = places;
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

  /**
   * `open`: the messages that are to be looked into. Undefined where that takes less time than a look at what is known. Rejects when
   * the store does not answer.
   */
  static async of(
    session: ImapHandle,
    selected: Selected,
    { key, open }: { key: SearchKey; open: readonly IndexRange[] },
  ): Promise<Narrowing | undefined> {
    const keys = textKeys(key);
    const layers = LAYERS.filter((layer) => keys.some((one) => one.layers.includes(layer)));
    const count = sizeOf(open);
    if (count < FEW || layers.length === 0) return undefined;
    const { account } = selected.live.ref;
    const most = count * WORTH_A_MESSAGE;
    const heads = await session.context.store.sketchHeads({ account, layers, most });
    if (heads === undefined) return undefined;
    const narrowing = new Narrowing(selected, keys);
    const isOpen = new Uint8Array(selected.count);
    for (const [from, to] of open) isOpen.fill(1, from, to);
    const wanted: Wanted[] = [];
    for (const head of heads) {
      const found = narrowing.#meet(head, { isOpen, cache: session.context.mailboxes.sketches });
      if (found !== undefined) wanted.push(found);
      await session.room();
    }
    await narrowing.#read(session, wanted);
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

  /** Notes what there is, and asks it if it is at hand; undefined where its sketches need not be read. */
  #meet(head: Head, { isOpen, cache }: { isOpen: Uint8Array; cache: SketchCache }): Wanted | undefined {
    const { messages, ...ref } = head;
    const atHand = cache.get(this.#ref.account, ref, messages);
    const block = atHand ?? unpackSketches({ messages, bytes: NOTHING });
    if (block === undefined) return undefined;
    const [known, bit, meetings] = [this.#known, bitOf(head.layer), this.#meetings(block)];
    let count = 0;
    for (let at = 0; at < meetings.length; at += 2) {
      const index = meetings[at] as number;
      known[index] = (known[index] as number) | bit;
      count += isOpen[index] as number;
    }
    const isAsked = this.#narrowed.some(({ layers }) => layers.includes(head.layer));
    const isWorthIt = isAsked && count > 0 && count * WORTH_A_ROW >= block.messages.length;
    if (isWorthIt && atHand !== undefined) this.#exclude(head.layer, { block, meetings });
    return isWorthIt && atHand === undefined ? { ref, messages, block, meetings } : undefined;
  }

  /** The store reads some rows while those before are looked at. */
  async #read(session: ImapHandle, wanted: readonly Wanted[]): Promise<void> {
    const { account } = this.#ref;
    const cache = session.context.mailboxes.sketches;
    const read = (at: number): Promise<Row[]> | undefined => {
      if (at >= wanted.length) return undefined;
      const of = wanted.slice(at, at + ROWS_AT_ONCE).map(({ ref }) => ref);
      const reading = session.context.store.sketches({ account, of });
      // Heard of when it is awaited, which it may never be.
      reading.catch(() => undefined);
      return reading;
    };
    let next = read(0);
    for (let at = 0; next !== undefined && !session.isOver; at += ROWS_AT_ONCE) {
      const rows = await next;
      next = read(at + ROWS_AT_ONCE);
      for (const [index, row] of rows.entries()) {
        const head = wanted[at + index] as Wanted;
        // Where one was written anew meanwhile, what it is about is looked into.
        if (row !== undefined && Buffer.compare(head.messages, row.messages) === 0) {
          const block = { ...head.block, bytes: row.bytes };
          cache.keep(account, head.ref, { messages: row.messages, block });
          this.#exclude(row.layer, { block, meetings: head.meetings });
        }
        await session.room();
      }
    }
  }

  #exclude(layer: Layer, { block, meetings }: Pick<Wanted, 'block' | 'meetings'>): void {
    const bit = bitOf(layer);
    for (const { layers, probes, lacking } of this.#narrowed) {
      if (!layers.includes(layer)) continue;
      for (let at = 0; at < meetings.length; at += 2) {
        const index = meetings[at] as number;
        if (!mayHave(block, meetings[at + 1] as number, probes))
          lacking[index] = (lacking[index] as number) | bit;
      }
    }
  }

  /** Both rise by message, so that few steps find the next. */
  #meetings({ messages: wanted }: SketchBlock): Uint32Array {
    const [messages, places, met] = [this.#messages, this.#places, [] as number[]];
    let next = 0;
    for (let at = 0; at < wanted.length; at++) {
      const message = wanted[at] as number;
      if (messages[next] !== message) next = firstOf(messages, { message, next });
      // Copies in one mailbox are side by side.
      for (; messages[next] === message; next++) met.push(places[next] as number, at);
    }
    return new Uint32Array(met);
  }
}

const NOTHING = new Uint8Array();

function bitOf(layer: Layer): number {
  return 1 << LAYERS.indexOf(layer);
}

/** Where, not before `next`, the first that is not below `message` is. */
function firstOf(messages: Float64Array, { message, next }: { message: number; next: number }): number {
  let [low, high] = [next, messages.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((messages[middle] as number) < message) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** They mostly are in that order already: a mailbox is filled as messages come. */
function byMessage(columns: Columns, count: number): { messages: Float64Array; places: Uint32Array } {
  const messages = columns.messages.subarray(0, count);
  const places = new Uint32Array(count);
  let rises = true;
  for (let index = 0; index < count; index++) {
    places[index] = index;
    rises &&= index === 0 || (messages[index - 1] as number) <= (messages[index] as number);
  }
  if (rises) return { messages, places };
  // Sorting numbers alone takes a tenth of what sorting places by them would.
  const sorted = messages.slice().sort();
  const copies = new Uint32Array(count);
  for (let index = 0; index < count; index++) {
    const first = firstOf(sorted, { message: messages[index] as number, next: 0 });
    places[first + (copies[first] as number)] = index;
    copies[first] = (copies[first] as number) + 1;
  }
  return { messages: sorted, places };
}
