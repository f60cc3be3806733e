import { domainOf } from '../../core/delivery/route.ts';
import { commandLine } from '../arguments.ts';
import { type Call, CommandError, EXIT } from '../command.ts';
import type { SqlStore } from '../../store/store.ts';
import type { Account } from '../../core/directory/port.ts';

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

/** The name of a mailbox: INBOX unless given, and in any case (RFC 9051 5.1). */
export function toMailbox(text: string | undefined): string {
  return text === undefined || text.toUpperCase() === 'INBOX' ? 'INBOX' : text;
}
