/**
 * HTML looked at as octets: the beginning of what is read of it, and where it links to. For whoever compares messages
 * (`text-parts.ts`), so that the same words are the same octets however they are marked up; `html-text.ts` is for whoever
 * shows them. One pass over each octet at most, whatever is nested or left open; what is not shown is jumped over.
 */
import { ENTITIES } from './html-text.ts';

/** What is read of one or more pieces of HTML. */
export interface HtmlReading {
  /** UTF-8; `length` octets of it are read, a few more than `most` have room. */
  readonly text: Buffer;
  length: number;
  readonly most: number;
  /** Undefined where there are none. */
  links: HtmlLinks | undefined;
}

export interface HtmlLinks {
  /** Hosts that attributes lead to, and how many do. */
  readonly hosts: Map<string, number>;
  count: number;
  /** The same hosts by a hash of their octets. */
  readonly seen: Map<number, string>;
  /** Values that had to be decoded to see whether they lead anywhere. */
  odd: number;
}

/** Octets past `most` that one character may take. */
export const ROOM_FOR_ONE = 4;
const MAX_LINKS = 200;
const MAX_ODD = 1_000;
/** Octets of an attribute that are looked at: a host is in its first 260, each perhaps a reference of some octets. */
const MAX_LINK_BYTES = 2_000;

const TAB = 0x09;
const LF = 0x0a;
const FF = 0x0c;
const CR = 0x0d;
const SPACE = 0x20;
const BANG = 0x21;
const QUOTE = 0x22;
const NUMBER_SIGN = 0x23;
const AMPERSAND = 0x26;
const APOSTROPHE = 0x27;
const HYPHEN = 0x2d;
const DOT = 0x2e;
const SLASH = 0x2f;
const COLON = 0x3a;
const SEMICOLON = 0x3b;
const LESS = 0x3c;
const EQUALS = 0x3d;
const GREATER = 0x3e;
const QUESTION = 0x3f;
const BACKSLASH = 0x5c;
const SMALL_H = 0x68;
const SMALL_X = 0x78;
const LAST_CODE = 0x10ffff;

/** A tag that neither breaks a line nor hides anything is as if it were not there, known or not. */
type Effect = 'break' | 'unread' | undefined;
const EFFECTS: readonly (readonly [Effect, string])[] = [
  ['unread', 'script style title template iframe noembed noframes'],
  [
    'break',
    'p br div td th tr li ul ol dl dt dd h1 h2 h3 h4 h5 h6 hr table caption blockquote pre center section article header footer address form fieldset option body html',
  ],
];
/** By name, and names of few octets by the number that they make, for which no string has to be made. */
const BY_NAME = new Map(
  EFFECTS.flatMap(([effect, names]) => names.split(' ').map((name): [string, Effect] => [name, effect])),
);
const MAX_NUMBERED = 6;
const BY_NUMBER = new Map(
  [...BY_NAME]
    .filter(([name]) => name.length <= MAX_NUMBERED)
    .map(([name, effect]) => [Buffer.from(name).readUIntBE(0, name.length), effect]),
);

/** Nothing is read yet. `text` has room for `ROOM_FOR_ONE` octets more than `most`. */
export function newReading(text: Buffer, most: number): HtmlReading {
  return { text, length: 0, most, links: undefined };
}

/** Adds what is read of `html`, octets of UTF-8 or Latin-1. */
export function readHtml(html: Buffer, reading: HtmlReading): void {
  for (let at = 0; at < html.length; ) {
    if (reading.length < reading.most) at = readText(html, at, reading);
    else if (reading.links !== undefined && reading.links.count >= MAX_LINKS) return;
    else at = nextTag(html, at);
    if (at >= html.length) return;
    if (html[at] !== LESS) continue;
    at = isComment(html[at + 1], html[at + 2]) ? afterComment(html, at) : readTag(html, at, reading);
  }
}

function nextTag(html: Buffer, from: number): number {
  let at = html.indexOf(LESS, from);
  while (at >= 0 && !beginsTag(html, at)) at = html.indexOf(LESS, at + 1);
  return orEnd(html, at);
}

