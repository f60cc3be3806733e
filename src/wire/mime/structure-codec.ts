/**
 * The structure of a message in few octets, for the store. Version 1: an octet `1`, the envelope, the root part with what
 * it holds; numbers are base-128 varints, strings UTF-8 behind their length, what is usual is a number of a table. Tables
 * only ever grow at their end, so that what was written stays readable. A usual message takes 200 to 400 octets.
 */
import type { Envelope, EnvelopeAddress, Message, Parameter, Part } from './structure.ts';

const VERSION = 1;
/** Parts within parts that are read; nothing writes more than the reader of structures allows. */
const MAX_DEPTH = 200;

const MEDIA_TYPES = [
  'text/plain',
  'text/html',
  'multipart/alternative',
  'multipart/mixed',
  'multipart/related',
  'multipart/report',
  'multipart/signed',
  'multipart/digest',
  'message/rfc822',
  'message/delivery-status',
  'text/calendar',
  'text/rfc822-headers',
  'image/jpeg',
  'image/png',
  'image/gif',
  'application/octet-stream',
  'application/pdf',
  'application/zip',
  'application/pkcs7-signature',
  'application/pgp-signature',
  'application/msword',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  'application/vnd.ms-excel',
] as const;
const ENCODINGS = ['7bit', '8bit', 'quoted-printable', 'base64', 'binary'] as const;
const DISPOSITIONS = ['attachment', 'inline'] as const;
const PARAMETERS = [
  'charset',
  'boundary',
  'name',
  'filename',
  'format',
  'delsp',
  'type',
  'size',
  'creation-date',
  'modification-date',
  'filename*',
  'method',
  'report-type',
  'micalg',
  'protocol',
] as const;

const TEXTS = ['date', 'subject', 'inReplyTo', 'messageId'] as const;
const LISTS = ['from', 'sender', 'replyTo', 'to', 'cc', 'bcc'] as const;
const ADDRESS = ['name', 'route', 'mailbox', 'host'] as const;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** The message in the form that `decodeStructure` reads. */
export function encodeStructure(message: Message): Buffer {
  const writer = new Writer();
  writer.number(VERSION);
  writeMessage(writer, message, message.root.start);
  return writer.finish();
}

/** Undefined for octets that `encodeStructure` of this or an older release did not write. Never throws. */
export function decodeStructure(bytes: Buffer): Message | undefined {
  const reader = new Reader(bytes);
  if (reader.number() !== VERSION) return undefined;
  const message = readMessage(reader, { at: 0, depth: 0 });
  return reader.isWhole() ? message : undefined;
}

/** The envelope alone, for a fraction of the work. */
export function decodeEnvelope(bytes: Buffer): Envelope | undefined {
  const reader = new Reader(bytes);
  if (reader.number() !== VERSION) return undefined;
  const envelope = readEnvelope(reader);
  return reader.failed ? undefined : envelope;
}

function writeMessage(writer: Writer, { envelope, root }: Message, at: number): void {
  writeEnvelope(writer, envelope);
  writePart(writer, root, at);
}

function readMessage(reader: Reader, from: { at: number; depth: number }): Message {
  const envelope = readEnvelope(reader);
  return { envelope, root: readPart(reader, from) };
}

function writeEnvelope(writer: Writer, envelope: Envelope): void {
  let flags = 0;
  for (const [bit, key] of TEXTS.entries()) if (envelope[key] !== undefined) flags |= 1 << bit;
  for (const [bit, key] of LISTS.entries()) if (envelope[key].length > 0) flags |= 16 << bit;
  writer.number(flags);
  for (const key of TEXTS) if (envelope[key] !== undefined) writer.text(envelope[key]);
  for (const key of LISTS) {
    const list = envelope[key];
    if (list.length === 0) continue;
    writer.number(list.length);
    for (const address of list) writeAddress(writer, address);
  }
}

