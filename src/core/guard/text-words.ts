/**
 * The words of a text that do not change from copy to copy, as numbers. By the usual rules what has figures in it, addresses,
 * links, the recipients' own names, quotations and signatures are left out; where nothing is left then, less is.
 *
 * Octets of UTF-8, or of Latin-1 where they cannot be UTF-8. A word is a run of letters, whatever nobody sees between them;
 * large and small, accents and letters that look alike make no difference (`letters.ts`). Of scripts without spaces each two
 * letters that stand together are a word. One pass over the octets.
 */
import { MAX_LOOKED_AT_BYTES } from '../../wire/mime/text-parts.ts';
import { isLetter, isWithoutSpaces, KINDS, letterOf } from './letters.ts';

/** The first of a text are enough to know it by. */
const MAX_WORDS = 200;

/** What counts, and where the words are put: this runs for each submission, and one text at a time. */
export interface Rules {
  readonly into: Int32Array;
  /** What each octet is (`letters.ts`); `WIDE` is the beginning of a character past ASCII. */
  readonly kinds: Uint8Array;
  /** Letters of the shortest word. */
  readonly leastLetters: number;
  readonly quotations: 'counted' | 'left out';
  readonly addresses: 'counted' | 'left out';
}

const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const HYPHEN = 0x2d;
const DOT = 0x2e;
const SLASH = 0x2f;
const COLON = 0x3a;
const LESS = 0x3c;
const QUOTE = 0x3e;
const AT = 0x40;
const DELETE = 0x7f;
const ASCII_END = 0x80;
const FNV = 0x01000193;
/** As 32 bits with a sign: what begins as a larger number is reckoned with as a float in each step. */
const START = 0x811c9dc5 | 0;
/** Of this module: what is exported or imported costs a read in each step of the loop. */
const { BETWEEN_WORDS, WHITE, FIGURE, NOTHING } = KINDS;
const WIDE = 5;
/** The small letter of each octet that is one of ASCII, and zero of others. */
const SMALL = Uint8Array.from({ length: 256 }, (_, code) => {
  const letter = code | SPACE;
  return code < ASCII_END && letter >= 0x61 && letter <= 0x7a ? letter : 0;
});
/** Control characters are seen as nothing; in text that was UTF-16 and does not say so, every other octet is NUL. */
const KIND = Uint8Array.from({ length: 256 }, (_, code) => {
  if (code >= ASCII_END) return WIDE;
  if (code >= 0x30 && code <= 0x39) return FIGURE;
  if (code === SPACE || (code >= TAB && code <= CR)) return WHITE;
  return code < SPACE || code === DELETE ? NOTHING : BETWEEN_WORDS;
});
/** Figures and `@` do not even end a word. */
const KIND_OF_ALL = KIND.map((kind, code) => (kind === FIGURE || code === AT ? NOTHING : kind));

export const USUAL: Rules = {
  into: new Int32Array(MAX_WORDS),
  kinds: KIND,
  leastLetters: 2,
  quotations: 'left out',
  addresses: 'left out',
};
/** With quotations and what comes after the line of a signature. */
export const WITH_QUOTATIONS: Rules = { ...USUAL, into: new Int32Array(MAX_WORDS), quotations: 'counted' };
/** Of its own text nothing is left out but figures themselves, names, and links, of which the domain is known anyway. */
export const ALL_OF_ITS_OWN: Rules = {
  ...USUAL,
  into: new Int32Array(MAX_WORDS),
  kinds: KIND_OF_ALL,
  leastLetters: 1,
  addresses: 'counted',
};
/** Of quotations neither. */
export const ALL: Rules = { ...ALL_OF_ITS_OWN, quotations: 'counted' };

/** The text that is looked at, with a line end behind it. */
const OCTETS = Buffer.alloc(MAX_LOOKED_AT_BYTES + 1);

export interface Words {
  /** In `rules.into`, and valid as long as that. */
  readonly words: Int32Array;
  /** How many words and tokens beside them were left out, for a figure or as an address. */
  readonly leftOut: number;
  /** How many of the words only introduce a quotation that is left out. */
  readonly introducing: number;
}

