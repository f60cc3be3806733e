import type {
  QueueAction,
  QueueAdmin,
  QueueCount,
  QueuedDelivery,
  QueueFilter,
  Waiting,
} from '../../core/queue/admin.ts';
import { domainOfCustomer } from '../../core/queue/customer.ts';
import type { Volume } from '../../core/reputation/culprit.ts';
import type { DeliveryId, MessageId, PathKey } from '../../core/envelope.ts';
import type { DeliveryState, PathRow, PathSummary } from '../../core/queue/port.ts';
import { releaseMessage } from './content.ts';
import { keepEvent } from './event.ts';
import { decideEmpty } from './hold-groups.ts';
import { release } from './holds.ts';
import { first, LIMIT, type Row, type Sql, type SqlValue } from './sql.ts';
import { toPathRow } from './workers.ts';

interface Where {
  readonly text: string;
  readonly values: SqlValue[];
}

/** The conditions of a filter, on `delivery d JOIN message m`. */
function where(filter: QueueFilter, open: string): Where {
  const parts: [string, SqlValue][] = [];
  if (filter.delivery !== undefined) parts.push(['d.id = ?', filter.delivery]);
  if (filter.message !== undefined) parts.push(['d.message = ?', filter.message]);
  if (filter.path !== undefined) parts.push(['d.path = ?', filter.path]);
  if (filter.domain !== undefined) parts.push(['d.recipient LIKE ?', `%@${filter.domain}`]);
  if (filter.recipient !== undefined) parts.push(['d.recipient = ?', filter.recipient]);
  if (filter.sender !== undefined) parts.push(['m.reverse_path = ?', filter.sender]);
  if (filter.state !== undefined) parts.push(['d.state = ?', filter.state]);
  if (filter.before !== undefined) parts.push(['m.accepted_at < ?', filter.before]);
  if (filter.holdReason !== undefined) parts.push(['d.hold_reason = ?', filter.holdReason]);
  if (filter.holdGroup !== undefined) parts.push(['d.hold_group = ?', filter.holdGroup]);
  return {
    text: [open, ...parts.map(([text]) => text)].join(' AND '),
    values: parts.map(([, value]) => value),
  };
}

const OPEN = `d.state IN ('ready', 'waiting', 'held', 'leased')`;
const ANY = '1 = 1';

function scope(filter: QueueFilter): string {
  return filter.state === undefined && filter.message === undefined && filter.delivery === undefined
    ? OPEN
    : ANY;
}

const COLUMNS = `d.id, d.message, m.reverse_path, d.recipient, d.path, d.customer, d.state, d.due_at, d.lane, d.attempts, m.size,
  m.accepted_at, m.expires_at, d.finished_at, d.hold_reason, d.hold_group, d.last,
  CASE WHEN d.state = 'delivered' THEN (SELECT e.detail FROM event e WHERE e.message = d.message AND e.delivery = d.id
    AND e.kind = 'delivered') END AS delivered`;

export async function listQueue(
  sql: Sql,
  request: { filter: QueueFilter; limit: number; cursor?: DeliveryId },
): Promise<QueuedDelivery[]> {
  const { text, values } = where(request.filter, scope(request.filter));
  const rows = await sql.all(
    `SELECT ${COLUMNS} FROM delivery d JOIN message m ON m.id = d.message WHERE ${text} AND d.id > ? ORDER BY d.id ${LIMIT}`,
    [...values, request.cursor ?? 0, request.limit],
  );
  return rows.map(toQueued);
}

function toQueued(row: Row): QueuedDelivery {
  return {
    id: row.id as DeliveryId,
    message: row.message as MessageId,
    sender: row.reverse_path as string,
    recipient: row.recipient as string,
    path: row.path as PathKey,
    customer: row.customer as string,
    state: row.state as DeliveryState,
    dueAt: row.due_at as number,
    lane: row.lane as number,
    attempts: row.attempts as number,
    sizeBytes: row.size as number,
    acceptedAt: row.accepted_at as number,
    expiresAt: row.expires_at as number,
    ...(row.finished_at === null ? {} : { finishedAt: row.finished_at as number }),
    ...(row.hold_reason === null ? {} : { holdReason: row.hold_reason as string }),
    ...(row.state !== 'held' || row.hold_group === null ? {} : { holdGroup: row.hold_group as number }),
    ...lastOf(row),
  };
}

/** What was last said to it; of what was delivered, its event has that. */
function lastOf({ last, delivered, finished_at: at }: Row): Pick<QueuedDelivery, 'last'> {
  if (last !== null) return { last: JSON.parse(last as string) };
  const { reply } = JSON.parse((delivered ?? '{}') as string);
  return reply === undefined ? {} : { last: { ...reply, at } };
}

