/**
 * Whom an account has written to before: two Bloom filters of equal size, one filling while the other still answers.
 * When the first is full the older is emptied and takes its place, so that the last few hundred recipients are known and
 * memory never grows. Wrong only in saying that it knows somebody (about 2 % when full). A recipient is its hash (`hash.ts`).
 */

/** Octets of each of the two. */
export const GENERATION_BYTES = 192;
const BITS = GENERATION_BYTES * 8;
const HASHES = 4;
/** Recipients that fill one. */
export const GENERATION_SIZE = 160;

/** What two numbers of its profile say about the pair. */
export interface Generations {
  readonly bits: Uint8Array;
  /** Where the first of the two begins in `bits`. */
  readonly firstBits: number;
  /** Which of the two is filling: 0 or 1. */
  filling: number;
  /** Recipients in it. */
  filled: number;
}

export function knows({ bits, firstBits: from }: Generations, recipient: number): boolean {
  const [first, step] = [recipient, stepOf(recipient)];
  return has(bits, { from, first, step }) || has(bits, { from: from + GENERATION_BYTES, first, step });
}

export function learn(generations: Generations, recipient: number): void {
  const [first, step] = [recipient, stepOf(recipient)];
  const from = generations.firstBits + generations.filling * GENERATION_BYTES;
  if (has(generations.bits, { from, first, step })) return;
  add(generations.bits, { from, first, step });
  if (++generations.filled < GENERATION_SIZE) return;
  generations.filling = 1 - generations.filling;
  generations.filled = 0;
  const other = generations.firstBits + generations.filling * GENERATION_BYTES;
  generations.bits.fill(0, other, other + GENERATION_BYTES);
}

/** From one bit of a recipient to its next: another mix of the same hash, which is cheaper than another hash. */
function stepOf(hash: number): number {
  const mixed = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return (mixed ^ (mixed >>> 12)) | 1;
}

interface Place {
  readonly from: number;
  readonly first: number;
  readonly step: number;
}

function has(bits: Uint8Array, { from, first, step }: Place): boolean {
  for (let index = 0; index < HASHES; index++) {
    const bit = (first + Math.imul(index, step)) >>> 0;
    const at = bit % BITS;
    if (((bits[from + (at >>> 3)] ?? 0) & (1 << (at & 7))) === 0) return false;
  }
  return true;
}

function add(bits: Uint8Array, { from, first, step }: Place): void {
  for (let index = 0; index < HASHES; index++) {
    const bit = (first + Math.imul(index, step)) >>> 0;
    const at = bit % BITS;
    bits[from + (at >>> 3)] = (bits[from + (at >>> 3)] ?? 0) | (1 << (at & 7));
  }
}