/** `names`: `wordHash` of words that only address somebody. */
export function wordsOf(text: Buffer, names: readonly number[], rules: Rules): Words {
  const length = text.copy(OCTETS, 0, 0, MAX_LOOKED_AT_BYTES);
  OCTETS[length] = LF;
  // Most words are not even nearly a name.
  let near = 0;
  for (const name of names) near |= 1 << (name & 31);
  let count = 0;
  let leftOut = 0;
  let introducing = 0;
  const above = { last: -1, previous: -1 };
  let [lastCount, previousCount] = [0, 0];
  for (let at = 0; at < length && count < MAX_WORDS; ) {
    if (rules.quotations === 'left out') {
      if (isSignature(at)) break;
      if (OCTETS[at] === QUOTE) {
        const from = introduction(at, above);
        if (from >= 0) introducing += count - (from === above.last ? lastCount : previousCount);
        above.last = -1;
        at = nextLine(at);
        continue;
      }
    }
    const ended = wordsOfLine({ at, names, near, rules }, count);
    if (ended.count > count || ended.leftOut > 0) {
      above.previous = above.last;
      above.last = at;
      previousCount = lastCount;
      lastCount = count;
    }
    count = ended.count;
    leftOut += ended.leftOut;
    at = ended.at;
  }
  return { words: rules.into.subarray(0, count), leftOut, introducing };
}

/** The last two lines that something stands in; negative where there are none since a quotation. */
interface Above {
  readonly last: number;
  readonly previous: number;
}

/**
 * Where what introduces the quotation that begins there begins: "On Monday, 3 March, Ann wrote:", on one line or two, with a figure or
 * an address in it. Negative where nothing does.
 */
function introduction(at: number, { last, previous }: Above): number {
  const end = seenBefore(at);
  if (last < 0 || end < last || OCTETS[end] !== COLON) return -1;
  const isOfTwo = previous >= 0 && nextLine(previous) === last && isDated(previous, last);
  if (!isDated(last, end)) return isOfTwo ? previous : -1;
  // The address may stand on the second line: `<ann@far.example> wrote:`.
  return isOfTwo && (OCTETS[last] === LESS || OCTETS[seenBefore(last)] === LESS) ? previous : last;
}

function seenBefore(at: number): number {
  let before = at - 1;
  while (before >= 0 && (OCTETS[before] as number) <= SPACE) before--;
  return before;
}

function isDated(from: number, to: number): boolean {
  for (let at = from; at < to; at++)
    if (KIND[OCTETS[at] as number] === FIGURE || OCTETS[at] === AT) return true;
  return false;
}

/** Whether anything that is seen stands in it beside quotations and below no signature: a figure or an emoji is enough. */
export function isWritten(text: Buffer): boolean {
  const length = text.copy(OCTETS, 0, 0, MAX_LOOKED_AT_BYTES);
  OCTETS[length] = LF;
  const above = { last: -1, previous: -1 };
  /** Lines since a quotation; more than two introduce none. */
  let lines = 0;
  for (let at = 0; at < length && lines <= 2 && !isSignature(at); at = nextLine(at)) {
    if (OCTETS[at] === QUOTE) {
      const from = lines === 0 ? -1 : introduction(at, above);
      if (from >= 0) lines -= from === above.last ? 1 : 2;
      if (lines > 0) return true;
      above.last = -1;
    } else if (isSeen(at)) {
      lines++;
      above.previous = above.last;
      above.last = at;
    }
  }
  return lines > 0;
}

/** Whether anything is seen in the line that begins there. */
function isSeen(start: number): boolean {
  for (let at = start; OCTETS[at] !== LF; at++) {
    let kind = KIND[OCTETS[at] as number] as number;
    if (kind === WIDE) {
      const wide = wideAt(at);
      at += (wide & LENGTH) - 1;
      kind = wide >>> LENGTH_BITS;
    }
    if (kind !== WHITE && kind !== NOTHING) return true;
  }
  return false;
}

function nextLine(at: number): number {
  let end = at;
  while (OCTETS[end] !== LF) end++;
  return end + 1;
}

/** RFC 3676 4.3: `-- ` alone on its line. */
function isSignature(at: number): boolean {
  if (OCTETS[at] !== HYPHEN || OCTETS[at + 1] !== HYPHEN) return false;
  return /^-- ?\r?$/.test(OCTETS.toString('latin1', at, OCTETS.indexOf(LF, at)));
}

interface Line {
  readonly at: number;
  readonly names: readonly number[];
  /** A bit for each name. */
  readonly near: number;
  readonly rules: Rules;
}

interface LineEnd {
  readonly at: number;
  readonly count: number;
  readonly leftOut: number;
}

/**
 * Adds the words of a line to the `count` that there are. A token ends at white space; within it a word is a run of
 * letters, and one with a figure in it is none. What is an address or a link is no word, nor are its parts. Returns where
 * the next line begins.
 */
