/** The last part of a notification: the message that it is about, or its header (RFC 3461 4.3, RFC 6522 4, RFC 6533 4). */
import { isUtf8 } from 'node:buffer';
import { scanHeader } from '../mime/header.ts';
import type { DsnPart, DsnReport } from './report.ts';
import { headerField, MAX_LINE_OCTETS, quotedPrintable } from './text.ts';

/** Octets of header that go back; past them whole fields are left out. */
const MAX_HEADER_BYTES = 65_536;
const LF = 0x0a;
const CR = 0x0d;

export function returnedPart(report: DsnReport): {
  readonly kind: 'full' | 'headers';
  readonly part: DsnPart;
} {
  const header = scanHeader(report.original);
  const eightBit = report.transport === '8bit';
  const failed = report.recipients.some(({ action }) => action === 'failed');
  const whole = inspect(report.original);
  const head = report.original.subarray(0, header.bodyStart);
  const utf8Header = report.smtpUtf8 && eightBit && !inspect(head).ascii && isUtf8(head);
  const fits =
    report.original.length <= report.maxReturnBytes && whole.plainLines && (whole.ascii || eightBit);
  const hasBody = header.bodyStart < report.original.length;
  if (report.ret === 'FULL' && failed && fits && hasBody) {
    const type = headerField('Content-Type', utf8Header ? 'message/global' : 'message/rfc822');
    const encoding = whole.ascii ? '' : headerField('Content-Transfer-Encoding', '8bit');
    return {
      kind: 'full',
      part: { head: type + encoding, body: report.original, global: utf8Header, eightBit: !whole.ascii },
    };
  }
  return {
    kind: 'headers',
    part: headersPart(headerBlock(report.original), utf8Header ? 'global' : 'ascii'),
  };
}

function headersPart(block: Buffer, kind: 'global' | 'ascii'): DsnPart {
  const { ascii, plainLines } = inspect(block);
  if (kind === 'global' && plainLines) {
    const head =
      headerField('Content-Type', 'message/global-headers; charset=utf-8') +
      headerField('Content-Transfer-Encoding', '8bit');
    return { head, body: block, global: true, eightBit: true };
  }
  const encoding = ascii && plainLines ? '7bit' : 'quoted-printable';
  const charset = ascii ? '' : '; charset=utf-8';
  const head =
    headerField('Content-Type', `text/rfc822-headers${charset}`) +
    headerField('Content-Transfer-Encoding', encoding);
  const body = encoding === '7bit' ? block : Buffer.from(quotedPrintable(block));
  return { head, body, global: false, eightBit: false };
}

/** The fields without the blank line, every line ended by CRLF. */
function headerBlock(original: Buffer): Buffer {
  const pieces: string[] = [];
  let bytes = 0;
  for (const field of scanHeader(original).fields) {
    bytes += field.end - field.start;
    if (bytes > MAX_HEADER_BYTES) break;
    pieces.push(original.toString('latin1', field.start, field.end).replace(/\r\n|\r|\n/g, '\r\n'));
  }
  const text = pieces.join('');
  return Buffer.from(text === '' || text.endsWith('\r\n') ? text : `${text}\r\n`, 'latin1');
}

/** `plainLines`: lines of at most 998 octets that end in CRLF, and no NUL: what any server passes on unharmed. */
function inspect(bytes: Buffer): { readonly ascii: boolean; readonly plainLines: boolean } {
  let ascii = true;
  let plainLines = true;
  let lineStart = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] as number;
    if (byte > 127) ascii = false;
    else if (byte === 0) plainLines = false;
    else if (byte === LF) {
      if (bytes[at - 1] !== CR || at - 1 - lineStart > MAX_LINE_OCTETS) plainLines = false;
      lineStart = at + 1;
    } else if (byte === CR && bytes[at + 1] !== LF) plainLines = false;
  }
  if (bytes.length - lineStart > MAX_LINE_OCTETS) plainLines = false;
  return { ascii, plainLines };
}
