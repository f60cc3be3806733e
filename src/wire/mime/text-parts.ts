/**
 * A bounded look into the body of a message (RFC 2045, RFC 2046): the beginning of its text, its transfer encoding undone,
 * and of HTML what is read of it and where it links to. For whoever compares messages, not for whoever shows them: what is
 * damaged gives what can be read of it. Text is UTF-8, or Latin-1 where it was sent so; other charsets are converted.
 */
import { isAscii } from 'node:buffer';
import { decodedParameter } from './attachment-name.ts';
import { decodeCharset } from './charset.ts';
import { type Header, scanHeader } from './header.ts';
import { type HtmlReading, newReading, ROOM_FOR_ONE, readHtml, readLoosely } from './html-look.ts';
import { type ContentType, eachLeaf, encodingOf, isBlank, isMessage, type Leaf } from './leaf-parts.ts';
import { type Parameter, parameterOf } from './structure.ts';
import { decodeBody } from './transfer-encoding.ts';

/** Octets of the body looked at. */
export const MAX_LOOKED_AT_BYTES = 64 * 1024;
/** Octets of decoded text kept of each kind, unless more are asked for. */
export const MAX_TEXT_BYTES = 4 * 1024;
/** Octets of an attachment by which it is known again, as they were sent. */
const ATTACHMENT_BYTES = 2 * 1024;
/** Encoded octets that make one at most: quoted-printable takes three, and soft line ends. */
const ENCODED_PER_OCTET = 4;
/** Octets of UTF-7 that are converted of one message: of each letter alone it takes a hundred times as long as others. */
const MAX_UTF_7_BYTES = 4 * 1024;
/** Octets of encoded messages that are opened, all in all: they may be encoded again and again. */
const MAX_MESSAGE_BYTES = 4 * MAX_LOOKED_AT_BYTES;
const LF = 0x0a;
const CR = 0x0d;
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
  /** Octets of UTF-7 that may still be converted, and of encoded messages that may still be opened. */
  utf7: number;
  messages: number;
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
  const found: Found = {
    plain: 0,
    most,
    html,
    readHtml,
    attachment: '',
    utf7: MAX_UTF_7_BYTES,
    messages: MAX_MESSAGE_BYTES,
  };
  const body = bytes.subarray(header.bodyStart, header.bodyStart + MAX_LOOKED_AT_BYTES);
  eachLeaf(header, body, (leaf) => look(leaf, found));
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
  /^(application\/pgp-encrypted|message\/(disposition-notification|(global-)?delivery-status|global-disposition-notification))$/;
/** An answer to an invitation says what the invitation says. */
const OF_CALENDAR = /^(text\/calendar|application\/ics)$/;
const REPLY = /\bmethod\s*[:=]\s*"?reply\b/i;

function isOfEverybody({ header, type, body }: Leaf): boolean {
  if (OF_EVERYBODY.test(type.value)) return true;
  if (!OF_CALENDAR.test(type.value)) return false;
  return (
    parameterOf(type.parameters, 'method')?.toLowerCase() === 'reply' ||
    REPLY.test(decode(header, body, ATTACHMENT_BYTES).toString('latin1'))
  );
}

/** RFC 2045 5.2: what cannot be read is plain text. */
const NO_TEXT = /^(?!text\/).*\/|^(application|image|audio|video|font|model)$/;

function look(leaf: Leaf, found: Found): void {
  const { header, type, body } = leaf;
  // Whatever else is in the message is what it is known by.
  if (isOfEverybody(leaf)) return;
  if (isMessage(type.value)) {
    lookWithin(leaf, found);
    return;
  }
  if (NO_TEXT.test(type.value)) {
    if (found.attachment === '') found.attachment = body.toString('latin1', 0, ATTACHMENT_BYTES);
    return;
  }
  const isHtml = type.value.startsWith('text/html');
  // Of HTML it cannot be known how much stands before the text.
  const octets = isHtml ? MAX_LOOKED_AT_BYTES : found.most - found.plain;
  const text = inUtf8(decode(header, body, octets), type, found);
  if (isHtml) found.readHtml(text, found.html);
  else addPlain(text, found);
}

/** A message that is encoded as a whole, which RFC 2046 5.2.1 forbids and some programs show. */
function lookWithin({ header, body }: Leaf, found: Found): void {
  const message = Buffer.from(decode(header, body, MAX_LOOKED_AT_BYTES));
  found.messages -= message.length;
  if (found.messages < 0) return addPlain(message, found);
  const inner = scanHeader(message);
  eachLeaf(inner, message.subarray(inner.bodyStart), (leaf) => look(leaf, found));
}

function addPlain(text: Buffer, found: Found): void {
  found.plain += text.copy(PLAIN, found.plain, 0, Math.max(0, found.most - found.plain));
}

/** At most so many `octets` of it, without its transfer encoding; valid until the next call. */
function decode(header: Header, body: Buffer, octets: number): Buffer {
  switch (encodingOf(header, body)) {
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

function inUtf8(text: Buffer, { parameters }: ContentType, found: Found): Buffer {
  const charset = markOf(text) ?? charsetOf(parameters);
  if (charset === '' || AS_IT_IS.test(charset) || (OVER_ASCII.test(charset) && isAscii(text))) return text;
  if (!charset.includes('utf-7')) return Buffer.from(decodeCharset(text, charset));
  const converted = upTo(found.utf7, text);
  found.utf7 -= converted.length;
  return Buffer.from(decodeCharset(converted, charset));
}

const CHARSET = /^[\w.:+-]{1,40}$/;

function charsetOf(parameters: readonly Parameter[]): string {
  const plain = parameterOf(parameters, 'charset');
  const named = plain ?? (parameters.length === 0 ? undefined : decodedParameter(parameters, 'charset'));
  const charset = named?.trim().toLowerCase() ?? '';
  return CHARSET.test(charset) ? charset : '';
}

/** A byte order mark says more than a label. */
function markOf(text: Buffer): string | undefined {
  if (text[0] === 0xff && text[1] === 0xfe) return 'utf-16le';
  return text[0] === 0xfe && text[1] === 0xff ? 'utf-16be' : undefined;
}
