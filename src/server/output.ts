/** What a session writes: gathered, sent in large pieces, and no further than the client reads. */
import type { Duplex } from 'node:stream';
import type { Clock } from '../base/clock.ts';
import { turn } from './turns.ts';

/** Octets gathered before they are sent. */
const PIECE_BYTES = 32 * 1024;
/** Octets that a client may leave unread before no more is made for it. */
const MAX_UNREAD_BYTES = 256 * 1024;

export class Output {
  readonly #socket: Duplex;
  #pieces: (string | Buffer)[] = [];
  #gathered = 0;
  #isText = true;
  #waiting: (() => void)[] = [];
  #isEnded = false;
  /** When it was first seen to be full, monotonic ms; for who looks at it when it is. */
  fullSince = 0;

  constructor(socket: Duplex) {
    this.#socket = socket;
  }

  add(piece: string | Buffer): void {
    if (piece.length === 0) return;
    this.#pieces.push(piece);
    this.#gathered += piece.length;
    if (typeof piece !== 'string') this.#isText = false;
    if (this.#gathered >= PIECE_BYTES) this.flush();
  }

  flush(): void {
    if (this.#pieces.length === 0 || this.#isEnded) return;
    const pieces = this.#pieces;
    this.#pieces = [];
    this.#gathered = 0;
    if (this.#isText) {
      this.#socket.write(pieces.length === 1 ? (pieces[0] as string) : pieces.join(''));
      return;
    }
    this.#isText = true;
    const [only] = pieces;
    const octets = pieces.length === 1 ? (only as Buffer) : Buffer.concat(pieces.map(toBuffer));
    this.#socket.write(octets);
  }

  /** The client leaves what it was sent unread. */
  get isFull(): boolean {
    return this.#socket.writableLength > MAX_UNREAD_BYTES;
  }

  noteFull(clock: Clock): void {
    if (this.fullSince === 0) this.fullSince = clock.monotonic();
  }

  /** To be awaited before more is made: until the client has read, or others had their turn. */
  room(clock: Clock): Promise<void> | undefined {
    if (this.isFull) {
      this.noteFull(clock);
      return new Promise((resolve) => this.#waiting.push(resolve));
    }
    return turn(clock);
  }

  /** The client has read what there was. */
  drained(): void {
    this.fullSince = 0;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  /** Nothing more is sent, and nobody waits. */
  end(): void {
    this.#isEnded = true;
    this.#pieces = [];
    this.drained();
  }
}

function toBuffer(piece: string | Buffer): Buffer {
  return typeof piece === 'string' ? Buffer.from(piece) : piece;
}
