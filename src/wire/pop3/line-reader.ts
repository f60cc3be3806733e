/** Octets of a client as lines, in bounded memory. A line ends with CRLF; a bare LF, which some send, is taken for it. */

const LF = 10;
const CR = 13;

export type Line =
  | { readonly kind: 'line'; readonly text: string }
  /** It is thrown away to its end. */
  | { readonly kind: 'too-long' }
  | { readonly kind: 'need-more' };

const NEED_MORE: Line = { kind: 'need-more' };

export class LineReader {
  #buffer: Buffer = Buffer.alloc(0);
  /** In the middle of a line that was too long. */
  #skipping = false;

  feed(chunk: Buffer): void {
    this.#buffer = this.#buffer.length === 0 ? chunk : Buffer.concat([this.#buffer, chunk]);
  }

  get bufferedBytes(): number {
    return this.#buffer.length;
  }

  /** Forgets what was sent and not yet taken. */
  discard(): void {
    this.#buffer = Buffer.alloc(0);
    this.#skipping = false;
  }

  /** `maxBytes`: of the line with its end. */
  next(maxBytes: number): Line {
    const end = this.#buffer.indexOf(LF);
    if (end < 0) {
      if (this.#buffer.length < maxBytes) return NEED_MORE;
      this.#buffer = Buffer.alloc(0);
      this.#skipping = true;
      return NEED_MORE;
    }
    const line = this.#buffer.subarray(0, end > 0 && this.#buffer[end - 1] === CR ? end - 1 : end);
    this.#buffer = this.#buffer.subarray(end + 1);
    if (this.#skipping || end + 1 > maxBytes) {
      this.#skipping = false;
      return { kind: 'too-long' };
    }
    return { kind: 'line', text: line.toString('utf8') };
  }
}
