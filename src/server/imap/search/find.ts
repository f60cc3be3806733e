/** The messages that a search finds. Texts are looked for in the messages themselves, one after the other. */
import type { SearchKey } from '../../../wire/imap/grammar/search-key.ts';
import type { ImapHandle } from '../handle.ts';
import { filtered } from '../ranges.ts';
import type { Selected } from '../selected.ts';
import { type Criterion, toCriterion } from './criteria.ts';
import { type Facts, lookAt } from './facts.ts';

/** Their places, rising. Throws `NoSuchNumber`. */
export async function find(session: ImapHandle, selected: Selected, key: SearchKey): Promise<number[]> {
  const criterion = toCriterion(key, { selected, now: session.context.clock.now() });
  const found: number[] = [];
  const open = filtered([[0, selected.count]], (index) => {
    const verdict = criterion(index, undefined);
    if (verdict === true) found.push(index);
    return verdict === undefined;
  });
  if (open.length === 0) return found;
  await lookAt(session, { selected, ranges: open }, async (facts) => {
    if (await matches(facts, criterion)) found.push(facts.index);
  });
  return found.sort((a, b) => a - b);
}

async function matches(facts: Facts, criterion: Criterion): Promise<boolean> {
  let verdict = criterion(facts.index, facts);
  if (verdict === undefined) {
    await facts.readHeader();
    verdict = criterion(facts.index, facts);
  }
  if (verdict === undefined) {
    await facts.readText();
    verdict = criterion(facts.index, facts);
  }
  return verdict === true;
}
