/**
 * Whom somebody here writes to again and again: they are nobody's chance finds, so that a new colleague who writes to the customers of
 * the old ones, or somebody new to forty people of a project, reaches fewer strangers than they look. A list of addresses that a
 * thief brings is known to nobody here. Only who is written to by an account that knew them counts: one message makes nobody known.
 *
 * For all accounts together, two generations of a Bloom filter whose bits for one recipient are in one word, so that a look is one
 * read: the older is forgotten when the newer is full. A recipient is its hash (`hash.ts`).
 */

/** Words of each generation; a power of two. When both are full, of a hundred who were never added some five look as if they were. */
const WORDS = 131_072;
/** Recipients that fill one. */
const MOST = 400_000;
const GENERATIONS = 2;

export class Acquaintances {
  /** A word of the one beside that of the other. */
  #words = new Uint32Array(GENERATIONS * WORDS);
  #filling = 0;
  #count = 0;
  #isChanged = false;

  has(recipient: number): boolean {
    const bits = bitsOf(recipient);
    const at = GENERATIONS * (recipient & (WORDS - 1));
    return (~(this.#words[at] as number) & bits) === 0 || (~(this.#words[at + 1] as number) & bits) === 0;
  }

  add(recipient: number): void {
    const bits = bitsOf(recipient);
    const at = GENERATIONS * (recipient & (WORDS - 1)) + this.#filling;
    const before = this.#words[at] as number;
    if ((~before & bits) === 0) return;
    this.#words[at] = before | bits;
    this.#isChanged = true;
    if (++this.#count < MOST) return;
    this.#filling = 1 - this.#filling;
    this.#count = 0;
    for (let word = this.#filling; word < this.#words.length; word += GENERATIONS) this.#words[word] = 0;
  }

  /** It could not be kept: it is to be saved again. */
  notKept(): void {
    this.#isChanged = true;
  }

  /** What `restore` reads; undefined when nobody was added since. */
  save(): Uint8Array | undefined {
    if (!this.#isChanged) return undefined;
    this.#isChanged = false;
    const saved = Buffer.alloc(this.#words.byteLength + 8);
    const view = new DataView(saved.buffer, saved.byteOffset);
    for (const [index, word] of this.#words.entries()) view.setUint32(4 * index, word);
    view.setUint32(this.#words.byteLength, this.#filling);
    view.setUint32(this.#words.byteLength + 4, this.#count);
    return saved;
  }

  /** Nobody is known when it is nothing that was saved. */
  restore(saved: Uint8Array): void {
    if (saved.length !== this.#words.byteLength + 8) return;
    const view = new DataView(saved.buffer, saved.byteOffset);
    for (let word = 0; word < this.#words.length; word++) this.#words[word] = view.getUint32(4 * word);
    this.#filling = view.getUint32(this.#words.byteLength) & 1;
    this.#count = view.getUint32(this.#words.byteLength + 4);
  }
}

/** Four bits of a word, or fewer, as a mix of the hash says: not of those by which the word is found alone. */
function bitsOf(hash: number): number {
  const mixed = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  const bits = mixed ^ (mixed >>> 12);
  return (
    (1 << (bits & 31)) |
    (1 << ((bits >>> 5) & 31)) |
    (1 << ((bits >>> 10) & 31)) |
    (1 << ((bits >>> 15) & 31))
  );
}
