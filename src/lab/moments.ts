/**
 * Moments of a million things, three of each: numbers that are not whole are objects of their own anywhere else, and the
 * collector goes through all of them again and again.
 */

/** Things whose moments are kept together. */
const SHELF = 4_096;

export class Moments {
  readonly #shelves: Float64Array[] = [];
  #count = 0;

  /** A place for the moments of one more. */
  place(): number {
    if (this.#count % SHELF === 0) this.#shelves.push(new Float64Array(3 * SHELF));
    return this.#count++;
  }

  get(place: number, which: 0 | 1 | 2): number {
    return this.#shelf(place)[3 * (place % SHELF) + which] as number;
  }

  set(place: number, which: 0 | 1 | 2, ms: number): void {
    this.#shelf(place)[3 * (place % SHELF) + which] = ms;
  }

  #shelf(place: number): Float64Array {
    return this.#shelves[(place - (place % SHELF)) / SHELF] as Float64Array;
  }
}
