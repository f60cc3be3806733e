/** Groups of held mail that are made without a message, and what follows when one is decided. */
import { OTHER } from '../../core/guard/port.ts';
import { first, type Sql } from './sql.ts';

/** The log data of a group in which nothing was judged. */
export const ONLY_WAITING = '{}';

/** Where what waits is put of an account that a person locks: the open group of what has nothing in common, or a new one. */
export async function groupForWaiting(
  sql: Sql,
  about: { id: number; account: number; login: string; at: number; expiresAt: number },
): Promise<number> {
  const { id, account, login, at, expiresAt } = about;
  const row = await first(
    sql,
    `INSERT INTO hold_group (id, account, login, campaign, state, first_at, last_at, messages, recipients, size, subject,
       sample, expires_at, warned, owners) VALUES (?, ?, ?, '${OTHER}', 'open', ?, ?, 0, 0, 0, '', '${ONLY_WAITING}', ?, 0, 0)
     ON CONFLICT (account, campaign) WHERE state = 'open' DO UPDATE SET owners = 0, warned = 0, expires_at = excluded.expires_at
     RETURNING id`,
    [id, account, login, at, at, expiresAt],
  );
  return row?.id as number;
}

/** In the transaction that stops the account: what waits of it in the queue is to join this group (`recall.ts`). */
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

/** No answer of its owner counts any more, and what is held from now on is told anew. `!` comes after a space. */
export async function afterDecision(
  sql: Sql,
  { group, account }: { group: number; account: number },
): Promise<void> {
  await sql.run('DELETE FROM hold_token WHERE hold_group = ?', [group]);
  await forgetTold(sql, account);
}

/** What its owner was told of held mail today: the next is news. */
export async function forgetTold(sql: Sql, account: number): Promise<void> {
  await sql.run('DELETE FROM told WHERE key >= ? AND key < ?', [
    `guard-held ${account} `,
    `guard-held ${account}!`,
  ]);
}

/** With the last of it a group is decided, unless more is on its way into it. */
export async function decideEmpty(
  sql: Sql,
  about: { group: number; at: number; by: string; reason: string; state: 'released' | 'dropped' },
): Promise<void> {
  const { group, at, by, reason, state } = about;
  const row = await first(
    sql,
    `UPDATE hold_group SET state = ?, decided_at = ?, decided_by = ?, reason = ? WHERE id = ? AND state = 'open' AND recipients = 0
       AND NOT EXISTS (SELECT 1 FROM guard_recall r WHERE r.hold_group = hold_group.id) RETURNING account`,
    [state, at, by, reason, group],
  );
  if (row !== undefined) await afterDecision(sql, { group, account: row.account as number });
}
