import type { DeliveryId, PathKey, WorkerId } from '../../core/envelope.ts';
import type { StrainState } from '../../core/capacity/strain.ts';
import type { Share } from '../../core/queue/balance.ts';
import type { Health } from '../../core/queue/breadth.ts';
import { ALL_LANES } from '../../core/queue/lanes.ts';
import type { Beat, OwnedPath, PathPace, PathRow, QueueStore } from '../../core/queue/port.ts';
import { keepEvent } from './event.ts';
import { nextDue } from './queue.ts';
import { first, LIMIT, PATHS_WITH_MAIL, type Row, type Sql } from './sql.ts';

/** Reserves `count` ids and returns the first. */
export async function reserveIds(sql: Sql, count: number): Promise<number> {
  const row = await first(sql, `UPDATE counter SET next = next + ? WHERE name = 'id' RETURNING next`, [
    count,
  ]);
  return (row?.next as number) - count;
}

/** Announces a worker or prolongs it; false when it was declared dead meanwhile and may not go on. */
export async function heartbeat(sql: Sql, beat: Parameters<QueueStore['heartbeat']>[0]): Promise<boolean> {
  const health = beat.health === undefined ? null : JSON.stringify(beat.health);
  if (beat.first) {
    await sql.run('INSERT INTO worker (id, node, beat) VALUES (?, ?, 0)', [beat.worker, beat.node]);
    return true;
  }
  const strain = beat.strain === undefined ? null : JSON.stringify(beat.strain);
  const alive = await sql.run('UPDATE worker SET beat = beat + 1, health = ?, strain = ? WHERE id = ?', [
    health,
    strain,
    beat.worker,
  ]);
  return alive === 1;
}

/** The last beat of each worker that nobody has retired. */
export async function beats(sql: Sql): Promise<Beat[]> {
  const rows = await sql.all('SELECT id, beat FROM worker', []);
  return rows.map(({ id, beat }) => ({ worker: id as WorkerId, beat: beat as number }));
}

/** What the living workers of a node have seen of the network. */
export async function healths(sql: Sql, node: string): Promise<Health[]> {
  const rows = await sql.all('SELECT health FROM worker WHERE node = ? AND health IS NOT NULL', [node]);
  return rows.map((row) => JSON.parse(row.health as string) as Health);
}

/** The workers that nobody has retired, and how many paths each owns. */
export async function workers(sql: Sql): Promise<Share[]> {
  const rows = await sql.all(
    `SELECT worker.id, worker.node, worker.strain, count(path.path) AS paths FROM worker LEFT JOIN path ON path.owner = worker.id
     GROUP BY worker.id ORDER BY worker.id`,
    [],
  );
  return rows.map((row) => ({
    worker: row.id as WorkerId,
    node: row.node as string,
    paths: row.paths as number,
    ...(row.strain === null ? {} : { strain: JSON.parse(row.strain as string) as StrainState }),
  }));
}

/** Ends workers and gives back what they had: their paths lose their owner, their leases become ready again. */
export async function retireWorkers(
  sql: Sql,
  { worker, node, silent = [], now }: Parameters<QueueStore['retireWorkers']>[0],
): Promise<number> {
  const gone = await sql.all('DELETE FROM worker WHERE id = ? OR node = ? RETURNING id', [
    worker ?? -1,
    node ?? '',
  ]);
  for (const one of silent)
    gone.push(
      ...(await sql.all('DELETE FROM worker WHERE id = ? AND beat = ? RETURNING id', [one.worker, one.beat])),
    );
  for (const row of gone) await giveBack(sql, row.id as number, now);
  // A transaction of a retired worker may have been under way while it was retired (PostgreSQL).
  for (const id of await ghosts(sql)) await giveBack(sql, id, now);
  return gone.length;
}

/** Workers that own or lease something and have no row any more. */
async function ghosts(sql: Sql): Promise<number[]> {
  // A loose index scan: however much they hold, a step for each.
  const rows = await sql.all(
    `WITH RECURSIVE holder (id) AS (
       SELECT min(leased_by) FROM delivery WHERE state = 'leased'
       UNION ALL
       SELECT (SELECT min(d.leased_by) FROM delivery d WHERE d.state = 'leased' AND d.leased_by > holder.id)
         FROM holder WHERE holder.id IS NOT NULL
     )
     SELECT id FROM holder WHERE id NOT IN (SELECT id FROM worker)
     UNION SELECT owner FROM path WHERE owner IS NOT NULL AND owner NOT IN (SELECT id FROM worker)`,
    [],
  );
  return rows.map((row) => row.id as number);
}

async function giveBack(sql: Sql, worker: number, now: number): Promise<void> {
  await sql.run('UPDATE path SET owner = NULL WHERE owner = ?', [worker]);
  const left = await sql.all(
    `UPDATE delivery SET state = 'ready', leased_by = NULL WHERE state = 'leased' AND leased_by = ? RETURNING id, message`,
    [worker],
  );
  await Promise.all(
    left.map((row) =>
      keepEvent(sql, {
        message: row.message as number,
        delivery: row.id as number,
        at: now,
        kind: 'recovered',
        detail: { worker },
      }),
    ),
  );
}

/**
 * Takes paths that have due work and no owner, at most `limit`, oldest work first; or the one path `only`, made if
 * it does not exist yet. Returns those this worker owns now.
 */
