import { domainOf } from '../../core/delivery/route.ts';
import { commandLine } from '../arguments.ts';
import { type Call, CommandError, EXIT } from '../command.ts';
import type { SqlStore } from '../../store/store.ts';
import type { Account } from '../../core/directory/port.ts';
import {
  MAX_LEVEL_BYTES,
  MAX_LEVELS,
  MAX_NAME_BYTES,
  type NameFault,
  toMailboxName,
} from '../../core/mailbox/name.ts';
import type { Mailbox } from '../../core/mailbox/port.ts';

/** For whoever named an account that is not there. */
export function noAccount(call: Pick<Call, 'options'>, address: string): string {
  return `there is no account ${address}. Those that are: ${commandLine(call, ['account', 'list', domainOf(address)])}`;
}

/** The account of an address; throws the sentence above. */
export async function accountOf(
  store: SqlStore,
  call: Pick<Call, 'options'>,
  address: string,
): Promise<Account> {
  const account = await store.account(address);
  if (account === undefined) throw new CommandError(EXIT.nothing, noAccount(call, address));
  return account;
}

const FAULTS: Readonly<Record<NameFault, string>> = {
  empty: 'it is empty',
  'empty level': 'nothing stands between two of its slashes',
  'too long': `at most ${MAX_LEVEL_BYTES} octets may stand between two slashes, and ${MAX_NAME_BYTES} in all`,
  'too deep': `it has more than ${MAX_LEVELS} levels`,
  'control character': 'it has a control character in it',
  'not Unicode': 'it is not Unicode',
  reserved: 'it begins with #',
};

/** The name of a mailbox as it is kept: INBOX unless given. Throws when it is none. */
export function toMailbox(text = 'INBOX'): string {
  const named = toMailboxName(text);
  if ('fault' in named)
    throw new CommandError(EXIT.usage, `${text} cannot be a mailbox: ${FAULTS[named.fault]}`);
  return named.name;
}

/** A mailbox of an account, by its name; throws when there is none. */
export async function mailboxOf(
  store: SqlStore,
  call: Pick<Call, 'options'>,
  { account, name }: { account: Pick<Account, 'id' | 'address'>; name: string },
): Promise<Mailbox> {
  const mailbox = await store.mailboxNamed({ account: account.id, name });
  if (mailbox !== undefined) return mailbox;
  const list = commandLine(call, ['mailbox', 'list', account.address, '--folders']);
  throw new CommandError(EXIT.nothing, `${account.address} has no mailbox ${name}. Those it has: ${list}`);
}
