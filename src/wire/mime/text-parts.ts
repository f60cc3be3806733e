/**
 * A bounded look into the body of a message (RFC 2045, RFC 2046): the beginning of its text, its transfer encoding undone,
 * and of HTML what is read of it and where it links to. For whoever compares messages, not for whoever shows them: what is
 * damaged gives what can be read of it, and what is in too many pieces is taken as it stands. Text is UTF-8, or Latin-1
 * where it was sent so; other charsets are converted.
 */
import { isAscii } from 'node:buffer';
import { decodeCharset } from './charset.ts';
import { fieldValue, findField, type Header, scanHeader } from './header.ts';
import { type HtmlReading, newReading, ROOM_FOR_ONE, readHtml, readLoosely } from './html-look.ts';
import { decodeBody } from './transfer-encoding.ts';

/** Octets of the body looked at. */
export const MAX_LOOKED_AT_BYTES = 64 * 1024;
/** Octets of decoded text kept of each kind, unless more are asked for. */
export const MAX_TEXT_BYTES = 4 * 1024;
/** Parts with something in them; what comes after them is taken as one text, and so is what is nested deeper. */
const MAX_PARTS = 100;
const MAX_DEPTH = 16;
/** Octets of an attachment by which it is known again, as they were sent. */
const ATTACHMENT_BYTES = 2 * 1024;
/** Encoded octets that make one at most: quoted-printable takes three, and soft line ends. */
const ENCODED_PER_OCTET = 4;
/** Octets of UTF-7 that are converted: of each letter alone it takes a hundred times as long as others. */
const MAX_UTF_7_BYTES = 4 * 1024;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const HYPHEN = 0x2d;
const EQUALS = 0x3d;

export interface TextParts {
  /** Of `text/plain` parts, and of a body that says nothing of itself; valid until the next call. */
  readonly plain: Buffer;
  /** What is read of `text/html` parts; valid until the next call. */
  readonly html: Buffer;
  /** Hosts that the attributes of HTML lead to, and how many do. */
  readonly hosts: ReadonlyMap<string, number> | undefined;
  /** Links written out where HTML shows nothing, or as text; looked for only where its attributes lead nowhere. */
  readonly hidden: ReadonlyMap<string, number> | undefined;
  /** Octets of HTML that were looked at, tags and all. */
  readonly htmlOctets: number;
  /** The beginning of the first part that is no text and not the same for everybody, still encoded; empty when there is none. */
  readonly attachment: string;
  /** There may be more text than was asked for. */
  readonly isCut: boolean;
}

/** Where the texts of one message are put together: this runs for each submission, and one at a time. */
const PLAIN = Buffer.alloc(MAX_LOOKED_AT_BYTES);
const HTML = Buffer.alloc(MAX_LOOKED_AT_BYTES + ROOM_FOR_ONE);
/** One part, decoded. */
const DECODED = Buffer.alloc(MAX_LOOKED_AT_BYTES);

interface Found {
  /** Octets of plain text there are, and are wanted. */
  plain: number;
  readonly most: number;
  readonly html: HtmlReading;
  readonly readHtml: typeof readHtml;
  attachment: string;
  parts: number;
}

/**
 * `bytes`: the message or its beginning, of which `header` is the header. `most`: octets of each kind of text, up to
 * `MAX_LOOKED_AT_BYTES`. Never throws.
 */
export function textParts(header: Header, bytes: Buffer, most: number = MAX_TEXT_BYTES): TextParts {
  return partsOf(header, bytes, { most, readHtml });
}

/** With all of HTML that may be text (`readLoosely`); links are not looked for. */
export function looseParts(header: Header, bytes: Buffer): TextParts {
  return partsOf(header, bytes, { most: MAX_TEXT_BYTES, readHtml: readLoosely });
}

function partsOf(
  header: Header,
  bytes: Buffer,
  { most, readHtml }: Pick<Found, 'most' | 'readHtml'>,
): TextParts {
  const html = newReading(HTML, most);
  const found: Found = { plain: 0, most, html, readHtml, attachment: '', parts: 0 };
  const body = bytes.subarray(header.bodyStart, header.bodyStart + MAX_LOOKED_AT_BYTES);
  look({ header, body, depth: 0 }, found);
  return {
    plain: PLAIN.subarray(0, found.plain),
    html: HTML.subarray(0, html.length),
    hosts: html.links?.hosts,
    hidden: html.hidden,
    htmlOctets: html.octets,
    attachment: found.attachment,
    isCut: most < MAX_LOOKED_AT_BYTES && (found.plain >= most || html.length >= most),
  };
}

