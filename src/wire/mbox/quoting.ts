/** mboxrd: a line that begins with any number of `>` and `From ` gets one `>` more, whatever pieces it comes in. */
const LF = 0x0a;
const GREATER = Buffer.from('>');
const FROM = Buffer.from('From ');

export class FromQuoting {
  /** The beginning of a line that may become one of them. */
  #held: Buffer = Buffer.alloc(0);
  #isStart = true;

  /** The next octets; what is held of them comes with the piece after. Lines of `>` alone are held as far as they go. */
  push(piece: Buffer): Buffer {
    const bytes = this.#held.length === 0 ? piece : Buffer.concat([this.#held, piece]);
    this.#held = Buffer.alloc(0);
    const parts: Buffer[] = [];
    let [at, from] = [0, 0];
    while (at < bytes.length) {
      if (this.#isStart) {
        const kind = kindOf(bytes, at);
        if (kind === 'unknown') {
          this.#held = bytes.subarray(at);
          return Buffer.concat([...parts, bytes.subarray(from, at)]);
        }
        if (kind === 'from') parts.push(bytes.subarray(from, at), GREATER);
        if (kind === 'from') from = at;
      }
      const end = bytes.indexOf(LF, at);
      this.#isStart = end >= 0;
      at = end < 0 ? bytes.length : end + 1;
    }
    parts.push(bytes.subarray(from));
    return Buffer.concat(parts);
  }

  /** What was held. */
  end(): Buffer {
    return this.#held;
  }
}

function kindOf(bytes: Buffer, at: number): 'from' | 'other' | 'unknown' {
  let begin = at;
  while (bytes[begin] === GREATER[0]) begin++;
  const some = bytes.subarray(begin, begin + FROM.length);
  if (some.equals(FROM)) return 'from';
  return some.equals(FROM.subarray(0, some.length)) &&
    some.length < FROM.length &&
    begin + some.length === bytes.length
    ? 'unknown'
    : 'other';
}
