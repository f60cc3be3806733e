/** Sets of UIDs as ranges, as the store takes and gives them: what a client names, and what an answer gives back. */
import { MAX_NUMBER, NumberSet } from '../../wire/imap/number-set.ts';

/** From the first to the last, both of them in it. */
export type UidRange = readonly [first: number, last: number];

/** The largest that there can be. */
export const MAX_UID = MAX_NUMBER;
export const ALL_UIDS: readonly UidRange[] = [[1, MAX_UID]];

/** The ranges of UIDs that rise. */
export function toRanges(uids: Iterable<number>): UidRange[] {
  return [...NumberSet.of(uids).ranges()];
}

/** The same UIDs in the fewest ranges, rising: no UID twice. */
export function merged(ranges: readonly UidRange[]): UidRange[] {
  const turned = ranges.map(([a, b]) => (a <= b ? ([a, b] as const) : ([b, a] as const)));
  return [...NumberSet.ofRanges(turned).ranges()];
}

export function isIn(uid: number, ranges: readonly UidRange[]): boolean {
  return ranges.some(([from, to]) => uid >= from && uid <= to);
}
