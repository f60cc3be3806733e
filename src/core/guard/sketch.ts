/**
 * What a message is like, in a few short strings: a fingerprint that is the same for the copies of a template however they
 * are addressed and numbered, bands that most near-duplicates share, the domains of its links, the shape of its subject.
 * None of its words can be had back from them.
 *
 * The fingerprint is a hash of the words in their order, without those that change from copy to copy (`text-words.ts`). The
 * bands are minima of hashes over runs of three words (Broder, 1997): two texts of which nine tenths agree share one of them
 * nearly always, two that have nothing to do with each other hardly ever. Cost: a few µs for four KiB of text, and no more
 * for more.
 */
import type { Header } from '../../wire/mime/header.ts';
import { OF_MARKUP } from '../../wire/mime/html-links.ts';
import { looseParts, MAX_LOOKED_AT_BYTES, type TextParts, textParts } from '../../wire/mime/text-parts.ts';
import { hashOf } from './hash.ts';
import {
  ALL,
  ALL_OF_ITS_OWN,
  isWritten,
  type Rules,
  USUAL,
  WITH_QUOTATIONS,
  type Words,
  wordsOf,
} from './text-words.ts';

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

/** The part of its words (one of so many) that a text may have besides, left out for figures or as addresses. */
const MANY_LEFT_OUT = 8;
/** Plain text of so many: the HTML beside it cannot have twice as many that are looked at. */
const MANY_WORDS = 100;
/** Fewer words are nobody's text: "thanks, see you tomorrow". */
const LEAST_WORDS = 6;
/** Octets of text that do not stand there for nothing: with fewer words than that, they are looked at once more. */
const LEAST_OCTETS = 128;
/** With so many words of its own that are too few, identical octets say nothing. */
const SOME_WORDS = 2;
const MAX_LINK_DOMAINS = 8;
const MAX_LINKS = 200;
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

/** Whose text it is, for what says nothing. */
interface Sender {
  /** The domain whose links say nothing. */
  readonly own: string;
  /** Of words that only address somebody (`wordHash`). */
  readonly names: readonly number[];
}

/** Of a message, or its beginning, of which `header` is the header. */
export function sketchOf(header: Header, head: Buffer, { own, names }: Sender): Sketch {
  const parts = textParts(header, head);
  const { linkDomains, links } = linksIn(parts, own);
  const { words, leftOut, introducing, text } = usualWords(parts, names);
  if (words.length - introducing >= LEAST_WORDS) {
    const fingerprint = print(words);
    const bands = bandsOf(words);
    // Which words have figures may change from copy to copy: the whole text does not.
    if (MANY_LEFT_OUT * leftOut > words.length)
      bands.push(...bandsOf(wordsOf(text, names, ALL_OF_ITS_OWN).words));
    return { fingerprint, bands, linkDomains, links };
  }
  const { fingerprint, bands } = lookedAtAgain(
    { header, head, parts, own: words.length - introducing },
    names,
  );
  return { fingerprint, bands, linkDomains, links };
}

/** Plain text says what the HTML beside it says. Where it has not half as many words, with quotations, the HTML is the text. */
function usualWords({ plain, html }: TextParts, names: readonly number[]): Words & { text: Buffer } {
  const ofPlain = { ...wordsOf(plain, names, USUAL), text: plain };
  const { words } = ofPlain;
  if (html.length === 0 || words.length >= MANY_WORDS) return ofPlain;
  const shown = wordsOf(html, names, SHOWN);
  if (shown.words.length <= 2 * words.length) return ofPlain;
  const all = wordsOf(plain, names, WITH_QUOTATIONS);
  return shown.words.length > 2 * all.words.length ? { ...shown, text: html } : ofPlain;
}

/** The words of HTML, beside those of plain text. */
const SHOWN: Rules = { ...USUAL, into: new Int32Array(USUAL.into.length) };

interface Looked {
  readonly header: Header;
  readonly head: Buffer;
  readonly parts: TextParts;
  /** Words by the usual rules. */
  readonly own: number;
}

/**
 * What has next to no words by the usual rules, and text enough. Further into it first, then with all words of its own, then
 * with its quotations; then what a browser may see in its HTML after all; if that makes no words either, identical octets are
 * the same at least. An attachment stays what it is known by first. Quotations and what stands below a signature count only
 * where somebody has written nothing at all beside them: "+1" to one invitation, and letters with one footer, are nobody's campaign.
 */
