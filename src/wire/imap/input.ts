/**
 * What an IMAP server reads, as a sans-I/O decoder: octets in, commands and the messages of APPEND out (RFC 9051 2.2.1,
 * literals by RFC 7888 and RFC 3516). A line ends with CRLF or LF.
 *
 * What is held has limits; a message is handed on as it comes. Whatever breaks the grammar or a limit is refused as soon
 * as that is certain, and the rest of it is passed over without being held: a literal that the client sends unasked must
 * still be read, as it would be taken for commands. One command is read at a time, so that what it changes (ENABLE,
 * STARTTLS, COMPRESS) holds for the next one.
 */
import { literalUse, type RawCommand, unknownVerb } from './command.ts';
import { SyntaxFault } from './cursor.ts';
import { AppendReader, type AppendSoFar, type AppendStep, type AppendVerb } from './grammar/append.ts';
import type { NameForm } from './mailbox-name.ts';

export interface InputLimits {
  /** Octets of a command without its literals. */
  readonly commandBytes: number;
  /** Octets of all literals of a command that are held. */
  readonly literalBytes: number;
  /** The same for commands whose literals are values to be kept (SETMETADATA). */
  readonly valueBytes: number;
  /** Octets of one message (APPENDLIMIT, RFC 7889). */
  readonly messageBytes: number;
  /** Octets of a literal that the client may send unasked: 4096 where LITERAL- is offered (RFC 7888 section 5). */
  readonly unaskedBytes: number;
}

/** A reply that is due at once: `tag STATUS [CODE] text`. */
export interface Refusal {
  readonly kind: 'refusal';
  /** `*` when the tag could not be read. */
  readonly tag: string;
  readonly status: 'BAD' | 'NO';
  readonly code?: 'TOOBIG';
  readonly text: string;
  /** Octets of a literal that will be passed over: a reason to close the connection instead. */
  readonly unaskedBytes: number;
}

export type Input =
  | ({ readonly kind: 'command' } & RawCommand)
  /** The client waits for `+` before it sends a literal, which will be held. */
  | { readonly kind: 'continue' }
  /** A literal of APPEND or REPLACE begins: answer by `accept` or `refuse`. */
  | MessageInput
  | { readonly kind: 'octets'; readonly bytes: Buffer }
  | { readonly kind: 'message-end' }
  /** After `expectLine`; `text` has one character an octet. */
  | { readonly kind: 'line'; readonly text: string }
  | { readonly kind: 'line-too-long' }
  | Refusal
  | { readonly kind: 'need-more' };

export interface MessageInput {
  readonly kind: 'message';
  readonly tag: string;
  /** What the command says so far; its last message is this one. */
  readonly soFar: AppendSoFar;
  readonly bytes: number;
  /** The client waits for `+` (to be sent on `accept`) or for the end of the command. */
  readonly waits: boolean;
}

interface Literal {
  readonly bytes: number;
  readonly isBinary: boolean;
  /** Announced as `{…+}`: it follows whatever we say. */
  readonly unasked: boolean;
  /** Characters of its announcement. */
  readonly length: number;
}

/** The command that is being read. */
interface OpenCommand {
  readonly tag: string;
  readonly verb: string;
  /** Of an APPEND only what it has not read yet. */
  text: string;
  literals: Buffer[];
  /** Octets of all its text, and of the literals that are held. */
  textBytes: number;
  literalBytes: number;
  readonly append: AppendReader | undefined;
}

type Mode =
  | { readonly kind: 'command' }
  | { readonly kind: 'line'; readonly mostBytes: number }
  | { readonly kind: 'literal'; readonly pieces: Buffer[]; left: number }
  | { readonly kind: 'deciding'; readonly literal: Literal }
  | { readonly kind: 'octets'; left: number }
  | { readonly kind: 'skip-octets'; left: number }
  | { readonly kind: 'skip-line' };

