/**
 * The structure of a message read from its octets, in pieces of any size: feed them, then `end`. One pass, linear in the
 * octets; what is held is one header or the beginning of one line. Nothing throws: broken MIME gives the parts that can be
 * told (RFC 2046 5.1), and past a limit the rest belongs to the last part.
 *
 * Which lines are a header is decided by `scanHeader`, so that all of the house sees the same header. Encoded messages
 * within messages, which RFC 2046 5.2.1 forbids, are not looked into: their octets stand nowhere in the message.
 */
import { DIGESTED, PLAIN, readContentFields } from './content-fields.ts';
import { EMPTY_ENVELOPE, readEnvelope } from './envelope.ts';
import { endsFields, type Header, MAX_HEADER_BYTES, scanHeader } from './header.ts';
import { type DelimiterLine, OpenDelimiters } from './open-delimiters.ts';
import { type ContentFields, type Envelope, type Message, type Part, parameterOf } from './structure.ts';

/** Parts of one message, nested ones included. */
export const MAX_PARTS = 2_000;
/** Multiparts and messages within each other; what lies deeper is one part of octets. */
export const MAX_DEPTH = 64;
/** Octets of all headers together of which fields are kept; parts whose header lies behind are plain text. */
export const MAX_FIELD_BYTES = 2 * MAX_HEADER_BYTES;
/** Octets of a boundary that count; RFC 2046 5.1.1 allows 70. */
const MAX_BOUNDARY_BYTES = 8_192;

const LF = 0x0a;
const CR = 0x0d;
const HYPHEN = 0x2d;
const EMPTY = Buffer.alloc(0);
const LINE_OF_HYPHENS = Buffer.from('\n--');
const OCTETS = { type: 'application', subtype: 'octet-stream', parameters: [] } as const;

/** Whether more octets may come. */
type Feed = 'more' | 'last';

/** A part while it is read. */
interface OpenPart {
  readonly start: number;
  readonly byDefault: ContentFields;
  /** It is a message's root: its header has the envelope. */
  readonly ofMessage: boolean;
  fields: ContentFields;
  envelope: Envelope;
  headerBytes: number;
  bodyBytes: number;
  counted: boolean;
  /** Line feeds before the body; when the part is closed, those of the body. */
  lines: number;
  readonly children: OpenPart[];
}

/** The structure of a message that is at hand as a whole. Never throws. */
export function readStructure(bytes: Uint8Array): Message {
  const reader = new StructureReader();
  reader.feed(bytes);
  return reader.end();
}

export class StructureReader {
  readonly #root = newPart(0, PLAIN, 'message');
  /** From the root to the part that is being read. */
  readonly #open: OpenPart[] = [this.#root];
  /** Octets not yet decided about. */
  #rest: Buffer = EMPTY;
  /** Where in the message `#rest` begins, and the octet before. */
  #offset = 0;
  #lastByte = 0;
  #mode: 'header' | 'body' | 'delimiter-line' = 'header';
  /** Octets at the beginning of `#rest` that are known not to end the header. */
  #searched = 0;
  /** What follows the delimiter line. */
  #next: 'part' | 'epilogue' = 'part';
  #atLineStart = true;
  /** Octets of the line end before this line: 1 or 2, and 0 where there is none. */
  #lineEndBytes = 0;
  /** Line feeds so far, while somebody counts. */
  #lineFeeds = 0;
  #counting = 0;
  #parts = 1;
  #fieldBytes = 0;
  /** Their levels are places in the open parts. */
  readonly #delimiters = new OpenDelimiters();

  /** The next octets. Pieces of some KiB at least: what is undecided at their end is copied. */
  feed(chunk: Uint8Array): void {
    const octets = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    this.#run(this.#rest.length === 0 ? octets : Buffer.concat([this.#rest, octets]), 'more');
  }

  /** The message has ended, and the reader's use with it. */
  end(): Message {
    this.#run(this.#rest, 'last');
    while (this.#mode === 'header') this.#header(EMPTY, 0, 'last');
    this.#close(0, { end: this.#offset, lineFeeds: this.#lineFeeds });
    return finishMessage(this.#root);
  }

  #run(data: Buffer, feed: Feed): void {
    let at = 0;
    while (at < data.length) {
      const next = this.#step(data, at, feed);
      if (next < 0) break;
      at = next;
    }
    if (at > 0) this.#lastByte = data[at - 1] as number;
    this.#offset += at;
    this.#rest = at === data.length ? EMPTY : Buffer.from(data.subarray(at));
  }

  /** Where reading came to; -1 when it needs more octets to go on, which it never does of the last. */
  #step(data: Buffer, at: number, feed: Feed): number {
    switch (this.#mode) {
      case 'header':
        return this.#header(data, at, feed);
      case 'delimiter-line':
        return this.#delimiterLine(data, at);
      case 'body':
        return this.#atLineStart ? this.#lineStart(data, at, feed) : this.#text(data, at, feed);
      default:
        return this.#mode satisfies never;
    }
  }

