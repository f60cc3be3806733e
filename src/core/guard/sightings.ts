/**
 * Who sent a body, or a link to a domain, lately: the rows of a table in typed arrays. Of most bodies there is one sighting for
 * as long as they are remembered; an object for each was what the collector of garbage had most to do with.
 */
import { hashOf } from './hash.ts';

/**
 * Sets of a sighting, each of 64 bits: a hash is one of them, and so many that are set are so many hashes, a few less where there are
 * dozens (linear counting, Whang 1990). What is the same as another by chance is one in sixty-four.
 */
export const SETS = {
  /** Accounts that sent it to strangers, or from a new place. */
  suspects: 0,
  /** Accounts that sent it in their usual way. */
  usual: 1,
  /** Networks that it came from while it was young, and whom it went to. */
  places: 2,
  readers: 3,
} as const;
export type SetName = keyof typeof SETS;

/** Sixty-four bits in two numbers, neither of them zero: by which a text is known again. */
export type SightingKey = readonly [number, number];

const SEED = 0x5bd1e995;
/** Rows there is room for at first, and places for each row in the index. */
const LEAST = 256;
const PLACES_A_ROW = 2;
/** Words of 32 bits of one row's sets. */
const WORDS = 2 * Object.keys(SETS).length;
/** A row as it is saved: its key, its two times, its sets. */
const SAVED_BYTES = 8 + 16 + 4 * WORDS;

export function sightingKey(text: string): SightingKey {
  return [hashOf(text), hashOf(text, SEED)];
}

export class Sightings {
  #room = LEAST;
  #size = 0;
  #keys = new Uint32Array(2 * LEAST);
  /** Of each row when it was seen first, and last. */
  #times = new Float64Array(2 * LEAST);
  #sets = new Uint32Array(WORDS * LEAST);
  /** Row + 1 by the key, open addressing; 0 is free. Its length is a power of two. */
  #index = new Uint32Array(PLACES_A_ROW * LEAST);

  get size(): number {
    return this.#size;
  }

  /** The row of it; negative when there is none. */
  find(key: SightingKey): number {
    return (this.#index[this.#place(key)] as number) - 1;
  }

  /** The row of it, empty when there was none. */
  add(key: SightingKey): number {
    if (this.#size === this.#room) this.#grow();
    const place = this.#place(key);
    const row = (this.#index[place] as number) - 1;
    if (row >= 0) return row;
    this.#keys.set(key, 2 * this.#size);
    this.#index[place] = ++this.#size;
    return this.#size - 1;
  }

  /** The same as another has of it. */
  copy(key: SightingKey, { from, row }: { from: Sightings; row: number }): number {
    const copied = this.add(key);
    this.#times.set(from.#times.subarray(2 * row, 2 * row + 2), 2 * copied);
    this.#sets.set(from.#sets.subarray(WORDS * row, WORDS * row + WORDS), WORDS * copied);
    return copied;
  }

  firstAt(row: number): number {
    return this.#times[2 * row] as number;
  }

  lastAt(row: number): number {
    return this.#times[2 * row + 1] as number;
  }

  seen(row: number, { firstAt, lastAt }: { firstAt: number; lastAt: number }): void {
    this.#times[2 * row] = firstAt;
    this.#times[2 * row + 1] = lastAt;
  }

  has(row: number, set: SetName, hash: number): boolean {
    return ((this.#sets[wordOf(row, set, hash)] as number) & (1 << (hash & 31))) !== 0;
  }

  put(row: number, set: SetName, hash: number): void {
    const word = wordOf(row, set, hash);
    this.#sets[word] = (this.#sets[word] as number) | (1 << (hash & 31));
  }

  remove(row: number, set: SetName, hash: number): void {
    const word = wordOf(row, set, hash);
    this.#sets[word] = (this.#sets[word] as number) & ~(1 << (hash & 31));
  }

  empty(row: number, ...sets: readonly SetName[]): void {
    for (const set of sets) this.#sets.fill(0, wordOf(row, set, 0), wordOf(row, set, 0) + 2);
  }

  count(row: number, set: SetName): number {
    const word = wordOf(row, set, 0);
    return bitsIn(this.#sets[word] as number) + bitsIn(this.#sets[word + 1] as number);
  }

  /** Those that are not in the other as well. */
  countOnly(row: number, set: SetName, other: SetName): number {
    const [word, others] = [wordOf(row, set, 0), wordOf(row, other, 0)];
    const bits = (at: number): number =>
      (this.#sets[word + at] as number) & ~(this.#sets[others + at] as number);
    return bitsIn(bits(0)) + bitsIn(bits(1));
  }

  /** What `restore` reads, in base64. */
  save(): string {
    const saved = Buffer.alloc(this.#size * SAVED_BYTES);
    const view = new DataView(saved.buffer, saved.byteOffset);
    for (let row = 0; row < this.#size; row++) {
      const at = row * SAVED_BYTES;
      for (let word = 0; word < 2; word++)
        view.setUint32(at + 4 * word, this.#keys[2 * row + word] as number);
      for (let time = 0; time < 2; time++)
        view.setFloat64(at + 8 + 8 * time, this.#times[2 * row + time] as number);
      for (let word = 0; word < WORDS; word++)
        view.setUint32(at + 24 + 4 * word, this.#sets[WORDS * row + word] as number);
    }
    return saved.toString('base64');
  }

  /** @throws {RangeError} when it is nothing that was saved. */
  static restore(text: string): Sightings {
    const saved = Buffer.from(text, 'base64');
    if (saved.length % SAVED_BYTES !== 0) throw new RangeError('not the sightings of this version');
    const view = new DataView(saved.buffer, saved.byteOffset);
    const sightings = new Sightings();
    for (let at = 0; at < saved.length; at += SAVED_BYTES) {
      const row = sightings.add([view.getUint32(at), view.getUint32(at + 4)]);
      sightings.seen(row, { firstAt: view.getFloat64(at + 8), lastAt: view.getFloat64(at + 16) });
      for (let word = 0; word < WORDS; word++)
        sightings.#sets[WORDS * row + word] = view.getUint32(at + 24 + 4 * word);
    }
    return sightings;
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
    this.#times = copied(this.#times, new Float64Array(2 * this.#room));
    this.#sets = copied(this.#sets, new Uint32Array(WORDS * this.#room));
    this.#index = new Uint32Array(PLACES_A_ROW * this.#room);
    for (let row = 0; row < this.#size; row++)
      this.#index[this.#place([this.#keys[2 * row] as number, this.#keys[2 * row + 1] as number])] = row + 1;
  }
}

/** The word of a row's set that has the bit of this hash. */
function wordOf(row: number, set: SetName, hash: number): number {
  return WORDS * row + 2 * SETS[set] + ((hash >>> 5) & 1);
}

/** How many bits of 32 are set. */
function bitsIn(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

function copied<Numbers extends Uint32Array | Float64Array>(from: Numbers, into: Numbers): Numbers {
  into.set(from);
  return into;
}
