/** What of the rows that an operation changes is known before it runs: whom else it harms that it has to wait for one. */
import { inboxesOf } from './accept.ts';
import type { Call, RowName } from './sql.ts';

/** The rows of an operation that others may have locked, as far as its input names them; none when it does not. */
export function rowsOf(call: Call): RowName[] {
  if (call.name === 'accept' || call.name === 'settle') return inboxesOf([call]).map(rowOfAccount);
  if (typeof call.input !== 'object' || call.input === null) return [];
  const { account, path } = call.input as { account?: unknown; path?: unknown };
  return [
    ...(typeof account === 'number' ? [rowOfAccount(account)] : []),
    ...(typeof path === 'string' ? [`path ${path}`] : []),
  ];
}

export function rowOfAccount(account: number): RowName {
  return `account ${account}`;
}
