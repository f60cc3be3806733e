import type { Command } from '../../../wire/imap/command.ts';
import type { PartialRange, SearchReturn } from '../../../wire/imap/grammar/search.ts';
import { NumberSet } from '../../../wire/imap/number-set.ts';
import { type Esearch, formatEsearch, formatSearch } from '../../../wire/imap/response/search.ts';
import { bad, type Completion, type ImapHandle, ok, UID_REQUIRED } from '../handle.ts';
import { asksModseq, NoSuchNumber } from '../search/criteria.ts';
import { find } from '../search/find.ts';
import { ordered } from '../search/order.ts';
import type { Selected } from '../selected.ts';

type Search = Extract<Command, { verb: 'SEARCH' | 'UID SEARCH' | 'SORT' | 'UID SORT' }>;

const ALL_OF_THEM: Partial<SearchReturn> = { all: true };

/** SEARCH (RFC 9051 6.4.4) and SORT (RFC 5256), by number or by UID, with what RETURN asks for (RFC 4731, RFC 5182, RFC 5267). */
export async function search(session: ImapHandle, command: Search, tag: string): Promise<Completion> {
  const { selected, enabled } = session;
  const { returns } = command;
  if (returns?.update || returns?.relevancy || returns?.context)
    return bad('RETURN asks for what is not offered here');
  await selected.catchUp();
  // RFC 5182 2.1: a search that fails leaves nothing saved.
  const { saved } = selected;
  if (returns?.save) selected.saved = NumberSet.EMPTY;
  const withModseq = asksModseq(command.key);
  if (withModseq) enabled.condStore = true;
  const found = await messagesOf(session, { ...command, saved });
  // BAD changes nothing (RFC 5182 2.1).
  if (found === undefined) selected.saved = saved;
  if (found === undefined)
    return session.enabled.uidOnly ? UID_REQUIRED : bad('There is no message of such a number');
  if (session.isOver) return ok('Nobody is there');
  const uid = command.verb.startsWith('UID');
  const numbers = found.map((index) => (uid ? (selected.uids[index] as number) : index + 1));
  const modSeq = withModseq && found.length > 0 ? { modSeq: highest(selected, found) } : {};
  if (returns?.save)
    selected.saved = NumberSet.of(toSave(found, returns).map((index) => selected.uids[index] as number));
  const isSort = command.verb.endsWith('SORT');
  if (returns === undefined && (isSort || !enabled.rev2)) {
    session.send(formatSearch(isSort ? 'SORT' : 'SEARCH', { numbers, ...modSeq }));
    return ok('That is all');
  }
  const wanted = returns ?? ALL_OF_THEM;
  if (wanted.min || wanted.max || wanted.all || wanted.count || wanted.partial)
    session.send(
      formatEsearch({ tag, uid, ...results(numbers, wanted, isSort ? 'order' : 'set'), ...modSeq }),
    );
  return ok('That is all');
}

/** Places in the order of the answer; undefined for numbers that there are not. */
async function messagesOf(
  session: ImapHandle,
  command: Search & { saved: NumberSet },
): Promise<number[] | undefined> {
  const { selected } = session;
  const before = selected.saved;
  selected.saved = command.saved;
  try {
    const indices = await find(session, selected, command.key);
    return 'order' in command ? await ordered(session, selected, { indices, order: command.order }) : indices;
  } catch (error) {
    if (error instanceof NoSuchNumber) return undefined;
    throw error;
  } finally {
    selected.saved = before;
  }
}

function highest({ columns }: Selected, found: readonly number[]): number {
  return found.reduce((most, index) => Math.max(most, columns.modseqs[index] as number), 0);
}

/** RFC 5182 2.4: with nothing but MIN and MAX beside it, those. */
function toSave(found: readonly number[], { min, max, all, count, partial }: SearchReturn): number[] {
  if (all || count || partial !== undefined || (!min && !max)) return [...found];
  const ends = [...(min ? found.slice(0, 1) : []), ...(max ? found.slice(-1) : [])];
  return [...new Set(ends)];
}

/** In the order of SORT, MIN is what comes first. */
function results(
  numbers: readonly number[],
  { min, max, all, count, partial }: Partial<SearchReturn>,
  as: 'set' | 'order',
): Partial<Esearch> {
  const [first, last] = [numbers[0], numbers.at(-1)];
  const shown = (of: readonly number[]): NumberSet | readonly number[] =>
    as === 'order' ? of : NumberSet.of(of);
  return {
    ...(min && first !== undefined ? { min: first } : {}),
    ...(max && last !== undefined ? { max: last } : {}),
    ...(count ? { count: numbers.length } : {}),
    ...(all ? { all: shown(numbers) } : {}),
    ...(partial === undefined
      ? {}
      : { partial: { range: partial, numbers: shown(slice(numbers, partial)) } }),
  };
}

function slice(numbers: readonly number[], { first, last, fromEnd }: PartialRange): readonly number[] {
  if (!fromEnd) return numbers.slice(first - 1, last);
  const { length } = numbers;
  return numbers.slice(Math.max(0, length - last), Math.max(0, length - first + 1));
}
