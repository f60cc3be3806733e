/** Whom customers are told to ask: while nobody is named it is the oldest account, which may be the one that was stolen. */
import type { SqlStore } from '../../store/store.ts';
import { postmasters } from '../address/list.ts';
import { type Finding, note, type Patient } from './finding.ts';

export async function contactFindings(
  store: SqlStore,
  { config }: Pick<Patient, 'config'>,
): Promise<Finding[]> {
  if (config.notices.contact !== undefined) return [];
  const [first, ...more] = await postmasters(store, undefined, config.addresses);
  if (first === undefined) return [];
  const rest = more.length === 0 ? '' : ` (and ${more.length} more)`;
  return [
    note(
      'contact',
      `customers who are held are told to write to ${first.address}${rest}; nobody was named, so ${first.target} reads it`,
      `name who answers: notices.contact in relais.toml, or relais address add ${first.address} --to ADDRESS`,
    ),
  ];
}
