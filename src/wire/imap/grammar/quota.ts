/** QUOTA (RFC 9208). GETQUOTAROOT takes a mailbox and stands with the mailbox commands. */
import type { Cursor } from '../cursor.ts';

export type QuotaCommand =
  | { readonly verb: 'GETQUOTA'; readonly root: string }
  | {
      readonly verb: 'SETQUOTA';
      readonly root: string;
      /** Names in capitals; STORAGE counts KiB. */
      readonly limits: readonly (readonly [resource: string, limit: number])[];
    };

export function getQuota(cursor: Cursor): QuotaCommand {
  cursor.space();
  return { verb: 'GETQUOTA', root: cursor.astring() };
}

export function setQuota(cursor: Cursor): QuotaCommand {
  cursor.space();
  const root = cursor.astring();
  cursor.space();
  const limits = cursor.list((): [string, number] => {
    const resource = cursor.atom().toUpperCase();
    cursor.space();
    return [resource, cursor.number64()];
  });
  return { verb: 'SETQUOTA', root, limits };
}
