/** A delivery in its owner's memory, with its bytes when they are still there. */
import type { MessageReader } from '../delivery/port.ts';
import type { ClaimedDelivery, ClaimedMessage, QueueStore } from './port.ts';

export interface Work {
  readonly delivery: ClaimedDelivery;
  /** The content in memory, from the moment it was accepted; otherwise it is read from the store. */
  readonly content?: Buffer;
}

/** Octets read from the store at a time. */
const READ_BYTES = 256 * 1024;

/** Reads a message: our trace fields, then the content, from memory or piece by piece from the store. */
export function openMessage(
  store: QueueStore,
  message: ClaimedMessage,
  content: Buffer | undefined,
): MessageReader {
  let position = -1;
  const total = message.sizeBytes - message.prefix.length;
  return {
    next() {
      if (position < 0) {
        position = 0;
        if (message.prefix.length > 0) return asBuffer(message.prefix);
      }
      if (position >= total) return undefined;
      if (content !== undefined) {
        position = total;
        return content;
      }
      return store.readBlob({ hash: message.hash, offset: position, limit: READ_BYTES }).then((bytes) => {
        if (bytes.length === 0)
          throw new Error(`message ${message.id} ends at octet ${position} of ${total}`);
        position += bytes.length;
        return asBuffer(bytes);
      });
    },
  };
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
