/**
 * A bounded look into the body of a message (RFC 2045, RFC 2046): the beginning of its text, as octets in one character
 * each, its transfer encoding undone. For whoever compares messages, not for whoever shows them: charsets are left as
 * they are, and what is damaged gives what can be read of it.
 */
import { fieldValue, findField, type Header, scanHeader } from './header.ts';

/** Octets of the body looked at. */
export const MAX_LOOKED_AT_BYTES = 64 * 1024;
/** Octets of decoded text kept of each kind. */
export const MAX_TEXT_BYTES = 4 * 1024;
const MAX_PARTS = 12;
const MAX_DEPTH = 4;
/** Octets of an attachment by which it is known again, as they were sent. */
const ATTACHMENT_BYTES = 2 * 1024;
/** Encoded octets that make `MAX_TEXT_BYTES` at most: quoted-printable takes three for one, and soft line ends. */
const MAX_ENCODED_BYTES = 4 * MAX_TEXT_BYTES;
const LF = 0x0a;
const SPACE = 0x20;
const HYPHEN = 0x2d;

export interface TextParts {
  /** Of `text/plain` parts, and of a body that says nothing of itself; valid until the next call. */
  readonly plain: Buffer;
  /** Of `text/html` parts, with its tags; valid until the next call. */
  readonly html: Buffer;
  /** The beginning of the first part that is no text, still encoded; empty when there is none. */
  readonly attachment: string;
}

/** Where the texts of one message are put together: this runs for each submission, and one at a time. */
const TEXTS = { plain: Buffer.alloc(MAX_TEXT_BYTES), html: Buffer.alloc(MAX_TEXT_BYTES) };

interface Found {
  /** Octets of each kind. */
  plain: number;
  html: number;
  attachment: string;
  parts: number;
}

/** `bytes`: the message or its beginning, of which `header` is the header. Never throws. */
export function textParts(header: Header, bytes: Buffer): TextParts {
  const found: Found = { plain: 0, html: 0, attachment: '', parts: 0 };
  const body = bytes.subarray(header.bodyStart, header.bodyStart + MAX_LOOKED_AT_BYTES);
  look({ header, body, depth: 0 }, found);
  return {
    plain: TEXTS.plain.subarray(0, found.plain),
    html: TEXTS.html.subarray(0, found.html),
    attachment: found.attachment,
  };
}

interface Part {
  readonly header: Header;
  readonly body: Buffer;
  readonly depth: number;
}

function look({ header, body, depth }: Part, found: Found): void {
  found.parts++;
  const type = textOf(header, 'content-type').toLowerCase();
  const boundary = /^multipart\//.test(type) ? boundaryOf(textOf(header, 'content-type')) : undefined;
  if (boundary !== undefined) {
    if (depth < MAX_DEPTH) lookInside(body, { boundary, depth }, found);
    return;
  }
  if (/^message\/rfc822/.test(type)) {
    if (depth < MAX_DEPTH) lookAtPart(body, depth, found);
    return;
  }
  const isHtml = /^text\/html/.test(type);
  if (type !== '' && !isHtml && !/^text\//.test(type)) {
    if (found.attachment === '') found.attachment = body.toString('latin1', 0, ATTACHMENT_BYTES);
    return;
  }
  const kind = isHtml ? 'html' : 'plain';
  found[kind] += decode(body, {
    encoding: textOf(header, 'content-transfer-encoding'),
    into: TEXTS[kind],
    from: found[kind],
  });
}

/** The parts between the delimiter lines (RFC 2046 5.1.1). */
function lookInside(
  body: Buffer,
  { boundary, depth }: { boundary: string; depth: number },
  found: Found,
): void {
  const delimiter = Buffer.from(`--${boundary}`, 'latin1');
  let start = nextDelimiter(body, delimiter, 0);
  while (start >= 0 && found.parts < MAX_PARTS) {
    const from = start + delimiter.length;
    // `--boundary--` ends it.
    if (body[from] === HYPHEN) return;
    const next = nextDelimiter(body, delimiter, from);
    const line = body.indexOf(LF, from);
    if (line < 0) return;
    lookAtPart(body.subarray(line + 1, next < 0 ? body.length : next), depth, found);
    start = next;
  }
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

/** Puts as much of it into `into` as there is room for from `from` on; says how many octets. */
function decode(
  body: Buffer,
  { encoding, into, from }: { encoding: string; into: Buffer; from: number },
): number {
  switch (encoding.trim().toLowerCase()) {
    case 'base64':
      return into.write(body.toString('latin1', 0, MAX_ENCODED_BYTES), from, 'base64');
    case 'quoted-printable':
      return into.write(quotedPrintable(body.toString('latin1', 0, MAX_ENCODED_BYTES)), from, 'latin1');
    default:
      return body.copy(into, from);
  }
}

function quotedPrintable(text: string): string {
  return text
    .replace(/=\r?\n/g, '')
    .replace(/=([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

function textOf(header: Header, name: string): string {
  const field = findField(header, name);
  return field === undefined ? '' : fieldValue(header, field);
}

function boundaryOf(value: string): string | undefined {
  const [, quoted, plain] =
    /boundary\s*=\s*(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i.exec(value.slice(0, 2_000)) ?? [];
  return quoted ?? plain;
}
