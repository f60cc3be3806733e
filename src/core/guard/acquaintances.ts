/**
 * Whom somebody here writes to again and again: they are nobody's chance finds, so that a new colleague who writes to the customers of
 * the old ones, or somebody new to forty people of a project, reaches fewer strangers than they look. A list of addresses that a
 * thief brings is known to nobody here. Only who is written to by an account that knew them counts: one message makes nobody known.
 *
 * Two Bloom filters as of one account's recipients (`recipients.ts`), for all accounts together. A recipient is its hash.
 */
import { type Filter, isIn, put } from './bloom.ts';

/** Octets of each of the two: of ten that were never in it one in forty looks as if it were, when both are full. */
const BYTES = 524_288;
/** Recipients that fill one. */
const MOST = 400_000;

export class Acquaintances {
  #newer = filter();
  #older = filter();
  #count = 0;
  #isChanged = false;

  has(recipient: number): boolean {
    return isIn(this.#newer, recipient) || isIn(this.#older, recipient);
  }

  /** What `restore` reads; undefined when nobody was added since. */
  save(): Uint8Array | undefined {
    if (!this.#isChanged) return undefined;
    this.#isChanged = false;
    const saved = Buffer.concat([this.#older.bits, this.#newer.bits, Buffer.alloc(4)]);
    saved.writeUInt32BE(this.#count, 2 * BYTES);
    return saved;
  }

  /** Nobody is known when it is nothing that was saved. */
  restore(saved: Uint8Array): void {
    if (saved.length !== 2 * BYTES + 4) return;
    this.#older.bits.set(saved.subarray(0, BYTES));
    this.#newer.bits.set(saved.subarray(BYTES, 2 * BYTES));
    this.#count = Buffer.from(saved).readUInt32BE(2 * BYTES);
  }

  add(recipient: number): void {
    if (isIn(this.#newer, recipient)) return;
    put(this.#newer, recipient);
    this.#isChanged = true;
    if (++this.#count < MOST) return;
    const emptied = this.#older;
    emptied.bits.fill(0);
    this.#older = this.#newer;
    this.#newer = emptied;
    this.#count = 0;
  }
}

function filter(): Filter {
  return { bits: new Uint8Array(BYTES), from: 0, bytes: BYTES };
}
