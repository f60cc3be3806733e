import type { MessageId } from '../core/envelope.ts';
import { type ContentStore, piecesOf } from '../core/mailbox/pieces.ts';
import { CommandError, EXIT, type Sink } from './command.ts';
import { written } from './output.ts';

/** Writes what was received of a message, octet by octet. Rejects when the store is down, or has not all that was `received`. */
export async function writeContent(
  store: ContentStore,
  { message, received }: { message: MessageId; received: number },
  out: Sink,
): Promise<void> {
  let octets = 0;
  for await (const piece of piecesOf(store, message)) {
    await written(out, piece);
    octets += piece.length;
  }
  if (octets < received)
    throw new CommandError(
      EXIT.failed,
      `the message is damaged: of ${received} octets that were received the store has ${octets}`,
    );
}