export async function acquirePaths(
  sql: Sql,
  request: { worker: WorkerId; now: number; limit: number; only?: PathKey },
): Promise<PathRow[]> {
  if ((await first(sql, 'SELECT 1 AS yes FROM worker WHERE id = ?', [request.worker])) === undefined)
    return [];
  const wanted = request.only === undefined ? await withoutOwner(sql, request) : [request.only];
  const rows: Row[] = [];
  for (const path of wanted) {
    await sql.run('INSERT INTO path (path) VALUES (?) ON CONFLICT (path) DO NOTHING', [path]);
    rows.push(
      ...(await sql.all(
        'UPDATE path SET owner = ? WHERE path = ? AND (owner IS NULL OR owner = ?) RETURNING *',
        [request.worker, path, request.worker],
      )),
    );
  }
  return rows.map(toPathRow);
}

/** Whether anything is due there; a seek for each lane at most. `path` and `lanes`: SQL. */
const isDue = (path: string, lanes: string): string =>
  `EXISTS (SELECT 1 FROM delivery d WHERE d.path = ${path} AND d.state IN ('ready', 'waiting')
    AND d.lane IN (${lanes}) AND d.due_at <= ?)`;

const WITHOUT_OWNER = `WITH RECURSIVE ${PATHS_WITH_MAIL}, free (path) AS (
    SELECT known.path FROM known LEFT JOIN path ON path.path = known.path
      WHERE known.path IS NOT NULL AND path.owner IS NULL
  ) SELECT path FROM free WHERE ${isDue('free.path', ALL_LANES.join(', '))}`;

async function withoutOwner(sql: Sql, request: { now: number; limit: number }): Promise<PathKey[]> {
  const paths = (await sql.all(WITHOUT_OWNER, [request.now])).map((row) => row.path as PathKey);
  const due = await Promise.all(paths.map(async (path) => ({ path, at: (await nextDue(sql, path)) ?? 0 })));
  return due
    .sort((a, b) => a.at - b.at)
    .slice(0, request.limit)
    .map(({ path }) => path);
}

// Lanes with something due, each a bit.
const OWNED = `SELECT path.*, (SELECT sum(1 << lane) FROM (${ALL_LANES.map((lane) => `SELECT ${lane} AS lane`).join(' UNION ALL ')}) l
  WHERE ${isDue('path.path', 'l.lane')}) AS due FROM path WHERE owner = ?`;

export async function ownedPaths(
  sql: Sql,
  { worker, now }: { worker: WorkerId; now: number },
): Promise<OwnedPath[]> {
  return (await sql.all(OWNED, [now, worker])).map((row) => ({
    ...toPathRow(row),
    dueLanes: ALL_LANES.filter((lane) => (Number(row.due ?? 0) & (1 << lane)) !== 0),
  }));
}

// In the lane of first tries nothing else lies ahead but what waits a moment: few rows are looked at, however much waits.
const AHEAD = `WITH RECURSIVE ${PATHS_WITH_MAIL} SELECT d.id FROM known JOIN delivery d ON d.path = known.path
  WHERE d.state IN ('ready', 'waiting') AND d.lane = 0 AND d.due_at > ? AND d.state = 'ready' ${LIMIT}`;

export async function bringForward(
  sql: Sql,
  { now, limit }: { now: number; limit: number },
): Promise<number> {
  const ahead = await sql.all(AHEAD, [now, limit]);
  const brought = await Promise.all(
    ahead.map((row) =>
      sql.run(`UPDATE delivery SET due_at = ? WHERE id = ? AND state = 'ready'`, [now, row.id as number]),
    ),
  );
  return brought.reduce((sum, one) => sum + one, 0);
}

export async function leases(sql: Sql, worker: WorkerId): Promise<DeliveryId[]> {
  const rows = await sql.all(`SELECT id FROM delivery WHERE state = 'leased' AND leased_by = ?`, [worker]);
  return rows.map((row) => row.id as DeliveryId);
}

export async function returnLeases(
  sql: Sql,
  request: { worker: WorkerId; deliveries: readonly DeliveryId[] },
): Promise<number> {
  let returned = 0;
  for (const id of request.deliveries) {
    returned += await sql.run(
      `UPDATE delivery SET state = 'ready', leased_by = NULL WHERE id = ? AND state = 'leased' AND leased_by = ?`,
      [id, request.worker],
    );
  }
  return returned;
}

export async function releasePath(sql: Sql, request: { worker: WorkerId; path: PathKey }): Promise<void> {
  await sql.run('UPDATE path SET owner = NULL WHERE path = ? AND owner = ?', [request.path, request.worker]);
}

/** Keeps what the owner of a path has learnt of it. */
export async function keepPace(sql: Sql, request: Parameters<QueueStore['keepPace']>[0]): Promise<void> {
  await sql.run(
    'UPDATE path SET pace = ?, pace_at = ?, provider = COALESCE(?, provider) WHERE path = ? AND owner = ?',
    [JSON.stringify(request.pace), request.at, request.provider ?? null, request.path, request.worker],
  );
}

/** A row of `path` in the core's words. */
export function toPathRow(row: Row): PathRow {
  return {
    path: row.path as PathKey,
    ...(row.owner === null ? {} : { owner: row.owner as WorkerId }),
    ...(row.provider === null ? {} : { provider: row.provider as string }),
    ...(row.pace === null ? {} : { pace: JSON.parse(row.pace as string) as PathPace }),
  };
}
