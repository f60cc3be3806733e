import type { Command } from '../../../wire/imap/command.ts';
import type { ImapHandle } from '../handle.ts';

/** Octets of the line that ends it, and of what is sent in its place. */
const MAX_LINE_BYTES = 1_000;

/** IDLE (RFC 9051 6.3.13): what others change is told when it happens, until DONE. */
export async function idle(session: ImapHandle, _: Command, tag: string): Promise<undefined> {
  session.send('+ Idling\r\n');
  if (session.phase.kind !== 'selected') {
    session.waiting = { kind: 'idle', tag, end: () => undefined };
    session.reader.expectLine(MAX_LINE_BYTES);
    return;
  }
  const { live } = session.selected;
  const stop = live.onChange(() => tellSoon(session));
  session.waiting = { kind: 'idle', tag, end: stop };
  session.reader.expectLine(MAX_LINE_BYTES);
  await live.lookAgain();
  await session.tell({ expunges: 'told' });
}

function tellSoon(session: ImapHandle): void {
  session.tell({ expunges: 'told' }).then(
    () => session.flush(),
    (error: unknown) => {
      session.context.log.error({ error: String(error) }, 'changes of a mailbox could not be read');
      session.end('* BYE Trouble on our side; please connect again\r\n');
    },
  );
}
