/** Makes an account again as a backup has it: its password, language, limits, lock, and what led to it. */
import type { Change, DirectoryStore } from '../directory/admin.ts';
import type { Account } from '../directory/port.ts';
import type { Mailbox, MailboxStore } from '../mailbox/port.ts';
import type { QuotaStore } from '../mailbox/quota.ts';

type Directory = DirectoryStore & QuotaStore & Pick<MailboxStore, 'subscribe' | 'subscriptions'>;

export interface Remade {
  readonly change: Change;
  /** What leads to it again. */
  readonly addresses: readonly string[];
}

/** `no-domain` and `exists` as `addAccount` says them; then nothing was changed. */
export async function remakeAccount(
  { from, into }: { from: Directory; into: Directory },
  { address, at }: { address: string; at: number },
): Promise<Remade> {
  const account = await from.account(address);
  if (account === undefined) return { change: 'missing', addresses: [] };
  const { language, password, scram, lockedReason } = account;
  const change = await into.addAccount({ address, language, password, scram, at });
  if (change !== 'done') return { change, addresses: [] };
  if (lockedReason !== undefined) await into.lockAccount({ address, reason: lockedReason, at });
  const limits = (await from.quota(account.id))?.limits;
  if (limits !== undefined) await into.setQuota({ name: address, limits });
  const addresses: string[] = [];
  for (const entry of await leadingTo(from, account)) {
    const added = await into.addAddress({ address: entry, target: address });
    if (added === 'done') addresses.push(entry);
  }
  return { change, addresses };
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
