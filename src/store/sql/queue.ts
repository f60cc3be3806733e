import type {
  DeliveryId,
  Envelope,
  Forward,
  Notify,
  PathKey,
  Recipient,
  WorkerId,
} from '../../core/envelope.ts';
import type {
  Acceptance,
  ClaimedDelivery,
  ClaimRequest,
  LanePart,
  Settlement,
  SettleResult,
  Turn,
  TurnRequest,
} from '../../core/queue/port.ts';
import { domainOfCustomer } from '../../core/queue/customer.ts';
import type { EventKind } from '../../core/trace/port.ts';
import { acceptNotice } from './accept.ts';
import { releaseMessage } from './content.ts';
import { keepEvent } from './event.ts';
import { first, LIMIT, type Row, type Sql } from './sql.ts';

export const COLUMNS = `d.id, d.path, d.recipient, d.notify, d.orcpt, d.forward, d.customer, d.state, d.due_at, d.attempts, d.lane,
  d.delay_told, d.last, m.id AS message, m.envelope, m.prefix, m.size, m.accepted_at, m.expires_at, m.account, m.language`;
const PART = `d.path = ? AND d.state IN ('ready', 'waiting') AND d.lane = ? AND d.due_at >= ? AND d.due_at < ?`;
const OLDEST = `SELECT ${COLUMNS} FROM delivery d JOIN message m ON m.id = d.message
  WHERE ${PART} ORDER BY d.due_at, d.id ${LIMIT}`;
const OF_DOMAIN = `SELECT ${COLUMNS} FROM delivery d JOIN message m ON m.id = d.message
  WHERE d.path = ? AND d.state IN ('ready', 'waiting') AND d.lane = ? AND d.customer > ? AND d.customer < ?
    AND d.due_at >= ? AND d.due_at < ? ORDER BY d.customer, d.due_at, d.id ${LIMIT}`;
const OF_CUSTOMER = `SELECT ${COLUMNS} FROM delivery d JOIN message m ON m.id = d.message
  WHERE d.path = ? AND d.state IN ('ready', 'waiting') AND d.lane = ? AND d.customer = ?
    AND d.due_at >= ? AND d.due_at < ? ORDER BY d.due_at, d.id ${LIMIT}`;
const ONE = `SELECT ${COLUMNS} FROM delivery d JOIN message m ON m.id = d.message
  WHERE d.id = ? AND d.path = ? AND d.state IN ('ready', 'waiting')`;

/** Leases the oldest due deliveries of a path to its owner, part by part; nothing when the worker does not own it. */
export async function claim(sql: Sql, { worker, path, parts }: ClaimRequest): Promise<ClaimedDelivery[][]> {
  const [isOwner, dueAt] = await Promise.all([owns(sql, worker, path), earliestOf(sql, path)]);
  const claimed = parts.map((): ClaimedDelivery[] => []);
  if (!isOwner) return claimed;
  await Promise.all(
    parts.map(async (part, index) => {
      for (const lane of lanesOf(part, dueAt))
        claimed[index]?.push(...(await lease(sql, worker, await oldest(sql, { path, ...part, lane }))));
    }),
  );
  return claimed;
}

/** Those of a part with something due. */
function lanesOf({ lane, orSlower, before }: LanePart, dueAt: ReadonlyMap<number, number>): number[] {
  const isOf = (one: number): boolean => one === lane || (orSlower === true && one > lane);
  return [...dueAt].filter(([one, at]) => isOf(one) && at < before).map(([one]) => one);
}

function oldest(sql: Sql, part: LanePart & { path: PathKey; limit: number }): Promise<Row[]> {
  return sql.all(OLDEST, [part.path, part.lane, part.since, part.before, part.limit]);
}

/** The earliest of each lane: most have nothing, or nothing that is due, and are not asked. A loose index scan, one step per lane. */
const EARLIEST = `WITH RECURSIVE used (lane) AS (
    SELECT min(lane) FROM delivery WHERE path = ? AND state IN ('ready', 'waiting')
    UNION ALL
    SELECT (SELECT min(d.lane) FROM delivery d WHERE d.path = ? AND d.state IN ('ready', 'waiting') AND d.lane > used.lane)
      FROM used WHERE used.lane IS NOT NULL
  ) SELECT lane, (SELECT min(d.due_at) FROM delivery d
      WHERE d.path = ? AND d.state IN ('ready', 'waiting') AND d.lane = used.lane) AS due_at
    FROM used WHERE lane IS NOT NULL`;

