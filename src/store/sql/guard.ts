/** The traffic log of the guard, and what it knows of accounts. */
import type { MessageId, WorkerId } from '../../core/envelope.ts';
import { readCount } from '../../core/guard/log-data.ts';
import type { LogEntry, NewLogEntry } from '../../core/guard/port.ts';
import type { GuardState, GuardStore, Tailed } from '../../core/guard/store.ts';
import { countRefused } from './relaxations.ts';
import { first, LIMIT, type Row, type Sql, type SqlValue } from './sql.ts';

type Request<Name extends keyof GuardStore> = Parameters<GuardStore[Name]>[0];

export async function noteGuard(sql: Sql, entries: readonly NewLogEntry[]): Promise<void> {
  await Promise.all([
    ...entries.map(({ at, worker, account, kind, data }) =>
      sql.run('INSERT INTO guard_event (at, worker, account, kind, data) VALUES (?, ?, ?, ?, ?)', [
        at,
        worker,
        account,
        kind,
        data,
      ]),
    ),
    ...entries
      .filter(({ kind }) => kind === 'refused')
      .map(({ account, at, data }) => countRefused(sql, { account, at, count: readCount(data) })),
  ]);
}

const TAILED = 'id, at, worker, account, kind, message, hold_group, data';

/**
 * Numbers are given when a line is written and seen when it is committed: those between may come later (PostgreSQL). Of the
 * asker's own lines only the numbers leave the database, as one text: most lines are its own where there are few workers.
 */
export async function tailGuard(
  sql: Sql,
  { after, gaps = [], worker, limit }: Request<'tailGuard'>,
): Promise<Tailed> {
  const [next, ...between] = await Promise.all([
    first(
      sql,
      `SELECT max(id) AS last, count(*) AS lines, string_agg(CASE WHEN worker = ? THEN CAST(id AS TEXT) END, ',') AS own
       FROM (SELECT id, worker FROM guard_event WHERE id > ? ORDER BY id ${LIMIT}) AS next`,
      [worker, after, limit],
    ),
    ...inRuns(gaps).map((ids) =>
      sql.all(`SELECT ${TAILED} FROM guard_event WHERE id IN (${RUN}) ORDER BY id`, ids),
    ),
  ]);
  const missed = between.flat().map(toEntry);
  const lines = (next?.lines as number | undefined) ?? 0;
  const own = numbersIn(next?.own);
  if (lines === own.length) return { lines: missed, own, more: lines === limit };
  const others = await sql.all(
    `SELECT ${TAILED} FROM guard_event WHERE id > ? AND id <= ? AND worker <> ? ORDER BY id`,
    [after, next?.last as number, worker],
  );
  return { lines: [...missed, ...others.map(toEntry)], own, more: lines === limit };
}

/** By rising number: no database promises an order of what it puts together. */
function numbersIn(text: SqlValue | undefined): number[] {
  if (typeof text !== 'string') return [];
  return text
    .split(',')
    .map(Number)
    .sort((a, b) => a - b);
}

/** Numbers that one statement asks for: always as many, so that it is prepared once. */
const A_RUN = 50;
const RUN = Array(A_RUN).fill('?').join(', ');

function inRuns(ids: readonly number[]): number[][] {
  const runs: number[][] = [];
  for (let from = 0; from < ids.length; from += A_RUN) {
    const run = ids.slice(from, from + A_RUN);
    runs.push([...run, ...Array<number>(A_RUN - run.length).fill(run[0] as number)]);
  }
  return runs;
}

export async function endOfGuardLog(sql: Sql): Promise<number> {
  return ((await first(sql, 'SELECT max(id) AS id FROM guard_event', []))?.id as number | null) ?? 0;
}

/**
 * The first line that is not from before `since` (ms). Lines are numbered as they are written, which is the order of their
 * times but for what is under way at once: a search by halves needs no index.
 */
async function firstLine(sql: Sql, since: number): Promise<number> {
  let from = ((await first(sql, 'SELECT min(id) AS id FROM guard_event', []))?.id as number | null) ?? 0;
  let to = (await endOfGuardLog(sql)) + 1;
  while (from < to) {
    const middle = Math.floor((from + to) / 2);
    const row = await first(sql, 'SELECT id, at FROM guard_event WHERE id >= ? ORDER BY id LIMIT 1', [
      middle,
    ]);
    if (row === undefined || (row.at as number) >= since) to = middle;
    else from = (row.id as number) + 1;
  }
  return from;
}

/** Lines of which the index has the accounts together: as the migration says. */
const A_PART = 250;

export async function guardLog(sql: Sql, { account, limit }: Request<'guardLog'>): Promise<LogEntry[]> {
  const rows = await sql.all(
    `WITH RECURSIVE part (n) AS (
       SELECT max(id) / ${A_PART} FROM guard_event
       UNION ALL
       SELECT n - 1 FROM part WHERE n > (SELECT min(id) / ${A_PART} FROM guard_event)
     )
     SELECT guard_event.* FROM part CROSS JOIN guard_event
     WHERE guard_event.id / ${A_PART} = part.n AND guard_event.account = ? ORDER BY guard_event.id DESC ${LIMIT}`,
    [account, limit],
  );
  return rows.map(toEntry);
}

