/** What a stopped account has in the queue, taken back: it was judged one message at a time, before its owner's password was known to be stolen. */
import { DOUBTED_WAITED, ONLY_WAITED } from '../../core/guard/reasons.ts';
import type { DeliveryId } from '../../core/envelope.ts';
import type { GuardStore } from '../../core/guard/store.ts';
import { ALL_LANES } from '../../core/queue/lanes.ts';
import type { QueueStore } from '../../core/queue/port.ts';
import { keepEvent } from './event.ts';
import { decideEmpty, groupForWaiting, ONLY_WAITING } from './hold-groups.ts';
import { first, LIMIT, PATHS_WITH_MAIL, type Row, type Sql } from './sql.ts';
import { inTurn } from './turns.ts';
import { reserveIds } from './workers.ts';

/**
 * What waits, and one of what is being tried. One statement, so one snapshot: between two, a delivery that was leased at the first could be
 * waiting at the second and be missed by both. One short index scan for each path and lane, and one over what all customers have leased,
 * which is as many as there are connections. What a person has let go of a group stays let go.
 */
const LEFT = `WITH RECURSIVE ${PATHS_WITH_MAIL} SELECT * FROM (SELECT d.id, d.message, d.state FROM known JOIN delivery d
    ON d.path = known.path AND d.lane IN (${ALL_LANES.join(', ')}) AND d.customer = ? AND d.state IN ('ready', 'waiting') AND d.hold_group IS NULL ${LIMIT}) AS waiting
  UNION ALL SELECT * FROM (SELECT id, message, state FROM delivery WHERE state = 'leased' AND customer = ? AND hold_group IS NULL LIMIT 1) AS tried`;

/**
 * In one transaction one after the other: a group that ended in the midst of a step would leave mail held in none. Of all accounts
 * together, as one end knows the customer and a step the group.
 */
const RECALLS = ['recalls'] as const;
/** The second look is so long after the first, ms: what was being accepted is there by then. Each next one comes after twice the time. */
const AGAIN_MS = 10_000;

/** It may send again: what waits of it from now on goes on. */
export function endRecall(sql: Sql, { customer, at }: { customer: string; at: number }): Promise<void> {
  return inTurn(sql, RECALLS, async () => {
    const orders = await sql.all('SELECT hold_group FROM guard_recall WHERE customer = ?', [customer]);
    for (const order of orders) await end(sql, { group: order.hold_group as number, at });
  });
}

export async function dueRecalls(
  sql: Sql,
  { at, limit }: Parameters<GuardStore['dueRecalls']>[0],
): Promise<number[]> {
  const rows = await sql.all(
    `SELECT hold_group FROM guard_recall WHERE look_at <= ? ORDER BY look_at ${LIMIT}`,
    [at, limit],
  );
  return rows.map((row) => row.hold_group as number);
}

/** What is being tried is not waited for: it is looked for again as long as there is any. */
export function stepRecall(
  sql: Sql,
  request: Parameters<GuardStore['stepRecall']>[0],
): ReturnType<GuardStore['stepRecall']> {
  return inTurn(sql, RECALLS, () => step(sql, request));
}

async function step(
  sql: Sql,
  { group, limit, at }: Parameters<GuardStore['stepRecall']>[0],
): ReturnType<GuardStore['stepRecall']> {
  // Who lets the account send again waits until this step is over: what it sends then is not looked at.
  const order = await first(
    sql,
    'UPDATE guard_recall SET look_at = look_at WHERE hold_group = ? RETURNING customer, at',
    [group],
  );
  if (order === undefined) return { moved: 0, more: false };
  const customer = order.customer as string;
  const into = await groupFor(sql, { group, at });
  if (into === undefined) return { moved: 0, more: false };
  const left = await sql.all(LEFT, [customer, limit, customer]);
  const rows = left.filter(({ state }) => state !== 'leased');
  const moved = await take(sql, rows, { group: into, at });
  const more = rows.length === limit;
  const age = at - (order.at as number);
  // A row that could not be held was leased meanwhile.
  if (!more && age >= AGAIN_MS && moved === left.length) await end(sql, { group: into, at });
  else if (!more) await sql.run(LATER, [at + Math.max(AGAIN_MS, age), into]);
  return { moved, more: more && into === group };
}

/** What nobody has tried yet of what a worker has in its hands: it does not leave any more. The ids of what goes on. */
export function recallLeased(
  sql: Sql,
  { worker, deliveries, at }: Parameters<QueueStore['recallLeased']>[0],
): Promise<DeliveryId[]> {
  return inTurn(sql, RECALLS, async () => {
    const going: DeliveryId[] = [];
    for (const id of deliveries) {
      const row = await first(
        sql,
        `SELECT id, message, state, leased_by, customer, hold_group FROM delivery WHERE id = ? AND state = 'leased' AND leased_by = ?`,
        [id, worker],
      );
      if (row === undefined) continue;
      const into =
        row.hold_group === null ? await groupOf(sql, { customer: row.customer as string, at }) : undefined;
      if (into === undefined) going.push(id);
      else await take(sql, [row], { group: into, at });
    }
    return going;
  });
}

/** The group that an account's mail joins now, of the orders that there are for it. */
async function groupOf(
  sql: Sql,
  { customer, at }: { customer: string; at: number },
): Promise<number | undefined> {
  const orders = await sql.all(
    'UPDATE guard_recall SET look_at = look_at WHERE customer = ? RETURNING hold_group',
    [customer],
  );
  for (const order of orders) {
    const into = await groupFor(sql, { group: order.hold_group as number, at });
    if (into !== undefined) return into;
  }
  return undefined;
}

