import { UNROUTED } from '../../core/envelope.ts';
import type { Scope } from '../../core/queue/freeze.ts';
import type { ByAge } from '../../core/queue/sending-back.ts';
import type { Spread, SpreadStore } from '../../core/queue/spread.ts';
import { noteCase } from './cases.ts';
import { LIMIT, type Sql } from './sql.ts';

type Request<Name extends keyof SpreadStore> = Parameters<SpreadStore[Name]>[0];

export async function spreads(sql: Sql, now: number): Promise<Spread[]> {
  const rows = await sql.all('SELECT * FROM spread WHERE until > ? ORDER BY since DESC, scope', [now]);
  return rows.map((row) => ({
    scope: row.scope as Scope,
    reason: row.reason as string,
    by: row.by_whom as string,
    since: row.since as number,
    until: row.until as number,
  }));
}

export async function spread(sql: Sql, order: Request<'spread'>): Promise<void> {
  const { scope, reason, by, since, until, cases } = order;
  await sql.run('DELETE FROM spread WHERE until <= ?', [since]);
  await sql.run(
    `INSERT INTO spread (scope, reason, by_whom, since, until) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (scope) DO UPDATE SET reason = excluded.reason, by_whom = excluded.by_whom, since = excluded.since,
       until = excluded.until`,
    [scope, reason, by, since, until],
  );
  for (const one of cases)
    await noteCase(sql, {
      scope: one,
      event: { at: since, kind: 'spread', detail: { by, why: reason, until } },
    });
}

export async function unspread(
  sql: Sql,
  { scope, at, by, reason, cases }: Request<'unspread'>,
): Promise<boolean> {
  const ended = await sql.run('DELETE FROM spread WHERE scope = ? AND until > ?', [scope, at]);
  if (ended === 0) return false;
  for (const one of cases)
    await noteCase(sql, { scope: one, event: { at, kind: 'unspread', detail: { by, why: reason } } });
  return true;
}

/** Only its path changes: what is ready stays so, what waits for its time as well. */
export async function unroute(
  sql: Sql,
  { path, limit, after }: Request<'unroute'>,
): Promise<{ moved: number; last?: ByAge }> {
  const from = [after.lane, after.dueAt, after.id];
  const stands = `path = ? AND state IN ('ready', 'waiting') AND (lane, due_at, id) > (?, ?, ?)`;
  const rows = await sql.all(
    `SELECT lane, due_at, id FROM delivery WHERE ${stands} ORDER BY lane, due_at, id ${LIMIT}`,
    [path, ...from, limit],
  );
  const end = rows.at(-1);
  if (end === undefined) return { moved: 0 };
  const last = { lane: end.lane, dueAt: end.due_at, id: end.id } as ByAge;
  const moved = await sql.run(
    `UPDATE delivery SET path = ? WHERE ${stands} AND (lane, due_at, id) <= (?, ?, ?)`,
    [UNROUTED, path, ...from, last.lane, last.dueAt, last.id],
  );
  return { moved, last };
}
