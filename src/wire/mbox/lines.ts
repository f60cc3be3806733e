/** Lines of a file with their ends, as they come; a line longer than a piece comes in several. */
const LF = 0x0a;
/** Octets of a line that are given at once. */
const MOST_BYTES = 64 * 1024;

export class Lines {
  readonly #chunks: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);
  #isOver = false;
  #peeked: Buffer | undefined;
  #endsInside = false;
  /** Of the line that `next` gave last, from 1. */
  number = 0;
  /** What `next` gave last goes on a line, and does not begin one. */
  isInside = false;

  constructor(chunks: AsyncIterable<Buffer>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** The next line, which stays. */
  async peek(): Promise<Buffer | undefined> {
    this.#peeked ??= await this.#read();
    return this.#peeked;
  }

  async next(): Promise<Buffer | undefined> {
    const line = this.#peeked ?? (await this.#read());
    this.#peeked = undefined;
    if (line === undefined) return undefined;
    this.isInside = this.#endsInside;
    if (!this.isInside) this.number++;
    this.#endsInside = line.at(-1) !== LF;
    return line;
  }

  async #read(): Promise<Buffer | undefined> {
    for (;;) {
      const end = this.#rest.indexOf(LF);
      if (end >= 0 && end < MOST_BYTES) return this.#take(end + 1);
      if (this.#rest.length >= MOST_BYTES) return this.#take(MOST_BYTES);
      if (this.#isOver) return this.#rest.length === 0 ? undefined : this.#take(this.#rest.length);
      const { value, done } = await this.#chunks.next();
      if (done) this.#isOver = true;
      else this.#rest = this.#rest.length === 0 ? value : Buffer.concat([this.#rest, value]);
    }
  }

  #take(octets: number): Buffer {
    const line = this.#rest.subarray(0, octets);
    this.#rest = this.#rest.subarray(octets);
    return line;
  }
}
