/** What is in the INBOX of an account. */
import type { AccountId } from '../src/core/envelope.ts';
import type { StoredItem } from '../src/core/mailbox/port.ts';
import { ALL_UIDS } from '../src/core/mailbox/uid-ranges.ts';
import type { SqlStore } from '../src/store/store.ts';

type Reads = Pick<SqlStore, 'mailboxNamed' | 'items'>;

/** Its messages, oldest first: at most a thousand. */
export async function inboxOf(store: Reads, account: AccountId): Promise<StoredItem[]> {
  const inbox = await store.mailboxNamed({ account, name: 'INBOX' });
  if (inbox === undefined) throw new Error(`account ${account} has no INBOX`);
  return store.items({ account, mailbox: inbox.id, uids: ALL_UIDS, limit: 1_000 });
}
