import type { Command } from '../../../wire/imap/command.ts';
import { type Completion, type ImapHandle, no, ok } from '../handle.ts';
import { nameOf, noMailbox } from '../mailboxes.ts';

/** DELETE (RFC 9051 6.3.5): what is below the mailbox stays. */
export async function deleteMailbox(
  session: ImapHandle,
  { mailbox }: Extract<Command, { verb: 'DELETE' }>,
): Promise<Completion> {
  const name = nameOf(mailbox);
  if (typeof name !== 'string') return name;
  const { store, clock } = session.context;
  // Its own client need not be sent away for it.
  if (session.phase.kind === 'selected' && session.selected.live.mailbox.name === name) session.leave();
  const result = await store.deleteMailbox({ account: session.account.id, name, at: clock.now() });
  if (result.ok) return ok('Deleted');
  return result.why === 'inbox' ? no('INBOX stays', { kind: 'CANNOT' }) : noMailbox('NONEXISTENT');
}