export function countQueue(sql: Sql, filter: QueueFilter): Promise<QueueCount> {
  return count(sql, where(filter, scope(filter)));
}

export function countChange(sql: Sql, action: Pick<QueueAction, 'kind' | 'filter'>): Promise<QueueCount> {
  return count(sql, where(action.filter, ACTIONS[action.kind].from));
}

async function count(sql: Sql, { text, values }: Where): Promise<QueueCount> {
  const row = (await first(
    sql,
    `SELECT count(*) AS deliveries, count(DISTINCT d.message) AS messages, count(DISTINCT m.reverse_path) AS senders,
       min(m.accepted_at) AS oldest FROM delivery d JOIN message m ON m.id = d.message WHERE ${text}`,
    values,
  )) as Row;
  return {
    deliveries: row.deliveries as number,
    messages: row.messages as number,
    senders: row.senders as number,
    ...(row.oldest === null ? {} : { oldestAt: row.oldest as number }),
  };
}

/** From which states an action leads where. A leased delivery is being attempted: its outcome comes first. */
const ACTIONS = {
  // By hand: whatever is decided about a group that it was in before is not about it any more.
  hold: {
    from: `d.state IN ('ready', 'waiting')`,
    set: `state = 'held', hold_reason = ?, hold_group = NULL`,
    event: 'held',
  },
  release: {
    from: `d.state = 'held'`,
    // In its place again: by when it was accepted.
    set: `state = 'ready', hold_reason = NULL, due_at = COALESCE((SELECT m.accepted_at FROM message m WHERE m.id = delivery.message), ?)`,
    event: 'released',
  },
  cancel: {
    from: `d.state IN ('ready', 'waiting', 'held')`,
    set: `state = 'cancelled', finished_at = ?`,
    event: 'cancelled',
  },
  // A ready one too: its path may be resting, and the nudge that follows ends the rest. It keeps its place.
  retry: {
    from: `d.state IN ('ready', 'waiting')`,
    set: `due_at = CASE WHEN state = 'ready' THEN due_at ELSE ? END, state = 'ready'`,
    event: 'retried',
  },
} as const;

export async function changeQueue(
  sql: Sql,
  action: QueueAction,
): Promise<{ changed: number; paths: PathKey[]; last?: DeliveryId }> {
  const how = ACTIONS[action.kind];
  const { text, values } = where(action.filter, how.from);
  const rows = await sql.all(
    `SELECT d.id, d.message, d.path, d.state, d.recipient, d.account, d.notify, d.hold_group FROM delivery d JOIN message m ON m.id = d.message WHERE ${text} AND d.id > ? ORDER BY d.id ${LIMIT}`,
    [...values, action.after ?? 0, action.limit],
  );
  let changed = 0;
  const paths = new Set<PathKey>();
  for (const row of rows) {
    if (action.kind === 'release' && row.hold_group !== null) {
      if (await release(sql, row, action)) {
        changed++;
        await leaveGroup(sql, row, action);
      }
      if (row.account === null) paths.add(row.path as PathKey);
      continue;
    }
    const value = action.kind === 'hold' ? action.reason : action.at;
    const moved = await sql.run(`UPDATE delivery SET ${how.set} WHERE id = ? AND state = ?`, [
      value,
      row.id as number,
      row.state as string,
    ]);
    if (moved === 0) continue;
    changed++;
    if (row.state === 'held' && row.hold_group !== null) await leaveGroup(sql, row, action);
    paths.add(row.path as PathKey);
    await keepEvent(sql, {
      message: row.message as number,
      delivery: row.id as number,
      at: action.at,
      kind: how.event,
      detail: { reason: action.reason },
    });
    if (action.kind === 'cancel') await releaseMessage(sql, row.message as number);
  }
  const last = rows.at(-1)?.id as DeliveryId | undefined;
  return { changed, paths: [...paths], ...(last === undefined ? {} : { last }) };
}

/** Decided about by itself, it counts no more in the group of the guard that it was in; with the last of it that is decided too. */
async function leaveGroup(sql: Sql, row: Row, { kind, at, reason }: QueueAction): Promise<void> {
  const [group, message] = [row.hold_group as number, row.message as number];
  const others = await first(
    sql,
    `SELECT 1 AS yes FROM delivery WHERE message = ? AND hold_group = ? AND state = 'held' LIMIT 1`,
    [message, group],
  );
  const whole = others === undefined ? 1 : 0;
  await sql.run(
    `UPDATE hold_group SET recipients = recipients - 1, messages = messages - ?,
       size = size - CAST(? AS BIGINT) * COALESCE((SELECT size FROM message WHERE id = ?), 0) WHERE id = ?`,
    [whole, whole, message, group],
  );
  const state = kind === 'cancel' ? 'dropped' : 'released';
  await decideEmpty(sql, { group, at, by: `relais queue ${kind}`, reason, state });
}

