import type { Canary, Freeze, FreezeCause, Scope, Stoppage, Thaw, Thawed } from '../../core/queue/freeze.ts';
import { returning } from './cases.ts';
import { first, LIMIT, type Row, type Sql } from './sql.ts';

/** Every freeze that stands, and the stoppages that ended after `since` (ms). */
export async function freezes(
  sql: Sql,
  since: number,
): Promise<{ freezes: Freeze[]; stoppages: Stoppage[] }> {
  const [standing, over] = await Promise.all([
    sql.all('SELECT * FROM standstill ORDER BY since, scope', []),
    sql.all('SELECT * FROM stoppage WHERE ended_at > ? ORDER BY ended_at', [since]),
  ]);
  return { freezes: standing.map(toFreeze), stoppages: over.map(toStoppage) };
}

/** Begins a freeze; one of the same scope and cause keeps its beginning and takes the rest from this one. */
export async function freeze(sql: Sql, about: Freeze): Promise<Freeze> {
  const rest = [
    about.blame,
    about.reason,
    about.by ?? null,
    about.until ?? null,
    about.canary?.at ?? null,
    about.canary?.everyMs ?? null,
    about.reply === undefined ? null : JSON.stringify(about.reply),
  ];
  const row = await first(
    sql,
    `INSERT INTO standstill (scope, cause, since, blame, reason, by_whom, until, canary_at, canary_every, reply)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (scope, cause) DO UPDATE SET blame = ?, reason = ?, by_whom = ?, until = ?, canary_at = ?,
       canary_every = ?, reply = ? RETURNING *`,
    [about.scope, about.cause, about.since, ...rest, ...rest],
  );
  return toFreeze(row as Row);
}

/** Ends a freeze and keeps how long it lasted. */
export async function thaw(
  sql: Sql,
  request: { scope: Scope; cause: FreezeCause; at: number; by?: Thaw },
): Promise<Freeze | undefined> {
  const row = await first(sql, 'DELETE FROM standstill WHERE scope = ? AND cause = ? RETURNING *', [
    request.scope,
    request.cause,
  ]);
  if (row === undefined) return undefined;
  if (request.cause === 'automatic')
    await returning(sql, { ...request, everyMs: row.canary_every as number });
  return ended(sql, row, request);
}

/** Ends the freezes that were to end by `now`. */
export async function thawDue(sql: Sql, now: number): Promise<Freeze[]> {
  const rows = await sql.all('DELETE FROM standstill WHERE until <= ? RETURNING *', [now]);
  return Promise.all(rows.map((row) => ended(sql, row, { at: row.until as number })));
}

/** What people froze or let go that is over, the newest first. */
export async function thawed(
  sql: Sql,
  { since, limit }: { since: number; limit: number },
): Promise<Thawed[]> {
  const rows = await sql.all(
    `SELECT * FROM thawed WHERE ended_at > ? ORDER BY ended_at DESC, id DESC ${LIMIT}`,
    [since, limit],
  );
  return rows.map(toThawed);
}

async function ended(sql: Sql, row: Row, { at, by }: { at: number; by?: Thaw }): Promise<Freeze> {
  if (row.cause === 'operator' || by !== undefined)
    await sql.run(
      `INSERT INTO thawed (scope, cause, began_at, reason, by_whom, ended_at, ended_by, ended_why)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      [
        ...[row.scope as string, row.cause as string, row.since as number, row.reason as string],
        ...[row.by_whom as string | null, at, by?.by ?? null, by?.reason ?? null],
      ],
    );
  // Under any other blame the clock of a message runs on: nothing to remember.
  if (row.blame === 'local' || row.blame === 'reputation')
    await sql.run('INSERT INTO stoppage (scope, blame, began_at, ended_at) VALUES (?, ?, ?, ?)', [
      row.scope as string,
      row.blame as string,
      row.since as number,
      at,
    ]);
  return toFreeze(row);
}

/** The turn to try: whoever moves the time has it. */
export async function takeCanary(
  sql: Sql,
  request: { scope: Scope; cause: FreezeCause; dueAt: number; next: Canary },
): Promise<boolean> {
  const { scope, cause, dueAt, next } = request;
  const moved = await sql.run(
    'UPDATE standstill SET canary_at = ?, canary_every = ? WHERE scope = ? AND cause = ? AND canary_at = ?',
    [next.at, next.everyMs, scope, cause, dueAt],
  );
  return moved === 1;
}

export async function forgetStoppages(sql: Sql, before: number): Promise<number> {
  await sql.run('DELETE FROM told WHERE at < ?', [before]);
  await sql.run('DELETE FROM thawed WHERE ended_at < ?', [before]);
  return sql.run('DELETE FROM stoppage WHERE ended_at < ?', [before]);
}

function toFreeze(row: Row): Freeze {
  return {
    scope: row.scope as Scope,
    cause: row.cause as FreezeCause,
    blame: row.blame as Freeze['blame'],
    since: row.since as number,
    reason: row.reason as string,
    ...(row.by_whom === null ? {} : { by: row.by_whom as string }),
    ...(row.until === null ? {} : { until: row.until as number }),
    ...(row.canary_at === null
      ? {}
      : { canary: { at: row.canary_at as number, everyMs: row.canary_every as number } }),
    ...(row.reply === null ? {} : { reply: JSON.parse(row.reply as string) }),
  };
}

function toThawed(row: Row): Thawed {
  const reason = row.ended_why === null ? {} : { reason: row.ended_why as string };
  return {
    scope: row.scope as Scope,
    cause: row.cause as FreezeCause,
    since: row.began_at as number,
    reason: row.reason as string,
    ...(row.by_whom === null ? {} : { by: row.by_whom as string }),
    endedAt: row.ended_at as number,
    ...(row.ended_by === null ? {} : { thaw: { by: row.ended_by as string, ...reason } }),
  };
}

function toStoppage(row: Row): Stoppage {
  return {
    scope: row.scope as Scope,
    blame: row.blame as Stoppage['blame'],
    from: row.began_at as number,
    to: row.ended_at as number,
  };
}
