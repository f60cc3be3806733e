import type { DeliveryId, Forward, MessageId, PathKey } from '../../core/envelope.ts';
import type { DeliveryState } from '../../core/queue/port.ts';
import type {
  AcceptedAt,
  EventKind,
  TracedMessage,
  TraceEvent,
  TraceQuery,
  TraceStore,
} from '../../core/trace/port.ts';
import type { KeptReport } from '../../core/reputation/port.ts';
import type { AccountId } from '../../core/envelope.ts';
import { keepEvent } from './event.ts';
import { first, LIMIT, type Row, type Sql, type SqlValue } from './sql.ts';

/** What goes to an address, or was sent on by it: of JSON the databases have no word in common. */
const OF_RECIPIENT = `EXISTS (SELECT 1 FROM delivery d WHERE d.message = m.id
  AND (lower(d.recipient) = ? OR replace(d.forward, ?, '') <> d.forward))`;
/** What an account has that was sent to another address of its. */
const OF_OWNER = `EXISTS (SELECT 1 FROM event e WHERE e.message = m.id AND e.kind = 'delivered'
  AND replace(e.detail, ?, '') <> e.detail)`;

/** Messages that match, newest first, each with its deliveries and events. */
export async function trace(sql: Sql, query: TraceQuery): Promise<TracedMessage[]> {
  const parts: [string, SqlValue[]][] = [];
  if (query.message !== undefined) parts.push(['m.id = ?', [query.message]]);
  if (query.messageIdField !== undefined) {
    parts.push(['m.message_id = ?', [`<${query.messageIdField.replace(/^<|>$/g, '')}>`]]);
  }
  if (query.sender !== undefined) parts.push(['m.reverse_path = ?', [query.sender]]);
  if (query.since !== undefined) parts.push(['m.accepted_at >= ?', [query.since]]);
  if (query.recipient !== undefined) {
    const lower = query.recipient.toLowerCase();
    const owner = await first(sql, 'SELECT id FROM account WHERE address = ?', [lower]);
    const asked = [lower, `"via":${JSON.stringify(lower)}`];
    if (owner === undefined) parts.push([OF_RECIPIENT, asked]);
    else parts.push([`(${OF_RECIPIENT} OR ${OF_OWNER})`, [...asked, `"account":${owner.id}}`]]);
  }
  // What nobody sent has no story: it was put into a mailbox by its owner.
  const condition = [`m.envelope <> '{}'`, ...parts.map(([text]) => text)].join(' AND ');
  const rows = await sql.all(
    `SELECT m.* FROM message m WHERE ${condition} ORDER BY m.accepted_at DESC, m.id DESC ${LIMIT}`,
    [...parts.flatMap(([, values]) => values), query.limit],
  );
  return Promise.all(rows.map((row) => story(sql, row)));
}

async function story(sql: Sql, row: Row): Promise<TracedMessage> {
  const id = row.id as number;
  const [deliveries, events] = await Promise.all([
    sql.all(
      'SELECT id, recipient, forward, state, attempts, due_at, lane, path, customer, hold_reason, hold_group FROM delivery WHERE message = ? ORDER BY id',
      [id],
    ),
    sql.all('SELECT at, kind, delivery, detail FROM event WHERE message = ? ORDER BY id', [id]),
  ]);
  const acceptedAt = row.accepted_at as number;
  const origin = JSON.parse(row.origin as string);
  const told = await withOwners(sql, events.map(toEvent), deliveries);
  return {
    message: id as MessageId,
    acceptedAt,
    expiresAt: row.expires_at as number,
    sender: row.reverse_path as string,
    sizeBytes: row.size as number,
    origin,
    ...(row.message_id === null ? {} : { messageIdField: row.message_id as string }),
    deliveries: deliveries.map((delivery) => ({
      id: delivery.id as DeliveryId,
      recipient: delivery.recipient as string,
      ...(delivery.forward === null ? {} : { via: (JSON.parse(delivery.forward as string) as Forward).via }),
      state: delivery.state as DeliveryState,
      attempts: delivery.attempts as number,
      dueAt: delivery.due_at as number,
      lane: delivery.lane as number,
      path: delivery.path as PathKey,
      customer: delivery.customer as string,
      ...(delivery.hold_reason === null ? {} : { holdReason: delivery.hold_reason as string }),
      ...(delivery.hold_group === null ? {} : { holdGroup: delivery.hold_group as number }),
    })),
    // That it was accepted is its row: one write fewer for each message.
    events: [{ at: acceptedAt, kind: 'accepted', detail: origin }, ...told],
  };
}

