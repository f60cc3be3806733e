/**
 * What a search keeps of the texts that it reads anyway (`core/mailbox/sketch.ts`). Nothing is kept where messages arrive: who
 * never searches pays nothing, and what came since the last search is looked into by the next.
 */
import { type Layer, Sketcher } from '../../../core/mailbox/sketch.ts';
import { BLOCK_BYTES, MAX_SKETCHES, type Sketch } from '../../../core/mailbox/sketch-block.ts';
import type { LiveMailbox } from '../../../core/mailbox/live.ts';
import type { SearchKey } from '../../../wire/imap/grammar/search-key.ts';
import type { ImapHandle } from '../handle.ts';
import type { IndexRange, Selected } from '../selected.ts';
import type { Facts, Turn } from './facts.ts';
import { sketchOfEnvelope, textKeys } from './layers.ts';
import type { Narrowing } from './narrowing.ts';

/** Messages of which nothing is known before anything is written: so many are looked into again and again. */
const LEARNT_TOGETHER = 32;

/** Mailboxes that somebody learns of now: one at a time does. */
const learning = new WeakSet<LiveMailbox>();

interface Pending {
  readonly sketches: Sketch[];
  bytes: number;
}

export class Learning {
  readonly #session: ImapHandle;
  readonly #selected: Selected;
  readonly #narrowing: Narrowing;
  readonly #layers: ReadonlySet<Layer>;
  readonly #pending = new Map<Layer, Pending>();

  private constructor(about: {
    session: ImapHandle;
    selected: Selected;
    narrowing: Narrowing;
    layers: ReadonlySet<Layer>;
  }) {
    this.#session = about.session;
    this.#selected = about.selected;
    this.#narrowing = about.narrowing;
    this.#layers = about.layers;
  }

  /** Undefined where there is too little to learn. One that is made is to be ended. `open`: what is looked into. */
  static of(
    session: ImapHandle,
    selected: Selected,
    about: { key: SearchKey; open: readonly IndexRange[]; narrowing: Narrowing },
  ): Learning | undefined {
    const { key, open, narrowing } = about;
    if (learning.has(selected.live)) return undefined;
    const layers = new Set<Layer>();
    for (const layer of new Set(textKeys(key).flatMap((one) => one.layers))) {
      let unknown = 0;
      for (const [from, to] of open)
        for (let index = from; index < to; index++) if (!narrowing.isKnown(layer, index)) unknown++;
      if (unknown >= LEARNT_TOGETHER) layers.add(layer);
    }
    if (layers.size === 0) return undefined;
    learning.add(selected.live);
    return new Learning({ session, selected, narrowing, layers });
  }

  /** Of a message whose envelope is known; to be awaited where it gives something. */
  envelope({ index, item, envelope }: Facts): Promise<void> | undefined {
    if (!this.#wants('envelope', index)) return undefined;
    return this.#add('envelope', { message: item.message, bits: sketchOfEnvelope(envelope) });
  }

  /** Of a message whose header has been read. */
  async header(facts: Facts): Promise<void> {
    if (!this.#wants('header', facts.index)) return;
    const sketcher = new Sketcher('header');
    facts.sketchHeader(sketcher);
    await this.#add('header', { message: facts.item.message, bits: sketcher.finish() });
  }

  /** Has the texts of a message read, and learns of them on the way. */
  async text(facts: Facts, turn: Turn): Promise<void> {
    const { index, item } = facts;
    const wanted = (['header', 'body'] as const).filter((layer) => this.#wants(layer, index));
    const sketchers = wanted.map((layer) => [layer, new Sketcher(layer)] as const);
    if (!(await facts.readText(turn, new Map(sketchers)))) return;
    for (const [layer, sketcher] of sketchers)
      await this.#add(layer, { message: item.message, bits: sketcher.finish() });
  }

  /** Keeps what is left, and lets others learn. */
  async end(): Promise<void> {
    for (const layer of this.#pending.keys()) await this.#keep(layer);
    learning.delete(this.#selected.live);
  }

  #wants(layer: Layer, index: number): boolean {
    return this.#layers.has(layer) && !this.#narrowing.isKnown(layer, index);
  }

  #add(layer: Layer, sketch: Sketch): Promise<void> | undefined {
    const pending = this.#pending.get(layer) ?? { sketches: [], bytes: 0 };
    this.#pending.set(layer, pending);
    pending.sketches.push(sketch);
    pending.bytes += sketch.bits.length;
    const isFull = pending.bytes >= BLOCK_BYTES || pending.sketches.length >= MAX_SKETCHES;
    return isFull ? this.#keep(layer) : undefined;
  }

  /** What cannot be kept is learnt another time. */
  async #keep(layer: Layer): Promise<void> {
    const pending = this.#pending.get(layer);
    this.#pending.delete(layer);
    if (pending === undefined) return;
    const { store, log } = this.#session.context;
    try {
      await store.keepSketches({ ...this.#selected.live.ref, layer, sketches: pending.sketches });
    } catch (error) {
      log.warn({ error: String(error) }, 'what a search learnt was not kept');
    }
  }
}