function readEnvelope(reader: Reader): Envelope {
  const flags = reader.number();
  const found: Mutable<Envelope> = { from: [], sender: [], replyTo: [], to: [], cc: [], bcc: [] };
  for (const [bit, key] of TEXTS.entries()) if ((flags & (1 << bit)) !== 0) found[key] = reader.text();
  for (const [bit, key] of LISTS.entries())
    if ((flags & (16 << bit)) !== 0) found[key] = reader.list(() => readAddress(reader));
  return found;
}

function writeAddress(writer: Writer, address: EnvelopeAddress): void {
  let flags = 0;
  for (const [bit, key] of ADDRESS.entries()) if (address[key] !== undefined) flags |= 1 << bit;
  writer.number(flags);
  for (const key of ADDRESS) if (address[key] !== undefined) writer.text(address[key]);
}

function readAddress(reader: Reader): EnvelopeAddress {
  const flags = reader.number();
  const found: Mutable<EnvelopeAddress> = {};
  for (const [bit, key] of ADDRESS.entries()) if ((flags & (1 << bit)) !== 0) found[key] = reader.text();
  return found;
}

/** Which of the things follow that a part may have; they are written in this order. */
const HAS = {
  lines: 1,
  parameters: 2,
  disposition: 4,
  id: 8,
  description: 16,
  languages: 32,
  location: 64,
  message: 128,
  parts: 256,
} as const;

function flagsOf(part: Part): number {
  return (
    (part.lines > 0 ? HAS.lines : 0) |
    (part.parameters.length > 0 ? HAS.parameters : 0) |
    (part.disposition !== undefined ? HAS.disposition : 0) |
    (part.id !== undefined ? HAS.id : 0) |
    (part.description !== undefined ? HAS.description : 0) |
    (part.languages.length > 0 ? HAS.languages : 0) |
    (part.location !== undefined ? HAS.location : 0) |
    (part.message !== undefined ? HAS.message : 0) |
    (part.parts.length > 0 ? HAS.parts : 0)
  );
}

/** `at`: where the part would begin if nothing stood before it. Nothing overlaps, so starts are written as distances. */
function writePart(writer: Writer, part: Part, at: number): void {
  writer.number(flagsOf(part));
  writer.word(`${part.type}/${part.subtype}`, MEDIA_TYPES);
  writer.word(part.encoding, ENCODINGS);
  writer.number(part.start - at);
  writer.number(part.headerBytes);
  writer.number(part.bodyBytes);
  if (part.lines > 0) writer.number(part.lines);
  if (part.parameters.length > 0) writeParameters(writer, part.parameters);
  if (part.disposition !== undefined) {
    writer.word(part.disposition.type, DISPOSITIONS);
    writeParameters(writer, part.disposition.parameters);
  }
  if (part.id !== undefined) writer.text(part.id);
  if (part.description !== undefined) writer.text(part.description);
  if (part.languages.length > 0) {
    writer.number(part.languages.length);
    for (const language of part.languages) writer.text(language);
  }
  if (part.location !== undefined) writer.text(part.location);
  let next = part.start + part.headerBytes;
  if (part.message !== undefined) writeMessage(writer, part.message, next);
  if (part.parts.length === 0) return;
  writer.number(part.parts.length);
  for (const child of part.parts) {
    writePart(writer, child, next);
    next = child.start + child.headerBytes + child.bodyBytes;
  }
}

