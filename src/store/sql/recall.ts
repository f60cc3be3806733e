/** What a stopped account has in the queue, taken back: it was judged one message at a time, before its owner's password was known to be stolen. */
import type { GuardStore } from '../../core/guard/store.ts';
import { ALL_LANES } from '../../core/queue/lanes.ts';
import { keepEvent } from './event.ts';
import { first, LIMIT, PATHS_WITH_MAIL, type Row, type Sql } from './sql.ts';

/** Some steps for each of those paths, however much is on it. */
const WAITING = `WITH RECURSIVE ${PATHS_WITH_MAIL} SELECT d.id, d.message FROM known JOIN delivery d
    ON d.path = known.path AND d.lane IN (${ALL_LANES.join(', ')}) AND d.customer = ? AND d.state IN ('ready', 'waiting') ${LIMIT}`;

/** In the transaction that stops the account. */
export async function recall(sql: Sql, about: { group: number; customer: string }): Promise<void> {
  await sql.run(
    'INSERT INTO guard_recall (hold_group, customer) VALUES (?, ?) ON CONFLICT (hold_group) DO NOTHING',
    [about.group, about.customer],
  );
}

/** Takes back at most `limit` deliveries; what is being sent is not waited for. */
export async function stepRecall(
  sql: Sql,
  { limit, at }: Parameters<GuardStore['stepRecall']>[0],
): Promise<{ moved: number; done: boolean }> {
  const order = await first(
    sql,
    'SELECT hold_group, customer FROM guard_recall ORDER BY hold_group LIMIT 1',
    [],
  );
  if (order === undefined) return { moved: 0, done: true };
  const group = order.hold_group as number;
  // Who decides about it waits until this step is over, or has decided, and then nothing more joins it.
  const isOpen = await sql.run(`UPDATE hold_group SET owners = 0 WHERE id = ? AND state = 'open'`, [group]);
  const rows = isOpen === 1 ? await sql.all(WAITING, [order.customer as string, limit]) : [];
  const fresh = await sizesOutside(sql, group, rows);
  const held = await Promise.all(rows.map((row) => hold(sql, row, { group, at })));
  const taken = rows.filter((_, index) => held[index]);
  if (taken.length > 0) {
    const sizes = [...new Set(taken.map(messageOf))].flatMap((message) => fresh.get(message) ?? []);
    await sql.run(
      'UPDATE hold_group SET recipients = recipients + ?, messages = messages + ?, size = size + ? WHERE id = ?',
      [taken.length, sizes.length, sizes.reduce((sum, size) => sum + size, 0), group],
    );
  }
  if (rows.length < limit) await sql.run('DELETE FROM guard_recall WHERE hold_group = ?', [group]);
  return { moved: taken.length, done: false };
}

/** The octets of their messages that have no delivery in the group yet: a message counts once, however many wait. */
async function sizesOutside(sql: Sql, group: number, rows: readonly Row[]): Promise<Map<number, number>> {
  const sizes = new Map<number, number>();
  for (const message of new Set(rows.map(messageOf))) {
    const found = await first(
      sql,
      `SELECT m.size FROM message m WHERE m.id = ? AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.message = m.id AND d.hold_group = ?)`,
      [message, group],
    );
    if (found !== undefined) sizes.set(message, found.size as number);
  }
  return sizes;
}

function messageOf(row: Row): number {
  return row.message as number;
}

async function hold(sql: Sql, row: Row, { group, at }: { group: number; at: number }): Promise<boolean> {
  const changed = await sql.run(
    `UPDATE delivery SET state = 'held', hold_reason = '', hold_group = ? WHERE id = ? AND state IN ('ready', 'waiting')`,
    [group, row.id as number],
  );
  if (changed === 0) return false;
  await keepEvent(sql, {
    message: messageOf(row),
    delivery: row.id as number,
    at,
    kind: 'held',
    detail: { reason: '', group },
  });
  return true;
}
