/**
 * What an SMTP server reads, as a sans-I/O decoder: bytes in, command lines and message content out.
 *
 * Only CRLF ends a line and only CRLF.CRLF ends a message (RFC 5321 2.3.8, 4.1.1.4): a bare CR or LF is a fault in
 * either place, so that no other server can see a different message than we did (SMTP smuggling).
 */

export interface InputLimits {
  /** Octets of a command line, CRLF included (RFC 5321 4.5.3.1.4 asks for 512 at least). */
  readonly commandLineBytes: number;
  /** Octets of a line of a login dialogue, CRLF included (RFC 4954 section 4 asks for 12288). */
  readonly authLineBytes: number;
  /** Octets of a line of text, CRLF included (RFC 5321 4.5.3.1.6 asks for 1000 at least). */
  readonly textLineBytes: number;
}

export type ContentFault = 'bare-newline' | 'nul' | 'line-too-long';

export type Input =
  | { readonly kind: 'line'; readonly text: string }
  | { readonly kind: 'bad-line'; readonly why: 'bare-newline' | 'nul' | 'too-long' }
  | { readonly kind: 'content'; readonly bytes: Buffer }
  | { readonly kind: 'content-end'; readonly fault?: ContentFault }
  | { readonly kind: 'need-more' };

type Mode = { readonly kind: 'command' } | DataMode | { readonly kind: 'chunk'; left: number };

interface DataMode {
  readonly kind: 'data';
  state: DataState;
  /** Octets of the current line in earlier chunks. */
  lineBytes: number;
  fault?: ContentFault;
}

/** Where in a line the DATA scanner stands. */
type DataState = 'line-start' | 'text' | 'cr' | 'dot' | 'dot-cr' | 'end';

const CR = 13;
const LF = 10;
const DOT = 46;
const NEED_MORE: Input = { kind: 'need-more' };
const COMMAND: Mode = { kind: 'command' };
const EMPTY = Buffer.alloc(0);

export class InputReader {
  readonly #limits: InputLimits;
  #buffer: Buffer = EMPTY;
  #position = 0;
  #mode: Mode = COMMAND;
  #lineBytes: number;
  /** The rest of an overlong line is being skipped. */
  #skipping = false;

  constructor(limits: InputLimits) {
    this.#limits = limits;
    this.#lineBytes = limits.commandLineBytes;
  }

