import type { MessageId } from '../core/envelope.ts';
import type { SqlStore } from '../store/store.ts';
import type { Sink } from './command.ts';
import { written } from './output.ts';

const PIECE_BYTES = 256 * 1024;

/** Writes what was received of a message; how many octets there were, none when it is not kept any more. Rejects when the store is down. */
export async function writeContent(
  store: Pick<SqlStore, 'readContent'>,
  message: MessageId,
  out: Sink,
): Promise<number> {
  for (let offset = 0; ; ) {
    const bytes = await store.readContent({ message, offset, limit: PIECE_BYTES });
    if (bytes.length === 0) return offset;
    await written(out, bytes);
    offset += bytes.length;
  }
}
