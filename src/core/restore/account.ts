/** Makes an account again as a backup has it: its password, language, limits, lock, and what led to it. */
import type { DirectoryStore } from '../directory/admin.ts';
import type { Account } from '../directory/port.ts';
import type { Mailbox, MailboxStore } from '../mailbox/port.ts';
import type { QuotaStore } from '../mailbox/quota.ts';
import type { LostAccount } from './port.ts';

/** What a backup has of an account, but for its mail. */
export async function lostAccount(
  from: DirectoryStore & QuotaStore,
  account: Account,
  at: number,
): Promise<LostAccount> {
  const { id, address, language, password, scram, lockedReason } = account;
  return {
    ...{ address, language, password, scram, at },
    ...(lockedReason === undefined ? {} : { lockedReason }),
    limits: (await from.quota(id))?.limits ?? {},
    addresses: await leadingTo(from, account),
  };
}

/** Addresses whose mail an account gets, besides its own. */
export async function leadingTo(from: DirectoryStore, { address }: Account): Promise<string[]> {
  const entries = await from.listAddresses(undefined);
  return entries.filter(({ own, target }) => !own && target === address).map((entry) => entry.address);
}

/** Makes a mailbox where there is none of that name, subscribed as it was; `isNew`: it was made. */
export async function mailboxFor(
  into: Pick<MailboxStore, 'mailboxNamed' | 'createMailbox' | 'subscribe'>,
  request: {
    account: Account['id'];
    name: string;
    specialUse?: Mailbox['specialUse'];
    isSubscribed: boolean;
    at: number;
  },
): Promise<{ mailbox: Mailbox; isNew: boolean } | { why: 'too many' | 'missing' }> {
  const { account, name, specialUse, isSubscribed, at } = request;
  const there = await into.mailboxNamed({ account, name });
  if (there !== undefined) return { mailbox: there, isNew: false };
  const use = specialUse === undefined ? {} : { specialUse };
  let made = await into.createMailbox({ account, name, at, ...use });
  // Another has that use by now.
  if (!made.ok && made.why === 'use taken') made = await into.createMailbox({ account, name, at });
  if (!made.ok) {
    const raced = await into.mailboxNamed({ account, name });
    if (raced !== undefined) return { mailbox: raced, isNew: false };
    return { why: made.why === 'too many' ? 'too many' : 'missing' };
  }
  if (isSubscribed) await into.subscribe({ account, name, isSubscribed });
  return { mailbox: made.mailbox, isNew: true };
}