function wordsOfLine({ at: start, names, near, rules }: Line, count: number): LineEnd {
  const { into, kinds, leastLetters, addresses } = rules;
  let before = count;
  let token = start;
  let hash = START;
  let letters = 0;
  let figures = false;
  let address = false;
  let leftOut = 0;
  /** Of two letters that are a word, the first; zero where none stands before. */
  let first = 0;
  for (let at = start; ; at++) {
    const from = at;
    for (let letter = SMALL[OCTETS[at] as number] as number; letter !== 0; ) {
      hash = Math.imul(hash ^ letter, FNV);
      letter = SMALL[OCTETS[++at] as number] as number;
    }
    letters += at - from;
    const code = OCTETS[at] as number;
    let kind = kinds[code] as number;
    let second = 0;
    if (kind > WHITE) {
      if (kind === WIDE) {
        const wide = wideAt(at);
        at += (wide & LENGTH) - 1;
        kind = wide >>> LENGTH_BITS;
        if (isWithoutSpaces(kind)) {
          second = kind;
          kind = BETWEEN_WORDS;
        } else if (isLetter(kind)) {
          hash = Math.imul(hash ^ kind, FNV);
          letters++;
          continue;
        } else if (kind === FIGURE) kind = kinds[ZERO] as number;
      }
      figures ||= kind === FIGURE;
      if (kind > WHITE) continue;
    }
    if (letters >= leastLetters) {
      if (figures) leftOut++;
      else if (!(((near >>> (hash & 31)) & 1) === 1 && names.includes(hash)) && count < MAX_WORDS)
        into[count++] = hash;
    }
    hash = START;
    letters = 0;
    figures = false;
    if ((first | second) !== 0) {
      if (first !== 0 && second !== 0 && count < MAX_WORDS) into[count++] = pairOf(first, second);
      // Of these no white space may come.
      if (count >= MAX_WORDS) return { count, at, leftOut };
      first = second;
    }
    // `@` anywhere; `:` and `.` may end `https` and `www`.
    if (kind === BETWEEN_WORDS) {
      if (!address && (code === AT || ((code === COLON || code === DOT) && isLinkStart(token))))
        address = addresses === 'left out' || (code === COLON && OCTETS[at + 1] === SLASH);
      continue;
    }
    if (address) {
      count = before;
      leftOut++;
    }
    if (code === LF) return { count, at: at + 1, leftOut };
    if (count >= MAX_WORDS) return { count, at, leftOut };
    before = count;
    token = at + 1;
    address = false;
  }
}

/** The word of two letters. */
function pairOf(first: number, second: number): number {
  return Math.imul(Math.imul(START ^ first, FNV) ^ second, FNV);
}

const SMALL_H = 0x68;
const SMALL_P = 0x70;
const SMALL_S = 0x73;
const SMALL_T = 0x74;
const SMALL_W = 0x77;

/** `http:`, `https:`, `www.`; asked at each colon and dot of a token. */
function isLinkStart(at: number): boolean {
  if (SMALL[OCTETS[at] as number] === SMALL_H) {
    for (let letter = 1; letter <= 2; letter++)
      if (SMALL[OCTETS[at + letter] as number] !== SMALL_T) return false;
    if (SMALL[OCTETS[at + 3] as number] !== SMALL_P) return false;
    return OCTETS[SMALL[OCTETS[at + 4] as number] === SMALL_S ? at + 5 : at + 4] === COLON;
  }
  for (let letter = 0; letter <= 2; letter++)
    if (SMALL[OCTETS[at + letter] as number] !== SMALL_W) return false;
  return OCTETS[at + 3] === DOT;
}

const ZERO = 0x30;
/** Bits of `wideAt` that say how many octets a character has. */
const LENGTH_BITS = 3;
const LENGTH = (1 << LENGTH_BITS) - 1;

/** What the character past ASCII is that stands there, and in the lowest bits how many octets it has. */
function wideAt(at: number): number {
  const lead = OCTETS[at] as number;
  const tails = lead < 0xc2 || lead > 0xf4 ? 0 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
  let code = lead & (0x3f >> tails);
  for (let tail = 1; tail <= tails; tail++) {
    const octet = OCTETS[at + tail] as number;
    if ((octet & 0xc0) !== 0x80) return ofLatin1(lead);
    code = (code << 6) | (octet & 0x3f);
  }
  return tails === 0 ? ofLatin1(lead) : (letterOf(code) << LENGTH_BITS) | (tails + 1);
}

/** Quotation marks and dashes of windows-1252 are where Latin-1 has control characters. */
const LATIN_1_FROM = 0xa0;

function ofLatin1(octet: number): number {
  return ((octet < LATIN_1_FROM ? BETWEEN_WORDS : letterOf(octet)) << LENGTH_BITS) | 1;
}

/** What `wordsOf` makes of the word in lower case that stands there. */
export function wordHash(text: string, from: number, to: number): number {
  let hash = START;
  for (let index = from; index < to; index++) {
    const code = text.charCodeAt(index);
    hash = Math.imul(hash ^ (code < ASCII_END ? code : letterOf(code)), FNV);
  }
  return hash;
}
