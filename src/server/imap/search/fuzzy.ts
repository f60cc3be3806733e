/**
 * FUZZY (RFC 6203): what a text key means when it is not to be taken literally, and how well each message found fits.
 *
 * A text becomes its words, wherever they stand and in whatever order; of a long word the end may differ (`reports` finds
 * `reporting`). Each is an ordinary key again, so that what searches have learnt of messages serves these as well. A message
 * fits best when it has the text as it was written, less when it has all its words, least when it has their beginnings.
 */
import type { SearchKey } from '../../../wire/imap/grammar/search-key.ts';
import { folded } from './folded.ts';

/** Words of one text that are looked for. */
const MAX_WORDS = 16;
/** From so many letters on the last of a word may differ, and from so many the last two. */
const ONE_MAY_DIFFER = 5;
const TWO_MAY_DIFFER = 7;

export type Looseness = 'as written' | 'by words' | 'by beginnings';

type TextKey = Extract<SearchKey, { text: string }>;

export function isFuzzy(key: SearchKey): boolean {
  if (key.kind === 'fuzzy') return true;
  if ('keys' in key) return key.keys.some(isFuzzy);
  return 'key' in key && isFuzzy(key.key);
}

/** The key without FUZZY: what it is about is looked for so loosely. */
export function loosened(key: SearchKey, how: Looseness): SearchKey {
  return rewritten(key, (text) => text, how);
}

function rewritten(key: SearchKey, text: (key: TextKey) => SearchKey, how: Looseness): SearchKey {
  if (key.kind === 'fuzzy') return rewritten(key.key, (one) => byText(one, how), how);
  if ('keys' in key) return { ...key, keys: key.keys.map((one) => rewritten(one, text, how)) };
  if ('key' in key) return { ...key, key: rewritten(key.key, text, how) };
  return 'text' in key ? text(key) : key;
}

function byText(key: TextKey, how: Looseness): SearchKey {
  const words = how === 'as written' ? [] : wordsOf(key.text);
  if (words.length === 0) return key;
  const keys = words.map((word) => ({ ...key, text: how === 'by words' ? word : beginningOf(word) }));
  return { kind: 'and', keys };
}

/** Folded, each once; a text of nothing but signs has none. */
function wordsOf(text: string): string[] {
  return [...new Set(folded(text).match(/[\p{L}\p{N}]+/gu))].slice(0, MAX_WORDS);
}

/** What does not end as words do, such as numbers and ideographs, stays whole. */
function beginningOf(word: string): string {
  if (!/^[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}]+$/u.test(word)) return word;
  const left = word.length >= TWO_MAY_DIFFER ? 2 : word.length >= ONE_MAY_DIFFER ? 1 : 0;
  return word.slice(0, word.length - left);
}
