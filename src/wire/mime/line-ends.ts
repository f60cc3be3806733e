/**
 * The ends of the lines of a message that comes from a file: where its first line ends with LF alone, so do all, and each gets
 * its CR; where it ends with CRLF, the message is as it is to be.
 */
const LF = 0x0a;
const CR = 0x0d;
const CRLF = Buffer.from('\r\n');

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