/** Of encrypted mail, receipts and delivery reports: parts that are the same for everybody, or nearly. */
const OF_EVERYBODY =
  /^(application\/pgp-encrypted|message\/(disposition-notification|(global-)?delivery-status|global-disposition-notification))\b/;
/** An answer to an invitation says what the invitation says. */
const OF_CALENDAR = /^(text\/calendar|application\/ics)\b/;
const REPLY = /\bmethod\s*[:=]\s*"?reply\b/i;

function isOfEverybody({ header, body }: Part, type: string): boolean {
  if (OF_EVERYBODY.test(type)) return true;
  if (!OF_CALENDAR.test(type)) return false;
  const encoding = textOf(header, 'content-transfer-encoding');
  return (
    REPLY.test(type) || REPLY.test(decode(body, { encoding, octets: ATTACHMENT_BYTES }).toString('latin1'))
  );
}

interface Part {
  readonly header: Header;
  readonly body: Buffer;
  readonly depth: number;
}

function look(part: Part, found: Found): void {
  const { header, body, depth } = part;
  found.parts++;
  const written = textOf(header, 'content-type');
  const type = written.toLowerCase();
  if (type.startsWith('multipart/')) {
    const boundary = depth < MAX_DEPTH ? boundaryOf(written) : undefined;
    if (boundary === undefined || !lookInside(body, { boundary, depth }, found)) addPlain(body, found);
  } else if (type.startsWith('message/rfc822')) {
    if (depth < MAX_DEPTH) lookAtPart(body, depth, found);
    else addPlain(body, found);
  } else if (isOfEverybody(part, type)) {
    // Whatever else is in the message is what it is known by.
  } else if (type === '' || type.startsWith('text/')) {
    const isHtml = type.startsWith('text/html');
    // Of HTML it cannot be known how much stands before the text.
    const octets = isHtml ? MAX_LOOKED_AT_BYTES : found.most - found.plain;
    const decoded = decode(body, { encoding: textOf(header, 'content-transfer-encoding'), octets });
    const text = inUtf8(decoded, type);
    if (isHtml) found.readHtml(text, found.html);
    else addPlain(text, found);
  } else if (found.attachment === '') found.attachment = body.toString('latin1', 0, ATTACHMENT_BYTES);
}

function addPlain(text: Buffer, found: Found): void {
  found.plain += text.copy(PLAIN, found.plain, 0, Math.max(0, found.most - found.plain));
}

/** The parts between the delimiter lines (RFC 2046 5.1.1); false when there are none. */
function lookInside(
  body: Buffer,
  { boundary, depth }: { boundary: string; depth: number },
  found: Found,
): boolean {
  const delimiter = Buffer.from(`--${boundary}`, 'latin1');
  let start = nextDelimiter(body, delimiter, 0);
  if (start < 0) return false;
  while (start >= 0) {
    const from = start + delimiter.length;
    // `--boundary--` ends it.
    if (body[from] === HYPHEN) break;
    const line = body.indexOf(LF, from);
    if (line < 0) break;
    if (found.parts >= MAX_PARTS) {
      addPlain(body.subarray(line + 1), found);
      break;
    }
    const next = nextDelimiter(body, delimiter, from);
    const part = body.subarray(line + 1, next < 0 ? body.length : next);
    if (!isBlank(part)) lookAtPart(part, depth, found);
    start = next;
  }
  return true;
}

function isBlank(part: Buffer): boolean {
  for (const octet of part) if (octet > SPACE) return false;
  return true;
}

/** At the beginning of a line, and not the beginning of a longer one; -1 when there is none. */
function nextDelimiter(body: Buffer, delimiter: Buffer, from: number): number {
  for (let at = body.indexOf(delimiter, from); at >= 0; at = body.indexOf(delimiter, at + 1)) {
    const after = body[at + delimiter.length] ?? LF;
    if ((at === 0 || body[at - 1] === LF) && (after <= SPACE || after === HYPHEN)) return at;
  }
  return -1;
}

