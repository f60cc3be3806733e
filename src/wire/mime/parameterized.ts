/**
 * A field of the form `value; name=value; …`: Content-Type and Content-Disposition (RFC 2045 5.1, RFC 2183). Lenient, as
 * mail is: values that should have been quoted go on to the next semicolon, an unclosed quote to the end, what has no
 * `=` is passed over. One pass; never throws.
 */
import type { Parameter } from './structure.ts';

/** Parameters kept of one field. */
const MAX_PARAMETERS = 100;
const SEMICOLON = 0x3b;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN = 0x28;
const CLOSE = 0x29;

export interface Parameterized {
  /** What stands before the first semicolon, in lower case, without comments and white space. */
  readonly value: string;
  readonly parameters: readonly Parameter[];
}

/** `text`: the value of the field, unfolded. The first of two parameters of one name wins. `keeps`: which are looked for. */
export function parseParameterized(text: string, keeps: (name: string) => boolean = isName): Parameterized {
  const end = endOfValue(text, 0);
  const value = withoutComments(text.slice(0, end)).replace(/\s+/g, '').toLowerCase();
  const parameters: Parameter[] = [];
  const seen = new Set<string>();
  let at = end + 1;
  while (at < text.length && parameters.length < MAX_PARAMETERS) {
    const equals = text.indexOf('=', at);
    if (equals < 0) break;
    const start = Math.max(at, text.lastIndexOf(';', equals) + 1);
    const name = withoutComments(text.slice(start, equals)).trim().toLowerCase();
    const read = valueAt(text, equals + 1);
    at = read.end + 1;
    if (seen.has(name) || !keeps(name)) continue;
    seen.add(name);
    parameters.push([name, read.value]);
  }
  return { value, parameters };
}

function isName(text: string): boolean {
  return text !== '' && !/\s/.test(text);
}

/** Where the next semicolon outside quotes and comments is, or the end. */
function endOfValue(text: string, from: number): number {
  let at = from;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === SEMICOLON) return at;
    if (code === QUOTE) at = quotedAt(text, at).end;
    else if (code === OPEN) at = afterComment(text, at);
    else at += 1;
  }
  return text.length;
}

function valueAt(text: string, from: number): { value: string; end: number } {
  let at = from;
  for (;;) {
    const code = text.charCodeAt(at);
    if (code === 0x20 || code === 0x09) at += 1;
    else if (code === OPEN) at = afterComment(text, at);
    else break;
  }
  if (text.charCodeAt(at) === QUOTE) {
    const quoted = quotedAt(text, at);
    return { value: quoted.value, end: endOfValue(text, quoted.end) };
  }
  const semicolon = text.indexOf(';', at);
  const end = semicolon < 0 ? text.length : semicolon;
  const raw = text.slice(at, end);
  const comment = raw.search(/[ \t]\(/);
  return { value: (comment < 0 ? raw : raw.slice(0, comment)).trim(), end };
}

/** A quoted string that begins at `start`; `end` is behind its closing quote. */
export function quotedAt(text: string, start: number): { value: string; end: number } {
  let value = '';
  let from = start + 1;
  for (let at = from; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return { value: value + text.slice(from, at), end: at + 1 };
    if (code !== BACKSLASH) continue;
    value += text.slice(from, at);
    from = at + 1;
    at += 1;
  }
  return { value: value + text.slice(from), end: text.length };
}

/** Behind the comment that begins at `start` (RFC 5322 3.2.2); the end of the text when it is not closed. */
export function afterComment(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === BACKSLASH) at += 1;
    else if (code === OPEN) depth += 1;
    else if (code === CLOSE && --depth === 0) return at + 1;
  }
  return text.length;
}

/** The text with each comment outside quotes taken out. */
export function withoutComments(text: string): string {
  if (!text.includes('(')) return text;
  let kept = '';
  let from = 0;
  for (let at = 0; at < text.length; ) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = quotedAt(text, at).end;
    else if (code === OPEN) {
      kept += text.slice(from, at);
      from = at = afterComment(text, at);
    } else at += 1;
  }
  return kept + text.slice(from);
}
