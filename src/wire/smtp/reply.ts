/** SMTP replies (RFC 5321 section 4.2) with enhanced status codes (RFC 2034, RFC 3463), both ways. */

export interface Reply {
  readonly code: number;
  /** `2.1.5`; absent where RFC 2034 forbids it (greeting, EHLO, 3yz). */
  readonly enhanced?: string;
  /** One entry a line, no CR or LF. */
  readonly lines: readonly string[];
  /** Said behind it: those of the other recipients, in their order (RFC 2033 4.2). */
  readonly others?: readonly Reply[];
  /** The connection ends after this reply. */
  readonly close?: true;
}

export function reply(code: number, enhanced: string | undefined, text: string): Reply {
  return enhanced === undefined ? { code, lines: [text] } : { code, enhanced, lines: [text] };
}

/** The reply as bytes on the wire, CRLF at the end. Control characters in the text become spaces. */
export function formatReply({ code, enhanced, lines, others = [] }: Reply): string {
  const prefix = enhanced === undefined ? '' : `${enhanced} `;
  let out = '';
  const last = lines.length - 1;
  for (let index = 0; index < last; index++) out += `${code}-${prefix}${clean(lines[index] as string)}\r\n`;
  return `${out}${code} ${prefix}${clean(lines[last] ?? '')}\r\n${others.map(formatReply).join('')}`;
}

const CONTROL = /[\u0000-\u001f\u007f]/;

function clean(text: string): string {
  return CONTROL.test(text) ? text.replace(/[\u0000-\u001f\u007f]+/g, ' ') : text;
}

/** Octets of one reply at most, all lines together: a peer that says more is broken or hostile. */
const MAX_REPLY_BYTES = 64 * 1024;

export type ParsedReply = { readonly code: number; readonly enhanced?: string; readonly lines: string[] };

export type ReplyStep =
  | { readonly kind: 'reply'; readonly reply: ParsedReply }
  | { readonly kind: 'need-more' }
  | { readonly kind: 'broken'; readonly why: string };

/** Reads replies from a stream of bytes: feed chunks, take replies. Lenient about bare LF, strict about codes. */
export class ReplyReader {
  #rest = '';
  #lines: string[] = [];
  #code = 0;
  #size = 0;

  feed(chunk: Buffer): void {
    this.#rest = this.#rest === '' ? chunk.toString('latin1') : this.#rest + chunk.toString('latin1');
  }

  next(): ReplyStep {
    for (;;) {
      const end = this.#rest.indexOf('\n');
      if (end < 0) {
        return this.#rest.length + this.#size > MAX_REPLY_BYTES ? tooLong() : { kind: 'need-more' };
      }
      const line = this.#rest.slice(0, this.#rest.charCodeAt(end - 1) === 13 ? end - 1 : end);
      this.#rest = this.#rest.slice(end + 1);
      this.#size += line.length;
      if (this.#size > MAX_REPLY_BYTES) return tooLong();
      const step = this.#line(line);
      if (step !== undefined) return step;
    }
  }

  /** Octets that were fed and not taken yet. */
  get octets(): number {
    return this.#rest.length + this.#size;
  }

  /** True when bytes are left that no command asked for. */
  get pending(): boolean {
    return this.#rest !== '' || this.#lines.length > 0;
  }

  #line(line: string): ReplyStep | undefined {
    const code = line.charCodeAt(0) === 0 ? Number.NaN : Number(line.slice(0, 3));
    const mark = line.charAt(3);
    if (!/^[2-5][0-9][0-9]$/.test(line.slice(0, 3)) || (mark !== '' && mark !== ' ' && mark !== '-')) {
      return { kind: 'broken', why: `not an SMTP reply: ${JSON.stringify(line.slice(0, 80))}` };
    }
    if (this.#lines.length > 0 && code !== this.#code) {
      return { kind: 'broken', why: `reply changes its code from ${this.#code} to ${code}` };
    }
    this.#code = code;
    this.#lines.push(decode(line.slice(4)));
    if (mark === '-') return undefined;
    const lines = this.#lines;
    this.#lines = [];
    this.#size = 0;
    return { kind: 'reply', reply: withEnhanced(code, lines) };
  }
}

function tooLong(): ReplyStep {
  return { kind: 'broken', why: `reply longer than ${MAX_REPLY_BYTES} octets` };
}

/** RFC 6531 3.7.4 lets replies be UTF-8. */
function decode(latin1: string): string {
  return /[\u0080-\u00ff]/.test(latin1) ? Buffer.from(latin1, 'latin1').toString('utf8') : latin1;
}

const ENHANCED = /^([245]\.\d{1,3}\.\d{1,3})(?:\s+|$)/;

function withEnhanced(code: number, lines: string[]): ParsedReply {
  const enhanced = ENHANCED.exec(lines[0] as string)?.[1];
  // RFC 3463: the class must agree with the first digit of the code; if not, the words are just words.
  if (enhanced === undefined || enhanced.charCodeAt(0) - 48 !== Math.floor(code / 100))
    return { code, lines };
  return { code, enhanced, lines: lines.map((line) => line.replace(ENHANCED, '')) };
}