export async function earliestOf(sql: Sql, path: PathKey): Promise<Map<number, number>> {
  const rows = await sql.all(EARLIEST, [path, path, path]);
  return new Map(rows.map((row) => [row.lane as number, row.due_at as number]));
}

async function owns(sql: Sql, worker: WorkerId, path: PathKey): Promise<boolean> {
  return (
    (await first(sql, 'SELECT 1 AS yes FROM path WHERE path = ? AND owner = ?', [path, worker])) !== undefined
  );
}

// What others changed since it was read: as it is now, where it is still there and as it was.
const LEASE = `UPDATE delivery SET state = 'leased', leased_by = ? WHERE id = ? AND state = ? AND path = ?
  RETURNING due_at, attempts, lane, delay_told, last`;

async function lease(sql: Sql, worker: WorkerId, rows: readonly Row[]): Promise<ClaimedDelivery[]> {
  const leased = await Promise.all(
    rows.map((row) => first(sql, LEASE, [worker, row.id as number, row.state as string, row.path as string])),
  );
  return rows.flatMap((row, index) => {
    const now = leased[index];
    return now === undefined ? [] : [toClaimed({ ...row, ...now })];
  });
}

/**
 * Leases due deliveries of one lane from customers in turn: the next domains, and in each the next of its accounts, the
 * oldest of each first. A loose index scan: one step per domain, however much mail each has.
 */
export async function claimInTurn(
  sql: Sql,
  asked: TurnRequest,
): Promise<{ deliveries: ClaimedDelivery[]; turn: Turn }> {
  const { worker, path, turn } = asked;
  if (!(await owns(sql, worker, path))) return { deliveries: [], turn };
  const request = asked.orSlower === true ? await inUsedLane(sql, asked) : asked;
  if (request.only !== undefined) {
    const { lane, only, since, before, each } = request;
    const rows = await sql.all(OF_CUSTOMER, [path, lane, only, since, before, each]);
    return { deliveries: await lease(sql, worker, rows), turn };
  }
  const customers: Record<string, string> = {};
  const deliveries: ClaimedDelivery[] = [];
  let domain = turn.domain;
  for (let count = 0; count < request.domains; count++) {
    const next = await nextDomain(sql, request, domain);
    if (next === undefined)
      return { deliveries, turn: { domain: '', customers: { ...turn.customers, ...customers } } };
    domain = next;
    if (request.except?.includes(domain) === true) continue;
    const rows = await ofDomain(sql, request, domain);
    const last = rows.at(-1);
    if (last !== undefined) customers[domain] = last.customer as string;
    deliveries.push(...(await lease(sql, worker, rows)));
  }
  return { deliveries, turn: { domain, customers: { ...turn.customers, ...customers } } };
}

/** Of the fastest lane from the one that was asked for on that has anything. */
async function inUsedLane(sql: Sql, request: TurnRequest): Promise<TurnRequest> {
  const row = await first(
    sql,
    `SELECT min(lane) AS lane FROM delivery WHERE path = ? AND state IN ('ready', 'waiting') AND lane >= ?`,
    [request.path, request.lane],
  );
  return { ...request, lane: (row?.lane ?? request.lane) as number };
}

/** Leases one delivery of a path to its owner; undefined when it has gone meanwhile. */
export async function claimOne(
  sql: Sql,
  { worker, path, delivery }: { worker: WorkerId; path: PathKey; delivery: DeliveryId },
): Promise<ClaimedDelivery | undefined> {
  if (!(await owns(sql, worker, path))) return undefined;
  const rows = await sql.all(ONE, [delivery, path]);
  return (await lease(sql, worker, rows))[0];
}

/** `example.org0` is past everything that begins with `example.org/`. */
const pastOf = (domain: string): string => `${domain}0`;

