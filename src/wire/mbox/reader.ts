/**
 * The messages of an mbox file (RFC 4155), as they come. A message begins at a line `From SENDER DATE` that is the first of the
 * file or stands behind an empty line, and before a header field: so that a line of text that begins with From does not end
 * a message. `Content-Length` is not looked at, as many write it wrongly. Lines that end with LF get CRLF, but in messages
 * whose lines end with CRLF already. What is in memory: a header, and pieces of 64 KiB.
 */
import { MAX_HEADER_BYTES } from '../mime/header.ts';
import { type MboxFlags, takeFlags } from './flags.ts';
import { dateOfFromLine, isFromLine } from './from-line.ts';
import { Lines } from './lines.ts';

/** `mboxrd`: one `>` is taken off `>From` and off `>>From`; `mboxo`: only off `>From`. */
export type Quoting = 'mboxrd' | 'mboxo';

export interface MboxMessage extends MboxFlags {
  /** Of its From line, from 1. */
  readonly line: number;
  /** Of its From line, ms; undefined where there is none that can be read. */
  readonly at?: number;
  /** To be read before the next message, or not at all. */
  readonly pieces: AsyncIterable<Buffer>;
}

/** A file that is no mbox, or has something in it that belongs to none. */
export class MboxError extends Error {
  readonly line: number;

  constructor(line: number, why: string) {
    super(why);
    this.line = line;
  }
}

const PIECE_BYTES = 64 * 1024;
const GZIP = Buffer.from([0x1f, 0x8b]);
/** A field name and its colon (RFC 5322 2.2), and what some put first: a From line once more, quoted. */
const FIELD = /^(?:[!-9;-~]+[ \t]*:|>From )/;

/** Throws an `MboxError` that names the line. */
export async function* mboxMessages(
  chunks: AsyncIterable<Buffer>,
  quoting: Quoting,
): AsyncGenerator<MboxMessage> {
  const lines = new Lines(chunks);
  const first = await lines.next();
  if (first === undefined) return;
  if (first.subarray(0, 2).equals(GZIP)) throw new MboxError(1, 'it is compressed: gunzip it first');
  if (!isFromLine(text(first))) throw new MboxError(1, 'it does not begin with a line "From SENDER DATE"');
  let from: Buffer | undefined = first;
  while (from !== undefined) {
    const one: OneMessage = new OneMessage(lines, { from, quoting });
    yield await one.begun();
    await one.drain();
    from = one.next;
  }
}

class OneMessage {
  readonly #lines: Lines;
  readonly #from: string;
  readonly #line: number;
  readonly #quoted: RegExp;
  /** Its lines end as they are to end. */
  #isExact = false;
  #pieces: AsyncGenerator<Buffer> | undefined;
  /** The From line of the one after it, when this one was read. */
  next: Buffer | undefined;

  constructor(lines: Lines, { from, quoting }: { from: Buffer; quoting: Quoting }) {
    this.#lines = lines;
    this.#from = text(from);
    this.#line = lines.number;
    this.#quoted = quoting === 'mboxrd' ? /^>+From / : /^>From /;
  }

  async begun(): Promise<MboxMessage> {
    const first = await this.#lines.peek();
    this.#isExact = this.#from.endsWith('\r\n') || first?.subarray(-2).toString('latin1') === '\r\n';
    if (first !== undefined && !isBlank(first) && !FIELD.test(text(first)))
      throw new MboxError(this.#line + 1, 'no header field stands behind the From line');
    const header = await this.#header();
    const { rest, flags } = takeFlags(header);
    const pieces = this.#body(rest);
    this.#pieces = pieces;
    const at = dateOfFromLine(this.#from);
    return { line: this.#line, ...flags, ...(at === undefined ? {} : { at }), pieces };
  }

  async drain(): Promise<void> {
    if (this.#pieces !== undefined) for await (const _ of this.#pieces);
  }

  /** Up to the empty line, which stays; no more than a header may have. */
  async #header(): Promise<Buffer> {
    const kept: Buffer[] = [];
    for (let size = 0; size < MAX_HEADER_BYTES; ) {
      const line = await this.#lines.peek();
      if (line === undefined || isBlank(line)) break;
      await this.#lines.next();
      const ended = this.#ended(line);
      kept.push(ended);
      size += ended.length;
    }
    return Buffer.concat(kept);
  }

  async *#body(header: Buffer): AsyncGenerator<Buffer> {
    let kept: Buffer[] = header.length === 0 ? [] : [header];
    let size = header.length;
    /** Empty lines behind one another: the last of them belongs to the From line that follows. */
    let blank: Buffer | undefined;
    for (let line = await this.#lines.next(); line !== undefined; line = await this.#lines.next()) {
      if (blank !== undefined && isFromLine(text(line)) && (await this.#isField())) {
        this.next = line;
        blank = undefined;
        break;
      }
      const parts: Buffer[] = blank === undefined ? [] : [blank];
      blank = isBlank(line) && !this.#lines.isInside ? this.#ended(line) : undefined;
      if (blank === undefined) parts.push(this.#ended(this.#unquoted(line)));
      for (const part of parts) size += kept.push(part) && part.length;
      if (size < PIECE_BYTES) continue;
      yield Buffer.concat(kept);
      [kept, size] = [[], 0];
    }
    if (kept.length > 0) yield Buffer.concat(kept);
  }

  /** Whether a header follows. */
  async #isField(): Promise<boolean> {
    const line = await this.#lines.peek();
    return line !== undefined && FIELD.test(text(line));
  }

  #unquoted(line: Buffer): Buffer {
    if (this.#lines.isInside || line[0] !== GREATER || !this.#quoted.test(text(line))) return line;
    return line.subarray(1);
  }

  #ended(line: Buffer): Buffer {
    if (this.#isExact || line.at(-1) !== LF || line.at(-2) === CR) return line;
    return Buffer.concat([line.subarray(0, -1), CRLF]);
  }
}

const GREATER = 0x3e;
const LF = 0x0a;
const CR = 0x0d;
const CRLF = Buffer.from('\r\n');

function isBlank(line: Buffer): boolean {
  return (line.length === 1 && line[0] === LF) || (line.length === 2 && line[0] === CR && line[1] === LF);
}

/** What tells lines from one another stands at their beginning. */
function text(line: Buffer): string {
  return line.toString('latin1', 0, 300);
}