export async function path(sql: Sql, key: PathKey): Promise<PathRow | undefined> {
  const row = await first(sql, 'SELECT * FROM path WHERE path = ?', [key]);
  return row === undefined ? undefined : toPathRow(row);
}

export async function listPaths(sql: Sql, only: PathKey | undefined): Promise<PathSummary[]> {
  const values = only === undefined ? [] : [only];
  const [counts, paths] = await Promise.all([
    sql.all(
      `SELECT d.path, d.state, count(*) AS deliveries, min(m.accepted_at) AS oldest, min(d.due_at) AS due
       FROM delivery d JOIN message m ON m.id = d.message WHERE ${OPEN} AND d.account IS NULL${only === undefined ? '' : ' AND d.path = ?'}
       GROUP BY d.path, d.state`,
      values,
    ),
    sql.all(`SELECT * FROM path${only === undefined ? '' : ' WHERE path = ?'}`, values),
  ]);
  const summaries = new Map<string, PathSummary>();
  for (const row of paths) summaries.set(row.path as string, { ...toPathRow(row), ...NOTHING });
  for (const row of counts) {
    const path = row.path as PathKey;
    const known = summaries.get(path) ?? {
      path,
      ...NOTHING,
    };
    summaries.set(path, {
      ...known,
      [row.state as 'ready']: row.deliveries as number,
      oldestAt: Math.min(known.oldestAt ?? Number.MAX_SAFE_INTEGER, row.oldest as number),
      ...(row.state === 'waiting' ? { nextDueAt: row.due as number } : {}),
    });
  }
  return [...summaries.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

const NOTHING = { ready: 0, waiting: 0, leased: 0, held: 0 };

const WAITING = `SELECT d.customer, count(*) AS deliveries, min(m.accepted_at) AS oldest
  FROM delivery d JOIN message m ON m.id = d.message
  WHERE d.path = ? AND d.state IN ('ready', 'waiting') AND d.customer >= ? AND d.customer < ? GROUP BY d.customer`;

const TRYING = `SELECT path, count(*) AS deliveries FROM delivery
  WHERE state = 'leased' AND customer >= ? AND customer < ? GROUP BY path`;

/** What waits on these paths: ready or waiting; and what is being tried. */
export async function countWaiting(
  sql: Sql,
  { paths, domain }: { paths: readonly PathKey[]; domain?: string },
): Promise<Waiting> {
  // `/` and `0` are neighbours: everything that begins with `example.org/`.
  const [from, to] = domain === undefined ? ['', '\u{10ffff}'] : [`${domain}/`, `${domain}0`];
  const rows = (await Promise.all(paths.map((path) => sql.all(WAITING, [path, from, to])))).flat();
  const leased = await sql.all(TRYING, [from, to]);
  const customers = new Set(rows.map(({ customer }) => domainOfCustomer(customer as string)));
  const oldest = rows.map((row) => row.oldest as number);
  return {
    deliveries: deliveriesOf(rows),
    trying: deliveriesOf(leased.filter(({ path }) => paths.includes(path as PathKey))),
    customers: customers.size,
    ...(oldest.length === 0 ? {} : { oldestAt: Math.min(...oldest) }),
  };
}

function deliveriesOf(rows: readonly Row[]): number {
  return rows.reduce((sum, row) => sum + (row.deliveries as number), 0);
}

const VOLUMES = `SELECT d.customer, count(*) AS deliveries FROM delivery d JOIN message m ON m.id = d.message
  WHERE d.id > COALESCE((SELECT min(id) FROM message WHERE accepted_at >= ?), 0) AND d.path = ?
    AND m.accepted_at BETWEEN ? AND ? AND (d.state = 'delivered' OR d.last LIKE '%"remote":%')
  GROUP BY d.customer ORDER BY count(*) DESC ${LIMIT}`;

/** Deliveries on these paths, accepted within that time, that a far end took or answered, by customer, the most first. */
export async function recentVolumes(
  sql: Sql,
  { paths, since, until, limit }: Parameters<QueueAdmin['recentVolumes']>[0],
): Promise<Volume[]> {
  const rows = (
    await Promise.all(paths.map((path) => sql.all(VOLUMES, [since, path, since, until, limit])))
  ).flat();
  const sums = new Map<string, number>();
  for (const row of rows) {
    const customer = row.customer as string;
    sums.set(customer, (sums.get(customer) ?? 0) + (row.deliveries as number));
  }
  const volumes = [...sums].map(([customer, deliveries]) => ({ customer, deliveries }));
  return volumes.sort((a, b) => b.deliveries - a.deliveries).slice(0, limit);
}
