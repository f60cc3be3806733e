import type { Envelope, Notify, PathKey, Recipient } from '../../core/envelope.ts';
import type { ClaimedDelivery, ClaimRequest, Settlement, SettleResult } from '../../core/queue/port.ts';
import { accept } from './accept.ts';
import { releaseMessage } from './blobs.ts';
import { first, type Row, type Sql } from './sql.ts';

const CLAIM = `SELECT d.id, d.path, d.recipient, d.notify, d.orcpt, d.attempts, d.lane, d.delay_told,
    m.id AS message, m.envelope, m.prefix, m.blob, m.size, m.accepted_at, m.expires_at, m.account, m.language
  FROM delivery d JOIN message m ON m.id = d.message
  WHERE d.path = ? AND d.state IN ('ready', 'waiting') AND d.due_at <= ? ORDER BY d.due_at, d.id LIMIT ?`;

/** Leases the oldest due deliveries of a path to its owner; nothing when the worker does not own it or it is frozen. */
export async function claim(sql: Sql, request: ClaimRequest): Promise<ClaimedDelivery[]> {
  const owned = await first(
    sql,
    `SELECT 1 AS yes FROM path WHERE path = ? AND owner = ? AND state = 'open'`,
    [request.path, request.worker],
  );
  if (owned === undefined) return [];
  const rows = await sql.all(CLAIM, [request.path, request.now, request.limit]);
  const taken = await Promise.all(
    rows.map((row) =>
      sql.run(
        `UPDATE delivery SET state = 'leased', leased_by = ? WHERE id = ? AND state IN ('ready', 'waiting')`,
        [request.worker, row.id as number],
      ),
    ),
  );
  return rows.filter((_, index) => taken[index] === 1).map(toClaimed);
}

function toClaimed(row: Row): ClaimedDelivery {
  return {
    id: row.id,
    path: row.path,
    recipient: toRecipient(row),
    attempts: row.attempts,
    lane: row.lane,
    expiresAt: row.expires_at,
    delayTold: row.delay_told === 1,
    message: {
      id: row.message,
      envelope: JSON.parse(row.envelope as string) as Envelope,
      prefix: row.prefix,
      hash: row.blob,
      sizeBytes: row.size,
      acceptedAt: row.accepted_at,
      language: row.language,
      ...(row.account === null ? {} : { account: row.account }),
    },
  } as unknown as ClaimedDelivery; // the columns are what `accept` wrote: one cast instead of twelve
}

/** The recipient as it was accepted, from its columns. */
export function toRecipient(row: Row): Recipient {
  return {
    address: row.recipient as string,
    ...(row.notify === null ? {} : { notify: (row.notify as string).split(',') as Notify[] }),
    ...(row.orcpt === null ? {} : { orcpt: row.orcpt as string }),
  };
}

/** Writes what an attempt came to, with its event and the notice it owes, in one transaction. */
export async function settle(sql: Sql, settlement: Settlement): Promise<SettleResult> {
  const changed = await moveDelivery(sql, settlement);
  if (changed === 0) return 'lost';
  const { state } = settlement.next;
  const final = state === 'delivered' || state === 'failed' || state === 'expired';
  await Promise.all([
    insertEvent(sql, settlement),
    settlement.notice === undefined ? undefined : accept(sql, settlement.notice),
  ]);
  // After the notice: it may quote the same bytes.
  if (final) await releaseMessage(sql, settlement.message);
  return 'settled';
}

function moveDelivery(sql: Sql, settlement: Settlement): Promise<number> {
  const { next, at } = settlement;
  const last =
    settlement.reply === undefined
      ? null
      : JSON.stringify({ ...settlement.reply, blame: settlement.blame, at });
  const tail = [settlement.delivery, settlement.worker];
  const attempt = settlement.attempted ? 1 : 0;
  const told = settlement.delayTold === true ? 1 : 0;
  switch (next.state) {
    case 'delivered':
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
           last = COALESCE(?, last), delay_told = CASE WHEN ? = 1 THEN 1 ELSE delay_told END WHERE id = ? AND leased_by = ?`,
        [next.path ?? null, next.dueAt, next.lane, attempt, last, told, ...tail],
      );
    case 'ready':
      return sql.run(
        `UPDATE delivery SET state = 'ready', leased_by = NULL, path = COALESCE(?, path), attempts = attempts + ?,
           last = COALESCE(?, last), delay_told = CASE WHEN ? = 1 THEN 1 ELSE delay_told END WHERE id = ? AND leased_by = ?`,
        [next.path ?? null, attempt, last, told, ...tail],
      );
    default:
      return next satisfies never;
  }
}

async function insertEvent(sql: Sql, settlement: Settlement): Promise<void> {
  const { next } = settlement;
  // A change of path before any attempt is the routing of the message, not part of its story.
  if (settlement.reply === undefined && (next.state === 'ready' || next.state === 'waiting')) return;
  const kind = next.state === 'waiting' ? 'deferred' : next.state === 'ready' ? 'returned' : next.state;
  const detail = {
    ...(settlement.reply === undefined ? {} : { reply: settlement.reply }),
    ...(settlement.blame === undefined ? {} : { blame: settlement.blame }),
    ...(next.state === 'waiting' ? { dueAt: next.dueAt, lane: next.lane } : {}),
    ...(settlement.notice === undefined ? {} : { notice: settlement.notice.message }),
  };
  await sql.run('INSERT INTO event (message, delivery, at, kind, detail) VALUES (?, ?, ?, ?, ?)', [
    settlement.message,
    settlement.delivery,
    settlement.at,
    kind,
    JSON.stringify(detail),
  ]);
}

/** When the path's next delivery becomes due, in ms since the epoch. */
export async function nextDue(sql: Sql, path: PathKey): Promise<number | undefined> {
  const row = await first(
    sql,
    `SELECT due_at FROM delivery WHERE path = ? AND state IN ('ready', 'waiting') ORDER BY due_at LIMIT 1`,
    [path],
  );
  return row?.due_at as number | undefined;
}
