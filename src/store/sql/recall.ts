/** What a stopped account has in the queue, taken back: it was judged one message at a time, before its owner's password was known to be stolen. */
import type { GuardStore } from '../../core/guard/store.ts';
import { ALL_LANES } from '../../core/queue/lanes.ts';
import { keepEvent } from './event.ts';
import { first, LIMIT, PATHS_WITH_MAIL, type Row, type Sql } from './sql.ts';

/** Some steps for each of those paths, however much is on it. What a person has let go of a group stays let go. */
const WAITING = `WITH RECURSIVE ${PATHS_WITH_MAIL} SELECT d.id, d.message FROM known JOIN delivery d
    ON d.path = known.path AND d.lane IN (${ALL_LANES.join(', ')}) AND d.customer = ? AND d.state IN ('ready', 'waiting') AND d.hold_group IS NULL ${LIMIT}`;

/** What was being tried when its account was stopped is back in the queue, or gone, by then, ms. */
const LOOKED_FOR_MS = 15 * 60_000;
/** The second look is so long after the first; the time from the first to the next doubles, ms. */
const AGAIN_MS = 10_000;

/** In the transaction that stops the account. */
export async function recall(
  sql: Sql,
  { group, customer, at }: { group: number; customer: string; at: number },
): Promise<void> {
  await sql.run(
    `INSERT INTO guard_recall (hold_group, customer, at, look_at) VALUES (?, ?, ?, ?)
     ON CONFLICT (hold_group) DO UPDATE SET at = excluded.at, look_at = excluded.look_at`,
    [group, customer, at, at],
  );
}

/** It may send again: what waits of it from now on goes on. */
export async function endRecall(sql: Sql, customer: string): Promise<void> {
  await sql.run('DELETE FROM guard_recall WHERE customer = ?', [customer]);
}

/** Takes back at most `limit` deliveries of the next group; what is being sent is not waited for, and looked for later. */
export async function stepRecall(
  sql: Sql,
  { after, limit, at }: Parameters<GuardStore['stepRecall']>[0],
): ReturnType<GuardStore['stepRecall']> {
  const order = await first(
    sql,
    'SELECT hold_group, customer, at FROM guard_recall WHERE hold_group > ? AND look_at <= ? ORDER BY hold_group LIMIT 1',
    [after, at],
  );
  if (order === undefined) return { moved: 0, more: false };
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
  const more = rows.length === limit;
  const age = at - (order.at as number);
  if (isOpen !== 1 || (!more && age >= LOOKED_FOR_MS)) await end(sql, group);
  else if (!more)
    await sql.run('UPDATE guard_recall SET look_at = ? WHERE hold_group = ?', [
      at + Math.max(AGAIN_MS, age),
      group,
    ]);
  return { moved: taken.length, group, more };
}

/** A group that was made for what waits, and got nothing, is none. */
async function end(sql: Sql, group: number): Promise<void> {
  await sql.run('DELETE FROM guard_recall WHERE hold_group = ?', [group]);
  await sql.run(`DELETE FROM hold_group WHERE id = ? AND state = 'open' AND recipients = 0`, [group]);
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
