import type { Command } from '../../../wire/imap/command.ts';
import { type Completion, type ImapHandle, no, ok } from '../handle.ts';
import { nameOf, noMailbox } from '../mailboxes.ts';

/** RENAME (RFC 9051 6.3.6). */
export async function rename(
  session: ImapHandle,
  command: Extract<Command, { verb: 'RENAME' }>,
): Promise<Completion> {
  const from = nameOf(command.from);
  if (typeof from !== 'string') return noMailbox('NONEXISTENT');
  const to = nameOf(command.to);
  if (typeof to !== 'string') return to;
  const { store, clock } = session.context;
  const result = await store.renameMailbox({ account: session.account.id, from, to, at: clock.now() });
  if (result.ok) return ok('Renamed');
  switch (result.why) {
    case 'missing':
      return noMailbox('NONEXISTENT');
    case 'exists':
      return no('There is a mailbox of this name already', { kind: 'ALREADYEXISTS' });
    case 'below itself':
      return no('A mailbox cannot go below itself', { kind: 'CANNOT' });
    case 'too long':
      return no('The name, or one below it, would be too long', { kind: 'CANNOT' });
    case 'too many':
      return no('This account has as many mailboxes as it can', { kind: 'LIMIT' });
    default:
      return result.why satisfies never;
  }
}
