/**
 * Phrases, as the rules write them, and one pass over a reply that finds which of them it says.
 *
 * A reply is read as words: letters and digits in lower case, accents and apostrophes off, everything between them a
 * gap. Only after an article that lost its vowel an apostrophe is a gap as well: `l'adresse` is two words, `doesn't` one.
 * `#` stands for an IP address, `@` for a mail address. Its own code and enhanced code are left out wherever they
 * stand, so that a reply of several lines reads as one sentence.
 *
 *     user unknown            these words, one after the other
 *     user|mailbox unknown    either
 *     block*                  any word that begins so
 *     user is? unknown        perhaps with "is"
 *     user … unknown          with up to eight words between
 *
 * Each phrase waits under its rarest word, so that a reply costs about one look-up a word however many phrases there are.
 */

/** Of a long reply its beginning and its end are read: what it means stands in the one, where to ask often in the other. */
const READ = { first: 384, last: 128 };
const MOST_WORD = 40;
const MOST_GAP = 8;
/** The shortest beginning that `block*` may name, and the longest that is looked up. */
const PREFIX = { least: 2, most: 14 };
/** Words of which it is kept what there is to know: a bit for each matcher, some 230 octets. */
const MOST_REMEMBERED = 20_000;

export interface Words {
  readonly words: readonly string[];
  /** The first RFC 3463 code that stands in the text. */
  readonly enhanced: string | undefined;
}

const ENHANCED = /^[245]\.\d{1,3}\.\d{1,3}$/;
const ADDRESS = /^\d{1,3}(\.\d{1,3}){3}$/;
const IPV6 = /(?<![\w:])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?![\w:])/gi;
const BEYOND_ASCII = /[^\0-\x7f]/;
const MARKS = /\p{M}+/gu;
/** Letters that NFKD leaves whole, and what people write for them without marks. */
const LETTERS: Readonly<Record<string, string>> = {
  ...{ ł: 'l', Ł: 'L', ø: 'o', Ø: 'O', đ: 'd', Đ: 'D', ı: 'i' },
  ...{ ß: 'ss', æ: 'ae', Æ: 'AE', œ: 'oe', Œ: 'OE' },
};
const ONE_OF_LETTERS = new RegExp(`[${Object.keys(LETTERS).join('')}]`, 'g');

/** The words of a reply. */
export function wordsOf(text: string, code = ''): Words {
  let read = bounded(text);
  if (BEYOND_ASCII.test(read)) {
    read = bounded(withoutMarks(read));
  }
  if (hasColonsTogether(read)) read = read.replace(IPV6, (found) => (isIpv6(found) ? '0.0.0.0' : found));
  return split(read.toLowerCase(), code);
}

function withoutMarks(text: string): string {
  const plain = text.normalize('NFKD').replace(MARKS, '').replaceAll(/[’ʼ]/g, "'");
  return plain.replace(ONE_OF_LETTERS, (letter) => LETTERS[letter] ?? letter);
}

/** A time of day has colons as well. */
export function isIpv6(text: string): boolean {
  return (text.includes('::') && text.length > 2) || text.split(':').length === 8;
}

function bounded(text: string): string {
  const { first, last } = READ;
  return text.length <= first + last ? text : `${text.slice(0, first)} ${text.slice(-last)}`;
}

/** Two colons with at most four characters between them: perhaps an IPv6 address. */
function hasColonsTogether(text: string): boolean {
  let before = -6;
  for (let at = text.indexOf(':'); at >= 0; at = text.indexOf(':', at + 1)) {
    if (at - before <= 5) return true;
    before = at;
  }
  return false;
}

function split(text: string, code: string): Words {
  const words: string[] = [];
  let enhanced: string | undefined;
  /** Where what may be the local part of an address began, in words. */
  let atom = 0;
  let at = 0;
  while (at < text.length) {
    const char = text.charCodeAt(at);
    if (isWord(char)) {
      const end = isDigit(char) ? endOfNumber(text, at) : endOfWord(text, at);
      const word = text.slice(at, end);
      at = end;
      if (isDigit(char) && word.includes('.')) {
        if (ADDRESS.test(word)) words.push('#');
        else if (ENHANCED.test(word)) enhanced ??= word;
        else words.push(...word.split('.').filter((part) => part !== ''));
      } else if (word !== code && word.length <= MOST_WORD) {
        if (word.includes("'")) words.push(...parted(word).split(' '));
        else words.push(word);
      }
      continue;
    }
    if (char === AT && at > 0 && isLocalEnd(text.charCodeAt(at - 1)) && isWord(text.charCodeAt(at + 1))) {
      words.length = Math.min(words.length, atom);
      words.push('@');
      at = endOfDomain(text, at + 1);
      atom = words.length;
      continue;
    }
    const twoDots = char === DOT && text.charCodeAt(at + 1) === DOT;
    if (twoDots || !isInLocalPart(char)) atom = words.length;
    at++;
  }
  return { words, enhanced };
}

