/**
 * SEARCH (RFC 9051 6.4.4), SORT and THREAD (RFC 5256), with ESEARCH, SEARCHRES (RFC 5182), ESORT, CONTEXT (RFC 5267),
 * PARTIAL (RFC 9394), SORT=DISPLAY (RFC 5957) and RELEVANCY (RFC 6203).
 */
import { decodeCharset, isKnownCharset } from '../../mime/charset.ts';
import { type Cursor, SyntaxFault } from '../cursor.ts';
import { type FetchItem, fetchItems } from './fetch.ts';
import { type PartialRange, partialRange } from './partial.ts';
import { type SearchKey, searchKeys } from './search-key.ts';

export interface SearchReturn {
  readonly min: boolean;
  readonly max: boolean;
  readonly all: boolean;
  readonly count: boolean;
  readonly save: boolean;
  readonly relevancy: boolean;
  readonly context: boolean;
  readonly update: boolean;
  readonly partial?: PartialRange;
  /** RFC 5465 section 7: of new messages that are found, with UPDATE. */
  readonly updateFetch?: readonly FetchItem[];
}

const SORT_KEYS = [
  'ARRIVAL',
  'CC',
  'DATE',
  'FROM',
  'SIZE',
  'SUBJECT',
  'TO',
  'DISPLAYFROM',
  'DISPLAYTO',
  'RELEVANCY',
] as const;
export interface SortKey {
  readonly by: (typeof SORT_KEYS)[number];
  readonly reverse: boolean;
}

export type SearchCommand =
  | {
      readonly verb: 'SEARCH' | 'UID SEARCH';
      /** Undefined: the answer is the SEARCH of RFC 3501. RETURN () is `all`. */
      readonly returns?: SearchReturn;
      readonly key: SearchKey;
    }
  | {
      readonly verb: 'SORT' | 'UID SORT';
      readonly returns?: SearchReturn;
      readonly order: readonly SortKey[];
      readonly key: SearchKey;
    }
  | {
      readonly verb: 'THREAD' | 'UID THREAD';
      readonly algorithm: 'REFERENCES' | 'ORDEREDSUBJECT';
      readonly key: SearchKey;
    }
  /** RFC 5267 4.3.3: the tags of the searches that need no updates any more. */
  | { readonly verb: 'CANCELUPDATE'; readonly tags: readonly string[] };

const NO_RETURN: SearchReturn = {
  min: false,
  max: false,
  all: false,
  count: false,
  save: false,
  relevancy: false,
  context: false,
  update: false,
};
const WORDS = new Map<string, keyof Omit<SearchReturn, 'partial' | 'updateFetch'>>([
  ['MIN', 'min'],
  ['MAX', 'max'],
  ['ALL', 'all'],
  ['COUNT', 'count'],
  ['SAVE', 'save'],
  ['RELEVANCY', 'relevancy'],
  ['CONTEXT', 'context'],
  ['UPDATE', 'update'],
]);

export function search(cursor: Cursor, verb: string): SearchCommand {
  const returns = returnsAt(cursor);
  cursor.space();
  let charset = 'UTF-8';
  if (cursor.takeKeyword('CHARSET')) {
    cursor.space();
    charset = charsetAt(cursor);
    cursor.space();
  }
  return { verb: verb as 'SEARCH', ...returns, key: keysIn(cursor, charset) };
}

export function sort(cursor: Cursor, verb: string): SearchCommand {
  const returns = returnsAt(cursor);
  cursor.space();
  const order = cursor.list(() => sortKey(cursor));
  if (order.length === 0) cursor.fail('SORT has nothing to sort by');
  cursor.space();
  const charset = charsetAt(cursor);
  cursor.space();
  return { verb: verb as 'SORT', ...returns, order, key: keysIn(cursor, charset) };
}

export function thread(cursor: Cursor, verb: string): SearchCommand {
  cursor.space();
  const algorithm = cursor.keyword();
  if (algorithm !== 'REFERENCES' && algorithm !== 'ORDEREDSUBJECT')
    cursor.fail('THREAD knows REFERENCES and ORDEREDSUBJECT');
  cursor.space();
  const charset = charsetAt(cursor);
  cursor.space();
  return {
    verb: verb as 'THREAD',
    algorithm: algorithm as 'REFERENCES',
    key: keysIn(cursor, charset),
  };
}

export function cancelUpdate(cursor: Cursor): SearchCommand {
  const tags: string[] = [];
  do {
    cursor.space();
    tags.push(cursor.string());
  } while (!cursor.isAtEnd);
  return { verb: 'CANCELUPDATE', tags };
}

function sortKey(cursor: Cursor): SortKey {
  const reverse = cursor.takeKeyword('REVERSE');
  if (reverse) cursor.space();
  const word = cursor.keyword();
  const by = SORT_KEYS.find((key) => key === word);
  return by === undefined ? cursor.fail(`SORT does not know ${word.slice(0, 40)}`) : { by, reverse };
}

function returnsAt(cursor: Cursor): { returns?: SearchReturn } {
  const { at } = cursor;
  if (!cursor.take(' ') || !cursor.takeKeyword('RETURN')) {
    cursor.at = at;
    return {};
  }
  cursor.space();
  const found: { -readonly [K in keyof SearchReturn]: SearchReturn[K] } = { ...NO_RETURN };
  const given = cursor.list(() => {
    const word = cursor.keyword();
    const option = WORDS.get(word);
    if (option !== undefined) found[option] = true;
    if (option === 'update') Object.assign(found, updateFetchAt(cursor));
    if (option !== undefined) return;
    if (word === 'PARTIAL') {
      if (found.partial !== undefined) cursor.fail('there is one PARTIAL at most (RFC 9394 3.1)');
      found.partial = partialRange(cursor);
    } else cursor.fail(`RETURN does not know ${word.slice(0, 40)}`);
  });
  if (found.all && found.partial !== undefined)
    cursor.fail('RETURN has ALL or PARTIAL, not both (RFC 9394 3.1)');
  // RFC 4731 3.1: nothing asked for is ALL.
  if (given.length === 0) found.all = true;
  return { returns: found };
}

/** ` (UID FLAGS)` behind UPDATE, if it is there. */
function updateFetchAt(cursor: Cursor): { updateFetch?: FetchItem[] } {
  const { at } = cursor;
  if (cursor.take(' ') && cursor.peek() === '(') return { updateFetch: fetchItems(cursor) };
  cursor.at = at;
  return {};
}

function charsetAt(cursor: Cursor): string {
  const { at } = cursor;
  const charset = cursor.astring();
  if (!isKnownCharset(charset)) throw new SyntaxFault('the charset is not known', { at, kind: 'charset' });
  return charset;
}

/** Texts are UTF-8 for the cursor; what announces another charset is read by it. */
function keysIn(cursor: Cursor, charset: string): SearchKey {
  if (/^(utf-?8|us-ascii)$/i.test(charset)) return searchKeys(cursor, () => cursor.astring());
  return searchKeys(cursor, () => decodeCharset(cursor.octets(), charset));
}
