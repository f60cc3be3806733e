/**
 * HTML looked at as octets: the beginning of what is read of it, and where it links to. For whoever compares messages
 * (`text-parts.ts`), so that the same words are the same octets however they are marked up; `html-text.ts` is for whoever
 * shows them. A pass over each octet or two, whatever is nested or left open; what is not shown is jumped over. Where it is in
 * doubt whether something is shown, it is read: to read too much costs nothing, and to read too little hides a text.
 */
import { addHidden, addLink, type HtmlLinks, MAX_LINKS, maybeLink } from './html-links.ts';
import { codeOf, isFigure, isLetter, isNamePart, LAST_CODE } from './html-names.ts';
import { ENTITIES } from './html-text.ts';

/** What is read of one or more pieces of HTML. */
export interface HtmlReading {
  /** UTF-8; `length` octets of it are read, a few more than `most` have room. */
  readonly text: Buffer;
  length: number;
  readonly most: number;
  /** Undefined where there are none. */
  links: HtmlLinks | undefined;
  /** Links written out anywhere, looked for only where no attribute leads to any host. */
  hidden: Map<string, number> | undefined;
  /** Quotations that are open: each of their lines begins with `> `, as in plain text. */
  quoted: number;
  /** Where the mark of the line ends behind which nothing stands yet. */
  marked: number;
  /** Octets of HTML there were. */
  octets: number;
}

/** Octets past `most` that one character may take. */
export const ROOM_FOR_ONE = 4;
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
const SLASH = 0x2f;
const SEMICOLON = 0x3b;
const LESS = 0x3c;
const BRACE = 0x7b;
const EQUALS = 0x3d;
const GREATER = 0x3e;
const QUESTION = 0x3f;
const SMALL_X = 0x78;

