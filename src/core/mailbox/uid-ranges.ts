/** Sets of UIDs as ranges: what a client names, and what an answer gives back. */

/** From the first to the last, both of them in it. */
export type UidRange = readonly [first: number, last: number];

/** The largest that there can be (RFC 9051 2.3.1.1: 32 bits). */
export const MAX_UID = 2 ** 32 - 1;
export const ALL_UIDS: readonly UidRange[] = [[1, MAX_UID]];

/** The ranges of UIDs that rise. */
export function toRanges(uids: Iterable<number>): UidRange[] {
  const ranges: [number, number][] = [];
  for (const uid of uids) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === uid - 1) last[1] = uid;
    else ranges.push([uid, uid]);
  }
  return ranges;
}

/** The same UIDs in the fewest ranges, rising: no UID twice. */
export function merged(ranges: readonly UidRange[]): UidRange[] {
  const sorted = ranges.map(([a, b]) => (a <= b ? ([a, b] as const) : ([b, a] as const)));
  sorted.sort(([a], [b]) => a - b);
  const found: [number, number][] = [];
  for (const [from, to] of sorted) {
    const last = found.at(-1);
    if (last !== undefined && from <= last[1] + 1) last[1] = Math.max(last[1], to);
    else found.push([from, to]);
  }
  return found;
}

export function isIn(uid: number, ranges: readonly UidRange[]): boolean {
  return ranges.some(([from, to]) => uid >= from && uid <= to);
}