export async function countGuardLog(
  sql: Sql,
  since: number,
): Promise<{ kind: LogEntry['kind']; lines: number; accounts: number }[]> {
  const rows = await sql.all(
    'SELECT kind, count(*) AS lines, count(DISTINCT account) AS accounts FROM guard_event WHERE id >= ? GROUP BY kind',
    [await firstLine(sql, since)],
  );
  return rows.map((row) => ({
    kind: row.kind as LogEntry['kind'],
    lines: row.lines as number,
    accounts: row.accounts as number,
  }));
}

/** The parts of the log, from the last down to one. */
const PARTS = `WITH RECURSIVE part (n) AS (
       SELECT max(id) / ${A_PART} FROM guard_event
       UNION ALL
       SELECT n - 1 FROM part WHERE n > ?
     )`;

/** The data of a group's messages since then (ms), the last first. */
export async function linesOfGroup(
  sql: Sql,
  about: { group: number; account: string; since: number; limit: number },
): Promise<string[]> {
  const from = await firstLine(sql, about.since);
  const rows = await sql.all(
    `${PARTS}
     SELECT guard_event.data FROM part CROSS JOIN guard_event
     WHERE guard_event.id / ${A_PART} = part.n AND guard_event.account = ? AND guard_event.hold_group = ? AND guard_event.id >= ?
     ORDER BY guard_event.id DESC ${LIMIT}`,
    [Math.floor(from / A_PART), about.account, about.group, from, about.limit],
  );
  return rows.map(({ data }) => data as string);
}

/** Some of a message has left; of one that is forgotten it is believed. */
const HAS_LEFT = `NOT EXISTS (SELECT 1 FROM delivery d WHERE d.message = guard_event.message)
       OR EXISTS (SELECT 1 FROM delivery d WHERE d.message = guard_event.message AND d.state IN ('delivered', 'failed'))`;

export async function countPassed(sql: Sql, { account, since }: Request<'countPassed'>): Promise<number> {
  const from = await firstLine(sql, since);
  const row = await first(
    sql,
    `${PARTS}
     SELECT count(*) AS lines FROM part CROSS JOIN guard_event
     WHERE guard_event.id / ${A_PART} = part.n AND guard_event.account = ? AND guard_event.id >= ? AND guard_event.at >= ?
       AND guard_event.kind IN ('pass', 'pool') AND (${HAS_LEFT})`,
    [Math.floor(from / A_PART), account, from, since],
  );
  return (row?.lines as number | undefined) ?? 0;
}

export async function forgetGuardLog(
  sql: Sql,
  { before, limit }: Request<'forgetGuardLog'>,
): Promise<number> {
  await sql.run(
    `DELETE FROM hold_group WHERE id IN (SELECT id FROM hold_group WHERE state IN ('released', 'dropped') AND last_at < ? ${LIMIT})`,
    [before, limit],
  );
  await sql.run(
    `DELETE FROM hold_token WHERE token IN (SELECT token FROM hold_token WHERE expires_at < ? ${LIMIT})`,
    [before, limit],
  );
  const oldest = await first(
    sql,
    `SELECT min(at) AS at FROM (SELECT at FROM guard_event ORDER BY id ${LIMIT}) AS oldest`,
    [limit],
  );
  if (((oldest?.at ?? before) as number) >= before) return 0;
  // The last line stays: were there none, SQLite would begin to number them anew.
  return sql.run(
    `DELETE FROM guard_event WHERE id IN (SELECT id FROM guard_event ORDER BY id ${LIMIT}) AND at < ?
       AND id < (SELECT max(id) FROM guard_event)`,
    [limit, before],
  );
}

export async function keepGuardStates(
  sql: Sql,
  { states, at, unlessSince }: Request<'keepGuardStates'>,
): Promise<void> {
  // By name, so that two workers never wait for each other.
  const inOrder = states.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  await Promise.all(
    inOrder.map(({ name, upTo, bytes }) =>
      sql.run(
        `INSERT INTO guard_state (name, upto, at, bytes) VALUES (?, ?, ?, ?)
         ON CONFLICT (name) DO UPDATE SET upto = excluded.upto, at = excluded.at, bytes = excluded.bytes
         WHERE guard_state.at < ?`,
        [name, upTo, at, bytes, unlessSince],
      ),
    ),
  );
}

export async function guardStates(sql: Sql, request: Request<'guardStates'>): Promise<GuardState[]> {
  const rows = await sql.all(`SELECT * FROM guard_state WHERE name > ? ORDER BY name ${LIMIT}`, [
    request.after,
    request.limit,
  ]);
  return rows.map((row) => ({
    name: row.name as string,
    upTo: row.upto as number,
    bytes: row.bytes as Uint8Array,
  }));
}

function toEntry(row: Row): LogEntry {
  return {
    id: row.id as number,
    at: row.at as number,
    worker: row.worker as WorkerId,
    account: row.account as string,
    kind: row.kind as LogEntry['kind'],
    ...(row.message === null ? {} : { message: row.message as MessageId }),
    ...(row.hold_group === null ? {} : { group: row.hold_group as number }),
    data: row.data as string,
  };
}