const LF = 10;
const EMPTY = Buffer.alloc(0);
const NEED_MORE: Input = { kind: 'need-more' };
const COMMAND: Mode = { kind: 'command' };
const SKIP_LINE: Mode = { kind: 'skip-line' };
/** Octets at the end of a line that may announce a literal. */
const MAX_ANNOUNCEMENT = 24;
/** Octets of a tag; RFC 9051 has no limit, and clients send five. */
const MAX_TAG = 200;
const HEAD = /^([!#$&',\-./0-9:;<=>?@A-Z[\]^_`a-z|}~]+)(?: ([A-Za-z]+(?: [A-Za-z]+)?))?/;
const TAG = /^[!#$&',\-./0-9:;<=>?@A-Z[\]^_`a-z|}~]+(?= )/;
const ANNOUNCEMENT = /(~)?\{(\d{1,19})(\+)?\}$/;

export class InputReader {
  /** They change with a login. */
  limits: InputLimits;
  /** The form of names, which ENABLE changes. */
  names: NameForm = 'utf7';
  #buffer: Buffer = EMPTY;
  #position = 0;
  /** Where no line end was found before. */
  #searched = 0;
  #mode: Mode = COMMAND;
  #open: OpenCommand | undefined;

  constructor(limits: InputLimits) {
    this.limits = limits;
  }

  feed(chunk: Buffer): void {
    this.#buffer =
      this.#position < this.#buffer.length
        ? Buffer.concat([this.#buffer.subarray(this.#position), chunk])
        : chunk;
    this.#searched -= this.#position;
    this.#position = 0;
  }

  /** Octets fed and not yet taken, and those of a literal that is not whole. */
  get bufferedBytes(): number {
    const held = this.#open === undefined ? 0 : this.#open.textBytes + this.#open.literalBytes;
    return this.#buffer.length - this.#position + held;
  }

  /** Forgets what was fed and not taken: STARTTLS must (RFC 9051 6.2.1). */
  discard(): void {
    this.takeRest();
  }

  /** What was fed and not taken, for COMPRESS, behind which the octets mean something else. */
  takeRest(): Buffer {
    const rest = this.#buffer.subarray(this.#position);
    this.#letGo();
    return rest;
  }

  /** The next input is one line that is no command: of a login, or the DONE of IDLE. */
  expectLine(mostBytes: number): void {
    this.#mode = { kind: 'line', mostBytes };
  }

  /** The message that was announced is wanted. */
  accept(): void {
    if (this.#mode.kind !== 'deciding') throw new Error('no message is announced');
    this.#mode = { kind: 'octets', left: this.#mode.literal.bytes };
  }

  /** The message that was announced is not wanted, and the command is over: its reply is the caller's. */
  refuse(): void {
    if (this.#mode.kind !== 'deciding') throw new Error('no message is announced');
    this.#passOver(this.#mode.literal);
  }

  next(): Input {
    for (;;) {
      const input = this.#step();
      if (input === NEED_MORE && this.#position === this.#buffer.length) this.#letGo();
      if (input !== undefined) return input;
    }
  }

  /** Who idles for hours keeps nothing of what was read. */
  #letGo(): void {
    this.#buffer = EMPTY;
    this.#position = 0;
    this.#searched = 0;
  }

  /** Undefined when something was passed over, and there may be more. */
  #step(): Input | undefined {
    const mode = this.#mode;
    switch (mode.kind) {
      case 'command':
        return this.#command();
      case 'line':
        return this.#plainLine(mode.mostBytes);
      case 'literal':
        return this.#literal(mode);
      case 'octets':
        return this.#octets(mode);
      case 'skip-octets':
        return this.#skipOctets(mode);
      case 'skip-line':
        return this.#skipLine();
      case 'deciding':
        throw new Error('a message is announced and neither accepted nor refused');
      default:
        return mode satisfies never;
    }
  }

  #command(): Input | undefined {
    const end = this.#lineEnd();
    const bytes = (end < 0 ? this.#buffer.length : end + 1) - this.#position;
    if (bytes + (this.#open?.textBytes ?? 0) > this.limits.commandBytes) return this.#tooLong();
    if (end < 0) return NEED_MORE;
    const line = this.#takeLine(end);
    const literal = literalAt(line);
    const fault = /[\0\r]/.test(line) ? 'the command holds NUL or a bare CR' : this.#begin(line);
    if (fault !== undefined) return this.#refusal({ text: fault, literal });
    const open = this.#open as OpenCommand;
    open.textBytes += bytes;
    if (literal !== undefined) return this.#announced(open, literal);
    return this.#finish(open);
  }

  /** Where the line ends, or -1. */
  #lineEnd(): number {
    const end = this.#buffer.indexOf(LF, Math.max(this.#searched, this.#position));
    if (end < 0) this.#searched = this.#buffer.length;
    return end;
  }

  #takeLine(end: number): string {
    const stop = end > this.#position && this.#buffer[end - 1] === 13 ? end - 1 : end;
    const line = this.#buffer.toString('latin1', this.#position, stop);
    this.#position = end + 1;
    return line;
  }

  /** The line is the first of a command, or goes on with one; returns what is wrong with it. */
  #begin(line: string): string | undefined {
    if (this.#open !== undefined) {
      this.#open.text += line;
      return undefined;
    }
    const [head = '', tag, words = ''] = HEAD.exec(line) ?? [];
    if (tag === undefined || tag.length > MAX_TAG) return 'a tag is missing or holds what it cannot';
    let verb = words.toUpperCase();
    let length = head.length;
    const space = verb.indexOf(' ');
    if (space >= 0 && !verb.startsWith('UID ')) {
      length -= verb.length - space;
      verb = verb.slice(0, space);
    }
    const isMessages = literalUse(verb) === 'messages';
    this.#open = {
      tag,
      verb,
      text: line.slice(length),
      literals: [],
      textBytes: 0,
      literalBytes: 0,
      append: isMessages ? new AppendReader(verb as AppendVerb, this.names) : undefined,
    };
    return undefined;
  }

  #announced(open: OpenCommand, literal: Literal): Input | undefined {
    const use = literalUse(open.verb);
    if (use === undefined) return this.#refusal({ text: unknownVerb(open.verb), literal });
    if (use === 'none') return this.#refusal({ text: `${open.verb} takes no literal`, literal });
    const { append } = open;
    if (append === undefined) return this.#hold(open, literal);
    const announcement = open.text.slice(open.text.length - literal.length);
    const step = this.#read(open, append, literal);
    if ('status' in step) return step;
    open.text = '';
    open.literals = [];
    if (step.kind === 'message') return this.#message(open, step.soFar, literal);
    open.text = announcement;
    return this.#hold(open, literal);
  }

  /** Gives the piece of an APPEND that came to the reader of it. */
  #read(open: OpenCommand, append: AppendReader, literal: Literal | undefined): AppendStep | Refusal {
    const length = literal?.length ?? 0;
    const text = open.text.slice(0, open.text.length - length);
    try {
      return append.read({ text, literals: open.literals }, literal);
    } catch (fault) {
      if (!(fault instanceof SyntaxFault)) throw fault;
      return this.#refusal({ text: `${open.verb}: ${fault.why}`, literal });
    }
  }

  #message(open: OpenCommand, soFar: AppendSoFar, literal: Literal): Input {
    const { bytes, unasked } = literal;
    if (bytes > this.limits.messageBytes) {
      const text = `a message has at most ${this.limits.messageBytes} octets`;
      return this.#refusal({ text, literal, status: 'NO', code: 'TOOBIG' });
    }
    const tooMuch = this.#unaskedFault(literal);
    if (tooMuch !== undefined) return this.#refusal({ text: tooMuch, literal });
    this.#mode = { kind: 'deciding', literal };
    return { kind: 'message', tag: open.tag, soFar, bytes, waits: !unasked };
  }

  #hold(open: OpenCommand, literal: Literal): Input | undefined {
    const { literalBytes, valueBytes } = this.limits;
    const most = literalUse(open.verb) === 'values' ? valueBytes : literalBytes;
    const fault =
      open.literalBytes + literal.bytes > most
        ? `the literals of ${open.verb} have at most ${most} octets`
        : this.#unaskedFault(literal);
    if (fault !== undefined) return this.#refusal({ text: fault, literal });
    open.literalBytes += literal.bytes;
    this.#mode = { kind: 'literal', pieces: [], left: literal.bytes };
    return literal.unasked ? undefined : { kind: 'continue' };
  }

  #unaskedFault({ bytes, unasked }: Literal): string | undefined {
    const { unaskedBytes } = this.limits;
    return unasked && bytes > unaskedBytes
      ? `a literal of more than ${unaskedBytes} octets must wait for the continuation (RFC 7888)`
      : undefined;
  }

  #finish(open: OpenCommand): Input {
    const { tag, verb, append } = open;
    open.text = withoutSpaces(open.text);
    if (append === undefined) {
      this.#open = undefined;
      return { kind: 'command', tag, verb, arguments: { text: open.text, literals: open.literals } };
    }
    const step = this.#read(open, append, undefined);
    if ('status' in step) return step;
    if (step.kind !== 'end') throw new Error('an APPEND that goes on without a literal');
    this.#open = undefined;
    return { kind: 'command', tag, verb, arguments: { text: '', literals: [] }, append: step.command };
  }

  #literal(mode: { readonly pieces: Buffer[]; left: number }): Input | undefined {
    const piece = this.#takeOctets(mode.left);
    if (piece.length > 0) mode.pieces.push(Buffer.from(piece));
    mode.left -= piece.length;
    if (mode.left > 0) return NEED_MORE;
    this.#open?.literals.push(Buffer.concat(mode.pieces));
    this.#mode = COMMAND;
    return undefined;
  }

  #octets(mode: { left: number }): Input {
    if (mode.left === 0) {
      this.#mode = COMMAND;
      return { kind: 'message-end' };
    }
    const bytes = this.#takeOctets(mode.left);
    if (bytes.length === 0) return NEED_MORE;
    mode.left -= bytes.length;
    return { kind: 'octets', bytes };
  }

  #takeOctets(most: number): Buffer {
    const take = Math.min(most, this.#buffer.length - this.#position);
    this.#position += take;
    return this.#buffer.subarray(this.#position - take, this.#position);
  }

  #skipOctets(mode: { left: number }): Input | undefined {
    mode.left -= this.#takeOctets(mode.left).length;
    if (mode.left > 0) return NEED_MORE;
    this.#mode = SKIP_LINE;
    return undefined;
  }

  /** Passes over the rest of a line, and over a literal that is sent unasked behind it. */
  #skipLine(): Input | undefined {
    const end = this.#lineEnd();
    if (end < 0) {
      // The last octets may be the beginning of an announcement.
      const from = Math.max(this.#position, this.#buffer.length - MAX_ANNOUNCEMENT);
      this.#buffer = Buffer.from(this.#buffer.subarray(from));
      this.#position = 0;
      this.#searched = this.#buffer.length;
      return NEED_MORE;
    }
    this.#position = Math.max(this.#position, end - MAX_ANNOUNCEMENT);
    this.#passOver(literalAt(this.#takeLine(end)));
    return undefined;
  }

  /** The command is over, but what the client sends all the same must go by. */
  #passOver(literal: Literal | undefined): void {
    this.#open = undefined;
    this.#mode = literal?.unasked === true ? { kind: 'skip-octets', left: literal.bytes } : COMMAND;
  }

  #tooLong(): Refusal {
    const most = this.limits.commandBytes;
    const head = this.#position + Math.min(most, MAX_TAG + 1);
    const tag = TAG.exec(this.#buffer.toString('latin1', this.#position, head))?.[0];
    const refusal = this.#refusal({
      text: `a command has at most ${most} octets beside its literals`,
      literal: undefined,
      ...(tag === undefined ? {} : { tag }),
    });
    this.#mode = SKIP_LINE;
    return refusal;
  }

  #refusal({
    text,
    literal,
    tag = '*',
    status = 'BAD',
    code,
  }: {
    text: string;
    literal: Literal | undefined;
    tag?: string;
    status?: Refusal['status'];
    code?: 'TOOBIG';
  }): Refusal {
    const refusal: Refusal = {
      kind: 'refusal',
      tag: this.#open?.tag ?? tag,
      status,
      text,
      unaskedBytes: literal?.unasked === true ? literal.bytes : 0,
      ...(code === undefined ? {} : { code }),
    };
    this.#passOver(literal);
    return refusal;
  }

  #plainLine(mostBytes: number): Input {
    const end = this.#lineEnd();
    const bytes = (end < 0 ? this.#buffer.length : end + 1) - this.#position;
    if (bytes > mostBytes) {
      this.#mode = SKIP_LINE;
      return { kind: 'line-too-long' };
    }
    if (end < 0) return NEED_MORE;
    this.#mode = COMMAND;
    return { kind: 'line', text: this.#takeLine(end) };
  }
}

/** Spaces at the end are wrong and common. */
function withoutSpaces(text: string): string {
  let end = text.length;
  while (text[end - 1] === ' ') end -= 1;
  return text.slice(0, end);
}

/** The literal that a line announces at its end. */
function literalAt(line: string): Literal | undefined {
  if (!line.endsWith('}')) return undefined;
  const match = ANNOUNCEMENT.exec(line.slice(-MAX_ANNOUNCEMENT));
  if (match === null) return undefined;
  return {
    bytes: Number(match[2]),
    isBinary: match[1] !== undefined,
    unasked: match[3] !== undefined,
    length: match[0].length,
  };
}