/** Whether the `<` there does more than stand in the text. */
function beginsTag(html: Buffer, at: number): boolean {
  const next = html[at + 1];
  return isLetter(next) || next === SLASH || next === BANG || next === QUESTION;
}

function isComment(next: number | undefined, second: number | undefined): boolean {
  return next === BANG || next === QUESTION || (next === SLASH && !isLetter(second));
}

function orEnd(html: Buffer, found: number): number {
  return found < 0 ? html.length : found;
}

function isLetter(octet: number | undefined): boolean {
  const small = (octet ?? 0) | SPACE;
  return small >= 0x61 && small <= 0x7a;
}

function isWhite(octet: number | undefined): boolean {
  return octet === SPACE || octet === LF || octet === CR || octet === TAB || octet === FF;
}

/** Up to the next tag; white space becomes one space. Returns where it ended. */
function readText(html: Buffer, start: number, reading: HtmlReading): number {
  const { text, most } = reading;
  let length = reading.length;
  let at = start;
  while (at < html.length && length < most) {
    const octet = html[at] as number;
    if (octet === LESS && beginsTag(html, at)) break;
    if (octet === AMPERSAND) {
      reading.length = length;
      at = readReference(html, at, reading);
      length = reading.length;
      continue;
    }
    at++;
    if (octet > SPACE) text[length++] = octet;
    else if (isWhite(octet) && length > 0 && (text[length - 1] as number) > SPACE) text[length++] = SPACE;
  }
  reading.length = length;
  return at;
}

/** Characters of the longest name of a reference that is looked at. */
const MAX_REFERENCE = 32;
/** Names that are references without a semicolon as well have so many characters. */
const MAX_BARE = 6;

/** A character reference in text (HTML 13.2.5.72); what is none is an ampersand. */
function readReference(html: Buffer, start: number, reading: HtmlReading): number {
  if (html[start + 1] === NUMBER_SIGN) return readNumber(html, start, reading);
  let end = start + 1;
  while (end - start <= MAX_REFERENCE && isNamePart(html[end])) end++;
  const name = html.toString('latin1', start + 1, end);
  if (html[end] === SEMICOLON && name !== '') {
    putText(reading, codeOf(name));
    return end + 1;
  }
  for (let length = Math.min(MAX_BARE, name.length); length >= 2; length--) {
    const known = ENTITIES.get(name.slice(0, length));
    if (known === undefined) continue;
    putText(reading, known.codePointAt(0) ?? 0);
    return start + 1 + length;
  }
  putText(reading, AMPERSAND);
  return start + 1;
}

function isNamePart(octet: number | undefined): boolean {
  return isLetter(octet) || isFigure(octet);
}

function isFigure(octet: number | undefined): boolean {
  return octet !== undefined && octet >= 0x30 && octet <= 0x39;
}

/** `&#104;`, `&#x68;`, both without a semicolon as well. */
function readNumber(html: Buffer, start: number, reading: HtmlReading): number {
  const isHex = ((html[start + 2] ?? 0) | SPACE) === SMALL_X;
  const from = start + (isHex ? 3 : 2);
  let at = from;
  let code = 0;
  for (; ; at++) {
    const octet = html[at] as number;
    if (isFigure(octet)) code = code * (isHex ? 16 : 10) + octet - 0x30;
    else if (isHex && isLetter(octet) && (octet | SPACE) <= 0x66) code = code * 16 + (octet | SPACE) - 0x57;
    else break;
    code = Math.min(code, LAST_CODE + 1);
  }
  putText(reading, at === from ? AMPERSAND : code);
  if (at === from) return start + 1;
  return html[at] === SEMICOLON ? at + 1 : at;
}

