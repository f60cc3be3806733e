/**
 * What a search learns of a text that it has read, so that the next one need not read it again for what cannot be in it: which
 * pieces of three letters it has, as bits of their hashes (a Bloom filter with one hash). A text that has something has all of
 * its pieces; the other way round is not sure, so that what a sketch does not exclude is looked for in the message as ever.
 *
 * Of scripts that write a word in one or two characters, as Chinese, each character is a piece, and each two.
 */

/**
 * What is kept of a message, for itself: its envelope, where pieces of each field are told apart; the fields of its header; and
 * the text of its parts with the names of attachments.
 */
export const LAYERS = ['envelope', 'header', 'body'] as const;
export type Layer = (typeof LAYERS)[number];

/** Bits of the largest sketch, as a power of two: 512 octets, 2 KiB and 8 KiB. More pieces than fit only make it say less. */
const MOST_BITS: Record<Layer, number> = { envelope: 12, header: 14, body: 16 };
/** Bits for each piece, at least, where they fit. */
const BITS_EACH = 4;
/** Bits of the smallest sketch, as a power of two. */
const LEAST_BITS = 6;
/** Pieces of what is looked for that are asked about: more would exclude next to nothing. */
const MAX_PROBES = 32;

const NONE = -1;
/** What a piece of one character, or of two, has in place of the others. */
const SINGLE = 0x11_0000;
const DOUBLE = 0x12_0000;
/** Letters of Hangul, into which folding takes its syllables apart. */
const [FIRST_JAMO, LAST_JAMO] = [0x1100, 0x11ff];
/** Radicals, kana, ideographs, and what takes two units. */
const FIRST_WIDE = 0x2e80;
/** A sigma at the end of a word is another letter, and where a word ends depends on where a text was cut to be folded. */
const [FINAL_SIGMA, SIGMA] = [0x3c2, 0x3c3];

function isWide(unit: number): boolean {
  return unit >= FIRST_WIDE || (unit >= FIRST_JAMO && unit <= LAST_JAMO);
}

/** Of three units, in 16 bits. `field`: a small number; the same letters of two fields are two pieces. */
function hashOf(a: number, b: number, c: number, field: number): number {
  let hash = Math.imul(a + (field << 24) + 1, 0x9e3779b1);
  hash = Math.imul((hash ^ (hash >>> 15)) + b, 0x85ebca6b);
  hash = Math.imul((hash ^ (hash >>> 13)) + c, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) & 0xffff;
}

/** Finds the pieces of a text that comes bit by bit. */
class Pieces {
  #a = NONE;
  #b = NONE;

  /** Calls `found` with the hash of each that ends in `text`. */
  add(text: string, field: number, found: (hash: number) => void): void {
    let [a, b] = [this.#a, this.#b];
    for (let at = 0; at < text.length; at++) {
      const unit = text.charCodeAt(at);
      const c = unit === FINAL_SIGMA ? SIGMA : unit;
      if (a !== NONE && !isWide(a)) found(hashOf(a, b, c, field));
      if (b !== NONE && isWide(b)) found(hashOf(b, c, DOUBLE, field));
      if (isWide(c)) found(hashOf(c, SINGLE, SINGLE, field));
      a = b;
      b = c;
    }
    [this.#a, this.#b] = [a, b];
  }

  /** What comes next does not go on from what there was. */
  cut(): void {
    this.#a = NONE;
    this.#b = NONE;
  }
}

/** Makes the sketch of one layer of a message. Texts are folded. */
export class Sketcher {
  readonly #bits: Uint8Array;
  readonly #pieces = new Pieces();
  readonly #set: (hash: number) => void;

  constructor(layer: Layer) {
    const bits = new Uint8Array(2 ** (MOST_BITS[layer] - 3));
    const mask = 2 ** MOST_BITS[layer] - 1;
    this.#bits = bits;
    this.#set = (hash) => {
      const bit = hash & mask;
      bits[bit >>> 3] = (bits[bit >>> 3] as number) | (1 << (bit & 7));
    };
  }

  /** The text goes on. */
  add(text: string): void {
    this.#pieces.add(text, 0, this.#set);
  }

  /** A text of its own, of a field. */
  addField(field: number, text: string): void {
    this.#pieces.cut();
    this.#pieces.add(text, field, this.#set);
  }

  /** As small as what there is allows; no octets at all for a text without pieces. */
  finish(): Uint8Array {
    const pieces = countBits(this.#bits);
    if (pieces === 0) return new Uint8Array();
    let bits = this.#bits;
    const least = Math.max(2 ** LEAST_BITS, pieces * BITS_EACH);
    while (bits.length * 4 >= least) bits = folded(bits);
    // Octets of their own: what was larger may go.
    return bits.slice();
  }
}

/** Half as large: a bit is where the rest of its hash says. */
function folded(bits: Uint8Array): Uint8Array {
  const half = bits.length / 2;
  const [low, high] = [bits.subarray(0, half), bits.subarray(half)];
  for (let at = 0; at < half; at++) low[at] = (low[at] as number) | (high[at] as number);
  return low;
}

function countBits(bits: Uint8Array): number {
  let count = 0;
  for (const octet of bits) for (let rest = octet; rest !== 0; rest &= rest - 1) count++;
  return count;
}

/** The pieces of what is looked for, folded; none of what is too short to have any. `field`: as it was given to `addField`. */
export function probesOf(text: string, field = 0): Uint16Array {
  const found = new Set<number>();
  // A bit at a time, as it may be long.
  const pieces = new Pieces();
  for (let at = 0; at < text.length && found.size < MAX_PROBES; at++)
    pieces.add(text.charAt(at), field, (hash) => void found.add(hash));
  return Uint16Array.from(found);
}

/** Whether a text with this sketch, octets of `bits` from `start` up to `end`, may have all of the pieces. */
export function mayHave(
  bits: Uint8Array,
  { start, end }: { readonly start: number; readonly end: number },
  probes: Uint16Array,
): boolean {
  if (start === end) return probes.length === 0;
  const mask = (end - start) * 8 - 1;
  for (let at = 0; at < probes.length; at++) {
    const bit = (probes[at] as number) & mask;
    if (((bits[start + (bit >>> 3)] as number) & (1 << (bit & 7))) === 0) return false;
  }
  return true;
}
