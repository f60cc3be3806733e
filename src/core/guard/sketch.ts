/**
 * What a message is like, in a few short strings: a fingerprint that is the same for the copies of a template however they
 * are addressed and numbered, bands that most near-duplicates share, the domains of its links, the shape of its subject.
 * None of its words can be had back from them.
 *
 * The fingerprint is a hash of the words in their order, without those that change from copy to copy: what has figures in
 * it, addresses, links, the recipients' own names, quotations and signatures. The bands are minima of hashes over runs of
 * three words (Broder, 1997): two texts of which nine tenths agree share one of them nearly always, two that have nothing
 * to do with each other hardly ever. Cost: a few µs for four KiB of text, and no more for more.
 */
import { MAX_TEXT_BYTES, type TextParts } from '../../wire/mime/text-parts.ts';
import { hashOf } from './hash.ts';

/** What a text is known by; nothing of one that is too short. */
interface Print {
  readonly fingerprint: string | undefined;
  readonly bands: readonly string[] | undefined;
}

interface Links {
  readonly linkDomains: readonly string[] | undefined;
  readonly links: number | undefined;
}

export type Sketch = Print & Links;

/** The first of a text are enough to know it by. */
const MAX_WORDS = 200;
/** Fewer words are nobody's text: "thanks, see you tomorrow". */
const LEAST_WORDS = 6;
const MAX_LINK_DOMAINS = 8;
const MAX_LINKS = 200;
/** Hosts that stand in the markup of HTML, and that nobody links to. */
const OF_MARKUP = new Set(['www.w3.org', 'w3.org', 'schemas.microsoft.com', 'schemas.openxmlformats.org']);
/** Registries under which names of three parts are registered: `co.uk`, `com.br`, `asso.fr`. */
const SECOND_LEVEL = new Set([
  'ac',
  'asso',
  'co',
  'com',
  'edu',
  'gen',
  'go',
  'gob',
  'gouv',
  'gov',
  'ltd',
  'mil',
  'ne',
  'net',
  'nom',
  'or',
  'org',
  'plc',
  'sch',
]);
const OF_LINK = Buffer.from('://', 'latin1');
const LINK = /https?:\/\/([^\s\p{Cc}/"'<>:?#\\]{4,200})/giu;

/** Of a body. `own`: the domain whose links say nothing; `names`: of words that only address somebody (`wordHash`). */
export function sketchOf(
  { plain, html, attachment }: TextParts,
  { own, names }: { own: string; names: readonly number[] },
): Sketch {
  const { linkDomains, links } = linksIn([plain, html], own);
  const words = wordsOf(isBlank(plain) ? withoutTags(html.toString('latin1')) : plain, names);
  if (words.length >= LEAST_WORDS)
    return { fingerprint: print(words), bands: bandsOf(words), linkDomains, links };
  const fingerprint = attachment === '' ? undefined : `a${shortOf(hashOf(attachment))}`;
  return { fingerprint, bands: undefined, linkDomains, links };
}

/** `re: Invoice 4711` and `Invoice 4712` have one shape. */
export function subjectShape(subject: string): string {
  const shape = subject
    .toLowerCase()
    .replace(/^((re|fwd?|tr|aw|wg|sv)\s*:\s*)+/, '')
    .replace(/\d+/g, '0')
    .replace(/[^\p{L}0]+/gu, ' ')
    .trim();
  return shortOf(hashOf(shape));
}

/** Figures of 64, in characters that JSON leaves as they are. */
const FIGURES = Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_', 'latin1');

/** Characters of a number of thirty-two bits. */
const SHORT = 6;
const TILDE = 0x7e;
/** `~`, and room for three numbers. */
const BAND = Buffer.alloc(1 + 3 * SHORT, TILDE);

/** A number's own `toString` takes six times as long. */
function shortOf(value: number): string {
  putShort(value, 1);
  return BAND.toString('latin1', 1, 1 + SHORT);
}

/** Three numbers in one piece: a string of several keeps JSON from its fast way, for all of the line that it is in. */
function bandOf(a: number, b: number, c: number): string {
  putShort(a, 1);
  putShort(b, 1 + SHORT);
  putShort(c, 1 + 2 * SHORT);
  return BAND.toString('latin1');
}

/** The highest bits first. */
function putShort(value: number, at: number): void {
  for (let figure = SHORT - 1; figure >= 0; figure--)
    BAND[at + SHORT - 1 - figure] = FIGURES[(value >>> (6 * figure)) & 63] as number;
}

const NO_LINKS: Links = { linkDomains: undefined, links: undefined };

function linksIn(texts: readonly Buffer[], own: string): Links {
  const linking = texts.filter((text) => text.length > 0 && text.includes(OF_LINK));
  if (linking.length === 0) return NO_LINKS;
  const domains = new Set<string>();
  let count = 0;
  for (const text of linking) {
    for (const [, host = ''] of text.toString('latin1').matchAll(LINK)) {
      const name = host
        .toLowerCase()
        .replace(/^[^@]*@/, '')
        .replace(/\.+$/, '');
      if (OF_MARKUP.has(name)) continue;
      const domain = registrable(name);
      if (domain !== own && domains.size < MAX_LINK_DOMAINS) domains.add(domain);
      if (++count >= MAX_LINKS) break;
    }
  }
  return count === 0 ? NO_LINKS : { linkDomains: [...domains], links: count };
}

/** The part that somebody registers; an address stays as it is. Close enough to tell one owner from another. */
export function registrable(host: string): string {
  if (/^[\d.]+$/.test(host)) return host;
  const labels = host.split('.');
  const second = labels.at(-2) ?? '';
  const parts = SECOND_LEVEL.has(second) && (labels.at(-1)?.length ?? 0) === 2 ? 3 : 2;
  return labels.slice(-parts).join('.');
}

function withoutTags(html: string): string {
  return html
    .replace(/<(style|script|head)\b[\s\S]*?(<\/\1\s*>|$)/gi, ' ')
    .replace(/<[^>]*(>|$)/g, ' ')
    .replace(/&[#\w]{1,8};/g, ' ');
}

const SPACE = 0x20;
const HYPHEN = 0x2d;
const AT = 0x40;
const COLON = 0x3a;
const DOT = 0x2e;
const QUOTE = 0x3e;
const LF = 0x0a;
const FNV = 0x01000193;
/** As 32 bits with a sign: what begins as a larger number is reckoned with as a float in each step. */
const START = 0x811c9dc5 | 0;
const END_OF_TOKEN = 0;
const BETWEEN_WORDS = 1;
const FIGURE = 2;
/** The small letter of each octet that is part of a word, and zero of others. */
const SMALL = Uint8Array.from({ length: 256 }, (_, code) => {
  const letter = code | SPACE;
  return code >= 0x80 ? code : letter >= 0x61 && letter <= 0x7a ? letter : 0;
});
/** What each octet is that is none. */
const KIND = Uint8Array.from({ length: 256 }, (_, code) => {
  if (code >= 0x30 && code <= 0x39) return FIGURE;
  return code <= SPACE ? END_OF_TOKEN : BETWEEN_WORDS;
});
/** The text that is looked at, in octets with a line end behind them, and its words: this runs for each submission, and one at a time. */
const OCTETS = Buffer.alloc(MAX_TEXT_BYTES + 1);
const WORDS = new Int32Array(MAX_WORDS);

const NO_BREAK_SPACE = 0xa0;

/** Nothing but white space. */
function isBlank(text: Buffer): boolean {
  for (const octet of text) if (octet > SPACE && octet !== NO_BREAK_SPACE) return false;
  return true;
}

/** Hashes of the words that do not change from copy to copy; valid until the next call. One pass over the octets. */
function wordsOf(text: Buffer | string, names: readonly number[]): Int32Array {
  const length =
    typeof text === 'string'
      ? OCTETS.write(text, 0, MAX_TEXT_BYTES, 'latin1')
      : text.copy(OCTETS, 0, 0, MAX_TEXT_BYTES);
  OCTETS[length] = LF;
  // Most words are not even nearly a name.
  let near = 0;
  for (const name of names) near |= 1 << (name & 31);
  let count = 0;
  for (let at = 0; at < length && count < MAX_WORDS; ) {
    if (isSignature(at)) break;
    if (OCTETS[at] === QUOTE) {
      at = OCTETS.indexOf(LF, at) + 1;
      continue;
    }
    const ended = wordsOfLine({ at, names, near }, count);
    count = ended.count;
    at = ended.at;
  }
  return WORDS.subarray(0, count);
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
}

/**
 * Adds the words of a line to the `count` that there are. A token ends at white space; within it a word is a run of
 * letters, and one with a figure in it is none. What is an address or a link is no word, nor are its parts. Returns where
 * the next line begins.
 */
function wordsOfLine({ at: start, names, near }: Line, count: number): { count: number; at: number } {
  let before = count;
  let token = start;
  let hash = START;
  let letters = 0;
  let figures = false;
  let address = false;
  for (let at = start; ; at++) {
    const from = at;
    for (let letter = SMALL[OCTETS[at] as number] as number; letter !== 0; ) {
      hash = Math.imul(hash ^ letter, FNV);
      letter = SMALL[OCTETS[++at] as number] as number;
    }
    letters += at - from;
    const code = OCTETS[at] as number;
    const kind = KIND[code];
    if (kind === FIGURE) {
      figures = true;
      continue;
    }
    if (letters > 1 && !figures && !(((near >>> (hash & 31)) & 1) === 1 && names.includes(hash)))
      if (count < MAX_WORDS) WORDS[count++] = hash;
    hash = START;
    letters = 0;
    figures = false;
    // `@` anywhere; `:` and `.` may end `https` and `www`.
    if (kind === BETWEEN_WORDS) {
      if (code === AT || ((code === COLON || code === DOT) && isLinkStart(token))) address = true;
      continue;
    }
    if (address) count = before;
    if (code === LF) return { count, at: at + 1 };
    if (count >= MAX_WORDS) return { count, at };
    before = count;
    token = at + 1;
    address = false;
  }
}

function isLinkStart(at: number): boolean {
  const first = (OCTETS[at] as number) | SPACE;
  return (
    (first === 0x68 || first === 0x77) && /^(https?:|www\.)/i.test(OCTETS.toString('latin1', at, at + 8))
  );
}

/** What `wordsOf` makes of the word that stands there. */
export function wordHash(text: string, from: number, to: number): number {
  let hash = START;
  for (let index = from; index < to; index++) hash = Math.imul(hash ^ text.charCodeAt(index), FNV);
  return hash;
}

/** 64 bits. */
function print(words: Int32Array): string {
  let low = START;
  let high = 0x9e3779b9 | 0;
  for (let index = 0; index < words.length; index++) {
    const word = words[index] as number;
    low = Math.imul(low ^ word, FNV);
    high = Math.imul(high ^ (word >>> 7) ^ (word << 11), 0x85ebca6b);
    high ^= high >>> 15;
  }
  return shortOf(low) + shortOf(high);
}

/** Two bands of three minima: of texts that agree in nine tenths, 92 of 100 share one. */
const FACTORS = [0x85ebca6b, 0xc2b2ae35, 0x27d4eb2f, 0x165667b1, 0x9e3779b1, 0xd3a2646d] as const;
const [F0, F1, F2, F3, F4, F5] = FACTORS;
/** Numbers without a sign have the order of those with one, the highest bit turned. */
const HIGHEST = 0x80000000;
const MOST = 0x7fffffff;

/** All minima in one pass over the runs of three words. */
function bandsOf(words: Int32Array): string[] {
  let a = MOST;
  let b = MOST;
  let c = MOST;
  let d = MOST;
  let e = MOST;
  let f = MOST;
  for (let index = 2; index < words.length; index++) {
    const pair = Math.imul(words[index - 2] as number, 31) + (words[index - 1] as number);
    const run = Math.imul(pair, 31) + (words[index] as number);
    const mixed = run ^ (run >>> 15);
    a = Math.min(a, mixedBy(mixed, F0));
    b = Math.min(b, mixedBy(mixed, F1));
    c = Math.min(c, mixedBy(mixed, F2));
    d = Math.min(d, mixedBy(mixed, F3));
    e = Math.min(e, mixedBy(mixed, F4));
    f = Math.min(f, mixedBy(mixed, F5));
  }
  return [bandOf(a, b, c), bandOf(d, e, f)];
}

function mixedBy(run: number, factor: number): number {
  const mixed = Math.imul(run, factor);
  return mixed ^ (mixed >>> 13) ^ HIGHEST;
}