function lookedAtAgain({ header, head, parts, own }: Looked, names: readonly number[]): Print {
  const { plain, html, htmlOctets, attachment } = parts.isCut
    ? textParts(header, head, MAX_LOOKED_AT_BYTES)
    : parts;
  const known = attachment === '' ? undefined : `a${shortOf(hashOf(attachment))}`;
  const isLong = plain.length + html.length >= LEAST_OCTETS;
  const found = isLong ? printAgain([plain, html], { attachment, names }) : undefined;
  if (found !== undefined) return { ...found, fingerprint: known ?? found.fingerprint };
  const octets = isLong && own < SOME_WORDS ? octetsOf([plain, html]) : undefined;
  const loose = htmlOctets >= LEAST_OCTETS ? printLoosely(header, head, names) : undefined;
  return { fingerprint: known ?? loose?.fingerprint ?? octets, bands: loose?.bands };
}

function printAgain(
  texts: readonly Buffer[],
  { attachment, names }: { attachment: string; names: readonly number[] },
): Print | undefined {
  const unwritten = attachment === '' ? texts.filter((text) => !isWritten(text)) : [];
  return (
    printBy(USUAL, texts, names) ??
    printBy(ALL_OF_ITS_OWN, texts, names) ??
    printBy(WITH_QUOTATIONS, unwritten, names) ??
    printBy(ALL, unwritten, names)
  );
}

/** Of the first that has words enough. */
function printBy(rules: Rules, texts: readonly Buffer[], names: readonly number[]): Print | undefined {
  for (const text of texts) {
    const { words, introducing } = wordsOf(text, names, rules);
    if (words.length - introducing >= LEAST_WORDS)
      return { fingerprint: print(words), bands: bandsOf(words) };
  }
  return undefined;
}

/** The texts of `textParts` are no longer valid then. */
function printLoosely(header: Header, head: Buffer, names: readonly number[]): Print | undefined {
  const { html } = looseParts(header, head);
  return (
    printBy(USUAL, [html], names) ?? (isWritten(html) ? undefined : printBy(WITH_QUOTATIONS, [html], names))
  );
}

const QUOTATION = /^(>|-- ?\r?$)/m;

/** Not of what is written beside a quotation. */
function octetsOf(texts: readonly Buffer[]): string | undefined {
  const octets = texts.map((text) => text.toString('latin1'));
  if (texts.some(isWritten) && octets.some((text) => QUOTATION.test(text))) return undefined;
  return `o${shortOf(hashOf(octets.join('\n')))}`;
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

const NO_HOSTS: ReadonlyMap<string, number> = new Map();

function linksIn({ plain, html, hosts = NO_HOSTS, hidden }: TextParts, own: string): Links {
  const linking = [plain, html].filter((text) => text.length > 0 && text.includes(OF_LINK));
  if (linking.length === 0 && hosts.size === 0)
    return hidden === undefined ? NO_LINKS : domainsOf(hidden, own);
  const counted = new Map<string, number>();
  for (const text of linking) countHosts(text, counted);
  for (const [host, count] of hosts) counted.set(host, (counted.get(host) ?? 0) + count);
  const shown = domainsOf(counted, own);
  return shown.links === undefined && hidden !== undefined ? domainsOf(hidden, own) : shown;
}

function countHosts(text: Buffer, counted: Map<string, number>): void {
  let links = 0;
  for (const [, found = ''] of text.toString().matchAll(LINK)) {
    const host = found.replace(/^[^@]*@/, '');
    counted.set(host, (counted.get(host) ?? 0) + 1);
    if (++links >= MAX_LINKS) return;
  }
}

function domainsOf(hosts: ReadonlyMap<string, number>, own: string): Links {
  const domains = new Set<string>();
  let links = 0;
  for (const [host, count] of hosts) {
    const name = nameOf(host);
    if (OF_MARKUP.has(name)) continue;
    const domain = registrable(name);
    if (domain !== own && domains.size < MAX_LINK_DOMAINS) domains.add(domain);
    links += count;
  }
  return links === 0 ? NO_LINKS : { linkDomains: [...domains], links: Math.min(links, MAX_LINKS) };
}

/** A full stop of Chinese is a dot in names (UTS 46). */
function nameOf(host: string): string {
  return host.normalize('NFKC').toLowerCase().replaceAll('\u3002', '.').replace(/\.+$/, '');
}

/** The part that somebody registers; an address stays as it is. Close enough to tell one owner from another. */
export function registrable(host: string): string {
  if (/^[\d.]+$/.test(host)) return host;
  const labels = host.split('.');
  const second = labels.at(-2) ?? '';
  const parts = SECOND_LEVEL.has(second) && (labels.at(-1)?.length ?? 0) === 2 ? 3 : 2;
  return labels.slice(-parts).join('.');
}

const FNV = 0x01000193;
/** As 32 bits with a sign: what begins as a larger number is reckoned with as a float in each step. */
const START = 0x811c9dc5 | 0;

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