  #header(data: Buffer, at: number, feed: Feed): number {
    const end = this.#endOfHeader(data, at, feed);
    if (end < 0) return -1;
    this.#searched = 0;
    const header = scanHeader(data.subarray(at, end));
    const bodyAt = at + header.bodyStart;
    this.#count(data, at, bodyAt);
    if (bodyAt > at) {
      this.#atLineStart = data[bodyAt - 1] === LF;
      if (this.#atLineStart) this.#lineEndBytes = this.#lineEndAt(data, bodyAt);
    } else this.#atLineStart = true;
    this.#endHeader(header, this.#offset + bodyAt);
    return bodyAt;
  }

  /** Behind the blank line, or where a delimiter, a line that is no field or the limit ends the header; -1 when more octets are needed. */
  #endOfHeader(data: Buffer, at: number, feed: Feed): number {
    const limit = Math.min(data.length, at + MAX_HEADER_BYTES);
    let line = at + this.#searched;
    while (line < limit) {
      const lineFeed = data.indexOf(LF, line);
      const whole = lineFeed >= 0 && lineFeed < limit;
      if (!whole && feed === 'more') break;
      if (whole && (lineFeed === line || (lineFeed === line + 1 && data[line] === CR))) return lineFeed + 1;
      if (this.#delimiterAt(data, line) !== undefined) return line;
      if (!whole) break;
      // What is passed over as a header is not read as one again, however many headers begin within it.
      if (line > at && endsFields(data, line, lineFeed)) return line;
      line = lineFeed + 1;
    }
    if (feed === 'last' || data.length - at >= MAX_HEADER_BYTES) return limit;
    this.#searched = line - at;
    return -1;
  }

