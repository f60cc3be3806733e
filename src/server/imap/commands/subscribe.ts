import type { Command } from '../../../wire/imap/command.ts';
import { MAX_SUBSCRIPTIONS } from '../../../core/mailbox/port.ts';
import { type Completion, type ImapHandle, no, ok } from '../handle.ts';
import { nameOf } from '../mailboxes.ts';

/** SUBSCRIBE and UNSUBSCRIBE (RFC 9051 6.3.7, 6.3.8): a name need not be a mailbox's. */
export async function subscribe(
  session: ImapHandle,
  { verb, mailbox }: Extract<Command, { verb: 'SUBSCRIBE' | 'UNSUBSCRIBE' }>,
): Promise<Completion> {
  const name = nameOf(mailbox);
  if (typeof name !== 'string') return name;
  const isSubscribed = verb === 'SUBSCRIBE';
  const done = await session.context.store.subscribe({ account: session.account.id, name, isSubscribed });
  if (!done) return no(`There are at most ${MAX_SUBSCRIPTIONS} subscriptions`, { kind: 'LIMIT' });
  return ok('Done');
}
