/** A page of results (RFC 9394 section 4), of SEARCH, SORT and UID FETCH. */
import type { Cursor } from '../cursor.ts';

/** From the first to the last position, from 1; with `fromEnd` counted from the last one. */
export interface PartialRange {
  readonly first: number;
  readonly last: number;
  readonly fromEnd: boolean;
}

/** What stands behind PARTIAL: `500:400` is `400:500`, and `-1:-100` are the last ones. */
export function partialRange(cursor: Cursor): PartialRange {
  cursor.space();
  const fromEnd = cursor.take('-');
  const one = cursor.nzNumber();
  cursor.expect(':');
  if (fromEnd) cursor.expect('-');
  const other = cursor.nzNumber();
  return { first: Math.min(one, other), last: Math.max(one, other), fromEnd };
}

/** The places of a page among `count` results: from the first, up to and without the last. */
export function pageOf({ first, last, fromEnd }: PartialRange, count: number): [from: number, to: number] {
  if (!fromEnd) return [Math.min(first - 1, count), Math.min(last, count)];
  return [Math.max(0, count - last), Math.max(0, count - first + 1)];
}
