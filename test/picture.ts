/** All that the owner of an account sees of its mailboxes, but for UIDs and the like: to be compared. */
import { hash } from 'node:crypto';
import { flagNames } from '../src/core/mailbox/flags.ts';
import type { Mailbox, StoredItem } from '../src/core/mailbox/port.ts';
import { ALL_UIDS } from '../src/core/mailbox/uid-ranges.ts';
import type { SqlStore } from '../src/store/store.ts';

export interface PicturedMessage {
  readonly flags: readonly string[];
  readonly internalAt: number;
  readonly sender: string;
  readonly recipient: string | undefined;
  /** SHA-256 of its octets. */
  readonly hash: string;
  readonly size: number;
  readonly preview: string | undefined;
  readonly hasStructure: boolean;
  /** The messages of its thread in this mailbox, by their places. */
  readonly thread: readonly number[];
}

export interface PicturedMailbox {
  readonly name: string;
  readonly use: string | undefined;
  readonly isSubscribed: boolean;
  readonly messages: readonly PicturedMessage[];
}

/** At most ten thousand messages of a mailbox. Rejects when there is no such account. */
export async function pictureOf(store: SqlStore, address: string): Promise<PicturedMailbox[]> {
  const account = await store.account(address);
  if (account === undefined) throw new Error(`there is no account ${address}`);
  const subscribed = await store.subscriptions(account.id);
  return Promise.all(
    (await store.mailboxes(account.id)).map(async (mailbox) => ({
      name: mailbox.name,
      use: mailbox.specialUse,
      isSubscribed: subscribed.includes(mailbox.name),
      messages: await messagesOf(store, account.id, mailbox),
    })),
  );
}

async function messagesOf(
  store: SqlStore,
  account: Parameters<SqlStore['items']>[0]['account'],
  mailbox: Mailbox,
): Promise<PicturedMessage[]> {
  const items = await store.items({ account, mailbox: mailbox.id, uids: ALL_UIDS, limit: 10_000 });
  return Promise.all(
    items.map(async (item) => ({
      flags: flagNames(item.flags, mailbox.keywords),
      ...{ internalAt: item.internalAt, sender: item.sender, recipient: item.recipient },
      ...{ size: item.sizeBytes, preview: item.preview, hasStructure: item.structure !== undefined },
      hash: hash('sha256', await octetsOf(store, item)),
      thread: items.flatMap(({ thread }, index) => (thread === item.thread ? [index] : [])),
    })),
  );
}

export async function octetsOf(store: SqlStore, item: StoredItem): Promise<Buffer> {
  const { message, prefix, contentBytes } = item;
  return Buffer.concat([prefix, await store.readContent({ message, offset: 0, limit: contentBytes + 1 })]);
}
