/**
 * Changes of flags that the rows of their items do not have yet. A STORE that was foreseen is one row of the mailbox and one of each
 * range, however many items that is; whoever reads items adds it, and the next change of the mailbox that reads or takes away items
 * (`begin`) first writes to them what all of it comes to.
 */
import { type CombinedChange, combined, type KeptChange } from '../../core/mailbox/flag-changes.ts';
import type { FlagChange } from '../../core/mailbox/flags.ts';
import type { Row, Sql } from './sql.ts';

/** To be asked for before the items: whether they were written to those meanwhile shows by their MODSEQ, as all are at once. */
export async function keptChanges(sql: Sql, mailbox: number): Promise<CombinedChange[]> {
  const rows = await sql.all(
    'SELECT modseq, first_uid, last_uid, change, bits FROM flag_change WHERE mailbox = ? ORDER BY modseq, first_uid',
    [mailbox],
  );
  return combined(rows.map(toChange));
}

function toChange(row: Row): KeptChange {
  return {
    modseq: row.modseq as number,
    first: row.first_uid as number,
    last: row.last_uid as number,
    change: row.change as FlagChange,
    bits: row.bits as number,
  };
}

/** Writes them to the items. The row of the mailbox is the transaction's. */
export async function settleChanges(sql: Sql, mailbox: number): Promise<void> {
  const changes = await keptChanges(sql, mailbox);
  await Promise.all([
    ...changes.map(({ first, last, cleared, added, modseq }) =>
      sql.run(
        `UPDATE mailbox_item SET flags = (flags & ~CAST(? AS BIGINT)) | CAST(? AS BIGINT), modseq = ?
           WHERE mailbox = ? AND uid BETWEEN ? AND ?`,
        [cleared, added, modseq, mailbox, first, last],
      ),
    ),
    sql.run('DELETE FROM flag_change WHERE mailbox = ?', [mailbox]),
    sql.run('UPDATE mailbox SET flag_changes = 0 WHERE id = ?', [mailbox]),
  ]);
}
