/** Dot-stuffing for DATA (RFC 5321 4.5.2), over pieces of a message. */

const LF = 10;
const DOT = 46;
const DOT_BYTES = Buffer.from('.');

export class DotStuffer {
  /** The next octet begins a line. */
  #lineStart = true;
  #endsWithCrLf = true;
  #lastByte = LF;

  /** The pieces to send for one piece of content; shares its memory. */
  stuff(bytes: Buffer): Buffer[] {
    if (bytes.length === 0) return [];
    const pieces: Buffer[] = [];
    let from = 0;
    if (this.#lineStart && bytes[0] === DOT) pieces.push(DOT_BYTES);
    for (let at = bytes.indexOf('\n.', 0, 'latin1'); at >= 0; at = bytes.indexOf('\n.', at + 1, 'latin1')) {
      pieces.push(bytes.subarray(from, at + 1), DOT_BYTES);
      from = at + 1;
    }
    pieces.push(bytes.subarray(from));
    const last = bytes[bytes.length - 1] as number;
    const before = bytes.length > 1 ? bytes[bytes.length - 2] : this.#lastByte;
    this.#lineStart = last === LF;
    this.#endsWithCrLf = last === LF && before === 13;
    this.#lastByte = last;
    return pieces;
  }

  /** What ends the message: the line with the dot, on a line of its own. */
  end(): string {
    return this.#endsWithCrLf ? '.\r\n' : '\r\n.\r\n';
  }
}