/** A tag that neither breaks a line nor hides anything is as if it were not there, known or not. */
type Effect = 'break' | 'unread' | 'as it stands' | 'quotation' | 'foreign' | undefined;
const EFFECTS: readonly (readonly [Effect, string])[] = [
  ['unread', 'script style title iframe noembed noframes'],
  ['as it stands', 'textarea xmp plaintext'],
  ['quotation', 'blockquote'],
  ['foreign', 'svg math select'],
  [
    'break',
    'p br div td th tr li ul ol dl dt dd h1 h2 h3 h4 h5 h6 hr table caption pre center section article header footer address form fieldset option body html template',
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
  return { text, length: 0, most, links: undefined, hidden: undefined, quoted: 0, marked: -1, octets: 0 };
}

/** One piece of HTML on the way through it. */
interface Walk {
  readonly html: Buffer;
  readonly reading: HtmlReading;
  /** `loose`: a tag ends at the first `>`, and next to nothing is jumped over. */
  readonly manner: 'as a browser' | 'loose';
  /**
   * In SVG and the like nothing is raw, and where these end, it would take a browser to know: from there on nothing is jumped over
   * but tags, each up to its first `>`.
   */
  inDoubt: boolean;
  /** By name (`keyOf`), the next closing tag, or the end. */
  readonly closing: Map<number, number>;
  /** The next `-->`, `--!>`, `{` and `<!--`, and the next `<script` behind that, or the end. */
  arrow: number;
  bang: number;
  brace: number;
  comment: number;
  script: number;
}

/** Adds what is read of `html`, octets of UTF-8 or Latin-1. */
export function readHtml(html: Buffer, reading: HtmlReading): void {
  walk(html, reading, 'as a browser');
  if ((reading.links?.count ?? 0) === 0 && html.includes('://')) addHidden(html, reading);
}

/**
 * What may be text of it: all but tags, comments that are closed, and styles and scripts with a `{` in them. For HTML of which nothing is
 * read, because a browser may see in it what is not foreseen here.
 */
export function readLoosely(html: Buffer, reading: HtmlReading): void {
  walk(html, reading, 'loose');
}

function walk(html: Buffer, reading: HtmlReading, manner: Walk['manner']): void {
  const next = { arrow: -1, bang: -1, brace: -1, comment: -1, script: -1 };
  const walk: Walk = { html, reading, manner, inDoubt: false, closing: new Map(), ...next };
  reading.octets += html.length;
  reading.quoted = 0;
  putBreak(reading);
  for (let at = 0; at < html.length; ) {
    if (reading.length < reading.most) at = readText(html, at, reading);
    else if (manner === 'loose' || (reading.links !== undefined && reading.links.count >= MAX_LINKS)) return;
    else at = nextTag(html, at);
    if (at >= html.length) return;
    if (html[at] !== LESS) continue;
    at = isComment(html[at + 1], html[at + 2]) ? afterComment(walk, at) : readTag(walk, at);
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

const OF_QUOTATION = Buffer.from('> ', 'latin1');

/** A line ends, and in a quotation the next begins with its mark. */
function putBreak(reading: HtmlReading): void {
  const { text, most, quoted, marked } = reading;
  if (reading.length >= most) return;
  if (marked === reading.length) reading.length -= OF_QUOTATION.length;
  const { length } = reading;
  if (length > 0 && (text[length - 1] as number) > SPACE) text[reading.length++] = LF;
  else if (length > 0) text[length - 1] = LF;
  reading.marked = -1;
  if (quoted === 0) return;
  reading.length += OF_QUOTATION.copy(text, reading.length);
  reading.marked = reading.length;
}

const CDATA = '<![CDATA[';

/** Behind `<!-- … -->`, or what counts as a comment: `<!doctype html>`, `<?xml ?>`, `<![if mso]>`. Of one that is never closed, behind its beginning. */
function afterComment(walk: Walk, open: number): number {
  const { html } = walk;
  if (walk.inDoubt && html.toString('latin1', open, open + CDATA.length) === CDATA)
    return open + CDATA.length;
  if (html[open + 1] !== BANG || html[open + 2] !== HYPHEN || html[open + 3] !== HYPHEN)
    return orEnd(html, html.indexOf(GREATER, open)) + 1;
  if (walk.inDoubt) return open + 4;
  // `<!-->` and `<!--->` are whole.
  if (html[open + 4] === GREATER) return open + 5;
  const from = open + 3;
  if (walk.arrow < from) walk.arrow = orEnd(html, html.indexOf('-->', from));
  if (walk.bang < from) walk.bang = orEnd(html, html.indexOf('--!>', from));
  const end = Math.min(walk.arrow, walk.bang);
  if (end === html.length) return from + 1;
  return end === walk.arrow ? end + 3 : end + 4;
}

/** Looks at a tag, and jumps over what it hides. */
function readTag(walk: Walk, open: number): number {
  const { html, reading } = walk;
  const isEnd = html[open + 1] === SLASH;
  const from = isEnd ? open + 2 : open + 1;
  let at = from;
  let number = 0;
  for (; at < html.length; at++) {
    const octet = html[at] as number;
    if (octet === GREATER || octet === SLASH || isWhite(octet)) break;
    if (at - from < MAX_NUMBERED) number = number * 256 + (octet | SPACE);
  }
  const isShort = at - from <= MAX_NUMBERED;
  const effect = isShort
    ? BY_NUMBER.get(number)
    : BY_NAME.get(html.toString('latin1', from, at).toLowerCase());
  const end = afterTag(walk, at);
  if (effect === 'foreign') walk.inDoubt = true;
  if (effect === undefined || effect === 'foreign') return end;
  if (effect === 'quotation') reading.quoted = Math.max(0, reading.quoted + (isEnd ? -1 : 1));
  putBreak(reading);
  if (effect === 'unread' && html[end - 2] === SLASH) walk.inDoubt = true;
  if (isEnd || walk.inDoubt) return end;
  if (effect === 'unread') return afterUnread(walk, { from, to: at }, end);
  return effect === 'as it stands' ? readAsItStands(walk, { from, to: at }, end) : end;
}

/** Where the tag ends whose name ends there. */
function afterTag({ html, reading, manner, inDoubt }: Walk, from: number): number {
  if (manner === 'as a browser' && !inDoubt) return readAttributes(html, from, reading);
  const end = orEnd(html, html.indexOf(GREATER, from)) + 1;
  if (manner === 'as a browser') readAttributes(html.subarray(0, end), from, reading);
  return end;
}

/** Where to read on behind the tag of an element that is not read; behind the tag itself, where nothing closes it. */
function afterUnread(walk: Walk, name: Name, from: number): number {
  const end = closingTag(walk, name, from);
  if (end === undefined) return from;
  walk.inDoubt ||= isScriptInScript(walk, from, end);
  if (walk.manner === 'as a browser') return end;
  // No style and hardly any script does without.
  if (walk.brace < from) walk.brace = orEnd(walk.html, walk.html.indexOf(BRACE, from));
  return walk.brace < end ? end : from;
}

/** In a comment of a script a tag of a script hides the closing tag that comes next (HTML 13.2.5.26). */
function isScriptInScript(walk: Walk, from: number, end: number): boolean {
  const { html } = walk;
  if (walk.comment < from) walk.comment = orEnd(html, html.indexOf('<!--', from));
  if (walk.comment >= end) return false;
  if (walk.script < walk.comment) walk.script = nextScript(html, walk.comment);
  return walk.script < end;
}

const SCRIPT = Buffer.from('<script');

function nextScript(html: Buffer, from: number): number {
  for (let at = html.indexOf(LESS, from); at >= 0; at = html.indexOf(LESS, at + 1)) {
    let same = 1;
    while (same < SCRIPT.length && ((html[at + same] ?? 0) | SPACE) === SCRIPT[same]) same++;
    if (same === SCRIPT.length) return at;
  }
  return html.length;
}

/** Tags and comments in it are text. */
function readAsItStands(walk: Walk, name: Name, from: number): number {
  const { html, reading } = walk;
  const end = closingTag(walk, name, from) ?? html.length;
  const inside = html.subarray(0, end);
  for (let at = from; at < end && reading.length < reading.most; ) {
    at = readText(inside, at, reading);
    if (at >= end || inside[at] !== LESS) continue;
    putText(reading, LESS);
    at++;
  }
  return end;
}

/** Behind the tag. A `>` between quotation marks does not end it; one that is left open reaches to the end, as for a browser. */
function readAttributes(html: Buffer, start: number, reading: HtmlReading): number {
  for (let at = start; at < html.length; ) {
    const octet = html[at++] as number;
    if (octet === GREATER) return at;
    if (octet === SLASH || isWhite(octet)) continue;
    // A name, of which `=` may be the first octet.
    while (at < html.length && !endsName(html[at] as number)) at++;
    while (isWhite(html[at])) at++;
    if (html[at] !== EQUALS) continue;
    at++;
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

function endsName(octet: number): boolean {
  return octet === EQUALS || octet === GREATER || octet === SLASH || isWhite(octet);
}

/** Where the name of a tag stands. */
interface Name {
  readonly from: number;
  readonly to: number;
}

/** The beginning of the tag that closes it; undefined where there is none. `from` is never less than for the tag before. */
function closingTag(walk: Walk, name: Name, from: number): number | undefined {
  const { html, closing } = walk;
  const key = keyOf(html, name);
  let next = closing.get(key) ?? -1;
  if (next < from) {
    next = nextClosingOf(html, name, from);
    closing.set(key, next);
  }
  return next === html.length ? undefined : next;
}

function nextClosingOf(html: Buffer, name: Name, from: number): number {
  const length = name.to - name.from;
  for (let at = nextClosing(html, from); at >= 0; at = nextClosing(html, at + 2)) {
    let same = 0;
    while (
      same < length &&
      ((html[at + 2 + same] ?? 0) | SPACE) === ((html[name.from + same] as number) | SPACE)
    )
      same++;
    const next = html[at + 2 + same];
    if (same === length && (next === GREATER || next === SLASH || isWhite(next))) return at;
  }
  return html.length;
}

/** Different for each name of what is not read or read as it stands. */
function keyOf(html: Buffer, { from, to }: Name): number {
  const first = (html[from] ?? 0) | SPACE;
  const third = (html[from + 2] ?? 0) | SPACE;
  return (to - from) * 65_536 + first * 256 + third;
}

/** Octets that are looked at one by one before they are searched through, which takes a while to begin. */
const NEAR = 32;

/** The next `</`; -1 when there is none. */
function nextClosing(html: Buffer, from: number): number {
  const near = Math.min(from + NEAR, html.length);
  for (let at = from; at < near; at++) if (html[at] === LESS && html[at + 1] === SLASH) return at;
  return html.indexOf('</', near);
}