  feed(chunk: Buffer): void {
    this.#buffer =
      this.#position < this.#buffer.length
        ? Buffer.concat([this.#buffer.subarray(this.#position), chunk])
        : chunk;
    this.#position = 0;
  }

  /** Octets fed and not yet taken. */
  get bufferedBytes(): number {
    return this.#buffer.length - this.#position;
  }

  /** Forgets what was fed and not taken: STARTTLS must, or plaintext would be read as if it had been encrypted. */
  discard(): void {
    this.#buffer = EMPTY;
    this.#position = 0;
  }

  /** How long the next lines may be: those of a login are longer than commands. */
  expectLines(of: 'commands' | 'login'): void {
    this.#lineBytes = of === 'login' ? this.#limits.authLineBytes : this.#limits.commandLineBytes;
  }

  /** The next inputs are message content up to the line with a single dot. */
  beginData(): void {
    this.#mode = { kind: 'data', state: 'line-start', lineBytes: 0 };
  }

  /** The next `size` octets are content (RFC 3030). */
  beginChunk(size: number): void {
    this.#mode = { kind: 'chunk', left: size };
  }

  next(): Input {
    switch (this.#mode.kind) {
      case 'command':
        return this.#line();
      case 'data':
        return this.#data(this.#mode);
      case 'chunk':
        return this.#chunk(this.#mode);
      default:
        return this.#mode satisfies never;
    }
  }

  #line(): Input {
    const end = this.#buffer.indexOf(LF, this.#position);
    const bytes = (end < 0 ? this.#buffer.length : end + 1) - this.#position;
    if (end < 0) {
      if (this.#skipping || bytes > this.#lineBytes) this.#skip();
      return NEED_MORE;
    }
    const start = this.#position;
    this.#position = end + 1;
    const tooLong = this.#skipping || bytes > this.#lineBytes;
    this.#skipping = false;
    if (end === start || this.#buffer[end - 1] !== CR) return { kind: 'bad-line', why: 'bare-newline' };
    if (tooLong) return { kind: 'bad-line', why: 'too-long' };
    const text = this.#buffer.toString('utf8', start, end - 1);
    if (text.includes('\r')) return { kind: 'bad-line', why: 'bare-newline' };
    if (text.includes('\0')) return { kind: 'bad-line', why: 'nul' };
    return { kind: 'line', text };
  }

  /** Forgets an overlong line but for its last octet, which may be the CR of its end. */
  #skip(): void {
    this.#skipping = true;
    this.#buffer = Buffer.from(this.#buffer.subarray(-1));
    this.#position = 0;
  }

  #chunk(mode: { left: number }): Input {
    if (mode.left === 0) {
      this.#mode = COMMAND;
      return { kind: 'content-end' };
    }
    const take = Math.min(mode.left, this.bufferedBytes);
    if (take === 0) return NEED_MORE;
    const bytes = this.#buffer.subarray(this.#position, this.#position + take);
    this.#position += take;
    mode.left -= take;
    return { kind: 'content', bytes };
  }

  #data(mode: DataMode): Input {
    for (;;) {
      if (this.#position >= this.#buffer.length) return NEED_MORE;
      const from = this.#position;
      const until = this.#scan(mode);
      if (until > from) return { kind: 'content', bytes: this.#buffer.subarray(from, until) };
      if (mode.state !== 'end') continue;
      this.#mode = COMMAND;
      return mode.fault === undefined ? { kind: 'content-end' } : { kind: 'content-end', fault: mode.fault };
    }
  }

  /**
   * Runs over content until the buffer ends, or octets come that are no content (a stuffed dot, the end of the message).
   * What stands between the position at entry and the returned one is content; the position moves past what is not.
   */
  #scan(mode: DataMode): number {
    const buffer = this.#buffer;
    let at = this.#position;
    let lineFrom = at - mode.lineBytes;
    let { state } = mode;
    let until = -1;
    while (at < buffer.length && until < 0) {
      const byte = buffer[at] as number;
      switch (state) {
        case 'line-start':
          state = byte === DOT ? 'dot' : 'text';
          if (byte === DOT) until = at++;
          break;
        case 'text':
          at = textEnd(buffer, at);
          if (at < buffer.length) state = this.#stop(mode, buffer[at++] as number);
          break;
        case 'cr':
          if (byte === LF) {
            this.#lineEnd(mode, ++at - lineFrom);
            lineFrom = at;
          } else mode.fault ??= 'bare-newline';
          state = byte === LF ? 'line-start' : 'text';
          break;
        case 'dot':
          state = byte === CR ? 'dot-cr' : 'text';
          if (byte === CR) until = at++;
          break;
        case 'dot-cr':
          // Anything but LF makes a bare CR: the message is refused, so what becomes of this CR does not matter.
          if (byte !== LF) mode.fault ??= 'bare-newline';
          state = byte === LF ? 'end' : 'text';
          if (byte === LF) until = at++;
          break;
        default:
          throw new Error('content after the end of content');
      }
    }
    this.#lineEnd(mode, at - lineFrom);
    mode.lineBytes = at - lineFrom;
    mode.state = state;
    this.#position = at;
    return until < 0 ? at : until;
  }

  /** An octet that ends a run of text. */
  #stop(mode: DataMode, byte: number): DataState {
    if (byte === CR) return 'cr';
    mode.fault ??= byte === LF ? 'bare-newline' : 'nul';
    return 'text';
  }

  #lineEnd(mode: DataMode, bytes: number): void {
    if (bytes > this.#limits.textLineBytes) mode.fault ??= 'line-too-long';
  }
}

/** The first CR, LF or NUL from `at` on. */
function textEnd(buffer: Buffer, at: number): number {
  const { length } = buffer;
  let position = at;
  while (position < length) {
    const byte = buffer[position] as number;
    if (byte === CR || byte === LF || byte === 0) break;
    position++;
  }
  return position;
}
