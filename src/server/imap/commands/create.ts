import { mailboxObjectId } from '../../../core/mailbox/object-id.ts';
import { SPECIAL_USES } from '../../../core/mailbox/special-use.ts';
import type { Command } from '../../../wire/imap/command.ts';
import { type Completion, type ImapHandle, no, ok } from '../handle.ts';
import { nameOf } from '../mailboxes.ts';

/** CREATE (RFC 9051 6.3.4), with a use (RFC 6154 section 3). */
export async function create(
  session: ImapHandle,
  { mailbox, specialUse }: Extract<Command, { verb: 'CREATE' }>,
): Promise<Completion> {
  const name = nameOf(mailbox);
  if (typeof name !== 'string') return name;
  const uses = specialUse.map((use) =>
    SPECIAL_USES.find((known) => known.toLowerCase() === use.toLowerCase()),
  );
  if (uses.includes(undefined) || uses.length > 1)
    return no('A mailbox has one of the uses Drafts, Sent, Junk, Trash and Archive', { kind: 'USEATTR' });
  const [use] = uses;
  const { store, clock } = session.context;
  const made = await store.createMailbox({
    account: session.account.id,
    name,
    at: clock.now(),
    ...(use === undefined ? {} : { specialUse: use }),
  });
  if (made.ok) return ok('Made', { kind: 'MAILBOXID', id: mailboxObjectId(made.mailbox.id) });
  switch (made.why) {
    case 'exists':
      return no('There is a mailbox of this name already', { kind: 'ALREADYEXISTS' });
    case 'too many':
      return no('This account has as many mailboxes as it can', { kind: 'LIMIT' });
    case 'use taken':
      return no('Another mailbox has this use', { kind: 'USEATTR' });
    case 'missing':
      return no('This account is not there any more', { kind: 'CONTACTADMIN' });
    default:
      return made.why satisfies never;
  }
}
