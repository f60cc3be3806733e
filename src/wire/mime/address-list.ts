/**
 * Address lists of a header (RFC 5322 3.4 and 4.4) as ENVELOPE wants them (RFC 9051 7.5.2): groups, comments, folding,
 * source routes and the obsolete forms. Lenient: what is no address gives what can be told of it. One pass over the text,
 * nothing recursive, never throws.
 */
import { afterComment, quotedAt } from './parameterized.ts';
import type { EnvelopeAddress } from './structure.ts';

/** Entries of one list, marks of groups included; more are passed over. */
export const MAX_ADDRESSES = 4_000;

const GROUP_END: EnvelopeAddress = {};
/** `user@host`, or a name of plain words or in quotes and `<user@host>`: nearly every list has only these. */
const PLAIN =
  /^(?:([A-Za-z0-9!#$%&'*+/=?^_`{|}~-][\w!#$%&'*+/=?^`{|}~ -]*)|"([^"\\]*)")?[ \t]*<([\w!#$%&'*+/=?^`{|}~.-]+)@([\w.-]+)>$|^([\w!#$%&'*+/=?^`{|}~.-]+)@([\w.-]+)$/;
const MAX_PLAIN = 400;

/** A word of a phrase or of a local part. */
interface Word {
  readonly text: string;
  /** White space or a comment stands before it. */
  readonly apart: boolean;
}

interface Cursor {
  readonly text: string;
  at: number;
  /** The last comment that was passed over in this address, without its parentheses. */
  comment: string | undefined;
}

/** `text`: the value of a field, unfolded. */
export function parseAddressList(text: string): EnvelopeAddress[] {
  const plain = text.length <= MAX_PLAIN ? PLAIN.exec(text) : null;
  if (plain !== null) return [fromPlain(plain)];
  const found: EnvelopeAddress[] = [];
  const cursor: Cursor = { text, at: 0, comment: undefined };
  let inGroup = false;
  while (found.length < MAX_ADDRESSES) {
    skipSpace(cursor);
    if (cursor.at >= text.length) break;
    const char = text[cursor.at];
    if (char === ',' || char === ';') {
      cursor.at += 1;
      if (char === ';' && inGroup) found.push(GROUP_END);
      if (char === ';') inGroup = false;
      continue;
    }
    const address = addressAt(cursor);
    const opens = address.host === undefined;
    if (opens && inGroup) found.push(GROUP_END);
    if (opens) inGroup = true;
    found.push(address);
  }
  if (inGroup) found.push(GROUP_END);
  return found;
}

function fromPlain(match: RegExpExecArray): EnvelopeAddress {
  const [, words, quoted, mailbox = match[5] as string, host = match[6] as string] = match;
  const name = quoted ?? words?.trim().replace(/[ \t]+/g, ' ');
  return name === undefined || name === '' ? { mailbox, host } : { name, mailbox, host };
}

/** One address, or the start of a group, which has no host. */
function addressAt(cursor: Cursor): EnvelopeAddress {
  cursor.comment = undefined;
  const words = wordsAt(cursor);
  const char = cursor.text[cursor.at];
  if (char === ':') {
    cursor.at += 1;
    return { mailbox: phrase(words) };
  }
  if (char === '<') return angleAt(cursor, words);
  if (char === '@') {
    const first = startOfLocal(words);
    const host = hostAt(cursor);
    skipJunk(cursor);
    const name = phrase(words.slice(0, first)) || (cursor.comment ?? '');
    return address({ name, mailbox: joined(words.slice(first)), host });
  }
  skipJunk(cursor);
  return address({ name: cursor.comment ?? '', mailbox: phrase(words), host: '' });
}

function address({ name, ...rest }: { name: string; mailbox: string; host: string }): EnvelopeAddress {
  return name === '' ? rest : { name, ...rest };
}

/** `<user@host>` or `<@a,@b:user@host>`; the cursor stands on the bracket. */
function angleAt(cursor: Cursor, words: readonly Word[]): EnvelopeAddress {
  while (cursor.text[cursor.at] === '<') {
    cursor.at += 1;
    skipSpace(cursor);
  }
  const route = cursor.text[cursor.at] === '@' ? routeAt(cursor) : undefined;
  const mailbox = joined(wordsAt(cursor));
  const host = cursor.text[cursor.at] === '@' ? hostAt(cursor) : '';
  closeAngle(cursor);
  skipJunk(cursor);
  const found = address({ name: phrase(words) || (cursor.comment ?? ''), mailbox, host });
  return route === undefined ? found : { ...found, route };
}

/** Behind the closing bracket, unless what would begin another address stands before it. */
function closeAngle(cursor: Cursor): void {
  const { text } = cursor;
  for (let at = cursor.at; at < text.length; at++) {
    const char = text[at];
    if (char === ',' || char === ';' || char === '<') return;
    cursor.at = at + 1;
    if (char === '>') return;
  }
}

/** RFC 5322 4.4 `obs-route`, without its colon. */
function routeAt(cursor: Cursor): string {
  const hosts: string[] = [];
  for (;;) {
    skipSpace(cursor);
    const char = cursor.text[cursor.at];
    if (char === '@') hosts.push(`@${hostAt(cursor)}`);
    else if (char === ',') cursor.at += 1;
    else {
      if (char === ':') cursor.at += 1;
      return hosts.join(',');
    }
  }
}

/** The domain behind an `@`: atoms and dots, or a literal; white space and comments within are left out. */
function hostAt(cursor: Cursor): string {
  const { text } = cursor;
  cursor.at += 1;
  let host = '';
  for (;;) {
    const { apart } = skipSpace(cursor);
    const char = text[cursor.at];
    if (char === undefined || '<>,;:@"'.includes(char)) return host;
    if (char === '[') {
      const close = text.indexOf(']', cursor.at);
      const end = close < 0 ? text.length : close + 1;
      host += text.slice(cursor.at, end).replace(/\s+/g, '');
      cursor.at = end;
      continue;
    }
    // A word that stands apart from the domain is no part of it.
    if (apart && host !== '' && char !== '.' && !host.endsWith('.')) return host;
    const end = endOfAtom(text, cursor.at);
    host += text.slice(cursor.at, end);
    cursor.at = end;
  }
}

/** Atoms, dots and quoted strings, up to what is none of them. */
function wordsAt(cursor: Cursor): Word[] {
  const { text } = cursor;
  const words: Word[] = [];
  for (;;) {
    const { apart } = skipSpace(cursor);
    const char = text[cursor.at];
    if (char === undefined || '<>@,;:'.includes(char)) return words;
    if (char === '"') {
      const quoted = quotedAt(text, cursor.at);
      words.push({ text: quoted.value, apart });
      cursor.at = quoted.end;
      continue;
    }
    const end = endOfAtom(text, cursor.at);
    words.push({ text: text.slice(cursor.at, end), apart });
    cursor.at = end;
  }
}

/** At least one character, so that nothing stands still. */
function endOfAtom(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    // White space, and `" ( , : ; < > @ [`.
    if (
      code <= 0x20 ||
      code === 0x22 ||
      code === 0x28 ||
      code === 0x2c ||
      (code >= 0x3a && code <= 0x40 && code !== 0x3d && code !== 0x3f) ||
      code === 0x5b
    )
      break;
    at += 1;
  }
  return at;
}

function skipSpace(cursor: Cursor): { apart: boolean } {
  const from = cursor.at;
  for (;;) {
    const code = cursor.text.charCodeAt(cursor.at);
    if (code === 0x28) {
      const end = afterComment(cursor.text, cursor.at);
      cursor.comment = commentText(cursor.text.slice(cursor.at + 1, end - 1));
      cursor.at = end;
    } else if (code <= 0x20) cursor.at += 1;
    else return cursor.at > from ? APART : TOGETHER;
  }
}

const APART = { apart: true };
const TOGETHER = { apart: false };

function commentText(text: string): string {
  return text.replace(/\\(.)/g, '$1').replace(/\s+/g, ' ').trim();
}

/** On to the next comma or semicolon outside quotes. */
function skipJunk(cursor: Cursor): void {
  const { text } = cursor;
  for (;;) {
    skipSpace(cursor);
    const char = text[cursor.at];
    if (char === undefined || char === ',' || char === ';') return;
    cursor.at = char === '"' ? quotedAt(text, cursor.at).end : cursor.at + 1;
  }
}

function phrase(words: readonly Word[]): string {
  return words
    .map(({ text, apart }, index) => (apart && index > 0 ? ` ${text}` : text))
    .join('')
    .trim();
}

function joined(words: readonly Word[]): string {
  return words.map(({ text }) => text).join('');
}

/** Which of the words before an `@` begins the local part: `Joe Doe joe@x` is a name and an address. */
function startOfLocal(words: readonly Word[]): number {
  let first = words.length - 1;
  while (first > 0) {
    const { text, apart } = words[first] as Word;
    const before = (words[first - 1] as Word).text;
    if (apart && !text.startsWith('.') && !before.endsWith('.')) break;
    first -= 1;
  }
  return Math.max(first, 0);
}