/** Names of ASCII and of what nobody sees, which `html-text.ts` has no need of. */
const MORE_NAMES = new Map<string, number>(
  Object.entries({
    Tab: TAB,
    NewLine: LF,
    colon: COLON,
    sol: SLASH,
    bsol: BACKSLASH,
    period: DOT,
    comma: 0x2c,
    commat: 0x40,
    excl: BANG,
    quest: QUESTION,
    num: NUMBER_SIGN,
    equals: EQUALS,
    percnt: 0x25,
    lowbar: 0x5f,
    UnderBar: 0x5f,
    hyphen: 0x2010,
    dash: 0x2010,
    ZeroWidthSpace: 0x200b,
    NegativeThinSpace: 0x200b,
    NegativeMediumSpace: 0x200b,
    NegativeThickSpace: 0x200b,
    NegativeVeryThinSpace: 0x200b,
    zwnj: 0x200c,
    zwj: 0x200d,
    lrm: 0x200e,
    rlm: 0x200f,
    NoBreak: 0x2060,
    af: 0x2061,
    ApplyFunction: 0x2061,
    it: 0x2062,
    InvisibleTimes: 0x2062,
    ic: 0x2063,
    InvisibleComma: 0x2063,
    inodot: 0x69,
    imath: 0x69,
    ell: 0x6c,
  }),
);
/** Of other names: they stand between words. */
const UNKNOWN = SPACE;

function codeOf(name: string): number {
  const known = MORE_NAMES.get(name) ?? ENTITIES.get(name)?.codePointAt(0);
  // Letters of mathematics: `&afr;`, `&ascr;`, `&aopf;`.
  return known ?? (/^[a-z](fr|scr|opf)$/i.test(name) ? name.charCodeAt(0) : UNKNOWN);
}

/** One character of text. */
function putText(reading: HtmlReading, code: number): void {
  const { text, length, most } = reading;
  if (length >= most) return;
  if (code > SPACE && code < 0x80) text[reading.length++] = code;
  else if (code >= 0x80 && code <= LAST_CODE && (code < 0xd800 || code > 0xdfff))
    reading.length += text.write(String.fromCodePoint(code), length);
  else if (isWhite(code) && length > 0 && (text[length - 1] as number) > SPACE)
    text[reading.length++] = SPACE;
}

/** A line ends. */
function putBreak(reading: HtmlReading): void {
  const { text, length, most } = reading;
  if (length === 0 || length >= most) return;
  if ((text[length - 1] as number) > SPACE) text[reading.length++] = LF;
  else text[length - 1] = LF;
}

/** Behind `<!-- … -->`, or what counts as a comment: `<!doctype html>`, `<?xml ?>`, `<![if mso]>`. */
function afterComment(html: Buffer, open: number): number {
  if (html.toString('latin1', open, open + 4) !== '<!--') return orEnd(html, html.indexOf(GREATER, open)) + 1;
  // `<!-->` and `<!--->` are whole.
  if (html[open + 4] === GREATER) return open + 5;
  return orEnd(html, html.indexOf('-->', open + 3)) + 3;
}

/** Looks at a tag, and jumps over what it hides. */
function readTag(html: Buffer, open: number, reading: HtmlReading): number {
  const from = html[open + 1] === SLASH ? open + 2 : open + 1;
  let at = from;
  let number = 0;
  for (; at < html.length; at++) {
    const octet = html[at] as number;
    if (octet === GREATER || octet === SLASH || octet <= SPACE) break;
    if (at - from < MAX_NUMBERED) number = number * 256 + (octet | SPACE);
  }
  const isShort = at - from <= MAX_NUMBERED;
  const effect = isShort
    ? BY_NUMBER.get(number)
    : BY_NAME.get(html.toString('latin1', from, at).toLowerCase());
  const end = readAttributes(html, at, reading);
  if (effect === undefined) return end;
  putBreak(reading);
  return effect === 'unread' && from === open + 1 ? closingTag(html, html.subarray(from, at), end) : end;
}

/** Behind the tag. A `>` between quotation marks does not end it; one that is left open reaches to the end, as for a browser. */
function readAttributes(html: Buffer, start: number, reading: HtmlReading): number {
  for (let at = start; at < html.length; ) {
    const octet = html[at++] as number;
    if (octet === GREATER) return at;
    if (octet !== EQUALS) continue;
    while (isWhite(html[at])) at++;
    const mark = html[at];
    let end: number;
    if (mark === QUOTE || mark === APOSTROPHE)
      for (end = ++at; end < html.length && html[end] !== mark; ) end++;
    else for (end = at; end < html.length && html[end] !== GREATER && !isWhite(html[end]); ) end++;
    if (maybeLink(html[at])) addLink(html, { at, end }, reading);
    at = mark === QUOTE || mark === APOSTROPHE ? end + 1 : end;
  }
  return html.length;
}

