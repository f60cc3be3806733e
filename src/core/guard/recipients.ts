/**
 * Whom an account has written to before: two Bloom filters of equal size, one filling while the other still answers.
 * When the first is full the older is emptied and takes its place, so that the last few hundred recipients are known and
 * memory never grows. Wrong only in saying that it knows somebody (about 2 % when full). A recipient is its hash (`hash.ts`).
 */
import { type Filter, isIn, put } from './bloom.ts';

/** Octets of each of the two. */
export const GENERATION_BYTES = 192;
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

export function knows(generations: Generations, recipient: number): boolean {
  return isIn(filterOf(generations, 0), recipient) || isIn(filterOf(generations, 1), recipient);
}

export function learn(generations: Generations, recipient: number): void {
  const filling = filterOf(generations, generations.filling);
  if (isIn(filling, recipient)) return;
  put(filling, recipient);
  if (++generations.filled < GENERATION_SIZE) return;
  generations.filling = 1 - generations.filling;
  generations.filled = 0;
  const { bits, from } = filterOf(generations, generations.filling);
  bits.fill(0, from, from + GENERATION_BYTES);
}

function filterOf({ bits, firstBits }: Generations, generation: number): Filter {
  return { bits, from: firstBits + generation * GENERATION_BYTES, bytes: GENERATION_BYTES };
}
