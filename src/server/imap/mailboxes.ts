/** Mailboxes as commands name them, and what is said when there is something wrong with the name. */
import { type NameFault, toMailboxName } from '../../core/mailbox/name.ts';
import type { Mailbox } from '../../core/mailbox/port.ts';
import { isFull, type QuotaLimits, type Usage, withDefaults } from '../../core/mailbox/quota.ts';
import { type Completion, type ImapHandle, no } from './handle.ts';

const FAULTS: Readonly<Record<NameFault, string>> = {
  empty: 'The name is empty',
  'empty level': 'A level of the name is empty',
  'too long': 'The name is too long',
  'too deep': 'The name has too many levels',
  'control character': 'The name holds a control character',
  'not Unicode': 'The name is not Unicode',
  reserved: 'A name does not begin with #',
};

/** The name as it is kept, or what to answer. */
export function nameOf(written: string): string | Completion {
  const named = toMailboxName(written);
  return 'name' in named ? named.name : no(FAULTS[named.fault], { kind: 'CANNOT' });
}

/** The mailbox, or what to answer. `missing`: TRYCREATE where a client may make it and ask again. */
export async function mailboxCalled(
  session: ImapHandle,
  written: string,
  missing: 'NONEXISTENT' | 'TRYCREATE' = 'NONEXISTENT',
): Promise<Mailbox | Completion> {
  const name = nameOf(written);
  if (typeof name !== 'string') return missing === 'TRYCREATE' ? name : noMailbox(missing);
  const mailbox = await session.context.store.mailboxNamed({ account: session.account.id, name });
  return mailbox ?? noMailbox(missing);
}

export function noMailbox(kind: 'NONEXISTENT' | 'TRYCREATE'): Completion {
  return no('There is no such mailbox', { kind });
}

export const OVER_QUOTA = no('There is not so much room in this account', { kind: 'OVERQUOTA' });
export const TOO_MANY_KEYWORDS = no('The mailbox has as many keywords as it can', { kind: 'LIMIT' });

/** What this account may keep; `OVERQUOTA` when that, or what its domain may keep, is not enough for so much more. */
export async function roomFor(session: ImapHandle, more: Usage): Promise<QuotaLimits | Completion> {
  const { store, quota: defaults } = session.context;
  const quota = await store.quota(session.account.id);
  if (quota === undefined) return {};
  const known = withDefaults(quota, defaults);
  return isFull(known, more) ? OVER_QUOTA : known.limits;
}