/** `http:`, `//far.example`, or what has to be decoded first. */
function maybeLink(octet: number | undefined): boolean {
  if (octet === undefined) return false;
  return (
    (octet | SPACE) === SMALL_H ||
    octet === SLASH ||
    octet === BACKSLASH ||
    octet === AMPERSAND ||
    octet <= SPACE
  );
}

const REFERENCE = /&(?:#x([0-9a-f]{1,20});?|#(\d{1,20});?|([a-z][a-z0-9]{1,31});)/gi;
/** A browser takes `\` for `/`, and as many as there are (URL Standard 4.4); a name and a password may stand before the host. */
const LINK = /^(?:https?:[\\/]*|[\\/]{2,})(?:[^\s/\\?#"'<>@]{0,200}@)?([^\s\p{Cc}/"'<>:?#\\@]{4,200})/iu;

interface Span {
  readonly at: number;
  readonly end: number;
}

function addLink(html: Buffer, value: Span, reading: HtmlReading): void {
  reading.links ??= { hosts: new Map(), count: 0, seen: new Map(), odd: 0 };
  const { links } = reading;
  if (links.count >= MAX_LINKS) return;
  const host = plainHost(html, value, links) ?? oddHost(html, value, links);
  if (host === undefined) return;
  links.hosts.set(host, (links.hosts.get(host) ?? 0) + 1);
  links.count++;
}

const HTTP = Buffer.from('http').readUInt32BE();
const SMALL_S = 0x73;
const FNV = 0x01000193;

/** Of nearly all links, without a string of those whose host was seen before; undefined for others. */
function plainHost(html: Buffer, { at: start, end }: Span, { seen }: HtmlLinks): string | undefined {
  if (end - start < 8 || html.readUInt32BE(start) !== HTTP) return undefined;
  const colon = html[start + 4] === SMALL_S ? start + 5 : start + 4;
  if (html[colon] !== COLON || html[colon + 1] !== SLASH || html[colon + 2] !== SLASH) return undefined;
  const from = colon + 3;
  let hash = 0;
  let at = from;
  for (; at < end; at++) {
    const octet = html[at] as number;
    if (!isNamePart(octet) && octet !== DOT && octet !== HYPHEN) break;
    hash = Math.imul(hash ^ octet, FNV);
  }
  const next = html[at];
  if (at < end && next !== SLASH && next !== QUESTION && next !== NUMBER_SIGN) return undefined;
  let host = seen.get(hash);
  if (host !== undefined && host.length === at - from) return host;
  host = html.toString('latin1', from, at);
  seen.set(hash, host);
  return host;
}

/** Decoded; control characters in addresses are passed over. */
function oddHost(html: Buffer, { at, end }: Span, links: HtmlLinks): string | undefined {
  if (links.odd++ >= MAX_ODD) return undefined;
  const written = html.toString('utf8', at, Math.min(end, at + MAX_LINK_BYTES));
  const decoded = written.includes('&') ? written.replace(REFERENCE, decodeReference) : written;
  return LINK.exec(decoded.replace(/[\t\r\n]+/g, '').replace(/^[\0- ]+/, ''))?.[1];
}

function decodeReference(
  _whole: string,
  ...[hex, decimal, name]: [string | undefined, string | undefined, string | undefined]
): string {
  if (name !== undefined) return String.fromCodePoint(codeOf(name));
  const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
  return code <= LAST_CODE ? String.fromCodePoint(code) : '';
}

/** The beginning of the tag that closes what is not read; its end, where there is none. */
function closingTag(html: Buffer, name: Buffer, from: number): number {
  for (let at = html.indexOf('</', from); at >= 0; at = html.indexOf('</', at + 2)) {
    let same = 0;
    while (same < name.length && ((html[at + 2 + same] ?? 0) | SPACE) === ((name[same] as number) | SPACE))
      same++;
    if (same === name.length && !isNamePart(html[at + 2 + same])) return at;
  }
  return html.length;
}