/** Articles and the like that lose their vowel before the word that they belong to; of English no word begins so. */
const ELIDED = new Set(
  'l d n s qu j c m t jusqu lorsqu puisqu quelqu un dell all nell sull dall quell quest'.split(' '),
);

/** `l'adresse` is two words, `doesn't` is one. */
function parted(text: string): string {
  return text.replace(/([^\s'|]+)'(?=[^\s'|])/g, (_, head: string) => (ELIDED.has(head) ? `${head} ` : head));
}

const AT = 0x40;
const APOSTROPHE = 0x27;
const DOT = 0x2e;

function isDigit(char: number): boolean {
  return char >= 0x30 && char <= 0x39;
}

/** Letters and digits; beyond ASCII everything that is not known to be a mark counts as a letter. */
function isWord(char: number): boolean {
  return (char >= 0x61 && char <= 0x7a) || isDigit(char) || (char >= 0xc0 && !isMark(char));
}

/** General punctuation, arrows and signs; punctuation of scripts without spaces. */
function isMark(char: number): boolean {
  return (char >= 0x2000 && char <= 0x2bff) || (char >= 0x3000 && char <= 0x303f);
}

/** Scripts that are written without spaces: each character is a word. */
function isIdeograph(char: number): boolean {
  return char >= 0x3040 && char <= 0x9fff;
}

function isLocalEnd(char: number): boolean {
  return isWord(char) || isInLocalPart(char);
}

/** Marks that join words to one local part (RFC 5321 4.1.2, atext), by their codes. */
const JOINS = new Uint8Array(128);
for (const mark of "!#$%&'*+-./=?^_`{|}~") JOINS[mark.charCodeAt(0)] = 1;

function isInLocalPart(char: number): boolean {
  return JOINS[char] === 1;
}

function endOfWord(text: string, from: number): number {
  if (isIdeograph(text.charCodeAt(from))) return from + 1;
  let end = from + 1;
  for (; end < text.length; end++) {
    const char = text.charCodeAt(end);
    if (isWord(char) && !isIdeograph(char)) continue;
    // Only between letters: the word in quotes ends at its quote.
    if (char !== APOSTROPHE || !isWord(text.charCodeAt(end + 1))) break;
  }
  return end;
}

/** With its dots, when it is a number all through; otherwise a word that begins with a digit. */
function endOfNumber(text: string, from: number): number {
  let end = from;
  for (; end < text.length; end++) {
    const char = text.charCodeAt(end);
    if (isDigit(char)) continue;
    if (char !== DOT || !isDigit(text.charCodeAt(end + 1))) break;
  }
  return isWord(text.charCodeAt(end)) && !text.slice(from, end).includes('.') ? endOfWord(text, from) : end;
}

function endOfDomain(text: string, from: number): number {
  let end = from;
  for (; end < text.length; end++) {
    const char = text.charCodeAt(end);
    if (!isWord(char) && char !== DOT && char !== 0x2d) break;
  }
  return end;
}

/** One word of a phrase: any of these. */
interface Matcher {
  readonly exact: readonly string[];
  readonly prefixes: readonly string[];
}

/** Words without a gap between them, by the numbers of their matchers. */
type Run = readonly number[];

interface Phrase {
  readonly id: number;
  readonly runs: readonly Run[];
}

/** Where a phrase is looked for: at its rarest word. */
interface Anchor extends Phrase {
  /** The others of its run: how far from it, and which matcher, one pair after the other. */
  readonly beside: readonly number[];
  /** One of each of the other runs. */
  readonly elsewhere: readonly number[];
}

/** What there is to know of a word: the matchers that it satisfies, a bit each, and the phrases whose rarest word it may be. */
interface KnownWord {
  readonly matchers: Uint32Array;
  readonly anchors: readonly Anchor[];
}

/** A mistake in a phrase, in a sentence. */
export class PhraseError extends Error {}

/** What is wrong with a phrase, as a sentence; nothing when it can be said. */
export function phraseMistake(written: string): string | undefined {
  try {
    new PhraseBook().add(written);
    return undefined;
  } catch (error) {
    if (error instanceof PhraseError) return error.message;
    throw error;
  }
}

/** All phrases there are; each call of `add` makes a phrase known and returns its number, alike phrases alike. */
export class PhraseBook {
  readonly #matchers = new Map<string, number>();
  readonly #byWord = new Map<string, number[]>();
  readonly #byPrefix = new Map<string, number[]>();
  readonly #phrases: Phrase[] = [];
  readonly #known = new Map<string, readonly number[]>();
  /** By matcher: the phrases that are looked for there. Worked out once, when the last phrase was added. */
  #anchors: readonly (readonly Anchor[])[] | undefined;
  /** Of a word that satisfies none. */
  #unknown: KnownWord = { matchers: new Uint32Array(0), anchors: [] };
  readonly #remembered = new Map<string, KnownWord>();

  /** The phrases that a line stands for: more than one when it has words that may be left out. */
  add(written: string): readonly number[] {
    const known = this.#known.get(written);
    if (known !== undefined) return known;
    const plain = parted(withoutMarks(written)).replaceAll('...', GAP);
    const added = expand(plain).map((words) => this.#addOne(words));
    this.#known.set(written, added);
    this.#anchors = undefined;
    return added;
  }

  get size(): number {
    return this.#phrases.length;
  }

  #addOne(words: readonly string[]): number {
    const all: number[][] = [[]];
    for (const word of words) {
      if (word === GAP) all.push([]);
      else (all.at(-1) as number[]).push(this.#matcher(word));
    }
    // A gap at an end says nothing.
    const runs = all.filter((run) => run.length > 0);
    if (runs.length === 0)
      throw new PhraseError(`"${words.join(' ')}" is no phrase: it needs a word that must be there`);
    const id = this.#phrases.length;
    this.#phrases.push({ id, runs });
    return id;
  }

  #matcher(word: string): number {
    const known = this.#matchers.get(word);
    if (known !== undefined) return known;
    const id = this.#matchers.size;
    this.#matchers.set(word, id);
    const { exact, prefixes } = parseWord(word);
    for (const one of exact) push(this.#byWord, one, id);
    for (const one of prefixes) push(this.#byPrefix, one, id);
    return id;
  }

  /** Calls `found` with the number of each phrase that these words say, in no order, and perhaps more than once. */
  find({ words }: Pick<Words, 'words'>, found: (phrase: number) => void): void {
    const anchorsOf = (this.#anchors ??= this.#anchored());
    const said = words.map((word) => this.#wordOf(word, anchorsOf));
    const asked = new Set<Anchor>();
    for (let at = 0; at < said.length; at++) {
      for (const anchor of (said[at] as KnownWord).anchors) {
        if (!hasBeside(said, at, anchor)) continue;
        if (anchor.runs.length === 1) found(anchor.id);
        // Once, however often its rarest word is said.
        else if (!asked.has(anchor)) {
          asked.add(anchor);
          // Most that are not said lack a word of another run.
          const { id, runs, elsewhere } = anchor;
          if (elsewhere.every((matcher) => isSaid(said, matcher)) && says(said, runs)) found(id);
        }
      }
    }
  }

  /** Each phrase is looked for at the rarest of its words: the one whose ways to be written stand in the fewest phrases. */
  #anchored(): readonly (readonly Anchor[])[] {
    const weights = this.#weights();
    const anchors: Anchor[][] = weights.map(() => []);
    const weightOf = (matcher: number): number => weights[matcher] ?? 0;
    for (const phrase of this.#phrases) {
      const rarest = phrase.runs
        .flat()
        .reduce((least, one) => (weightOf(one) < weightOf(least) ? one : least));
      const run = phrase.runs.find((one) => one.includes(rarest)) as Run;
      const at = run.indexOf(rarest);
      const beside = run.flatMap((matcher, index) => (index === at ? [] : [index - at, matcher]));
      const elsewhere = phrase.runs.filter((one) => one !== run).map((one) => one[0] as number);
      (anchors[rarest] as Anchor[]).push({ ...phrase, beside, elsewhere });
    }
    this.#remembered.clear();
    this.#unknown = this.#ofMatchers([], anchors);
    return anchors;
  }

  /** By matcher: how likely it is to be met, by how many phrases have its words. */
  #weights(): number[] {
    const weights = new Array<number>(this.#matchers.size).fill(0);
    const uses = new Array<number>(this.#matchers.size).fill(0);
    for (const { runs } of this.#phrases)
      for (const matcher of new Set(runs.flat())) uses[matcher] = (uses[matcher] ?? 0) + 1;
    const add = (words: ReadonlyMap<string, readonly number[]>, times: number): void => {
      for (const matchers of words.values()) {
        const phrases = matchers.reduce((total, matcher) => total + (uses[matcher] ?? 0), 0);
        for (const matcher of matchers) weights[matcher] = (weights[matcher] ?? 0) + times * phrases;
      }
    };
    add(this.#byWord, 1);
    add(this.#byPrefix, 3);
    return weights;
  }

  #wordOf(word: string, anchorsOf: readonly (readonly Anchor[])[]): KnownWord {
    const remembered = this.#remembered.get(word);
    if (remembered !== undefined) return remembered;
    const matchers = [...(this.#byWord.get(word) ?? [])];
    const most = Math.min(word.length, PREFIX.most);
    for (let length = PREFIX.least; length <= most; length++) {
      const more = this.#byPrefix.get(word.slice(0, length));
      if (more !== undefined) matchers.push(...more);
    }
    const known = matchers.length === 0 ? this.#unknown : this.#ofMatchers([...new Set(matchers)], anchorsOf);
    if (this.#remembered.size >= MOST_REMEMBERED) this.#remembered.clear();
    this.#remembered.set(word, known);
    return known;
  }

  #ofMatchers(matchers: readonly number[], anchorsOf: readonly (readonly Anchor[])[]): KnownWord {
    const bits = new Uint32Array((this.#matchers.size + 31) >>> 5);
    for (const matcher of matchers) bits[matcher >>> 5] = (bits[matcher >>> 5] ?? 0) | (1 << (matcher & 31));
    return { matchers: bits, anchors: matchers.flatMap((matcher) => anchorsOf[matcher] ?? []) };
  }
}

const GAP = '…';
const MOST_OPTIONAL = 4;

/** Every way to write a phrase whose optional words are there or not. */
function expand(written: string): readonly string[][] {
  const words = written.trim().split(/\s+/);
  const unclear = words.find((word) => word.includes('|') && word.includes('?'));
  if (unclear !== undefined)
    throw new PhraseError(`"${unclear}" is unclear: ? belongs to a word that stands alone`);
  const optional = words.filter((word) => word.endsWith('?')).length;
  if (optional > MOST_OPTIONAL)
    throw new PhraseError(`"${written}" has more than ${MOST_OPTIONAL} optional words`);
  return words.reduce<string[][]>(
    (ways, word) => {
      if (!word.endsWith('?')) return ways.map((way) => [...way, word]);
      return ways.flatMap((way) => [way, [...way, word.slice(0, -1)]]);
    },
    [[]],
  );
}

function parseWord(word: string): Matcher {
  const parts = word.split('|');
  const wrong = parts.find((part) => !/^(#|@|[^\x00-\x2f\x3a-\x60\x7b-\x7f]+\*?)$/.test(part));
  if (wrong !== undefined) {
    throw new PhraseError(
      `"${wrong}" is no word: write letters and digits in lower case, # for an IP address, @ for a mail address, * at the end for any ending`,
    );
  }
  const short = parts.find(
    (part) => part.endsWith('*') && (part.length <= PREFIX.least || part.length > PREFIX.most + 1),
  );
  if (short !== undefined) {
    throw new PhraseError(`"${short}" has ${PREFIX.least} to ${PREFIX.most} letters before the *`);
  }
  return {
    exact: parts.filter((part) => !part.endsWith('*')),
    prefixes: parts.filter((part) => part.endsWith('*')).map((part) => part.slice(0, -1)),
  };
}

function push(map: Map<string, number[]>, key: string, value: number): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}

function says(said: readonly KnownWord[], runs: readonly Run[]): boolean {
  const first = runs[0] as Run;
  for (let at = 0; at <= said.length - first.length; at++) {
    if (hasRun(said, first, at) && follow(said, runs, { run: 1, from: at + first.length })) return true;
  }
  return false;
}

function follow(
  said: readonly KnownWord[],
  runs: readonly Run[],
  { run, from }: { run: number; from: number },
): boolean {
  const next = runs[run];
  if (next === undefined) return true;
  const last = Math.min(said.length - next.length, from + MOST_GAP);
  for (let at = from; at <= last; at++) {
    if (hasRun(said, next, at) && follow(said, runs, { run: run + 1, from: at + next.length })) return true;
  }
  return false;
}

function hasRun(said: readonly KnownWord[], run: Run, from: number): boolean {
  for (let index = 0; index < run.length; index++)
    if (!isOneOf(said[from + index] as KnownWord, run[index] as number)) return false;
  return true;
}

function hasBeside(said: readonly KnownWord[], at: number, { beside }: Anchor): boolean {
  for (let index = 0; index < beside.length; index += 2) {
    const place = at + (beside[index] as number);
    if (place < 0 || place >= said.length) return false;
    if (!isOneOf(said[place] as KnownWord, beside[index + 1] as number)) return false;
  }
  return true;
}

function isSaid(said: readonly KnownWord[], matcher: number): boolean {
  for (const word of said) if (isOneOf(word, matcher)) return true;
  return false;
}

function isOneOf(word: KnownWord, matcher: number): boolean {
  return ((word.matchers[matcher >>> 5] ?? 0) & (1 << (matcher & 31))) !== 0;
}
