/**
 * Who sent a body, or a link to a domain, lately: the rows of a table in typed arrays. Of most bodies there is one sighting for
 * as long as they are remembered; an object for each was what the collector of garbage had most to do with.
 */
import { hashOf } from './hash.ts';

export interface Sighting {
  /** ms since the epoch. */
  readonly lastAt: number;
  /** Hashes of the accounts that sent it to strangers or from a new place. */
  readonly suspects: readonly number[];
  /** How many accounts sent it in their usual way. */
  readonly usual: number;
}

/** Sixty-four bits in two numbers, neither of them zero: by which a text is known again. */
export type SightingKey = readonly [number, number];

const SEED = 0x5bd1e995;
/** Rows there is room for at first, and places for each row in the index. */
const LEAST = 256;
const PLACES_A_ROW = 2;
/** Most are sent by nobody who is suspect. */
const NONE: readonly number[] = [];

export function sightingKey(text: string): SightingKey {
  return [hashOf(text), hashOf(text, SEED)];
}

export class Sightings {
  #room = LEAST;
  #size = 0;
  #keys = new Uint32Array(2 * LEAST);
  #lastAt = new Float64Array(LEAST);
  #usual = new Uint8Array(LEAST);
  /** The only suspect; 0 when there is none, or several. */
  #suspect = new Uint32Array(LEAST);
  /** By row, where there are several. */
  readonly #suspects = new Map<number, readonly number[]>();
  /** Row + 1 by the key, open addressing; 0 is free. Its length is a power of two. */
  #index = new Uint32Array(PLACES_A_ROW * LEAST);

  get size(): number {
    return this.#size;
  }

  get(key: SightingKey): Sighting | undefined {
    const row = (this.#index[this.#place(key)] as number) - 1;
    return row < 0 ? undefined : this.#read(row);
  }

  set(key: SightingKey, { lastAt, suspects, usual }: Sighting): void {
    const row = this.#rowFor(key);
    this.#lastAt[row] = lastAt;
    this.#usual[row] = usual;
    this.#suspect[row] = suspects.length === 1 ? (suspects[0] as number) : 0;
    if (suspects.length > 1) this.#suspects.set(row, suspects);
    else this.#suspects.delete(row);
  }

  *[Symbol.iterator](): Generator<[SightingKey, Sighting]> {
    for (let row = 0; row < this.#size; row++)
      yield [[this.#keys[2 * row] as number, this.#keys[2 * row + 1] as number], this.#read(row)];
  }

  #read(row: number): Sighting {
    const suspect = this.#suspect[row] as number;
    return {
      lastAt: this.#lastAt[row] as number,
      suspects: suspect !== 0 ? [suspect] : (this.#suspects.get(row) ?? NONE),
      usual: this.#usual[row] as number,
    };
  }

  #rowFor(key: SightingKey): number {
    if (this.#size === this.#room) this.#grow();
    const place = this.#place(key);
    const row = (this.#index[place] as number) - 1;
    if (row >= 0) return row;
    this.#keys.set(key, 2 * this.#size);
    this.#index[place] = ++this.#size;
    return this.#size - 1;
  }

  /** Where the key stands in the index, or would stand. */
  #place(key: SightingKey): number {
    // Taken apart as a list is, each look would make an iterator.
    const low = key[0];
    const high = key[1];
    const last = this.#index.length - 1;
    for (let place = low & last; ; place = (place + 1) & last) {
      const row = (this.#index[place] as number) - 1;
      if (row < 0 || (this.#keys[2 * row] === low && this.#keys[2 * row + 1] === high)) return place;
    }
  }

  #grow(): void {
    this.#room *= 2;
    this.#keys = copied(this.#keys, new Uint32Array(2 * this.#room));
    this.#lastAt = copied(this.#lastAt, new Float64Array(this.#room));
    this.#usual = copied(this.#usual, new Uint8Array(this.#room));
    this.#suspect = copied(this.#suspect, new Uint32Array(this.#room));
    this.#index = new Uint32Array(PLACES_A_ROW * this.#room);
    for (let row = 0; row < this.#size; row++)
      this.#index[this.#place([this.#keys[2 * row] as number, this.#keys[2 * row + 1] as number])] = row + 1;
  }
}

function copied<Numbers extends Uint32Array | Float64Array | Uint8Array>(
  from: Numbers,
  into: Numbers,
): Numbers {
  into.set(from);
  return into;
}
