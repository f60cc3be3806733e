/** From what a program wrote to what can be sent: line ends, missing fields, Bcc, and who the header says it is for. */
import { addressesIn } from '../../wire/mime/addresses.ts';
import { formatDate } from '../../wire/mime/date.ts';
import {
  type Header,
  type HeaderField,
  fieldName,
  fieldValue,
  findField,
  findFields,
  scanHeader,
} from '../../wire/mime/header.ts';

/** Never sent: whom Bcc names is for us alone; Return-Path belongs to the last server (RFC 5321 4.4). */
const DROPPED = new Set(['bcc', 'resent-bcc', 'return-path']);
/** RFC 2047 section 2: 75 characters of one encoded word, of which 12 are its frame. */
const ENCODED_BYTES = 45;

export interface Outgoing {
  readonly bytes: Buffer;
  readonly header: Header;
}

export interface Added {
  readonly sender: string;
  readonly fullName: string | undefined;
  readonly messageId: string;
  readonly hostname: string;
  readonly at: number;
}

/** Every line ends in CRLF; a stray CR becomes a space, since some would read it as a line end. */
export function withCrlf(input: Buffer, options: { dotEnds: boolean }): Buffer {
  let text = input.toString('latin1').replace(/\r+\n|[\r\n]/g, (end) => (end === '\r' ? ' ' : '\r\n'));
  if (options.dotEnds) {
    const end = text.startsWith('.\r\n') ? 0 : text.indexOf('\r\n.\r\n') + 2;
    if (end !== 1) text = text.slice(0, end);
    else if (text.endsWith('\r\n.')) text = text.slice(0, -1);
  }
  if (/^>?From /.test(text)) text = text.slice(text.indexOf('\r\n') + 2);
  return Buffer.from(text === '' || text.endsWith('\r\n') ? text : `${text}\r\n`, 'latin1');
}

/** The addresses that -t means: of Resent fields when there are any (RFC 5322 3.6.6). */
export function headerRecipients(header: Header): string[] {
  const resent = header.fields.some((field) => fieldName(header, field).toLowerCase().startsWith('resent-'));
  const prefix = resent ? 'resent-' : '';
  const fields = ['to', 'cc', 'bcc'].flatMap((name) => findFields(header, prefix + name));
  return fields.flatMap((field) => addressesIn(fieldValue(header, field)));
}

/** The message as it will be sent, with what a message must have (RFC 5322 3.6). */
export function complete(bytes: Buffer, added: Added): Outgoing {
  const header = scanHeader(bytes);
  const kept = header.fields.filter((field) => !DROPPED.has(fieldName(header, field).toLowerCase()));
  const fields = Buffer.concat([
    ...kept.map((field) => pieceOf(bytes, field)),
    Buffer.from(missingFields(header, added)),
  ]);
  const whole = Buffer.concat([fields, Buffer.from('\r\n'), bytes.subarray(header.bodyStart)]);
  return { bytes: whole, header: scanHeader(whole) };
}

function pieceOf(bytes: Buffer, { start, end }: HeaderField): Buffer {
  return bytes.subarray(start, end);
}

function missingFields(header: Header, { sender, fullName, messageId, hostname, at }: Added): string {
  const from = sender === '' ? `MAILER-DAEMON@${hostname}` : sender;
  const fields = {
    from: `From: ${fullName === undefined || fullName === '' ? from : `${phrase(fullName)} <${from}>`}\r\n`,
    date: `Date: ${formatDate(at)}\r\n`,
    'message-id': `Message-ID: <${messageId}@${hostname}>\r\n`,
  };
  return Object.entries(fields)
    .map(([name, line]) => (findField(header, name) === undefined ? line : ''))
    .join('');
}

/** A display name (RFC 5322 3.2.5), encoded when it is not ASCII (RFC 2047). No line can be slipped in. */
function phrase(name: string): string {
  const clean = name.replace(/[\x00-\x1f\x7f]+/g, ' ').trim();
  if (/^[\w !#$%&'*+/=?^`{|}~-]*$/.test(clean)) return clean;
  if (/^[\x20-\x7e]*$/.test(clean)) return `"${clean.replace(/["\\]/g, '\\$&')}"`;
  const words: string[] = [''];
  for (const char of clean) {
    if (Buffer.byteLength((words.at(-1) as string) + char) > ENCODED_BYTES) words.push('');
    words[words.length - 1] += char;
  }
  return words.map((word) => `=?utf-8?B?${Buffer.from(word).toString('base64')}?=`).join('\r\n ');
}
