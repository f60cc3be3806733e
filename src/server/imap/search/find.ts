/** The messages that a search finds. Texts are looked for in the messages themselves, one after the other. */
import type { SearchKey } from '../../../wire/imap/grammar/search-key.ts';
import type { ImapHandle } from '../handle.ts';
import { filtered } from '../ranges.ts';
import type { Selected } from '../selected.ts';
import { type Criterion, readsContent, toCriterion } from './criteria.ts';
import { type Facts, lookAt, type Turn } from './facts.ts';

/** Their places, rising. Throws `NoSuchNumber`. */
export async function find(session: ImapHandle, selected: Selected, key: SearchKey): Promise<number[]> {
  const criterion = toCriterion(key, {
    selected,
    now: session.context.clock.now(),
    uidOnly: session.enabled.uidOnly,
  });
  const found: number[] = [];
  const open = filtered([[0, selected.count]], (index) => {
    const verdict = criterion(index, undefined);
    if (verdict === true) found.push(index);
    return verdict === undefined;
  });
  if (open.length === 0) return found;
  const content = readsContent(key) ? 'with content' : 'without';
  await lookAt(session, { selected, ranges: open, content }, (facts, turn) => {
    const verdict = criterion(facts.index, facts);
    if (verdict === true) found.push(facts.index);
    if (verdict !== undefined) return undefined;
    return matches(facts, { criterion, turn }).then((isMatch) => {
      if (isMatch) found.push(facts.index);
    });
  });
  return found.sort((a, b) => a - b);
}

/** With its header read, and if that is not enough its text. */
async function matches(
  facts: Facts,
  { criterion, turn }: { criterion: Criterion; turn: Turn },
): Promise<boolean> {
  await facts.readHeader();
  if (!(await turn())) return false;
  let verdict = criterion(facts.index, facts);
  if (verdict === undefined) {
    await facts.readText(turn);
    verdict = criterion(facts.index, facts);
  }
  return verdict === true;
}
