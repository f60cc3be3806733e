/**
 * Flags of an item in one number: the system flags (RFC 9051 2.3.2) are its lowest bits, the keywords of its mailbox those
 * above, in the order in which they were first used there. Below 2^53, so that it is exact as a JavaScript number; `&` of
 * such a number sees its lower 32 bits as they are.
 */

export const ANSWERED = 1;
export const FLAGGED = 2;
export const DELETED = 4;
export const SEEN = 8;
export const DRAFT = 16;

const SYSTEM = [
  ['\\Answered', ANSWERED],
  ['\\Flagged', FLAGGED],
  ['\\Deleted', DELETED],
  ['\\Seen', SEEN],
  ['\\Draft', DRAFT],
] as const;
const SYSTEM_BITS = 5;
const SYSTEM_VALUES = 2 ** SYSTEM_BITS;

/** Keywords of one mailbox at most: those that its items ever had. */
export const MAX_KEYWORDS = 48;
/** Of one keyword, octets. */
export const MAX_KEYWORD_LENGTH = 64;
/** An atom (RFC 9051 9: `flag-keyword`). */
const KEYWORD = /^[!#$&'+,\-./0-9:;<=>?@A-Z[^_`a-z|}~]+$/;

export interface FlagSet {
  /** Of the system flags. */
  readonly system: number;
  readonly keywords: readonly string[];
}

export const NO_FLAGS: FlagSet = { system: 0, keywords: [] };

/** The flags that a client named; the first that is none, where there is one. `\Recent` is not for clients to set. */
export function toFlagSet(names: Iterable<string>): FlagSet | { readonly unknown: string } {
  let system = 0;
  const keywords = new Map<string, string>();
  for (const name of names) {
    if (!name.startsWith('\\')) {
      if (!isKeyword(name)) return { unknown: name };
      const key = name.toLowerCase();
      if (!keywords.has(key)) keywords.set(key, name);
      continue;
    }
    const known = SYSTEM.find(([flag]) => flag.toLowerCase() === name.toLowerCase());
    if (known === undefined) return { unknown: name };
    system |= known[1];
  }
  return { system, keywords: [...keywords.values()] };
}

export function isKeyword(name: string): boolean {
  return name.length <= MAX_KEYWORD_LENGTH && KEYWORD.test(name);
}

/** The names of an item's flags. `keywords`: of its mailbox. */
export function flagNames(flags: number, keywords: readonly string[]): string[] {
  const names: string[] = SYSTEM.filter(([, bit]) => (flags & bit) !== 0).map(([name]) => name);
  let rest = Math.floor(flags / SYSTEM_VALUES);
  for (let index = 0; rest > 0; index++, rest = Math.floor(rest / 2))
    if (rest % 2 === 1) names.push(keywords[index] as string);
  return names;
}

/** The keywords of a mailbox once it has these too, in any case of letters; undefined past the limit. */
export function withKeywords(
  keywords: readonly string[],
  more: readonly string[],
): readonly string[] | undefined {
  const missing = new Map<string, string>();
  for (const name of more) {
    const key = name.toLowerCase();
    if (!missing.has(key) && indexOf(keywords, name) < 0) missing.set(key, name);
  }
  if (missing.size === 0) return keywords;
  return keywords.length + missing.size > MAX_KEYWORDS ? undefined : [...keywords, ...missing.values()];
}

/** The number of a set; every keyword of it is one of the mailbox. */
export function toBits({ system, keywords }: FlagSet, ofMailbox: readonly string[]): number {
  return keywords.reduce((bits, name) => {
    const index = indexOf(ofMailbox, name);
    if (index < 0) throw new Error(`the mailbox has no keyword ${name}`);
    return bits + SYSTEM_VALUES * 2 ** index;
  }, system);
}

/** The flags of an item as another mailbox writes them, whose keywords are those of `withKeywords`. */
export function translate(flags: number, from: readonly string[], to: readonly string[]): number {
  const keywords = flagNames(flags, from).filter((name) => !name.startsWith('\\'));
  return toBits({ system: flags % SYSTEM_VALUES, keywords }, to);
}

/** Keywords that some item of these flags has. */
export function usedKeywords(flags: Iterable<number>, keywords: readonly string[]): string[] {
  const used = new Set<string>();
  for (const one of new Set(flags))
    for (const name of flagNames(one, keywords)) if (!name.startsWith('\\')) used.add(name);
  return [...used];
}

/** Up to here `|` and `&` see a number as it is. */
const INT_MAX = 0x7fffffff;

export type FlagChange = 'add' | 'remove' | 'replace';

/** What becomes of an item's flags; `bits`: of the set that a client named. */
export function changed(flags: number, change: FlagChange, bits: number): number {
  if (change === 'replace') return bits;
  // Fewer than 27 keywords, as nearly everywhere: no halves to be put together.
  if (flags <= INT_MAX && bits <= INT_MAX) return change === 'add' ? flags | bits : flags & ~bits;
  const high = (value: number): number => Math.floor(value / 2 ** 32);
  const [low, up] =
    change === 'add'
      ? [(flags | bits) >>> 0, (high(flags) | high(bits)) >>> 0]
      : [(flags & ~bits) >>> 0, (high(flags) & ~high(bits)) >>> 0];
  return up * 2 ** 32 + low;
}

function indexOf(keywords: readonly string[], name: string): number {
  const key = name.toLowerCase();
  return keywords.findIndex((keyword) => keyword.toLowerCase() === key);
}
