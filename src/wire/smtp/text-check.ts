/**
 * Whether octets that came in chunks (RFC 3030) are the text that they say they are: only CRLF ends a line, there is no
 * NUL, and no line is too long. BDAT carries any octets, but what is not BINARYMIME must be fit for the next hop's DATA,
 * where a bare CR or LF would let another server see a different message (SMTP smuggling).
 */
import type { ContentFault } from './input.ts';

const CR = 13;
const LF = 10;

export class TextCheck {
  readonly #maxLineBytes: number;
  #lineBytes = 0;
  /** The last octet was a CR whose LF has not come yet. */
  #open = false;

  /** `maxLineBytes`: with its CRLF. */
  constructor(maxLineBytes: number) {
    this.#maxLineBytes = maxLineBytes;
  }

  /** The first fault of these octets, that follow on those before. */
  check(bytes: Buffer): ContentFault | undefined {
    if (bytes.length === 0) return undefined;
    if (this.#open && bytes[0] !== LF) return 'bare-newline';
    if (bytes.includes(0)) return 'nul';
    let from = 0;
    for (let end = bytes.indexOf(LF); end >= 0; end = bytes.indexOf(LF, from)) {
      const ended = end === 0 ? this.#open : bytes.indexOf(CR, from) === end - 1;
      if (!ended) return 'bare-newline';
      if (this.#lineBytes + end + 1 - from > this.#maxLineBytes) return 'line-too-long';
      this.#lineBytes = 0;
      from = end + 1;
    }
    const cr = bytes.indexOf(CR, from);
    if (cr >= 0 && cr !== bytes.length - 1) return 'bare-newline';
    this.#open = cr >= 0;
    this.#lineBytes += bytes.length - from;
    return this.#lineBytes > this.#maxLineBytes ? 'line-too-long' : undefined;
  }

  /** What is left to say when nothing follows. */
  end(): ContentFault | undefined {
    return this.#open ? 'bare-newline' : undefined;
  }
}
