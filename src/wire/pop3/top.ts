/** The header of a message, the line behind it, and so many lines of the body (RFC 1939, TOP), over pieces of it. */

const LF = 10;
const CR = 13;

export class Top {
  /** Lines of the body that are still wanted; undefined in the header. */
  #left: number | undefined;
  readonly #lines: number;
  /** Octets of the line that a piece ended in, without a CR at its end. */
  #lineBytes = 0;

  constructor(lines: number) {
    this.#lines = lines;
  }

  /** There is nothing more to come. */
  get isDone(): boolean {
    return this.#left === 0;
  }

  /** What of the next piece belongs to it; shares its memory. */
  take(piece: Buffer): Buffer {
    let from = 0;
    for (let end = piece.indexOf(LF); end >= 0 && !this.isDone; end = piece.indexOf(LF, from)) {
      const isCr = end > from && piece[end - 1] === CR;
      const isBlank = this.#lineBytes + end - from - (isCr ? 1 : 0) === 0;
      this.#lineBytes = 0;
      from = end + 1;
      if (this.#left !== undefined) this.#left--;
      else if (isBlank) this.#left = this.#lines;
    }
    if (this.isDone) return piece.subarray(0, from);
    const rest = piece.length - from;
    this.#lineBytes += rest - (piece[piece.length - 1] === CR && rest > 0 ? 1 : 0);
    return piece;
  }
}
