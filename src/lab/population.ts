/** Our domains and accounts, written without asking a worker. */
import type { Account } from '../core/directory/port.ts';
import type { AccountId } from '../core/envelope.ts';
import type { Disk } from './disk.ts';
import type { SendersShape } from './senders.ts';

/** `at`: since when they are there, ms since the epoch. */
export async function populate(
  disk: Disk,
  { domains, accounts, at }: Pick<SendersShape, 'domains' | 'accounts'> & { at: number },
): Promise<Account[]> {
  const calls = Array.from({ length: domains }, (_, index) => {
    const name = `customer${index + 1}.example`;
    const domain = { name, language: 'en', createdAt: at, keys: [] };
    const people = Array.from({ length: accounts }, (_, number) => ({
      name: 'addAccount',
      input: { address: `a${number + 1}@${name}`, language: 'en', password: '', scram: '', at },
    }));
    return [{ name: 'addDomain', input: domain }, ...people];
  });
  await disk.prepare(calls.flat());
  return disk.rows('SELECT id, address FROM account ORDER BY id').map(({ id, address }) => ({
    id: id as AccountId,
    address: address as string,
    language: 'en',
    password: '',
    scram: '',
  }));
}
