/** Who asked to hear of success hears it of a copy that was held first: by a worker, once the copy was released. */
import type { ClaimedDelivery } from '../../core/queue/port.ts';
import type { GuardStore } from '../../core/guard/store.ts';
import { acceptNotice } from './accept.ts';
import { COLUMNS, toClaimed } from './queue.ts';
import { LIMIT, type Sql } from './sql.ts';

export async function successDue(sql: Sql, limit: number): Promise<ClaimedDelivery[]> {
  const rows = await sql.all(
    `SELECT ${COLUMNS} FROM success_due s JOIN delivery d ON d.id = s.delivery JOIN message m ON m.id = d.message
     ORDER BY s.delivery ${LIMIT}`,
    [limit],
  );
  return rows.map(toClaimed);
}

export async function tellSuccess(
  sql: Sql,
  { delivery, notice }: Parameters<GuardStore['tellSuccess']>[0],
): Promise<boolean> {
  const mine = (await sql.run('DELETE FROM success_due WHERE delivery = ?', [delivery])) === 1;
  if (mine && notice !== undefined) await acceptNotice(sql, notice);
  return mine;
}
