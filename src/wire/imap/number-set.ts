/**
 * A set of message numbers or UIDs as sorted ranges: small for what is mostly in runs, fast to look up, and written as
 * IMAP writes sets (RFC 9051 section 9, `sequence-set`). Immutable.
 */

/** The largest message number or UID (RFC 9051: 32 bits, not 0). */
export const MAX_NUMBER = 4_294_967_295;

export class NumberSet {
  /** First and last of each range, one behind the other; ascending, and with a gap between ranges. */
  readonly #bounds: readonly number[];

  private constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
  }

  static readonly EMPTY = new NumberSet([]);

  /** Of ranges in any order, which may overlap; `first` is at most `last`. */
  static ofRanges(ranges: readonly (readonly [first: number, last: number])[]): NumberSet {
    const bounds: number[] = [];
    const sorted = isAscending(ranges) ? ranges : ranges.toSorted((a, b) => a[0] - b[0]);
    for (const [first, last] of sorted) {
      const end = bounds.at(-1);
      if (end === undefined || first > end + 1) bounds.push(first, last);
      else if (last > end) bounds[bounds.length - 1] = last;
    }
    return new NumberSet(bounds);
  }

  /** Of numbers in any order; ascending ones are taken in one pass. */
  static of(numbers: Iterable<number>): NumberSet {
    const bounds: number[] = [];
    let end = Number.NEGATIVE_INFINITY;
    for (const number of numbers) {
      if (number < end) return NumberSet.of([...numbers].sort((a, b) => a - b));
      if (number > end + 1) bounds.push(number, number);
      else bounds[bounds.length - 1] = number;
      end = number;
    }
    return new NumberSet(bounds);
  }

  /** How many numbers it has. */
  get size(): number {
    let size = 0;
    for (const [first, last] of this.ranges()) size += last - first + 1;
    return size;
  }

  get isEmpty(): boolean {
    return this.#bounds.length === 0;
  }

  get first(): number | undefined {
    return this.#bounds[0];
  }

  get last(): number | undefined {
    return this.#bounds.at(-1);
  }

  has(number: number): boolean {
    const index = this.#rangeFrom(number);
    return index < this.#bounds.length && (this.#bounds[index] as number) <= number;
  }

  *ranges(): Generator<readonly [first: number, last: number]> {
    for (let index = 0; index < this.#bounds.length; index += 2)
      yield [this.#bounds[index] as number, this.#bounds[index + 1] as number];
  }

  *[Symbol.iterator](): Generator<number> {
    for (const [first, last] of this.ranges())
      for (let number = first; number <= last; number++) yield number;
  }

  intersect(other: NumberSet): NumberSet {
    const [mine, theirs] = [this.#bounds, other.#bounds];
    const bounds: number[] = [];
    for (let a = 0, b = 0; a < mine.length && b < theirs.length; ) {
      const first = Math.max(mine[a] as number, theirs[b] as number);
      const last = Math.min(mine[a + 1] as number, theirs[b + 1] as number);
      if (first <= last) bounds.push(first, last);
      if (mine[a + 1] === last) a += 2;
      else b += 2;
    }
    return new NumberSet(bounds);
  }

  union(other: NumberSet): NumberSet {
    return NumberSet.ofRanges([...this.ranges(), ...other.ranges()]);
  }

  minus(other: NumberSet): NumberSet {
    const gaps: (readonly [number, number])[] = [];
    let from = 0;
    for (const [first, last] of other.ranges()) {
      if (first > from) gaps.push([from, first - 1]);
      from = last + 1;
    }
    gaps.push([from, MAX_NUMBER]);
    return this.intersect(NumberSet.ofRanges(gaps));
  }

  /** `1:3,5`; empty for the empty set, which IMAP has no way to write. */
  toString(): string {
    let text = '';
    for (let index = 0; index < this.#bounds.length; index += 2) {
      const first = this.#bounds[index] as number;
      const last = this.#bounds[index + 1] as number;
      text += `${index === 0 ? '' : ','}${first === last ? first : `${first}:${last}`}`;
    }
    return text;
  }

  /** The index of the first range that does not end before the number. */
  #rangeFrom(number: number): number {
    let low = 0;
    let high = this.#bounds.length / 2;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#bounds[2 * middle + 1] as number) < number) low = middle + 1;
      else high = middle;
    }
    return 2 * low;
  }
}

function isAscending(ranges: readonly (readonly [number, number])[]): boolean {
  for (let index = 1; index < ranges.length; index++)
    if ((ranges[index] as [number, number])[0] < (ranges[index - 1] as [number, number])[0]) return false;
  return true;
}
