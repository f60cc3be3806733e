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

/** Of three units, in 16 bits. */
function hashOf(a: number, b: number, c: number): number {
  let hash = Math.imul(a + 1, 0x9e3779b1);
  hash = Math.imul((hash ^ (hash >>> 15)) + b, 0x85ebca6b);
  hash = Math.imul((hash ^ (hash >>> 13)) + c, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) & 0xffff;
}

/** Units whose pieces are gathered at once, each of which ends two at most and is one. */
const STEP = 2048;
const gathered = new Uint16Array(3 * STEP);

/** Finds the pieces of a text that comes bit by bit. */
class Pieces {
  #a = NONE;
  #b = NONE;

  /** Puts the hashes of those that end in `text`, from one unit up to another, `STEP` on at most, into `gathered`; how many. */
  gather(text: string, { from, to, field }: { from: number; to: number; field: number }): number {
    let [a, b] = [this.#a, this.#b];
    let count = 0;
    // The same letters of two fields are two pieces.
    const mark = field << 24;
    for (let at = from; at < to; at++) {
      const unit = text.charCodeAt(at);
      const c = unit === FINAL_SIGMA ? SIGMA : unit;
      if (a !== NONE && !isWide(a)) gathered[count++] = hashOf(mark + a, b, c);
      if (b !== NONE && isWide(b)) gathered[count++] = hashOf(mark + b, c, DOUBLE);
      if (isWide(c)) gathered[count++] = hashOf(mark + c, SINGLE, SINGLE);
      a = b;
      b = c;
    }
    this.#a = a;
    this.#b = b;
    return count;
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
  #count = 0;

  constructor(layer: Layer) {
    this.#bits = new Uint8Array(2 ** (MOST_BITS[layer] - 3));
  }

  /** The text goes on. */
  add(text: string): void {
    this.#add(text, 0);
  }

  /** A text of its own, of a field. */
  addField(field: number, text: string): void {
    this.#pieces.cut();
    this.#add(text, field);
  }

  #add(text: string, field: number): void {
    const bits = this.#bits;
    const mask = bits.length - 1;
    for (let from = 0; from < text.length; from += STEP) {
      const count = this.#pieces.gather(text, { from, to: Math.min(text.length, from + STEP), field });
      for (let index = 0; index < count; index++) {
        const hash = gathered[index] as number;
        const at = (hash >>> 3) & mask;
        const bit = 1 << (hash & 7);
        const octet = bits[at] as number;
        if ((octet & bit) !== 0) continue;
        bits[at] = octet | bit;
        this.#count++;
      }
    }
  }

  /** As small as what there is allows; no octets at all for a text without pieces. */
  finish(): Uint8Array {
    if (this.#count === 0) return new Uint8Array();
    const { buffer } = this.#bits;
    let octets = this.#bits.length;
    const least = Math.max(2 ** LEAST_BITS, this.#count * BITS_EACH) / 8;
    while (octets >= 2 * least) {
      octets /= 2;
      // A bit is where the rest of its hash says.
      const [low, high] = [
        new Uint32Array(buffer, 0, octets / 4),
        new Uint32Array(buffer, octets, octets / 4),
      ];
      for (let at = 0; at < low.length; at++) low[at] = (low[at] as number) | (high[at] as number);
    }
    // Octets of their own: what was larger may go.
    return this.#bits.slice(0, octets);
  }
}

/** The pieces of what is looked for, folded; none of what is too short to have any. `field`: as it was given to `addField`. */
export function probesOf(text: string, field = 0): Uint16Array {
  const found = new Set<number>();
  const pieces = new Pieces();
  for (let from = 0; from < text.length && found.size < MAX_PROBES; from++)
    for (const hash of gathered.subarray(0, pieces.gather(text, { from, to: from + 1, field })))
      found.add(hash);
  return Uint16Array.from(found);
}
