import {
  type CaseEvent,
  type CaseStore,
  MOST_EVENTS,
  MOST_REPLIES,
  type ProviderCase,
} from '../../core/reputation/case.ts';
import type { Scope, Thaw } from '../../core/queue/freeze.ts';
import { first, LIMIT, type Row, type Sql } from './sql.ts';

/** At most so many of each: the first replies show what it is about, and the latest are in the deliveries themselves. */
export async function addEvent(sql: Sql, id: number, { at, kind, detail }: CaseEvent): Promise<void> {
  const most = kind === 'reply' ? MOST_REPLIES : MOST_EVENTS;
  await sql.run(
    `INSERT INTO case_event (provider_case, at, kind, detail)
     SELECT CAST(? AS BIGINT), CAST(? AS BIGINT), CAST(? AS TEXT), CAST(? AS TEXT)
     WHERE (SELECT count(*) FROM case_event WHERE provider_case = ? AND kind = ?) < ?`,
    [id, at, kind, JSON.stringify(detail), id, kind, most],
  );
}

export async function noteCase(
  sql: Sql,
  { scope, event }: { scope: Scope; event: CaseEvent },
): Promise<void> {
  const row = await openOf(sql, scope);
  if (row !== undefined) await addEvent(sql, row.id as number, event);
}

/**
 * What stood still for it goes again; a freeze that was no hold has no case. `everyMs`: the pause of its freeze. A message that
 * tried has had that doubled; whoever lets it go cuts short the pause itself.
 */
export async function returning(
  sql: Sql,
  { scope, at, everyMs, by }: { scope: Scope; at: number; everyMs: number | null; by?: Thaw },
): Promise<void> {
  const lastMs = everyMs === null || by !== undefined ? everyMs : Math.ceil(everyMs / 2);
  const rows = await sql.all(
    `UPDATE provider_case SET state = 'returning', changed_at = ?, pause_ms = COALESCE(CAST(? AS BIGINT), pause_ms)
     WHERE scope = ? AND state = 'held' RETURNING id`,
    [at, lastMs, scope],
  );
  const detail =
    by === undefined ? {} : { by: by.by, ...(by.reason === undefined ? {} : { why: by.reason }) };
  for (const row of rows) await addEvent(sql, row.id as number, { at, kind: 'returning', detail });
}

/** `into`: the scope that explains it, whose case has what was said as well. */
export async function closeCase(
  sql: Sql,
  { scope, at, why, into, unlike = '' }: Parameters<CaseStore['closeCase']>[0] & { unlike?: string },
): Promise<void> {
  const wider = into === undefined ? undefined : await openOf(sql, into);
  const rows = await sql.all(
    `UPDATE provider_case SET state = 'closed', changed_at = ? WHERE scope = ? AND state <> 'closed' AND blame <> ? RETURNING id`,
    [at, scope, unlike],
  );
  for (const row of rows) {
    const id = row.id as number;
    if (wider !== undefined) await copyReplies(sql, { from: id, to: wider.id as number });
    const named = wider === undefined ? {} : { into: wider.id as number };
    await addEvent(sql, id, { at, kind: 'closed', detail: { why, ...named } });
  }
}

/** As many as the other still has room for, the oldest first. */
async function copyReplies(sql: Sql, { from, to }: { from: number; to: number }): Promise<void> {
  const replies = (await caseEvents(sql, from)).filter(({ kind }) => kind === 'reply');
  for (const event of replies) await addEvent(sql, to, event);
}

export async function keepCaseLevel(sql: Sql, { id, level }: { id: number; level: number }): Promise<void> {
  await sql.run('UPDATE provider_case SET level = ? WHERE id = ? AND level < ?', [level, id, level]);
}

/**
 * Cases that are open, or closed at `since` or later, the newest first. Where there are more than `limit`, those of
 * providers come before those of single sites (whose names have a dot): of sites anybody can make as many as they like.
 */
export async function cases(
  sql: Sql,
  { since, limit }: { since: number; limit: number },
): Promise<ProviderCase[]> {
  const rows = await sql.all(
    `SELECT * FROM provider_case WHERE state <> 'closed' OR changed_at >= ?
     ORDER BY CASE WHEN provider LIKE '%.%' OR customer IS NOT NULL THEN 1 ELSE 0 END, id DESC ${LIMIT}`,
    [since, limit],
  );
  return rows.map(toCase).sort((a, b) => b.id - a.id);
}

export async function providerCase(sql: Sql, id: number): Promise<ProviderCase | undefined> {
  const row = await first(sql, 'SELECT * FROM provider_case WHERE id = ?', [id]);
  return row === undefined ? undefined : toCase(row);
}

export async function caseEvents(sql: Sql, id: number): Promise<CaseEvent[]> {
  const rows = await sql.all('SELECT * FROM case_event WHERE provider_case = ? ORDER BY at, id', [id]);
  return rows.map((row) => ({
    at: row.at as number,
    kind: row.kind as CaseEvent['kind'],
    detail: JSON.parse(row.detail as string) as CaseEvent['detail'],
  }));
}

export async function forgetCases(sql: Sql, before: number): Promise<number> {
  const old = `SELECT id FROM provider_case WHERE state = 'closed' AND changed_at < ?`;
  await sql.run(`DELETE FROM case_event WHERE provider_case IN (${old})`, [before]);
  return sql.run(`DELETE FROM provider_case WHERE state = 'closed' AND changed_at < ?`, [before]);
}

function openOf(sql: Sql, scope: Scope): Promise<Row | undefined> {
  return first(sql, `SELECT id FROM provider_case WHERE scope = ? AND state <> 'closed'`, [scope]);
}

function toCase(row: Row): ProviderCase {
  return {
    id: row.id as number,
    scope: row.scope as Scope,
    provider: row.provider as string,
    egress: row.egress as string,
    ...(row.customer === null ? {} : { customer: row.customer as string }),
    blame: row.blame as ProviderCase['blame'],
    class: row.class as string,
    state: row.state as ProviderCase['state'],
    openedAt: row.opened_at as number,
    changedAt: row.changed_at as number,
    pauseMs: row.pause_ms as number,
    level: row.level as number,
    renewed: row.renewed as number,
  };
}