/** The first domain after this one that has anything in a lane. */
export async function nextDomain(
  sql: Sql,
  { path, lane }: Pick<TurnRequest, 'path' | 'lane'>,
  after: string,
): Promise<string | undefined> {
  const row = await first(
    sql,
    `SELECT customer FROM delivery WHERE path = ? AND state IN ('ready', 'waiting') AND lane = ? AND customer >= ?
     ORDER BY customer LIMIT 1`,
    [path, lane, after === '' ? '' : pastOf(after)],
  );
  const customer = row?.customer as string | undefined;
  return customer === undefined ? undefined : domainOfCustomer(customer);
}

async function ofDomain(sql: Sql, request: TurnRequest, domain: string): Promise<Row[]> {
  const { path, lane, since, before, each, turn } = request;
  const begin = `${domain}/`;
  const after = turn.customers[domain] ?? begin;
  const from = (customer: string): Promise<Row[]> =>
    sql.all(OF_DOMAIN, [path, lane, customer, pastOf(domain), since, before, each]);
  const rows = await from(after);
  // The last account of the domain had its turn: the first is next.
  return rows.length > 0 || after === begin ? rows : from(begin);
}

/** Leases what is due to be told to its sender, whatever path it is on. */
export async function claimToTell(
  sql: Sql,
  request: { worker: WorkerId; now: number; limit: number },
): Promise<ClaimedDelivery[]> {
  const rows = await sql.all(
    `SELECT ${COLUMNS} FROM delivery d JOIN message m ON m.id = d.message
     WHERE d.state IN ('ready', 'waiting') AND d.tell_at <= ? ORDER BY d.tell_at, d.id ${LIMIT}`,
    [request.now, request.limit],
  );
  return lease(sql, request.worker, rows);
}

export function toClaimed(row: Row): ClaimedDelivery {
  return {
    id: row.id,
    path: row.path,
    recipient: toRecipient(row),
    customer: row.customer,
    was: row.state,
    dueAt: row.due_at,
    attempts: row.attempts,
    lane: row.lane,
    expiresAt: row.expires_at,
    delayTold: row.delay_told === 1,
    ...(row.last === null ? {} : { last: JSON.parse(row.last as string) }),
    message: {
      id: row.message,
      envelope: JSON.parse(row.envelope as string) as Envelope,
      prefix: row.prefix,
      sizeBytes: row.size,
      acceptedAt: row.accepted_at,
      language: row.language,
      ...(row.account === null ? {} : { account: row.account }),
    },
  } as unknown as ClaimedDelivery; // the columns are what `accept` wrote: one cast instead of twelve
}

/** The recipient as it was accepted, from its columns. */
function toRecipient(row: Row): Recipient {
  return {
    address: row.recipient as string,
    ...(row.notify === null ? {} : { notify: (row.notify as string).split(',') as Notify[] }),
    ...(row.orcpt === null ? {} : { orcpt: row.orcpt as string }),
    ...(row.forward === null ? {} : { forward: JSON.parse(row.forward as string) as Forward }),
  };
}

/** Writes what an attempt came to, with its event and the notice it owes, in one transaction. */
export async function settle(sql: Sql, settlement: Settlement): Promise<SettleResult> {
  const changed = await moveDelivery(sql, settlement);
  if (changed === 0) return 'lost';
  const { state } = settlement.next;
  const notice = await owedNotice(sql, settlement);
  const final = state === 'delivered' || state === 'failed' || state === 'expired';
  await Promise.all([
    insertEvent(sql, settlement, notice),
    notice === undefined ? undefined : acceptNotice(sql, notice),
    final ? releaseMessage(sql, settlement.message) : undefined,
  ]);
  return 'settled';
}

/** The notice, unless it is owed once and was given. */
async function owedNotice(sql: Sql, { notice, noticeOnce, at }: Settlement): Promise<Acceptance | undefined> {
  if (notice === undefined || noticeOnce === undefined) return notice;
  const first = await sql.run('INSERT INTO told (key, at) VALUES (?, ?) ON CONFLICT (key) DO NOTHING', [
    noticeOnce,
    at,
  ]);
  return first === 1 ? notice : undefined;
}

