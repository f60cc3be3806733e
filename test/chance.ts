/** Repeatable chance for property tests: the same seed gives the same run. */
import type { Random } from '../src/base/random.ts';

export interface Chance extends Random {
  /** A whole number in [0, below). */
  next(below: number): number;
  pick<T>(from: readonly T[]): T;
  /** Cuts bytes into pieces of 1 to `most` octets. */
  pieces(bytes: Buffer, most: number): Buffer[];
}

export function chance(seed: number): Chance {
  let state = seed >>> 0;
  /** mulberry32. */
  const float = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const next = (below: number): number => Math.floor(float() * below);
  return {
    float,
    next,
    bytes: (count) => Uint8Array.from({ length: count }, () => next(256)),
    pick: <T>(from: readonly T[]): T => from[next(from.length)] as T,
    pieces: (bytes, most) => {
      const cut: Buffer[] = [];
      for (let at = 0; at < bytes.length; ) {
        const size = 1 + next(most);
        cut.push(bytes.subarray(at, at + size));
        at += size;
      }
      return cut;
    },
  };
}
