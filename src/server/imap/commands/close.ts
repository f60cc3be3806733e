import type { Command } from '../../../wire/imap/command.ts';
import { type Completion, type ImapHandle, ok } from '../handle.ts';

/** CLOSE and UNSELECT (RFC 9051 6.4.1, 6.4.2): CLOSE expunges what is deleted, and says nothing of it. */
export async function close(
  session: ImapHandle,
  { verb }: Extract<Command, { verb: 'CLOSE' | 'UNSELECT' }>,
): Promise<Completion> {
  const { live, isReadOnly } = session.selected;
  const { store, clock } = session.context;
  session.leave();
  if (verb === 'CLOSE' && !isReadOnly)
    await store.expungeItems({ ...live.ref, which: 'deleted', at: clock.now() });
  return ok('Closed');
}
