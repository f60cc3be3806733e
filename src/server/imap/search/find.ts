/** The messages that a search finds. Texts are looked for in the messages themselves, but for those that cannot have them. */
import type { SearchKey } from '../../../wire/imap/grammar/search-key.ts';
import type { ImapHandle } from '../handle.ts';
import { filtered } from '../ranges.ts';
import type { IndexRange, Selected } from '../selected.ts';
import { type Criterion, readsContent, toCriterion } from './criteria.ts';
import { type Facts, lookAt, type Turn } from './facts.ts';
import { isFuzzy, loosened } from './fuzzy.ts';
import { Learning } from './learning.ts';
import { Narrowing } from './narrowing.ts';

/** Their places, rising. Throws `NoSuchNumber`. */
export async function find(session: ImapHandle, selected: Selected, asked: SearchKey): Promise<number[]> {
  const key = isFuzzy(asked) ? loosened(asked, 'by beginnings') : asked;
  const about = { selected, now: session.context.clock.now(), uidOnly: session.enabled.uidOnly };
  const first = toCriterion(key, about);
  const found: number[] = [];
  const open = filtered([[0, selected.count]], (index) => {
    const verdict = first(index, undefined);
    if (verdict === true) found.push(index);
    return verdict === undefined;
  });
  const narrowing = await Narrowing.of(session, selected, { key, open });
  if (narrowing === undefined) await look(session, { selected, key, ranges: open, criterion: first, found });
  else {
    const criterion = toCriterion(key, { ...about, narrowing });
    const ranges = filtered(open, (index) => {
      const verdict = criterion(index, undefined);
      if (verdict === true) found.push(index);
      return verdict === undefined;
    });
    const learning = Learning.of(session, selected, { key, open: ranges, narrowing });
    try {
      await look(session, { selected, key, ranges, criterion, found, learning });
    } finally {
      await learning?.end();
    }
  }
  return found.sort((a, b) => a - b);
}

/** Adds to `found` those that are. */
async function look(
  session: ImapHandle,
  about: {
    selected: Selected;
    key: SearchKey;
    ranges: readonly IndexRange[];
    criterion: Criterion;
    found: number[];
    learning?: Learning | undefined;
  },
): Promise<void> {
  const { selected, key, ranges, criterion, found, learning } = about;
  if (ranges.length === 0) return;
  const content = readsContent(key) ? 'with content' : 'without';
  await lookAt(session, { selected, ranges, content }, (facts, turn) => {
    const kept = learning?.envelope(facts);
    const verdict = criterion(facts.index, facts);
    if (verdict === true) found.push(facts.index);
    if (verdict !== undefined) return kept;
    return matches(facts, { criterion, turn, learning }).then(async (isMatch) => {
      if (isMatch) found.push(facts.index);
      await kept;
    });
  });
}

/** With its header read, and if that is not enough its text. */
async function matches(
  facts: Facts,
  { criterion, turn, learning }: { criterion: Criterion; turn: Turn; learning: Learning | undefined },
): Promise<boolean> {
  await facts.readHeader();
  if (!(await turn())) return false;
  const verdict = criterion(facts.index, facts);
  if (verdict !== undefined) {
    await learning?.header(facts);
    return verdict;
  }
  if (learning === undefined) await facts.readText(turn);
  else await learning.text(facts, turn);
  return criterion(facts.index, facts) === true;
}
