import type { MessageId } from '../envelope.ts';

/** Octets of a message that are read at once. */
export const PIECE_BYTES = 256 * 1024;

export interface ContentStore {
  readContent(request: { message: MessageId; offset: number; limit: number }): Promise<Uint8Array>;
}

/** What was received of a message, piece by piece, as far as the store has it. Rejects when the store is down. */
export async function* piecesOf(store: ContentStore, message: MessageId): AsyncGenerator<Uint8Array> {
  for (let offset = 0; ; ) {
    const piece = await store.readContent({ message, offset, limit: PIECE_BYTES });
    if (piece.length === 0) return;
    yield piece;
    offset += piece.length;
  }
}
