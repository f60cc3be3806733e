/** FETCH (RFC 9051 6.4.5) with BINARY, CONDSTORE, QRESYNC, OBJECTID, PARTIAL, PREVIEW and SAVEDATE. */
import type { Section } from '../../mime/section.ts';
import type { Cursor } from '../cursor.ts';
import { type PartialRange, partialRange } from './partial.ts';
import type { SequenceSet } from '../sequence-set.ts';

/** Octets from `offset` on, `count` of them at most. */
export interface Partial {
  readonly offset: number;
  readonly count: number;
}

const PLAIN_ITEMS = [
  'ENVELOPE',
  'FLAGS',
  'INTERNALDATE',
  'RFC822',
  'RFC822.HEADER',
  'RFC822.SIZE',
  'RFC822.TEXT',
  'BODY',
  'BODYSTRUCTURE',
  'UID',
  'MODSEQ',
  'EMAILID',
  'THREADID',
  'SAVEDATE',
] as const;

export type FetchItem =
  | { readonly kind: (typeof PLAIN_ITEMS)[number] }
  | { readonly kind: 'PREVIEW'; readonly lazy: boolean }
  | {
      readonly kind: 'BODY[]';
      /** Without setting \Seen. */
      readonly peek: boolean;
      readonly section: Section;
      readonly partial?: Partial;
    }
  /** RFC 3516: the part with these numbers, decoded; an empty path is the whole message. */
  | {
      readonly kind: 'BINARY';
      readonly peek: boolean;
      readonly path: readonly number[];
      readonly partial?: Partial;
    }
  | { readonly kind: 'BINARY.SIZE'; readonly path: readonly number[] };

export interface FetchCommand {
  readonly verb: 'FETCH' | 'UID FETCH';
  readonly set: SequenceSet;
  /** Macros are written out, and nothing stands twice that has no section. */
  readonly items: readonly FetchItem[];
  /** RFC 7162 3.1.4.1. */
  readonly changedSince?: number;
  /** RFC 7162 3.2.6: UID FETCH only, and with CHANGEDSINCE. */
  readonly vanished: boolean;
  /** RFC 9394 3.3: UID FETCH only. */
  readonly page?: PartialRange;
}

const FAST: readonly FetchItem[] = [{ kind: 'FLAGS' }, { kind: 'INTERNALDATE' }, { kind: 'RFC822.SIZE' }];
const ALL: readonly FetchItem[] = [...FAST, { kind: 'ENVELOPE' }];
const MACROS = new Map<string, readonly FetchItem[]>([
  ['FAST', FAST],
  ['ALL', ALL],
  ['FULL', [...ALL, { kind: 'BODY' }]],
]);
/** RFC 9051 section 9: a part deeper than messages are read does not exist; this only bounds the list. */
const MAX_PATH = 100;

export function fetch(cursor: Cursor, verb: string): FetchCommand {
  cursor.space();
  const set = cursor.sequenceSet();
  cursor.space();
  const items = fetchItems(cursor);
  let changedSince: number | undefined;
  let vanished = false;
  let page: PartialRange | undefined;
  if (cursor.take(' ')) {
    cursor.list(() => {
      const word = cursor.keyword();
      if (word === 'VANISHED') vanished = true;
      else if (word === 'CHANGEDSINCE') {
        cursor.space();
        changedSince = cursor.number64();
      } else if (word === 'PARTIAL' && page === undefined) page = partialRange(cursor);
      else cursor.fail(`FETCH does not know the modifier ${word.slice(0, 40)}`);
    });
  }
  if (vanished && (verb !== 'UID FETCH' || changedSince === undefined))
    cursor.fail('VANISHED is for UID FETCH with CHANGEDSINCE (RFC 7162 3.2.6)');
  if (page !== undefined && verb !== 'UID FETCH') cursor.fail('PARTIAL is for UID FETCH (RFC 9394 3.3)');
  return {
    verb: verb as 'FETCH',
    set,
    items,
    vanished,
    ...(changedSince === undefined ? {} : { changedSince }),
    ...(page === undefined ? {} : { page }),
  };
}

