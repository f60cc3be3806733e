import type { Command } from '../../../wire/imap/command.ts';
import { pageOf } from '../../../wire/imap/grammar/partial.ts';
import type { SearchReturn } from '../../../wire/imap/grammar/search.ts';
import { NumberSet } from '../../../wire/imap/number-set.ts';
import { formatStatus } from '../../../wire/imap/response/status.ts';
import { type Esearch, formatEsearch, formatSearch } from '../../../wire/imap/response/search.ts';
import { bad, type Completion, type ImapHandle, ok, UID_REQUIRED } from '../handle.ts';
import { contentItems, MAX_CONTENT_ITEMS } from '../fetch/messages.ts';
import { cutShort, tooMany } from '../message-limit.ts';
import { canUpdate, SearchContexts } from '../search/contexts.ts';
import { asksModseq, NoSuchNumber } from '../search/criteria.ts';
import { extentOf } from '../search/extent.ts';
import { find } from '../search/find.ts';
import { isFuzzy } from '../search/fuzzy.ts';
import { ordered } from '../search/order.ts';
import { relevancies } from '../search/relevancy.ts';
import type { Selected } from '../selected.ts';

type Search = Extract<Command, { verb: 'SEARCH' | 'UID SEARCH' | 'SORT' | 'UID SORT' }>;

const ALL_OF_THEM: Partial<SearchReturn> = { all: true };
const NO_SCORES: ReadonlyMap<number, number> = new Map();

/** SEARCH (RFC 9051 6.4.4) and SORT (RFC 5256), by number or by UID, with what RETURN asks for (RFC 4731, RFC 5182, RFC 5267, RFC 6203, RFC 9394). */
export async function search(session: ImapHandle, command: Search, tag: string): Promise<Completion> {
  const { selected, enabled } = session;
  const { returns } = command;
  const isSort = command.verb.endsWith('SORT');
  const isRelevant = returns?.relevancy === true || isByRelevancy(command);
  if (isRelevant && !isFuzzy(command.key)) return bad('RELEVANCY is of FUZZY keys (RFC 6203 section 4)');
  await selected.catchUp();
  // RFC 5182 2.1: a search that fails leaves nothing saved.
  const { saved } = selected;
  const { modseq } = selected.live;
  if (returns?.save) selected.saved = NumberSet.EMPTY;
  const withModseq = asksModseq(command.key);
  if (withModseq) enabled.condStore = true;
  const { key, ...limit } = extentOf(session, command.key);
  if (isSort && limit.cut !== undefined) return tooMany(session);
  const answer = await messagesOf(session, { ...command, key, saved, isRelevant });
  const found = answer?.indices;
  if (found === undefined) {
    // BAD changes nothing (RFC 5182 2.1).
    selected.saved = saved;
    return session.enabled.uidOnly ? UID_REQUIRED : bad('There is no message of such a number');
  }
  if (session.isOver) return ok('Nobody is there');
  const uid = command.verb.startsWith('UID');
  const numbers = found.map((index) => (uid ? (selected.uids[index] as number) : index + 1));
  const modSeq = withModseq && found.length > 0 ? { modSeq: highest(selected, found) } : {};
  if (returns?.save)
    selected.saved = NumberSet.of(toSave(found, returns).map((index) => selected.uids[index] as number));
  if (returns === undefined && (isSort || !enabled.rev2)) {
    session.send(formatSearch(isSort ? 'SORT' : 'SEARCH', { numbers, ...modSeq }));
    return cutShort(session, ok('That is all'), limit);
  }
  const wanted = returns ?? ALL_OF_THEM;
  if (wanted.min || wanted.max || wanted.all || wanted.count || wanted.partial || wanted.relevancy) {
    const relevancy = wanted.relevancy ? scoresOf(found, answer?.scores, wanted) : {};
    const shown = results(numbers, wanted, isSort ? 'order' : 'set');
    session.send(formatEsearch({ tag, uid, ...shown, ...relevancy, ...modSeq }));
  }
  if (wanted.update) keepUp(session, { ...command, tag, modseq, found, isWhole: limit.cut === undefined });
  return cutShort(session, ok('That is all'), limit);
}

function isByRelevancy(command: Search): boolean {
  return 'order' in command && command.order.some(({ by }) => by === 'RELEVANCY');
}

/** Places in the order of the answer, and where it is asked for how well each fits; undefined for numbers that there are not. */
async function messagesOf(
  session: ImapHandle,
  command: Search & { saved: NumberSet; isRelevant: boolean },
): Promise<{ indices: number[]; scores: ReadonlyMap<number, number> } | undefined> {
  const { selected } = session;
  const before = selected.saved;
  selected.saved = command.saved;
  try {
    const { key } = command;
    const indices = await find(session, selected, key);
    const scores = command.isRelevant ? await relevancies(session, selected, { key, indices }) : NO_SCORES;
    if (!('order' in command)) return { indices, scores };
    const { order } = command;
    return { indices: await ordered(session, selected, { indices, order, scores }), scores };
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

/** RFC 5267 4.3.1. `modseq`: of the mailbox before anything was looked at. */
function keepUp(
  session: ImapHandle,
  {
    tag,
    verb,
    key,
    returns,
    found,
    modseq,
    isWhole,
  }: Search & { tag: string; found: readonly number[]; modseq: number; isWhole: boolean },
): void {
  const { selected } = session;
  const { uids, count } = selected;
  const refused = (text: string): void =>
    session.send(formatStatus({ tag: '*', condition: 'NO', code: { kind: 'NOUPDATE', tag }, text }));
  if (!isWhole) return refused('What is found of too many messages is not kept up');
  if (verb.endsWith('SORT')) return refused('The order of SORT is not kept up');
  if (!canUpdate(key)) return refused('Messages by their numbers, and the passing of time, are not kept up');
  if (contentItems(returns?.updateFetch ?? []) > MAX_CONTENT_ITEMS)
    return refused(`Of a new message at most ${MAX_CONTENT_ITEMS} sections and parts are told`);
  selected.contexts ??= new SearchContexts(session, selected);
  const isKept = selected.contexts.add({
    tag,
    isByUid: verb.startsWith('UID'),
    key,
    fetch: returns?.updateFetch ?? [],
    found: NumberSet.of(found.map((index) => uids[index] as number)),
    modseq,
    lastUid: count === 0 ? 0 : (uids[count - 1] as number),
  });
  if (!isKept) refused('There are as many searches to be kept up as there can be');
}

/** In the order of the results that are listed: all, or those of a page (RFC 6203 section 4). */
function scoresOf(
  found: readonly number[],
  scores: ReadonlyMap<number, number> = NO_SCORES,
  { partial }: Partial<SearchReturn>,
): { relevancy?: number[] } {
  const listed = partial === undefined ? found : found.slice(...pageOf(partial, found.length));
  return listed.length === 0 ? {} : { relevancy: listed.map((index) => scores.get(index) ?? 1) };
}

/** RFC 5182 2.4: with nothing but MIN and MAX beside it, those; and those of a page, if it is not counted (RFC 9394 3.2). */
function toSave(found: readonly number[], { min, max, all, count, partial }: SearchReturn): number[] {
  if (all || count || (!min && !max && partial === undefined)) return [...found];
  const ends = [...(min ? found.slice(0, 1) : []), ...(max ? found.slice(-1) : [])];
  const page = partial === undefined ? [] : found.slice(...pageOf(partial, found.length));
  return [...new Set([...ends, ...page])];
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
      : { partial: { range: partial, numbers: shown(numbers.slice(...pageOf(partial, numbers.length))) } }),
  };
}
