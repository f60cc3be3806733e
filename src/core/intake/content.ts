/**
 * The content of a message while it arrives: in memory while small, staged in the store piece by piece when large, so
 * that a session never holds more than two pieces whatever the size of the message.
 */
import { createHash, type Hash } from 'node:crypto';
import { sha256 } from '../../base/digest.ts';
import { type BodyHash, createBodyHash, hashBody } from '../../wire/dkim/body-hash.ts';
import { type Header, scanHeader } from '../../wire/mime/header.ts';
import type { Content, QueueStore } from '../queue/port.ts';
import type { IdSupply } from '../queue/ids.ts';
import type { IntakeBudget } from '../capacity/capacity.ts';

/** Octets of a message in memory at most; also the size of a staged piece. */
export const PIECE_BYTES = 256 * 1024;

/** Pieces below this are copied together, into buffers of the second size. */
const SMALL_BYTES = 1024;
const GATHER_BYTES = 16 * 1024;
const NOTHING = Buffer.alloc(0);

export class ArrivingContent {
  readonly #store: Pick<QueueStore, 'stage' | 'dropStage'>;
  readonly #ids: IdSupply;
  readonly #now: () => number;
  readonly #memory: IntakeBudget['memory'];
  /** Octets that count as memory in use. */
  #counted = 0;
  #pieces: Buffer[] = [];
  #gathering = NOTHING;
  #gathered = 0;
  #heldBytes = 0;
  #sizeBytes = 0;
  #stage: number | undefined;
  #seq = 0;
  #hash: Hash | undefined;
  #head: Buffer | undefined;
  #bodyHash: BodyHash | undefined;

  constructor(ports: {
    store: Pick<QueueStore, 'stage' | 'dropStage'>;
    ids: IdSupply;
    now: () => number;
    memory: IntakeBudget['memory'];
  }) {
    this.#memory = ports.memory;
    this.#store = ports.store;
    this.#ids = ports.ids;
    this.#now = ports.now;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Octets in memory now. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Takes a piece. A promise means: wait before giving more. Rejects when the store does not take it. */
  push(bytes: Buffer): Promise<void> | undefined {
    if (bytes.length < SMALL_BYTES) this.#gather(bytes);
    else {
      this.#endGathering();
      this.#pieces.push(bytes);
    }
    this.#heldBytes += bytes.length;
    this.#sizeBytes += bytes.length;
    this.#memory.hold(bytes.length);
    this.#counted += bytes.length;
    return this.#heldBytes > PIECE_BYTES ? this.#spill() : undefined;
  }

  /** Many tiny pieces would each keep a buffer of their own: all but the first are copied together. */
  #gather(bytes: Buffer): void {
    if (this.#pieces.length === 0 && this.#gathered === 0) {
      this.#pieces.push(bytes);
      return;
    }
    if (this.#gathered + bytes.length > this.#gathering.length) {
      this.#endGathering();
      this.#gathering = Buffer.allocUnsafeSlow(GATHER_BYTES);
    }
    bytes.copy(this.#gathering, this.#gathered);
    this.#gathered += bytes.length;
  }

  #endGathering(): void {
    if (this.#gathered > 0) this.#pieces.push(this.#gathering.subarray(0, this.#gathered));
    this.#gathering = NOTHING;
    this.#gathered = 0;
  }

  #takePieces(): Buffer {
    this.#endGathering();
    const bytes = Buffer.concat(this.#pieces);
    this.#pieces = [];
    return bytes;
  }

  /** Ends: the content for an acceptance, and its first octets (all of them when small). */
  async finish(): Promise<FinishedContent> {
    const rest = this.#takePieces();
    if (this.#stage === undefined) {
      const header = scanHeader(rest);
      return {
        content: { kind: 'inline', bytes: rest, hash: sha256(rest) },
        head: rest,
        header,
        bodyHash: () => hashBody(rest.subarray(header.bodyStart)),
      };
    }
    if (rest.length > 0) await this.#write(rest);
    const digest = (this.#hash as Hash).digest();
    const head = this.#head as Buffer;
    return {
      content: { kind: 'staged', hash: digest, sizeBytes: this.#sizeBytes, stage: this.#stage },
      head,
      header: wholeHeader(head),
      bodyHash: () => (this.#bodyHash as BodyHash).digest(),
    };
  }

  /** Forgets everything: the message was refused, or its session ended. */
  drop(): void {
    this.#pieces = [];
    this.#gathering = NOTHING;
    this.#gathered = 0;
    this.#heldBytes = 0;
    this.release();
    // What cannot be dropped now is swept later.
    if (this.#stage !== undefined) void this.#store.dropStage(this.#stage).catch(() => undefined);
    this.#stage = undefined;
  }

  async #spill(): Promise<void> {
    const piece = this.#takePieces();
    await this.#write(piece);
    this.#heldBytes = 0;
    this.release();
  }

  /** Its octets are somewhere else now, or needed no more. */
  release(): void {
    this.#memory.free(this.#counted);
    this.#counted = 0;
  }

  async #write(bytes: Buffer): Promise<void> {
    this.#stage ??= this.#ids.take<number>();
    if (this.#stage === undefined) throw new Error('the store gives no ids');
    this.#hash ??= createHash('sha256');
    this.#hash.update(bytes);
    this.#hashBody(bytes);
    await this.#store.stage({ stage: this.#stage, seq: this.#seq++, bytes, at: this.#now() });
  }

  /** What a signature will cover, while the bytes pass by. The header fits in the first piece, or is not signed whole. */
  #hashBody(bytes: Buffer): void {
    if (this.#bodyHash !== undefined) return this.#bodyHash.update(bytes);
    this.#head = bytes;
    this.#bodyHash = createBodyHash();
    this.#bodyHash.update(bytes.subarray(scanHeader(bytes).bodyStart));
  }
}

/** A header that does not end in the first piece goes on past what is looked at. */
function wholeHeader(head: Buffer): Header {
  const header = scanHeader(head);
  const cut = header.problems.find(({ kind }) => kind === 'no-blank-line');
  return cut === undefined ? header : { ...header, problems: [{ kind: 'too-large', at: cut.at }] };
}

export interface FinishedContent {
  readonly content: Content;
  /** The first octets of the message, its header among them. */
  readonly head: Buffer;
  readonly header: Header;
  /** The DKIM hash of the body (RFC 6376 3.7); to be asked once. */
  bodyHash(): Buffer;
}
