/** How well each message fits that a search with FUZZY keys found (RFC 6203 section 4). */
import type { SearchKey } from '../../../wire/imap/grammar/search-key.ts';
import { NumberSet } from '../../../wire/imap/number-set.ts';
import type { ImapHandle } from '../handle.ts';
import type { Selected } from '../selected.ts';
import { find } from './find.ts';
import { type Looseness, loosened } from './fuzzy.ts';

/** Of messages that fit no better, 1 to 100. */
const SCORES: Readonly<Record<Looseness, number>> = {
  'as written': 100,
  'by words': 70,
  'by beginnings': 40,
};

/** By their places, which rise. Throws `NoSuchNumber`. */
export async function relevancies(
  session: ImapHandle,
  selected: Selected,
  { key, indices }: { key: SearchKey; indices: readonly number[] },
): Promise<ReadonlyMap<number, number>> {
  const scores = new Map(indices.map((index) => [index, SCORES['by beginnings']]));
  if (indices.length === 0) return scores;
  const uids = NumberSet.of(indices.map((index) => selected.uids[index] as number));
  const among: SearchKey = { kind: 'uids', set: { kind: 'ranges', ranges: [...uids.ranges()] } };
  for (const how of ['by words', 'as written'] as const) {
    const better = await find(session, selected, { kind: 'and', keys: [among, loosened(key, how)] });
    for (const index of better) scores.set(index, SCORES[how]);
  }
  return scores;
}