/** A macro, one item, or a list of items; NOTIFY has the same. */
export function fetchItems(cursor: Cursor): FetchItem[] {
  const macro = MACROS.get(cursor.peekKeyword());
  if (macro !== undefined) {
    cursor.keyword();
    return [...macro];
  }
  const items = cursor.listOrOne(() => fetchItem(cursor));
  const seen = new Set<string>();
  return items.filter((item) => {
    const key = 'path' in item || 'section' in item ? JSON.stringify(item) : item.kind;
    return !seen.has(key) && seen.add(key);
  });
}

function fetchItem(cursor: Cursor): FetchItem {
  const word = cursor.keyword();
  switch (word) {
    case 'BODY':
      return cursor.peek() === '[' ? bodySection(cursor, { peek: false }) : { kind: 'BODY' };
    case 'BODY.PEEK':
      return bodySection(cursor, { peek: true });
    case 'BINARY':
      return binary(cursor, { peek: false });
    case 'BINARY.PEEK':
      return binary(cursor, { peek: true });
    case 'BINARY.SIZE':
      return { kind: 'BINARY.SIZE', path: bracketedPath(cursor) };
    case 'PREVIEW':
      return { kind: 'PREVIEW', lazy: lazyAt(cursor) };
    default: {
      const kind = PLAIN_ITEMS.find((item) => item === word);
      return kind === undefined ? cursor.fail(`FETCH does not know ${word.slice(0, 40)}`) : { kind };
    }
  }
}

/** ` (LAZY)`, which is told from the modifiers of the whole command by its word (RFC 8970 3.2). */
function lazyAt(cursor: Cursor): boolean {
  const { at } = cursor;
  if (cursor.take(' ') && cursor.take('(') && cursor.takeKeyword('LAZY') && cursor.take(')')) return true;
  cursor.at = at;
  return false;
}

function bodySection(cursor: Cursor, { peek }: { peek: boolean }): FetchItem {
  cursor.expect('[');
  const section = sectionAt(cursor);
  cursor.expect(']');
  return { kind: 'BODY[]', peek, section, ...partialAt(cursor) };
}

function binary(cursor: Cursor, { peek }: { peek: boolean }): FetchItem {
  return { kind: 'BINARY', peek, path: bracketedPath(cursor), ...partialAt(cursor) };
}

function bracketedPath(cursor: Cursor): number[] {
  cursor.expect('[');
  const path: number[] = [];
  while (!cursor.take(']')) {
    if (path.length > 0) cursor.expect('.');
    addNumber(cursor, path);
  }
  return path;
}

function addNumber(cursor: Cursor, path: number[]): void {
  if (path.length >= MAX_PATH) cursor.fail(`a part has at most ${MAX_PATH} numbers`);
  path.push(cursor.nzNumber());
}

/** What stands between the brackets of BODY[…], or behind `section=` in a URL. */
export function sectionAt(cursor: Cursor): Section {
  const path: number[] = [];
  while (/\d/.test(cursor.peek())) {
    addNumber(cursor, path);
    if (!cursor.take('.')) return { kind: 'whole', path };
  }
  if (path.length === 0 && /^\]?$/.test(cursor.peek())) return { kind: 'whole', path };
  const word = cursor.keyword();
  switch (word) {
    case 'HEADER':
    case 'TEXT':
      return { kind: word === 'TEXT' ? 'text' : 'header', path };
    case 'MIME':
      return path.length === 0 ? cursor.fail('MIME needs the number of a part') : { kind: 'mime', path };
    case 'HEADER.FIELDS':
    case 'HEADER.FIELDS.NOT': {
      cursor.space();
      const names = cursor.list(() => cursor.astring());
      if (names.length === 0) cursor.fail('the list of fields is empty');
      return { kind: 'fields', path, names, not: word === 'HEADER.FIELDS.NOT' };
    }
    default:
      return cursor.fail(`there is no section ${word.slice(0, 40)}`);
  }
}

function partialAt(cursor: Cursor): { partial?: Partial } {
  if (!cursor.take('<')) return {};
  const offset = cursor.number();
  cursor.expect('.');
  const count = cursor.nzNumber();
  cursor.expect('>');
  return { partial: { offset, count } };
}
