/**
 * What we said and a far end says back. Whoever sends mail chooses its addresses and its subject, so these are taken out of a
 * reply before its words are read: a mailbox may be called `"TSS04 deferred complaints"`, and says nothing about us.
 *
 * Two ways, one after the other. By its form: a local part in quotes, anything between angle brackets that ends as an
 * address does, a subject that stands in quotes after that word. And by what was said in that very session, word by word,
 * so that an echo is found that lost its quotes, was cut off, folded, encoded, or written in other letters.
 */

/** What an address leaves behind: it is read as `@`. */
const ADDRESS = 'x@x';
/** No local part is longer; a longer one in quotes is not taken for an address. */
const MOST_QUOTED = 320;
/** So many pieces in quotes, and so much beside each, are taken for one local part. */
const MOST_PIECES = 8;
const MOST_BESIDE = 64;
const BESIDE = /[^\s<>"@()[\],;:]/;
const BESIDE_QUOTES = new RegExp(`${BESIDE.source}{0,${MOST_BESIDE}}`, 'y');
const AT_HOST = /\s{0,4}@\s{0,4}(?:\[[^\]\s]{0,64}\]|[^\s<>"@()[\],;:]{1,255})/y;
const IN_BRACKETS = /<(?!https?:)[^<>]{1,320}@[^<>@\s]{1,255}>/gi;
/** Cut off before its quotes were closed. */
const UNCLOSED = /<"(?:(?!\.\.\.|…)[^>\n]){0,320}(?:>|\.\.\.|…|\n|$)/g;
const SUBJECT = /\bsubject\b[\s:=]{0,4}(?:"[^"\n]{0,998}"|'[^'\n]{0,998}'|\[[^\]\n]{0,998}\])/gi;

/** Without what has the form of an address or of a subject that is quoted; unquoted addresses are left to the reader of words. */
export function withoutEchoes(text: string): string {
  let read = text;
  if (read.includes('"')) {
    if (read.includes('@')) read = withoutQuotedAddresses(read);
    if (read.includes('<"')) read = read.replace(UNCLOSED, `<${ADDRESS}> `);
  }
  if (read.includes('<') && read.includes('@')) read = read.replace(IN_BRACKETS, `<${ADDRESS}>`);
  return read.includes('ubject') || read.includes('UBJECT') ? read.replace(SUBJECT, 'subject') : read;
}

/** By hand, because whoever answers may send quotes without end: each is looked at once, and what follows it is bounded. */
function withoutQuotedAddresses(text: string): string {
  const closings = closingsOf(text);
  let read = '';
  let done = 0;
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', Math.max(at + 1, done))) {
    const end = endOfQuotedAddress(text, { from: at, closings });
    if (end === undefined) continue;
    read += text.slice(done, startOfAtom(text, { done, quote: at })) + ADDRESS;
    done = end;
  }
  return done === 0 ? text : read + text.slice(done);
}

/** By place: where the quote stands that closes what is read from there on; 0 where none does, or too far away. */
function closingsOf(text: string): Uint32Array {
  const closings = new Uint32Array(text.length + 2);
  const lengths = new Uint16Array(text.length + 2);
  for (let at = text.length - 1; at > 0; at--) {
    const char = text[at];
    if (char === '"') {
      closings[at] = at;
      continue;
    }
    // A backslash and what it stands before are one.
    const next = char === '\\' ? at + 2 : at + 1;
    const length = (lengths[next] as number) + 1;
    if (length > MOST_QUOTED) continue;
    closings[at] = closings[next] as number;
    lengths[at] = length;
  }
  return closings;
}

/** Where the address ends whose local part has its first quote at `from`. */
function endOfQuotedAddress(
  text: string,
  { from, closings }: { from: number; closings: Uint32Array },
): number | undefined {
  let at = from;
  for (let pieces = 0; pieces < MOST_PIECES && text[at] === '"'; pieces++) {
    const closing = closings[at + 1] as number;
    if (closing === 0) return undefined;
    at = text[closing + 1] === '"' ? closing + 1 : (endOf(BESIDE_QUOTES, text, closing + 1) as number);
  }
  return endOf(AT_HOST, text, at);
}

function endOf(pattern: RegExp, text: string, from: number): number | undefined {
  pattern.lastIndex = from;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}

function startOfAtom(text: string, { done, quote }: { done: number; quote: number }): number {
  const first = Math.max(done, quote - MOST_BESIDE);
  let start = quote;
  while (start > first && BESIDE.test(text[start - 1] as string)) start--;
  return start;
}

const ATOM = /https?:\/\/\S+|[^\s<>"@()[\],;:]{1,64}@[a-z0-9.-]{1,255}/gi;

/** Without unquoted addresses as well, pages left as they are: for whoever reads letters, not words. */
export function withoutAddresses(text: string): string {
  return text.replace(ATOM, (found) => (/^https?:/i.test(found) ? found : ADDRESS));
}

/** An address that was said in a session, as an echo of it may read. */
interface SaidAddress {
  readonly local: string;
  readonly domain: string;
}

function partsOf(address: string): SaidAddress {
  const at = address.lastIndexOf('@');
  return at < 0
    ? { local: address, domain: '' }
    : { local: address.slice(0, at), domain: address.slice(at + 1) };
}

const ESCAPED = /(?:%[0-9a-f]{2})+/gi;

/**
 * Without the domains of what was said, where they stand alone, and with %20 and the like undone. Part of a longer name they
 * stay: `help.yahoo.com` is not `yahoo.com`.
 */
export function withoutDomains(text: string, said: readonly string[]): string {
  let read = text.includes('%') ? text.replace(ESCAPED, unescaped) : text;
  for (const { domain } of said.map(partsOf))
    if (domain.includes('.') && read.toLowerCase().includes(domain.toLowerCase()))
      read = read.replace(new RegExp(`(?<![\\w@.-])${literally(domain)}(?![\\w-]|\\.\\w)`, 'gi'), ' ');
  return read;
}

function unescaped(found: string): string {
  try {
    return decodeURIComponent(found);
  } catch {
    return ' ';
  }
}

function literally(text: string): string {
  return text.replaceAll(/[^\w\s]/g, '\\$&');
}

/** How the words of a reply were read. */
interface Reader {
  wordsOf(text: string): readonly string[];
  /** Whether this word by itself decides what a reply means. */
  isTelling(word: string): boolean;
}

/**
 * Without the local parts of what was said, wherever two words of one stand together, or one that tells something by itself
 * or has a digit, as the tokens of providers do. At its ends a run may be cut off within a word.
 */
export function withoutLocalParts(
  words: readonly string[],
  said: readonly string[],
  reader: Reader,
): readonly string[] {
  const locals = said.flatMap((address) => {
    const local = reader.wordsOf(partsOf(address).local.replaceAll(/\\(.)/g, '$1'));
    // Without its quotes the last word reads as one with the domain.
    return local.length < 2 ? [local] : [local, [...local.slice(0, -1), '@']];
  });
  const left: string[] = [];
  for (let at = 0; at < words.length; ) {
    const length = Math.max(0, ...locals.map((local) => runAt(words, at, local)));
    const word = words[at] as string;
    if (length > 1 || (length === 1 && (/\d/.test(word) || reader.isTelling(word)))) {
      at += length;
      if (left.at(-1) !== '@') left.push('@');
    } else left.push(words[at++] as string);
  }
  return left;
}

/** How many words from `at` on are of that local part. */
function runAt(words: readonly string[], at: number, local: readonly string[]): number {
  let longest = 0;
  for (let from = 0; from < local.length; from++) {
    let length = 0;
    while (isSame(words[at + length], local[from + length], length)) length++;
    const last = words[at + length];
    // Cut off within a word.
    if (length > 0 && isPart(last) && local[from + length]?.startsWith(last) === true) length++;
    longest = Math.max(longest, length);
  }
  return longest;
}

function isSame(word: string | undefined, said: string | undefined, index: number): boolean {
  if (word === undefined || said === undefined) return false;
  return word === said || (index === 0 && isPart(word) && said.endsWith(word));
}

/** Long enough to be told as what is left of a longer word. */
function isPart(word: string | undefined): word is string {
  return word !== undefined && word.length >= 3;
}

/** Without local parts that are said back whole, whatever stands between their words: for whoever reads letters, not words. */
export function withoutSaid(text: string, said: readonly string[]): string {
  let read = text;
  for (const { local } of said.map(partsOf)) {
    const words = local.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== '');
    if (words.length > 1) read = read.replace(new RegExp(words.join('[^\\p{L}\\p{N}]+'), 'giu'), ADDRESS);
  }
  return read;
}
