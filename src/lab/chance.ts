/**
 * Chance from a seed: the same seed gives the same numbers, on every machine. Each part of a world has a stream of its
 * own, by name, so that leaving one part out does not change what the others meet.
 */
import type { Random } from '../base/random.ts';

export class Chance implements Random {
  #a: number;
  #b: number;
  #c: number;
  #d: number;
  readonly #seed: number;

  /** `seed`: any whole number. */
  constructor(seed: number, name = '') {
    this.#seed = seed;
    let state = hash32(`${seed} ${name}`);
    const next = (): number => {
      // splitmix32
      state = (state + 0x9e3779b9) | 0;
      let mixed = state ^ (state >>> 16);
      mixed = Math.imul(mixed, 0x21f0aaad);
      mixed ^= mixed >>> 15;
      mixed = Math.imul(mixed, 0x735a2d97);
      return mixed ^ (mixed >>> 15);
    };
    [this.#a, this.#b, this.#c, this.#d] = [next(), next(), next(), next()];
  }

  /** The stream of another part of the same world. */
  of(name: string): Chance {
    return new Chance(this.#seed, name);
  }

  /** 32 random bits (sfc32). */
  #bits(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#d) | 0;
    this.#d = (this.#d + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  float(): number {
    return this.#bits() / 4_294_967_296;
  }

  bytes(count: number): Uint8Array {
    return Uint8Array.from({ length: count }, () => this.#bits() & 255);
  }

  /** A whole number from `from` up to and with `to`. */
  whole(from: number, to: number): number {
    return from + Math.floor(this.float() * (to - from + 1));
  }

  between(from: number, to: number): number {
    return from + this.float() * (to - from);
  }

  /** True with this probability. */
  is(probability: number): boolean {
    return this.float() < probability;
  }

  /** Time to the next of events that come at random, on average this far apart. */
  gap(meanMs: number): number {
    return -Math.log(1 - this.float()) * meanMs;
  }

  pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.float() * from.length)] as T;
  }

  /** One of them, each as likely as it weighs. */
  weighted<T extends { readonly weight: number }>(from: readonly T[]): T {
    let left = this.float() * from.reduce((sum, { weight }) => sum + weight, 0);
    return from.find(({ weight }) => (left -= weight) < 0) ?? (from.at(-1) as T);
  }
}

/** FNV-1a. */
function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}