/** Names whose mailboxes they are where that is another address, as long as the account is there. */
async function withOwners(
  sql: Sql,
  events: readonly TraceEvent[],
  deliveries: readonly Row[],
): Promise<TraceEvent[]> {
  const writtenTo = new Map(deliveries.map(({ id, recipient }) => [id, recipient]));
  const owners = new Map<number, string>();
  for (const { detail } of events) {
    if (detail.account === undefined || owners.has(detail.account)) continue;
    const row = await first(sql, 'SELECT address FROM account WHERE id = ?', [detail.account]);
    if (row !== undefined) owners.set(detail.account, row.address as string);
  }
  return events.map((event) => {
    const owner = event.detail.account === undefined ? undefined : owners.get(event.detail.account);
    if (owner === undefined || owner === writtenTo.get(event.delivery ?? 0)) return event;
    return { ...event, detail: { ...event.detail, owner } };
  });
}

function toEvent(row: Row): TraceEvent {
  return {
    at: row.at as number,
    kind: row.kind as EventKind,
    detail: JSON.parse(row.detail as string),
    ...(row.delivery === null ? {} : { delivery: row.delivery as DeliveryId }),
  };
}

export async function eventsAfter(
  sql: Sql,
  request: { cursor: number; limit: number },
): Promise<{
  cursor: number;
  events: (TraceEvent & { message: MessageId; sender: string; recipient?: string })[];
}> {
  const rows = await sql.all(
    `SELECT e.id, e.at, e.kind, e.delivery, e.detail, e.message, m.reverse_path, d.recipient
     FROM event e JOIN message m ON m.id = e.message LEFT JOIN delivery d ON d.id = e.delivery
     WHERE e.id > ? ORDER BY e.id ${LIMIT}`,
    [request.cursor, request.limit],
  );
  return {
    cursor: (rows.at(-1)?.id as number | undefined) ?? request.cursor,
    events: rows.map((row) => ({
      ...toEvent(row),
      message: row.message as MessageId,
      sender: row.reverse_path as string,
      ...(row.recipient === null ? {} : { recipient: row.recipient as string }),
    })),
  };
}

export async function forgetPaths(sql: Sql, before: number): Promise<void> {
  await sql.run(
    `DELETE FROM path WHERE owner IS NULL AND (pace_at IS NULL OR pace_at < ?)
       AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.path = path.path AND d.state IN ('ready', 'waiting'))
       AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.path = path.path AND d.state = 'held')`,
    [before],
  );
}

/** Needed is what has an open delivery or is in a mailbox. */
export async function forgetMessages(
  sql: Sql,
  { after, before, limit }: Parameters<TraceStore['forgetMessages']>[0],
): Promise<AcceptedAt | undefined> {
  const { at, message } = after ?? { at: 0, message: 0 };
  const rows = await sql.all(
    `SELECT id, accepted_at, refs FROM message
     WHERE accepted_at >= ? AND (accepted_at > ? OR id > ?) AND accepted_at < ? ORDER BY accepted_at, id ${LIMIT}`,
    [at, at, message, before, limit],
  );
  for (const row of rows) {
    if (row.refs !== 0) continue;
    const id = [row.id as number];
    await sql.run('DELETE FROM event WHERE message = ?', id);
    await sql.run('DELETE FROM delivery WHERE message = ?', id);
    await sql.run('DELETE FROM message WHERE id = ?', id);
  }
  const last = rows.at(-1);
  return last === undefined || rows.length < limit
    ? undefined
    : { at: last.accepted_at as number, message: last.id as MessageId };
}

/** Adds a report to the story of a message; whose that is, or undefined when it is forgotten. */
export async function keepReport(
  sql: Sql,
  { message, at, report }: { message: MessageId; at: number; report: KeptReport },
): Promise<{ account?: AccountId; customer?: string } | undefined> {
  const row = await first(
    sql,
    `SELECT m.account, (SELECT min(d.customer) FROM delivery d WHERE d.message = m.id) AS customer,
       (SELECT min(d.id) FROM delivery d WHERE d.message = m.id AND lower(d.recipient) = ?) AS delivery
     FROM message m WHERE m.id = ?`,
    [report.recipient?.toLowerCase() ?? '', message],
  );
  if (row === undefined) return undefined;
  const { kind, ...detail } = report;
  await keepEvent(sql, { message, delivery: row.delivery as number | null, at, kind, detail });
  return {
    ...(row.account === null ? {} : { account: row.account as AccountId }),
    ...(row.customer === null ? {} : { customer: row.customer as string }),
  };
}