  #endHeader(header: Header, bodyOffset: number): void {
    const part = this.#open.at(-1) as OpenPart;
    part.headerBytes = bodyOffset - part.start;
    this.#fieldBytes += part.headerBytes;
    if (this.#fieldBytes <= MAX_FIELD_BYTES) {
      part.fields = readContentFields(header, part.byDefault);
      if (part.ofMessage) part.envelope = readEnvelope(header);
    }
    this.#mode = 'body';
    const { type, subtype } = part.fields;
    if (type === 'multipart') this.#beginMultipart(part);
    const holdsMessage = type === 'message' && (subtype === 'rfc822' || subtype === 'global');
    const tooMuch = this.#open.length > MAX_DEPTH || this.#parts >= MAX_PARTS;
    if (holdsMessage && tooMuch) part.fields = { ...part.fields, ...OCTETS };
    part.counted = part.fields.type === 'text' || (holdsMessage && !tooMuch);
    if (part.counted) {
      this.#counting += 1;
      part.lines = this.#lineFeeds;
    }
    if (holdsMessage && !tooMuch) this.#begin(newPart(bodyOffset, PLAIN, 'message'));
  }

  #beginMultipart(part: OpenPart): void {
    const boundary = parameterOf(part.fields.parameters, 'boundary')?.slice(0, MAX_BOUNDARY_BYTES) ?? '';
    // RFC 2045 5.2: a Content-Type that leads nowhere is plain text.
    if (boundary === '')
      part.fields = { ...part.fields, type: 'text', subtype: 'plain', parameters: PLAIN.parameters };
    else if (this.#open.length > MAX_DEPTH) part.fields = { ...part.fields, ...OCTETS };
    else this.#delimiters.open(Buffer.from(boundary), this.#open.length - 1);
  }

  #begin(part: OpenPart): void {
    this.#open.at(-1)?.children.push(part);
    this.#open.push(part);
    this.#parts += 1;
    this.#mode = 'header';
  }

  /** A line of a body begins at `at`. */
  #lineStart(data: Buffer, at: number, feed: Feed): number {
    const { longest } = this.#delimiters;
    if (longest === 0 || data[at] !== HYPHEN) return this.#text(data, at, feed);
    const undecided = data.length - at < longest + 2;
    if (undecided && feed === 'more' && data.indexOf(LF, at) < 0) return -1;
    const found = this.#delimiterAt(data, at);
    if (found === undefined) return this.#text(data, at, feed);
    const excluded = Math.min(this.#lineEndBytes, 1);
    this.#close(found.level + 1, {
      end: this.#offset + at - this.#lineEndBytes,
      lineFeeds: this.#lineFeeds - excluded,
    });
    if (found.closes) this.#delimiters.close(data, at, found);
    this.#next = found.closes ? 'epilogue' : 'part';
    this.#mode = 'delimiter-line';
    return at + found.bytes;
  }

  /** On to where the next line may be a delimiter. */
  #text(data: Buffer, at: number, feed: Feed): number {
    let end = data.length;
    if (this.#delimiters.longest > 0) {
      const line = data.indexOf(LINE_OF_HYPHENS, at);
      const half = end - 2 >= at && data[end - 2] === LF && data[end - 1] === HYPHEN;
      if (line >= 0) end = line + 1;
      else if (half && feed === 'more') end -= 1;
    }
    this.#count(data, at, end);
    this.#atLineStart = data[end - 1] === LF;
    if (this.#atLineStart) this.#lineEndBytes = this.#lineEndAt(data, end);
    return end;
  }

  /** Whatever else stands on the line of a delimiter is passed over (RFC 2046 5.1.1, transport padding). */
  #delimiterLine(data: Buffer, at: number): number {
    const lineFeed = data.indexOf(LF, at);
    const end = lineFeed < 0 ? data.length : lineFeed + 1;
    this.#count(data, at, end);
    if (lineFeed < 0) return end;
    this.#atLineStart = true;
    this.#lineEndBytes = this.#lineEndAt(data, end);
    this.#mode = 'body';
    if (this.#next === 'part') {
      const { type, subtype } = (this.#open.at(-1) as OpenPart).fields;
      const byDefault = type === 'multipart' && subtype === 'digest' ? DIGESTED : PLAIN;
      this.#begin(newPart(this.#offset + end, byDefault, 'part'));
    }
    return end;
  }

  #delimiterAt(data: Buffer, at: number): DelimiterLine | undefined {
    return this.#delimiters.find(data, at, this.#parts < MAX_PARTS ? 'all' : 'ends');
  }

  /** Ends the open parts from `from` on; `end` is the offset at which their bodies end. */
  #close(from: number, { end, lineFeeds }: { end: number; lineFeeds: number }): void {
    if (from === this.#open.length) return;
    for (const part of this.#open.splice(from)) {
      part.bodyBytes = Math.max(0, end - part.start - part.headerBytes);
      if (!part.counted) continue;
      this.#counting -= 1;
      part.lines = Math.max(0, lineFeeds - part.lines);
    }
    this.#delimiters.closeBehind(from - 1);
  }

  #count(data: Buffer, from: number, to: number): void {
    if (this.#counting === 0) return;
    let feeds = 0;
    for (let at = from; at < to; at++) if (data[at] === LF) feeds += 1;
    this.#lineFeeds += feeds;
  }

  /** Octets of the line end that stands before `at`. */
  #lineEndAt(data: Buffer, at: number): number {
    const before = at >= 2 ? data[at - 2] : this.#lastByte;
    return before === CR ? 2 : 1;
  }
}

function newPart(start: number, byDefault: ContentFields, what: 'message' | 'part'): OpenPart {
  return {
    start,
    byDefault,
    ofMessage: what === 'message',
    fields: byDefault,
    envelope: EMPTY_ENVELOPE,
    headerBytes: 0,
    bodyBytes: 0,
    counted: false,
    lines: 0,
    children: [],
  };
}

function finishMessage(root: OpenPart): Message {
  return { envelope: root.envelope, root: finishPart(root) };
}

/** At most `MAX_DEPTH` deep. */
function finishPart({ fields, start, headerBytes, bodyBytes, lines, children }: OpenPart): Part {
  const nested = children[0]?.ofMessage === true ? children[0] : undefined;
  return {
    ...fields,
    start,
    headerBytes,
    bodyBytes,
    lines,
    parts: nested === undefined ? children.map(finishPart) : [],
    ...(nested === undefined ? {} : { message: finishMessage(nested) }),
  };
}