function lookAtPart(bytes: Buffer, depth: number, found: Found): void {
  const header = scanHeader(bytes);
  look({ header, body: bytes.subarray(header.bodyStart), depth: depth + 1 }, found);
}

/** At most so many `octets` of it, without its transfer encoding; valid until the next call. */
function decode(body: Buffer, { encoding, octets }: { encoding: string; octets: number }): Buffer {
  switch (encoding.trim().toLowerCase()) {
    case 'base64':
      return upTo(octets, base64(upTo(ENCODED_PER_OCTET * octets, body)));
    case 'quoted-printable':
      return upTo(octets, quotedPrintable(upTo(ENCODED_PER_OCTET * octets, body)));
    default:
      return upTo(octets, body);
  }
}

function upTo(octets: number, of: Buffer): Buffer {
  return of.length <= octets ? of : of.subarray(0, octets);
}

/** Octets of padding and line end, behind which nothing follows. */
const END_OF_BASE64 = 8;

function base64(body: Buffer): Buffer {
  const padding = body.indexOf(EQUALS);
  // What stands behind padding, Node leaves out.
  if (padding >= 0 && padding < body.length - END_OF_BASE64 && !isBlank(body.subarray(padding + 2)))
    return decodeBody(body, 'base64') as Buffer;
  return DECODED.subarray(0, DECODED.write(body.toString('latin1'), 'base64'));
}

const HEX = Int8Array.from({ length: 256 }, (_, code) => {
  const value = Number.parseInt(String.fromCharCode(code), 16);
  return Number.isNaN(value) ? -1 : value;
});

function quotedPrintable(body: Buffer): Buffer {
  let length = 0;
  for (let at = 0; at < body.length; at++) {
    const octet = body[at] as number;
    DECODED[length++] = octet;
    if (octet !== EQUALS) continue;
    const high = HEX[body[at + 1] ?? 0] as number;
    const low = HEX[body[at + 2] ?? 0] as number;
    if (high >= 0 && low >= 0) {
      DECODED[length - 1] = (high << 4) | low;
      at += 2;
    } else if (body[at + 1] === LF || (body[at + 1] === CR && body[at + 2] === LF)) {
      length--;
      at += body[at + 1] === LF ? 1 : 2;
    }
  }
  return DECODED.subarray(0, length);
}

/** Charsets of which words are read as they are: of UTF-8 and Latin-1 each octet past ASCII tells which it is. */
const AS_IT_IS = /^(utf-?8|us-ascii|ascii|iso-8859-(1|15)|latin-?1|windows-1252|cp-?1252)$/;
/** Charsets of which the first half is ASCII. */
const OVER_ASCII = /^(iso-8859-\d+|windows-\d+|cp125\d|koi8-\w+|gb\w+|big5|euc-\w+|shift_jis)$/;
const CHARSET = /charset\s*=\s*"?([^\s";]{1,40})/;

/** `type`: the value of Content-Type in lower case. */
function inUtf8(text: Buffer, type: string): Buffer {
  const named = CHARSET.exec(type)?.[1] ?? '';
  const charset = markOf(text) ?? named;
  if (charset === '' || AS_IT_IS.test(charset) || (OVER_ASCII.test(charset) && isAscii(text))) return text;
  return Buffer.from(decodeCharset(charset.includes('utf-7') ? upTo(MAX_UTF_7_BYTES, text) : text, charset));
}

/** A byte order mark says more than a label. */
function markOf(text: Buffer): string | undefined {
  if (text[0] === 0xff && text[1] === 0xfe) return 'utf-16le';
  return text[0] === 0xfe && text[1] === 0xff ? 'utf-16be' : undefined;
}

function textOf(header: Header, name: string): string {
  const field = findField(header, name);
  return field === undefined ? '' : fieldValue(header, field);
}

function boundaryOf(value: string): string | undefined {
  const [, quoted, plain] =
    /boundary\s*=\s*(?:"((?:[^"\\]|\\.){1,70})"|([^\s;"]{1,70}))/i.exec(value.slice(0, 2_000)) ?? [];
  return quoted?.replace(/\\(.)/g, '$1') ?? plain;
}