/** Customers' accounts whose mail is being taken back. */
export async function recalls(sql: Sql): Promise<string[]> {
  const rows = await sql.all('SELECT DISTINCT customer FROM guard_recall', []);
  return rows.map(({ customer }) => customer as string);
}

/** The group that an order's mail joins; where there is none any more the order ends. Who decides about it waits, or has decided. */
async function groupFor(sql: Sql, { group, at }: { group: number; at: number }): Promise<number | undefined> {
  const isOpen = await sql.run(`UPDATE hold_group SET owners = 0 WHERE id = ? AND state = 'open'`, [group]);
  const into = isOpen === 1 ? group : await another(sql, { group, at });
  if (into === undefined) await end(sql, { group, at });
  return into;
}

const LATER = 'UPDATE guard_recall SET look_at = ? WHERE hold_group = ?';

/**
 * Where the rest is put when the group was dropped meanwhile; nowhere when it was let go, or the account may send again. The order goes
 * over to it.
 */
async function another(sql: Sql, { group, at }: { group: number; at: number }): Promise<number | undefined> {
  const row = await first(
    sql,
    `SELECT g.account, g.login, g.expires_at - g.first_at AS kept FROM hold_group g JOIN account a ON a.id = g.account
     WHERE g.id = ? AND g.state IN ('dropping', 'dropped') AND a.locked_reason IS NOT NULL`,
    [group],
  );
  if (row === undefined) return undefined;
  const id = await reserveIds(sql, 1);
  const about = { id, account: row.account as number, login: row.login as string, at };
  const next = await groupForWaiting(sql, { ...about, expiresAt: at + (row.kept as number) });
  await sql.run('DELETE FROM guard_recall WHERE hold_group = ?', [next]);
  await sql.run('UPDATE guard_recall SET hold_group = ? WHERE hold_group = ?', [next, group]);
  return next;
}

/** Holds these; how many it were. */
async function take(
  sql: Sql,
  rows: readonly Row[],
  { group, at }: { group: number; at: number },
): Promise<number> {
  const known = await messagesOf(sql, group, rows);
  const held = await Promise.all(
    rows.map((row) => {
      const reason = known.get(messageOf(row))?.isDoubted === true ? DOUBTED_WAITED : ONLY_WAITED;
      return hold(sql, row, { group, at, reason });
    }),
  );
  const taken = rows.filter((_, index) => held[index]);
  if (taken.length === 0) return 0;
  const sizes = [...new Set(taken.map(messageOf))].flatMap((message) => known.get(message)?.joins ?? []);
  await sql.run(
    'UPDATE hold_group SET recipients = recipients + ?, messages = messages + ?, size = size + ? WHERE id = ?',
    [taken.length, sizes.length, sizes.reduce((sum, size) => sum + size, 0), group],
  );
  return taken.length;
}

/** A group that was made for what waits, and got nothing, is none; one of which all was let go alone is decided. */
async function end(sql: Sql, { group, at }: { group: number; at: number }): Promise<void> {
  await sql.run('DELETE FROM guard_recall WHERE hold_group = ?', [group]);
  const isEmpty = `id = ? AND state = 'open' AND recipients = 0`;
  await sql.run(`DELETE FROM hold_group WHERE ${isEmpty} AND sample = '${ONLY_WAITING}'`, [group]);
  await decideEmpty(sql, { group, at, by: 'relais', reason: 'nothing is left in it', state: 'released' });
}

interface Known {
  /** Octets that it brings; none where it has a delivery in the group already: a message counts once, however many wait. */
  readonly joins?: number;
  readonly isDoubted: boolean;
}

async function messagesOf(sql: Sql, group: number, rows: readonly Row[]): Promise<Map<number, Known>> {
  const known = new Map<number, Known>();
  for (const message of new Set(rows.map(messageOf))) {
    const found = await first(
      sql,
      `SELECT m.size, CASE WHEN m.envelope LIKE '%"doubted":true%' THEN 1 ELSE 0 END AS doubted,
         (SELECT count(*) FROM (SELECT 1 FROM delivery d WHERE d.message = m.id AND d.hold_group = ? AND d.state = 'held' LIMIT 1) AS others) AS others
       FROM message m WHERE m.id = ?`,
      [group, message],
    );
    if (found === undefined) continue;
    const joins = found.others === 0 ? { joins: found.size as number } : {};
    known.set(message, { ...joins, isDoubted: found.doubted === 1 });
  }
  return known;
}

function messageOf(row: Row): number {
  return row.message as number;
}

async function hold(
  sql: Sql,
  row: Row,
  { group, at, reason }: { group: number; at: number; reason: string },
): Promise<boolean> {
  // As it was when it was looked at: leased by whoever lets go of it, or by nobody.
  const worker = (row.leased_by ?? null) as number | null;
  const changed = await sql.run(
    `UPDATE delivery SET state = 'held', hold_reason = ?, hold_group = ?, leased_by = NULL WHERE id = ? AND hold_group IS NULL
       AND (state IN ('ready', 'waiting') OR (state = 'leased' AND leased_by = CAST(? AS BIGINT)))`,
    [reason, group, row.id as number, worker],
  );
  if (changed === 0) return false;
  await keepEvent(sql, {
    message: messageOf(row),
    delivery: row.id as number,
    at,
    kind: 'held',
    detail: { reason, group },
  });
  return true;
}
