/** A delivery in its owner's memory, with its bytes when they are still there. */
import type { MessageReader, Transfer } from '../delivery/port.ts';
import type { ClaimedDelivery, ClaimedMessage, QueueStore, Settlement } from './port.ts';

export interface Work {
  readonly delivery: ClaimedDelivery;
  /** The content in memory, from the moment it was accepted; otherwise it is read from the store. */
  readonly content?: Buffer;
}

/** Deliveries of one message that go in one transaction. */
export interface Batch {
  readonly urgency: Transfer['urgency'];
  /** It tries for all that stands still behind it. */
  readonly canary?: true;
  readonly works: readonly Work[];
  /** When their path last took a message, ms since the epoch; 0 when nobody remembers. */
  readonly pathGoodAt: number;
}

/** As it was before it was leased. */
export function asItWas({ was, dueAt, lane }: ClaimedDelivery): Settlement['next'] {
  return was === 'waiting' ? { state: was, dueAt, lane } : { state: was };
}

/** Octets read from the store at a time. */
const READ_BYTES = 256 * 1024;

/** The store has fewer octets of a message than it accepted: no retry of ours mends that. */
export class DamagedMessage extends Error {}

export interface StoredMessage extends MessageReader {
  /** Present once reading came to the place where octets are missing. */
  readonly damaged: DamagedMessage | undefined;
}

/**
 * Reads a message: our trace fields, then the content, from memory or piece by piece from the store. The first piece is
 * there when this resolves, so that a store that is away is met before the far end is. Rejects with DamagedMessage, or
 * with whatever ails the store.
 */
export async function openMessage(
  store: QueueStore,
  message: ClaimedMessage,
  content: Buffer | undefined,
): Promise<StoredMessage> {
  const total = message.sizeBytes - message.prefix.length;
  let damaged: DamagedMessage | undefined;
  const read = async (offset: number): Promise<Buffer> => {
    const bytes = await store.readBlob({ hash: message.hash, offset, limit: READ_BYTES });
    if (bytes.length > 0) return asBuffer(bytes);
    damaged = new DamagedMessage(`message ${message.id} is damaged: it ends at octet ${offset} of ${total}`);
    throw damaged;
  };
  const ahead = message.prefix.length === 0 ? [] : [asBuffer(message.prefix)];
  let position = 0;
  if (total > 0) {
    const first = content ?? (await read(0));
    position = first.length;
    ahead.push(first);
  }
  return {
    get damaged() {
      return damaged;
    },
    next() {
      const piece = ahead.shift();
      if (piece !== undefined) return piece;
      if (position >= total) return undefined;
      return read(position).then((bytes) => {
        position += bytes.length;
        return bytes;
      });
    },
  };
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
