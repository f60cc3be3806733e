/** Messages that come from elsewhere and are to be appended, each read once: kept and parsed as it passes by. */
import { UNLIMITED } from '../capacity/capacity.ts';
import type { MessageId } from '../envelope.ts';
import { ArrivingContent } from '../intake/content.ts';
import { IdSupply } from '../queue/ids.ts';
import { contentSize, type QueueStore } from '../queue/port.ts';
import { StructureReader } from '../../wire/mime/structure-reader.ts';
import { parseRead } from './parse.ts';
import { PIECE_BYTES } from './pieces.ts';
import type { NewItem } from './port.ts';
import type { Known } from './prints.ts';

/** What a new message is known by in a mailbox (`Known`). */
export function marksOf({ content, internalAt }: NewItem): Parameters<Known['take']>[0] {
  return { internalAt, digest: content.hash, sizeBytes: contentSize(content) };
}

export type ArrivalStore = Pick<QueueStore, 'reserveIds' | 'stage' | 'dropStage'>;

export class Arrivals {
  readonly #store: ArrivalStore;
  readonly #ids: IdSupply;
  readonly #now: () => number;

  constructor(store: ArrivalStore, now: () => number) {
    this.#store = store;
    this.#ids = new IdSupply(store);
    this.#now = now;
  }

  /** Reads a message to its end: what is large goes to the store piece by piece. Rejects when that or its source fails. */
  async take(
    pieces: AsyncIterable<Buffer> | Iterable<Buffer>,
    { flags, internalAt }: Pick<NewItem, 'flags' | 'internalAt'>,
  ): Promise<NewItem> {
    await this.#ids.fill();
    const message = this.#ids.take<MessageId>();
    if (message === undefined) throw new Error('the store gives no ids');
    const content = new ArrivingContent({
      ...{ store: this.#store, ids: this.#ids, now: this.#now, memory: UNLIMITED.memory },
    });
    const structure = new StructureReader();
    try {
      for await (const piece of pieces) {
        structure.feed(piece);
        for (let at = 0; at < piece.length; at += PIECE_BYTES)
          await content.push(piece.subarray(at, at + PIECE_BYTES));
      }
      const arrived = await content.finish();
      const parsed = parseRead(structure.end(), arrived.head);
      return { message, content: arrived.content, flags, internalAt, parsed };
    } catch (error) {
      content.drop();
      throw error;
    }
  }
}