function moveDelivery(sql: Sql, settlement: Settlement): Promise<number> {
  const { next, at } = settlement;
  const last =
    settlement.reply === undefined || next.state === 'delivered'
      ? null
      : JSON.stringify({ ...settlement.reply, blame: settlement.blame, at });
  const tail = [settlement.delivery, settlement.worker];
  const attempt = settlement.attempted ? 1 : 0;
  const told = settlement.delayTold === true ? 1 : 0;
  switch (next.state) {
    case 'delivered':
      // What was said at last is in the event: a row that grows makes its neighbours move.
      return sql.run(
        `UPDATE delivery SET state = 'delivered', leased_by = NULL, finished_at = ?, attempts = attempts + ?, last = NULL
         WHERE id = ? AND leased_by = ?`,
        [at, attempt, ...tail],
      );
    case 'failed':
    case 'expired':
      return sql.run(
        `UPDATE delivery SET state = ?, leased_by = NULL, finished_at = ?, attempts = attempts + ?, last = COALESCE(?, last)
         WHERE id = ? AND leased_by = ?`,
        [next.state, at, attempt, last, ...tail],
      );
    case 'waiting':
      return sql.run(
        `UPDATE delivery SET state = 'waiting', leased_by = NULL, path = COALESCE(?, path), due_at = ?, lane = ?, attempts = attempts + ?,
           last = COALESCE(?, last), delay_told = CASE WHEN ? = 1 THEN 1 ELSE delay_told END, tell_at = COALESCE(?, tell_at)
         WHERE id = ? AND leased_by = ?`,
        [next.path ?? null, next.dueAt, next.lane, attempt, last, told, settlement.tellAt ?? null, ...tail],
      );
    case 'ready':
      return sql.run(
        `UPDATE delivery SET state = 'ready', leased_by = NULL, path = COALESCE(?, path), attempts = attempts + ?,
           last = COALESCE(?, last), delay_told = CASE WHEN ? = 1 THEN 1 ELSE delay_told END, tell_at = COALESCE(?, tell_at)
         WHERE id = ? AND leased_by = ?`,
        [next.path ?? null, attempt, last, told, settlement.tellAt ?? null, ...tail],
      );
    default:
      return next satisfies never;
  }
}

/** Nothing is told of what changed nothing: a change of path before any attempt is the routing of the message. */
function eventOf(
  { next, reply, delayTold }: Settlement,
  notice: Acceptance | undefined,
): EventKind | undefined {
  if (next.state !== 'ready' && next.state !== 'waiting') return next.state;
  if (delayTold === true) return notice === undefined ? undefined : 'delay-told';
  if (reply === undefined) return undefined;
  return next.state === 'waiting' ? 'deferred' : 'returned';
}

async function insertEvent(sql: Sql, settlement: Settlement, notice: Acceptance | undefined): Promise<void> {
  const kind = eventOf(settlement, notice);
  if (kind === undefined) return;
  const { next } = settlement;
  const detail = {
    ...(settlement.reply === undefined ? {} : { reply: settlement.reply }),
    ...(settlement.reading === undefined ? {} : { reading: settlement.reading }),
    ...(settlement.blame === undefined ? {} : { blame: settlement.blame }),
    ...(settlement.suppressed === undefined ? {} : { suppressed: settlement.suppressed }),
    ...(kind === 'deferred' && next.state === 'waiting' ? { dueAt: next.dueAt, lane: next.lane } : {}),
    ...(notice === undefined ? {} : { notice: notice.message }),
  };
  const { message, delivery, at } = settlement;
  await keepEvent(sql, { message, delivery, at, kind, detail });
}

/** When the path's next delivery becomes due, in ms since the epoch. */
export async function nextDue(sql: Sql, path: PathKey): Promise<number | undefined> {
  const dueAt = await earliestOf(sql, path);
  return dueAt.size === 0 ? undefined : Math.min(...dueAt.values());
}

const BACKLOG = `SELECT (SELECT count(*) FROM delivery WHERE path = p.path AND state IN ('ready', 'waiting'))
    + (SELECT count(*) FROM delivery d WHERE d.state = 'leased' AND d.leased_by = p.owner AND d.path = p.path) AS deliveries
  FROM path p WHERE p.path = ?`;

/** What its owner has leased is no more than it keeps in memory: that part costs the same over any backlog. */
export async function countBacklog(sql: Sql, path: PathKey): Promise<number> {
  const row = await first(sql, BACKLOG, [path]);
  return (row?.deliveries ?? 0) as number;
}
