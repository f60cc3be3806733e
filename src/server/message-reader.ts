/** A stored message, its octets read as far as somebody wants them: its trace fields, and the bytes that it came with. */
import type { StoredItem } from '../core/mailbox/port.ts';
import { previewOf } from '../wire/mime/preview.ts';
import type { Envelope, Message } from '../wire/mime/structure.ts';
import { decodeEnvelope, decodeStructure } from '../wire/mime/structure-codec.ts';
import { StructureReader } from '../wire/mime/structure-reader.ts';
import type { QueueStore } from '../core/queue/port.ts';

/** Octets that are read at once; a message that has no more is read whole. */
export const PIECE_BYTES = 256 * 1024;
/** Rounds in which something asks for octets that were not at hand. */
const MAX_ROUNDS = 50;

export class MessageReader {
  readonly item: StoredItem;
  readonly #store: Pick<QueueStore, 'readContent'>;
  #whole: Promise<Buffer> | undefined;
  #structure: Promise<Message> | undefined;

  constructor(store: Pick<QueueStore, 'readContent'>, item: StoredItem) {
    this.#store = store;
    this.item = item;
  }

  get sizeBytes(): number {
    return this.item.sizeBytes;
  }

  /** As it was read when the message came, or read now. */
  structure(): Promise<Message> {
    this.#structure ??= this.#readStructure();
    return this.#structure;
  }

  /** Without reading more than the envelope; undefined where the structure is not kept. */
  get knownEnvelope(): Envelope | undefined {
    const { structure } = this.item;
    return structure === undefined ? undefined : decodeEnvelope(toBuffer(structure));
  }

  async #readStructure(): Promise<Message> {
    const { structure } = this.item;
    const known = structure === undefined ? undefined : decodeStructure(toBuffer(structure));
    if (known !== undefined) return known;
    const reader = new StructureReader();
    for await (const piece of this.pieces(0, this.sizeBytes)) reader.feed(piece);
    return reader.end();
  }

  /** The beginning of its text (RFC 8970). */
  async preview(): Promise<string> {
    const { preview } = this.item;
    if (preview !== undefined) return preview;
    const message = await this.structure();
    return this.reading((read) => previewOf(message, read));
  }

  /** Octets from `start` up to and without `end`; rejects when the store does not have them. */
  async read(start: number, end: number): Promise<Buffer> {
    const prefix = toBuffer(this.item.prefix);
    if (end <= prefix.length) return prefix.subarray(start, end);
    if (this.sizeBytes <= PIECE_BYTES) {
      this.#whole ??= this.#blob(0, this.item.contentBytes).then((blob) => Buffer.concat([prefix, blob]));
      return (await this.#whole).subarray(start, end);
    }
    const blob = await this.#blob(Math.max(0, start - prefix.length), end - prefix.length);
    return start < prefix.length ? Buffer.concat([prefix.subarray(start), blob]) : blob;
  }

  /** The same in pieces, none of them large. */
  async *pieces(start: number, end: number): AsyncGenerator<Buffer> {
    for (let at = start; at < end; at += PIECE_BYTES) yield this.read(at, Math.min(end, at + PIECE_BYTES));
  }

  async #blob(from: number, to: number): Promise<Buffer> {
    const { message, content } = this.item;
    if (content !== undefined) return toBuffer(content).subarray(from, to);
    const limit = to - from;
    const bytes = toBuffer(await this.#store.readContent({ message, offset: from, limit }));
    if (bytes.length !== limit) throw new Error(`message ${message} is damaged`);
    return bytes;
  }

  /** Runs what reads octets at once, again until all that it reads has been fetched. */
  async reading<Result>(run: (read: (start: number, end: number) => Buffer) => Result): Promise<Result> {
    const known = new Map<string, Buffer>();
    for (let round = 0; ; round++) {
      const missing: (readonly [start: number, end: number])[] = [];
      const result = run((start, end) => {
        const bytes = known.get(`${start} ${end}`);
        if (bytes === undefined) missing.push([start, end]);
        return bytes ?? NOTHING;
      });
      if (missing.length === 0 || round >= MAX_ROUNDS) return result;
      for (const [start, end] of missing) known.set(`${start} ${end}`, await this.read(start, end));
    }
  }
}

const NOTHING = Buffer.alloc(0);

function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
