/** Rows of sketches that searches of this worker read lately, as the same person mostly searches again. */
import type { AccountId } from '../envelope.ts';
import type { SketchRef } from './port.ts';
import type { SketchBlock } from './sketch-block.ts';

/** Octets that are kept of all rows together. */
const MAX_BYTES = 32 * 1024 * 1024;
/** Numbers of a message in a row: what it is, and where its sketch ends; octets. */
const MESSAGE_BYTES = 16;

interface Kept {
  readonly messages: Uint8Array;
  readonly block: SketchBlock;
}

export class SketchCache {
  /** Longest unused first. */
  readonly #rows = new Map<string, Kept>();
  #bytes = 0;

  /** A row as it was read, if it has not changed: if it is about the same `messages`. */
  get(account: AccountId, ref: SketchRef, messages: Uint8Array): SketchBlock | undefined {
    const key = keyOf(account, ref);
    const kept = this.#rows.get(key);
    if (kept === undefined) return undefined;
    this.#drop(key, kept);
    // The sketch of a message is the same whenever it is made.
    if (Buffer.compare(kept.messages, messages) !== 0) return undefined;
    this.#put(key, kept);
    return kept.block;
  }

  /** Texts are left out: those of one large mailbox would take all the room there is. */
  keep(account: AccountId, ref: SketchRef, row: Kept): void {
    if (ref.layer !== 'envelope') return;
    const key = keyOf(account, ref);
    const before = this.#rows.get(key);
    if (before !== undefined) this.#drop(key, before);
    this.#put(key, row);
    for (const [oldest, kept] of this.#rows) {
      if (this.#bytes <= MAX_BYTES) return;
      this.#drop(oldest, kept);
    }
  }

  /** Octets that are kept. */
  get bytes(): number {
    return this.#bytes;
  }

  #put(key: string, kept: Kept): void {
    this.#rows.set(key, kept);
    this.#bytes += bytesOf(kept);
  }

  #drop(key: string, kept: Kept): void {
    this.#rows.delete(key);
    this.#bytes -= bytesOf(kept);
  }
}

function keyOf(account: AccountId, { layer, mailbox, block }: SketchRef): string {
  return `${account} ${layer} ${mailbox} ${block}`;
}

function bytesOf({ messages, block }: Kept): number {
  return messages.length + block.bytes.length + MESSAGE_BYTES * block.messages.length;
}
