/**
 * Search keys (RFC 9051 6.4.4) with WITHIN (RFC 5032), FUZZY (RFC 6203), CONDSTORE (RFC 7162), OBJECTID (RFC 8474) and
 * SAVEDATE (RFC 8514) and UIDAFTER and UIDBEFORE (RFC 9738). Words that only stand for others, as UNSEEN for NOT SEEN, come out as those.
 */
import type { Cursor } from '../cursor.ts';
import { MAX_NUMBER } from '../number-set.ts';
import type { SequenceSet } from '../sequence-set.ts';

/** Dates are days since 1970-01-01; texts are as the client wrote them, to be compared without case. */
export type SearchKey =
  | { readonly kind: 'all' | 'recent' | 'saved-dates' }
  | { readonly kind: 'and' | 'or'; readonly keys: readonly SearchKey[] }
  | { readonly kind: 'not' | 'fuzzy'; readonly key: SearchKey }
  | { readonly kind: 'numbers' | 'uids'; readonly set: SequenceSet }
  /** A system flag or a keyword. */
  | { readonly kind: 'flag'; readonly flag: string }
  | { readonly kind: 'header'; readonly name: string; readonly text: string }
  | { readonly kind: 'body' | 'text'; readonly text: string }
  | {
      readonly kind: 'date';
      /** INTERNALDATE, the Date field, or when the message came into the mailbox. */
      readonly of: 'internal' | 'sent' | 'saved';
      readonly is: 'before' | 'on' | 'since';
      readonly day: number;
    }
  | { readonly kind: 'larger' | 'smaller'; readonly bytes: number }
  /** RFC 5032: by INTERNALDATE. */
  | { readonly kind: 'older' | 'younger'; readonly seconds: number }
  /** RFC 7162 3.1.5; what follows the word about entries is read and passed over, as all flags share one. */
  | { readonly kind: 'mod-seq'; readonly atLeast: number }
  | { readonly kind: 'email-id' | 'thread-id'; readonly id: string };

/** Keys within keys, and keys of one search. */
const MAX_DEPTH = 50;
const MAX_KEYS = 2_000;

interface Search {
  readonly cursor: Cursor;
  /** A text of the client, checked and in the charset that it announced. */
  readonly text: () => string;
  keys: number;
}

type Reader = (search: Search, depth: number) => SearchKey;

const not = (key: SearchKey): SearchKey => ({ kind: 'not', key });
const flag = (name: string): SearchKey => ({ kind: 'flag', flag: name });
const SEEN = flag('\\Seen');
const RECENT: SearchKey = { kind: 'recent' };

const READERS = new Map<string, Reader>([
  ['ALL', () => ({ kind: 'all' })],
  ['SAVEDATESUPPORTED', () => ({ kind: 'saved-dates' })],
  ['RECENT', () => RECENT],
  ['OLD', () => not(RECENT)],
  ['NEW', () => ({ kind: 'and', keys: [RECENT, not(SEEN)] })],
  ...['Answered', 'Deleted', 'Draft', 'Flagged', 'Seen'].flatMap((name): [string, Reader][] => [
    [name.toUpperCase(), () => flag(`\\${name}`)],
    [`UN${name.toUpperCase()}`, () => not(flag(`\\${name}`))],
  ]),
  ['KEYWORD', (search) => flag(keywordAt(search))],
  ['UNKEYWORD', (search) => not(flag(keywordAt(search)))],
  ...['Bcc', 'Cc', 'From', 'Subject', 'To'].map((name): [string, Reader] => [
    name.toUpperCase(),
    (search) => ({ kind: 'header', name, text: spaced(search, search.text) }),
  ]),
  [
    'HEADER',
    (search) => {
      const name = spaced(search, () => search.cursor.astring());
      return { kind: 'header', name, text: spaced(search, search.text) };
    },
  ],
  ['BODY', (search) => ({ kind: 'body', text: spaced(search, search.text) })],
  ['TEXT', (search) => ({ kind: 'text', text: spaced(search, search.text) })],
  ...(['internal', 'sent', 'saved'] as const).flatMap((of) =>
    (['before', 'on', 'since'] as const).map((is): [string, Reader] => [
      `${{ internal: '', sent: 'SENT', saved: 'SAVED' }[of]}${is.toUpperCase()}`,
      (search) => ({ kind: 'date', of, is, day: spaced(search, () => search.cursor.date()) }),
    ]),
  ),
  ['LARGER', (search) => ({ kind: 'larger', bytes: spaced(search, () => search.cursor.number64()) })],
  ['SMALLER', (search) => ({ kind: 'smaller', bytes: spaced(search, () => search.cursor.number64()) })],
  ['OLDER', (search) => ({ kind: 'older', seconds: spaced(search, () => search.cursor.nzNumber()) })],
  ['YOUNGER', (search) => ({ kind: 'younger', seconds: spaced(search, () => search.cursor.nzNumber()) })],
  ['UIDAFTER', (search) => uidsAt(search, (uid) => [uid + 1, MAX_NUMBER])],
  ['UIDBEFORE', (search) => uidsAt(search, (uid) => [1, uid - 1])],
  ['UID', (search) => ({ kind: 'uids', set: spaced(search, () => search.cursor.sequenceSet()) })],
  ['EMAILID', (search) => ({ kind: 'email-id', id: spaced(search, () => objectId(search.cursor)) })],
  ['THREADID', (search) => ({ kind: 'thread-id', id: spaced(search, () => objectId(search.cursor)) })],
  ['MODSEQ', modSeq],
  ['NOT', (search, depth) => not(spaced(search, () => keyAt(search, depth)))],
  ['FUZZY', (search, depth) => ({ kind: 'fuzzy', key: spaced(search, () => keyAt(search, depth)) })],
  [
    'OR',
    (search, depth) => ({
      kind: 'or',
      keys: [spaced(search, () => keyAt(search, depth)), spaced(search, () => keyAt(search, depth))],
    }),
  ],
]);

