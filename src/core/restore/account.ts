/** Makes an account again as a backup has it: its password, language, limits, lock, and what led to it. */
import type { AddressEntry, DirectoryStore } from '../directory/admin.ts';
import type { Account } from '../directory/port.ts';
import type { Mailbox, MailboxStore } from '../mailbox/port.ts';
import type { QuotaStore } from '../mailbox/quota.ts';
import type { VacationStore } from '../mailbox/vacation.ts';
import type { LostAccount } from './port.ts';

/** What a backup has of an account, but for its mail and what is noted of it. `separator`: as in an `AddressQuery`. */
export async function lostAccount(
  from: DirectoryStore & QuotaStore & VacationStore,
  account: Account,
  { at, separator }: { at: number; separator: string },
): Promise<LostAccount> {
  const { id, address, language, password, scram, lockedReason } = account;
  const entries = await from.listAddresses(undefined);
  const own = entries.filter((entry) => entry.address === address);
  const vacation = await from.vacation(id);
  return {
    ...{ address, language, password, scram, at, separator },
    ...(lockedReason === undefined ? {} : { lockedReason }),
    ...(vacation === undefined ? {} : { vacation }),
    limits: (await from.quota(id))?.limits ?? {},
    addresses: leadingTo(entries, address),
    forwards: own.filter((entry) => !entry.own).map(({ target }) => target),
    keeps: own.some((entry) => entry.own),
  };
}

/** Addresses whose mail an account got, by others too: they went with it where they led nowhere else. */
function leadingTo(entries: readonly AddressEntry[], account: string): LostAccount['addresses'] {
  const own = new Set(entries.filter((entry) => entry.own).map(({ address }) => address));
  const seen = new Set([account]);
  const found: LostAccount['addresses'][number][] = [];
  for (const target of seen)
    for (const entry of entries) {
      const { address } = entry;
      if (entry.target !== target || entry.own || address === account) continue;
      found.push({ address, target, keep: own.has(address) });
      // What leads to another account did not go.
      if (!own.has(address)) seen.add(address);
    }
  return found;
}

/** What clients noted of a mailbox, or of none in particular, where nothing of that name is noted now (RFC 5464). */
export async function bringNotes(
  {
    from,
    into,
  }: { from: Pick<MailboxStore, 'metadata'>; into: Pick<MailboxStore, 'metadata' | 'setMetadata'> },
  { source, target }: Record<'source' | 'target', Parameters<MailboxStore['metadata']>[0]>,
): Promise<void> {
  const there = new Set((await into.metadata(target)).map(({ name }) => name));
  const values = (await from.metadata(source)).filter(({ name }) => !there.has(name));
  // There may be as many as may be by now: then none comes.
  if (values.length > 0) await into.setMetadata({ ...target, values });
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
