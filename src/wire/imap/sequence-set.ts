/** Sets of messages as a client writes them (RFC 9051 section 9 `sequence-set`): `2,4:7,9,12:*`, or `$` (SEARCHRES). */
import { MAX_NUMBER, NumberSet } from './number-set.ts';

/** `*`, the largest number in use, in the place of a number. */
export const STAR = 0;

export type SequenceSet =
  /** What the last SEARCH RETURN (SAVE) found. */
  | { readonly kind: 'saved' }
  /** As written: `first` may be the larger one, and either `STAR`. */
  | { readonly kind: 'ranges'; readonly ranges: readonly (readonly [first: number, last: number])[] };

const SET =
  /^(?:\*|[1-9]\d{0,9})(?::(?:\*|[1-9]\d{0,9}))?(?:,(?:\*|[1-9]\d{0,9})(?::(?:\*|[1-9]\d{0,9}))?)*$/;

/** Undefined for what is no set. */
export function parseSequenceSet(text: string): SequenceSet | undefined {
  if (text === '$') return { kind: 'saved' };
  if (!SET.test(text)) return undefined;
  const ranges: (readonly [number, number])[] = [];
  for (const range of text.split(',')) {
    const colon = range.indexOf(':');
    const first = numberOf(colon < 0 ? range : range.slice(0, colon));
    const last = colon < 0 ? first : numberOf(range.slice(colon + 1));
    if (first > MAX_NUMBER || last > MAX_NUMBER) return undefined;
    ranges.push([first, last]);
  }
  return { kind: 'ranges', ranges };
}

function numberOf(text: string): number {
  return text === '*' ? STAR : Number(text);
}

/**
 * The set in numbers, where `largest` is in use, 0 in an empty mailbox, and `saved` is what `$` stands for. `5:*` holds the
 * largest also when that is less than 5 (RFC 9051 section 9, `seq-range`). Numbers that are not in use stay in it.
 */
export function resolveSequenceSet(
  set: SequenceSet,
  { largest, saved }: { largest: number; saved: NumberSet },
): NumberSet {
  if (set.kind === 'saved') return saved;
  const ranges: (readonly [number, number])[] = [];
  for (const [first, last] of set.ranges) {
    if (largest === 0 && (first === STAR || last === STAR)) continue;
    const from = first === STAR ? largest : first;
    const to = last === STAR ? largest : last;
    ranges.push(from <= to ? [from, to] : [to, from]);
  }
  return NumberSet.ofRanges(ranges);
}

/** Whether it has a `*`, which means nothing where no mailbox is open. */
export function hasStar(set: SequenceSet): boolean {
  return set.kind === 'ranges' && set.ranges.some(([first, last]) => first === STAR || last === STAR);
}