/** One key or more, to the end of the command; several are an `and`. `text` reads a text of the client. */
export function searchKeys(cursor: Cursor, text: () => string): SearchKey {
  const search: Search = { cursor, text, keys: 0 };
  const keys = [keyAt(search, 0)];
  while (!cursor.isAtEnd) keys.push(spaced(search, () => keyAt(search, 0)));
  return allOf(keys);
}

function allOf(keys: readonly SearchKey[]): SearchKey {
  return keys.length === 1 ? (keys[0] as SearchKey) : { kind: 'and', keys };
}

function keyAt(search: Search, depth: number): SearchKey {
  const { cursor } = search;
  if (depth > MAX_DEPTH) cursor.fail(`search keys stand more than ${MAX_DEPTH} deep in each other`);
  if (++search.keys > MAX_KEYS) cursor.fail(`a search has at most ${MAX_KEYS} keys`);
  if (cursor.peek() === '(') {
    const keys = cursor.list(() => keyAt(search, depth + 1));
    return keys.length === 0 ? cursor.fail('a list of search keys is empty') : allOf(keys);
  }
  if (/[\d*$]/.test(cursor.peek())) return { kind: 'numbers', set: cursor.sequenceSet() };
  const word = cursor.keyword();
  const reader = READERS.get(word) ?? cursor.fail(`there is no search key ${word.slice(0, 40)}`);
  return reader(search, depth + 1);
}

function spaced<T>({ cursor }: Search, read: () => T): T {
  cursor.space();
  return read();
}

/** RFC 9051: a keyword is an atom, never a system flag. */
function keywordAt(search: Search): string {
  return spaced(search, () => search.cursor.atom());
}

/** RFC 9738 3.2: those above, or below, a UID; where there can be none, an empty set. */
function uidsAt(
  search: Search,
  rangeFor: (uid: number) => readonly [first: number, last: number],
): SearchKey {
  const [first, last] = rangeFor(spaced(search, () => search.cursor.nzNumber()));
  return { kind: 'uids', set: { kind: 'ranges', ranges: first <= last ? [[first, last]] : [] } };
}

function objectId(cursor: Cursor): string {
  const id = cursor.astring();
  return /^[A-Za-z0-9_-]{1,255}$/.test(id) ? id : cursor.fail('this is no object id (RFC 8474)');
}

/** `MODSEQ 620` or `MODSEQ "/flags/\\draft" all 620`. */
function modSeq({ cursor }: Search): SearchKey {
  cursor.space();
  if (cursor.peek() === '"') {
    cursor.string();
    cursor.space();
    if (!/^(PRIV|SHARED|ALL)$/.test(cursor.keyword()))
      cursor.fail('the type of entry is priv, shared or all');
    cursor.space();
  }
  return { kind: 'mod-seq', atLeast: cursor.number64() };
}