function readPart(reader: Reader, { at, depth }: { at: number; depth: number }): Part {
  const flags = reader.number();
  const has = (what: keyof typeof HAS): boolean => (flags & HAS[what]) !== 0;
  const media = reader.word(MEDIA_TYPES);
  const slash = media.indexOf('/');
  const encoding = reader.word(ENCODINGS);
  const start = at + reader.number();
  const headerBytes = reader.number();
  const bodyBytes = reader.number();
  const lines = has('lines') ? reader.number() : 0;
  const parameters = has('parameters') ? readParameters(reader) : [];
  const part: Mutable<Part> = {
    type: media.slice(0, slash),
    subtype: media.slice(slash + 1),
    parameters,
    encoding,
    languages: [],
    start,
    headerBytes,
    bodyBytes,
    lines,
    parts: [],
  };
  if (has('disposition'))
    part.disposition = { type: reader.word(DISPOSITIONS), parameters: readParameters(reader) };
  if (has('id')) part.id = reader.text();
  if (has('description')) part.description = reader.text();
  if (has('languages')) part.languages = reader.list(() => reader.text());
  if (has('location')) part.location = reader.text();
  if (depth >= MAX_DEPTH) reader.fail();
  else readHeld(reader, part, { flags, depth });
  return part;
}

function readHeld(
  reader: Reader,
  part: Mutable<Part>,
  { flags, depth }: { flags: number; depth: number },
): void {
  let next = part.start + part.headerBytes;
  if ((flags & HAS.message) !== 0) part.message = readMessage(reader, { at: next, depth: depth + 1 });
  if ((flags & HAS.parts) === 0) return;
  part.parts = reader.list(() => {
    const child = readPart(reader, { at: next, depth: depth + 1 });
    next = child.start + child.headerBytes + child.bodyBytes;
    return child;
  });
}

function writeParameters(writer: Writer, parameters: readonly Parameter[]): void {
  writer.number(parameters.length);
  for (const [name, value] of parameters) {
    writer.word(name, PARAMETERS);
    writer.text(value);
  }
}

function readParameters(reader: Reader): Parameter[] {
  return reader.list((): Parameter => [reader.word(PARAMETERS), reader.text()]);
}

class Writer {
  #bytes = Buffer.allocUnsafe(512);
  #length = 0;

  number(value: number): void {
    this.#reserve(8);
    let rest = value;
    while (rest >= 0x80) {
      this.#bytes[this.#length++] = (rest & 0x7f) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#bytes[this.#length++] = rest;
  }

  text(text: string): void {
    const size = Buffer.byteLength(text);
    this.number(size);
    this.#reserve(size);
    this.#length += this.#bytes.write(text, this.#length);
  }

  /** A number from 1 for a word of the table; 0 and the word for another. */
  word(word: string, known: readonly string[]): void {
    const index = known.indexOf(word);
    this.number(index + 1);
    if (index < 0) this.text(word);
  }

  finish(): Buffer {
    return Buffer.from(this.#bytes.subarray(0, this.#length));
  }

  #reserve(size: number): void {
    if (this.#length + size <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(2 * (this.#length + size));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}

/** After a failure everything reads as nothing, so that whoever reads need not look after each step. */
class Reader {
  readonly #bytes: Buffer;
  #at = 0;
  failed = false;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** All was read, and nothing is left. */
  isWhole(): boolean {
    return !this.failed && this.#at === this.#bytes.length;
  }

  fail(): void {
    this.failed = true;
    this.#at = this.#bytes.length;
  }

  number(): number {
    let value = 0;
    for (let scale = 1; scale < 2 ** 50; scale *= 0x80) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) break;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    this.fail();
    return 0;
  }

  text(): string {
    const size = this.number();
    if (size > this.#bytes.length - this.#at) {
      this.fail();
      return '';
    }
    const start = this.#at;
    this.#at += size;
    return this.#bytes.toString('utf8', start, this.#at);
  }

  word(known: readonly string[]): string {
    const index = this.number();
    if (index === 0) return this.text();
    const word = known[index - 1];
    if (word === undefined) this.fail();
    return word ?? '';
  }

  list<T>(read: () => T): T[] {
    const count = this.number();
    const found: T[] = [];
    // Every entry takes an octet at least.
    if (count > this.#bytes.length - this.#at) this.fail();
    while (found.length < count && !this.failed) found.push(read());
    return found;
  }
}
