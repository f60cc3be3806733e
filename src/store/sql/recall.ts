/** What a stopped account has in the queue, taken back: it was judged one message at a time, before its owner's password was known to be stolen. */
import type { GuardStore } from '../../core/guard/store.ts';
import { ALL_LANES } from '../../core/queue/lanes.ts';
import { keepEvent } from './event.ts';
import { decideEmpty, ONLY_WAITING } from './hold-groups.ts';
import { first, LIMIT, PATHS_WITH_MAIL, type Row, type Sql } from './sql.ts';

/** Some steps for each of those paths, however much is on it. What a person has let go of a group stays let go. */
const WAITING = `WITH RECURSIVE ${PATHS_WITH_MAIL} SELECT d.id, d.message FROM known JOIN delivery d
    ON d.path = known.path AND d.lane IN (${ALL_LANES.join(', ')}) AND d.customer = ? AND d.state IN ('ready', 'waiting') AND d.hold_group IS NULL ${LIMIT}`;

/** Being tried: those of all customers are looked at, which are as many as there are connections. */
const TRIED = `SELECT 1 AS yes FROM delivery WHERE state = 'leased' AND customer = ? LIMIT 1`;

/** The second look is so long after the first, ms: what was being accepted is there by then. Each next one comes after twice the time. */
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
export async function endRecall(sql: Sql, { customer, at }: { customer: string; at: number }): Promise<void> {
  const orders = await sql.all('SELECT hold_group FROM guard_recall WHERE customer = ?', [customer]);
  for (const order of orders) await end(sql, { group: order.hold_group as number, at });
}

/**
 * Takes back at most `limit` deliveries of the next group. What is being tried is not waited for: it is looked for again as long as
 * there is any.
 */
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
  const isLast = async (): Promise<boolean> =>
    age >= AGAIN_MS && (await first(sql, TRIED, [order.customer as string])) === undefined;
  if (isOpen !== 1 || (!more && (await isLast()))) await end(sql, { group, at });
  else if (!more)
    await sql.run('UPDATE guard_recall SET look_at = ? WHERE hold_group = ?', [
      at + Math.max(AGAIN_MS, age),
      group,
    ]);
  return { moved: taken.length, group, more };
}

/** A group that was made for what waits, and got nothing, is none; one of which all was let go alone is decided. */
async function end(sql: Sql, { group, at }: { group: number; at: number }): Promise<void> {
  await sql.run('DELETE FROM guard_recall WHERE hold_group = ?', [group]);
  const isEmpty = `id = ? AND state = 'open' AND recipients = 0`;
  await sql.run(`DELETE FROM hold_group WHERE ${isEmpty} AND sample = '${ONLY_WAITING}'`, [group]);
  await decideEmpty(sql, { group, at, by: 'relais', reason: 'nothing is left in it', state: 'released' });
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
    `UPDATE delivery SET state = 'held', hold_reason = '', hold_group = ? WHERE id = ?
       AND state IN ('ready', 'waiting') AND hold_group IS NULL`,
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
