/** A connection whose octets are compressed both ways (RFC 4978), as a stream in the place of the socket. */
import { Duplex } from 'node:stream';
import { constants, createDeflateRaw, createInflateRaw, type DeflateRaw, type InflateRaw } from 'node:zlib';

/** Small windows: a connection takes some 40 KiB for them instead of 300. */
const SMALL = { windowBits: 13, memLevel: 5 } as const;

export class DeflatedStream extends Duplex {
  readonly #under: Duplex;
  readonly #inflate: InflateRaw;
  readonly #deflate: DeflateRaw;

  /** `rest`: what was read of the stream below already. */
  constructor(under: Duplex, rest: Buffer) {
    super({ allowHalfOpen: true });
    this.#under = under;
    // Clients compress with any window; what is written is flushed at once, as somebody waits for it.
    this.#inflate = createInflateRaw();
    this.#deflate = createDeflateRaw({ ...SMALL, flush: constants.Z_SYNC_FLUSH });
    this.#inflate.on('data', (chunk) => {
      if (!this.push(chunk)) this.#inflate.pause();
    });
    this.#inflate.on('end', () => this.push(null));
    for (const stream of [this.#inflate, this.#deflate, under])
      stream.on('error', (error) => this.destroy(error));
    under.on('close', () => this.destroy());
    if (rest.length > 0) this.#inflate.write(rest);
    under.pipe(this.#inflate);
    this.#deflate.pipe(under);
  }

  override _read(): void {
    this.#inflate.resume();
  }

  override _write(chunk: Buffer, _: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#deflate.write(chunk, done);
  }

  override _final(done: () => void): void {
    this.#deflate.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#under.destroy();
    this.#inflate.close();
    this.#deflate.close();
    done(error);
  }
}
