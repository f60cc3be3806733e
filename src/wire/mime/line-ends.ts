/** The ends of lines in messages that are files: LF there, CRLF here (RFC 5322 2.1). What cannot be had back so stays as it is. */
const LF = 0x0a;
const CR = 0x0d;
const CRLF = Buffer.from('\r\n');

/**
 * From a file: where the first line ends with LF alone, so do all, and each gets its CR; where it ends with CRLF, the message is
 * as it is to be.
 */
export class LineEnds {
  #isExact: boolean | undefined;
  #endedWithCr = false;

  /** The next octets, as they are to be. */
  push(piece: Buffer): Buffer {
    if (piece.length === 0) return piece;
    this.#isExact ??= this.#firstEnd(piece);
    if (this.#isExact === true) return piece;
    const parts: Buffer[] = [];
    let from = 0;
    for (let at = piece.indexOf(LF); at >= 0; at = piece.indexOf(LF, at + 1)) {
      const before = at === 0 ? this.#endedWithCr : piece[at - 1] === CR;
      if (before) continue;
      parts.push(piece.subarray(from, at), CRLF);
      from = at + 1;
    }
    this.#endedWithCr = piece.at(-1) === CR;
    parts.push(piece.subarray(from));
    return parts.length === 1 ? piece : Buffer.concat(parts);
  }

  /** Undefined while no line has ended. */
  #firstEnd(piece: Buffer): boolean | undefined {
    const at = piece.indexOf(LF);
    if (at < 0) return undefined;
    return at === 0 ? this.#endedWithCr : piece[at - 1] === CR;
  }
}

/** Whether every line of a message ends with one CRLF, so that its CRs can be left out and had back. */
export class LineCheck {
  #last = 0;
  #beforeLast = 0;
  isPlain = true;

  push(piece: Uint8Array): void {
    for (let at = piece.indexOf(LF); at >= 0 && this.isPlain; at = piece.indexOf(LF, at + 1)) {
      const one = at > 0 ? piece[at - 1] : this.#last;
      const two = at > 1 ? piece[at - 2] : at === 1 ? this.#last : this.#beforeLast;
      if (one !== CR || two === CR) this.isPlain = false;
    }
    const { length } = piece;
    this.#beforeLast = (length > 1 ? piece[length - 2] : length === 1 ? this.#last : this.#beforeLast) ?? 0;
    this.#last = (length > 0 ? piece[length - 1] : this.#last) ?? 0;
  }
}

/** Leaves out the CR of each CRLF, whatever pieces they come in. */
export class CrlfToLf {
  #hasCr = false;

  push(piece: Uint8Array): Buffer {
    const text = `${this.#hasCr ? '\r' : ''}${Buffer.from(piece).toString('latin1')}`;
    this.#hasCr = text.endsWith('\r');
    return Buffer.from((this.#hasCr ? text.slice(0, -1) : text).replaceAll('\r\n', '\n'), 'latin1');
  }

  /** What was kept back. */
  end(): Buffer {
    return Buffer.from(this.#hasCr ? '\r' : '');
  }
}
