/** Whether rows agree with each other. Every question is one statement, so that its answer is of one moment. */
import type { MessageId } from '../../core/envelope.ts';
import { DELETED, SEEN } from '../../core/mailbox/flags.ts';
import type { Fault, KeptMessage, MailboxCount } from '../../core/verify/port.ts';
import { BEING_FORGOTTEN } from './mailbox.ts';
import { LIMIT, type Row, type Sql } from './sql.ts';

/** What holds on to a message: items, items that can be had back, and deliveries that are not final. */
const HOLDERS = `SELECT message FROM mailbox_item
  UNION ALL SELECT message FROM expunged WHERE message IS NOT NULL
  UNION ALL SELECT message FROM delivery WHERE state IN ('ready', 'waiting', 'leased', 'held')`;

export async function verifyRows(sql: Sql, { limit }: { limit: number }): Promise<Fault[]> {
  return [
    ...(await references(sql, limit)),
    ...(await contents(sql, limit)),
    ...(await strays(sql, limit)),
    ...(await heldForEver(sql, limit)),
    ...(await groups(sql, limit)),
    ...(await mailboxes(sql, limit)),
  ];
}

async function references(sql: Sql, limit: number): Promise<Fault[]> {
  const rows = await sql.all(
    `SELECT m.id, m.refs, COALESCE(h.held, 0) AS held FROM message m
     LEFT JOIN (SELECT message, count(*) AS held FROM (${HOLDERS}) x GROUP BY message) h ON h.message = m.id
     WHERE m.refs <> COALESCE(h.held, 0) ORDER BY m.id ${LIMIT}`,
    [limit],
  );
  return rows.map((row) => ({
    kind: 'references',
    message: row.id as MessageId,
    counted: row.refs as number,
    there: Number(row.held),
  }));
}

async function contents(sql: Sql, limit: number): Promise<Fault[]> {
  const missing = await sql.all(
    `SELECT id FROM message m WHERE refs > 0 AND NOT EXISTS (SELECT 1 FROM content c WHERE c.message = m.id) ${LIMIT}`,
    [limit],
  );
  const spare = await sql.all(
    `SELECT message FROM content c WHERE NOT EXISTS (SELECT 1 FROM message m WHERE m.id = c.message AND m.refs > 0) ${LIMIT}`,
    [limit],
  );
  return [
    ...missing.map((row): Fault => ({ kind: 'no-content', message: row.id as MessageId })),
    ...spare.map((row): Fault => ({ kind: 'spare-content', message: row.message as MessageId })),
  ];
}

async function strays(sql: Sql, limit: number): Promise<Fault[]> {
  const items = await sql.all(
    `SELECT mailbox, uid FROM mailbox_item i WHERE NOT EXISTS (SELECT 1 FROM message m WHERE m.id = i.message) ${LIMIT}`,
    [limit],
  );
  const deliveries = await sql.all(
    `SELECT id FROM delivery d WHERE NOT EXISTS (SELECT 1 FROM message m WHERE m.id = d.message) ${LIMIT}`,
    [limit],
  );
  return [
    ...items.map(
      (row): Fault => ({
        kind: 'no-message',
        of: 'item',
        id: row.uid as number,
        mailbox: row.mailbox as number,
      }),
    ),
    ...deliveries.map((row): Fault => ({ kind: 'no-message', of: 'delivery', id: row.id as number })),
  ];
}

async function heldForEver(sql: Sql, limit: number): Promise<Fault[]> {
  const rows = await sql.all(
    `SELECT d.id, d.hold_group FROM delivery d LEFT JOIN hold_group g ON g.id = d.hold_group
     WHERE d.state = 'held' AND d.hold_group IS NOT NULL AND (g.id IS NULL OR g.state IN ('released', 'dropped'))
     ORDER BY d.id ${LIMIT}`,
    [limit],
  );
  return rows.map((row) => ({
    kind: 'held',
    delivery: row.id as number,
    group: row.hold_group as number,
  }));
}

async function groups(sql: Sql, limit: number): Promise<Fault[]> {
  const rows = await sql.all(
    `SELECT g.id, g.recipients, COALESCE(d.held, 0) AS held FROM hold_group g LEFT JOIN (
       SELECT hold_group, count(*) AS held FROM delivery WHERE state = 'held' AND hold_group IS NOT NULL GROUP BY hold_group
     ) d ON d.hold_group = g.id
     WHERE g.state = 'open' AND g.recipients <> COALESCE(d.held, 0) ORDER BY g.id ${LIMIT}`,
    [limit],
  );
  return rows.map((row) => ({
    kind: 'group',
    group: row.id as number,
    counted: row.recipients as number,
    there: Number(row.held),
  }));
}

/** A flag of an item, with what its row does not have yet (`flag-changes.ts`): the last change of it, if there is one. */
function flagOf(flag: number): string {
  return `COALESCE((SELECT CASE c.change WHEN 'remove' THEN 0 ELSE c.bits & ${flag} END FROM flag_change c
    WHERE c.mailbox = i.mailbox AND c.first_uid <= i.uid AND c.last_uid >= i.uid AND (c.change = 'replace' OR c.bits & ${flag} <> 0)
    ORDER BY c.modseq DESC LIMIT 1), i.flags & ${flag})`;
}

async function mailboxes(sql: Sql, limit: number): Promise<Fault[]> {
  const rows = await sql.all(
    `SELECT b.id, b.account, b.name, b.messages, b.unseen, b.deleted, b.size, b.uid_next, b.modseq,
       COALESCE(i.n, 0) AS n, COALESCE(i.unseen, 0) AS n_unseen, COALESCE(i.deleted, 0) AS n_deleted,
       COALESCE(i.size, 0) AS n_size, COALESCE(i.uid, 0) AS last_uid, COALESCE(i.modseq, 0) AS last_modseq,
       COALESCE(c.n, 0) AS n_changes, b.flag_changes
     FROM mailbox b LEFT JOIN (SELECT mailbox, count(*) AS n, max(modseq) AS modseq FROM flag_change GROUP BY mailbox) c
       ON c.mailbox = b.id LEFT JOIN (
       SELECT mailbox, count(*) AS n, sum(CASE WHEN ${flagOf(SEEN)} = 0 THEN 1 ELSE 0 END) AS unseen,
         sum(CASE WHEN ${flagOf(DELETED)} = 0 THEN 0 ELSE 1 END) AS deleted, sum(size) AS size, max(uid) AS uid, max(modseq) AS modseq
       FROM mailbox_item i GROUP BY mailbox) i ON i.mailbox = b.id
     WHERE COALESCE(b.deleted_at, 1) <> ${BEING_FORGOTTEN} AND (b.messages <> COALESCE(i.n, 0) OR b.unseen <> COALESCE(i.unseen, 0) OR b.deleted <> COALESCE(i.deleted, 0)
       OR b.size <> COALESCE(i.size, 0) OR b.uid_next <= COALESCE(i.uid, 0) OR b.modseq < COALESCE(i.modseq, 0)
       OR b.modseq < COALESCE(c.modseq, 0) OR (b.flag_changes = 0) <> (c.n IS NULL))
     ORDER BY b.id ${LIMIT}`,
    [limit],
  );
  return rows.map((row) => ({
    kind: 'mailbox',
    mailbox: row.id as number,
    name: row.name as string,
    account: row.account as number,
    wrong: countsOf(row),
  }));
}

function countsOf(row: Row): MailboxCount[] {
  const same = (
    [
      ['messages', row.messages, row.n],
      ['unseen', row.unseen, row.n_unseen],
      ['deleted', row.deleted, row.n_deleted],
      ['size', row.size, row.n_size],
    ] as const
  ).flatMap(([what, counted, there]): MailboxCount[] =>
    Number(counted) === Number(there) ? [] : [{ what, counted: Number(counted), there: Number(there) }],
  );
  const kept = Number(row.n_changes);
  // What it takes to write them is counted, and not how many there are.
  if ((row.flag_changes === 0) !== (kept === 0))
    same.push({ what: 'flag changes', counted: Number(row.flag_changes), there: kept });
  const least = (
    [
      ['uidNext', row.uid_next, Number(row.last_uid) + 1],
      ['modseq', row.modseq, row.last_modseq],
    ] as const
  ).flatMap(([what, counted, there]): MailboxCount[] =>
    Number(counted) >= Number(there) ? [] : [{ what, counted: Number(counted), there: Number(there) }],
  );
  return [...same, ...least];
}

export async function keptMessages(
  sql: Sql,
  { after, limit }: { after: number; limit: number },
): Promise<KeptMessage[]> {
  const rows = await sql.all(
    `SELECT m.id, m.size, m.prefix, m.structure, c.hash FROM message m JOIN content c ON c.message = m.id
     WHERE m.id > ? AND m.refs > 0 ORDER BY m.id ${LIMIT}`,
    [after, limit],
  );
  return rows.map((row) => ({
    message: row.id as MessageId,
    sizeBytes: row.size as number,
    prefix: row.prefix as Uint8Array,
    hash: row.hash as Uint8Array,
    ...(row.structure === null ? {} : { structure: row.structure as Uint8Array }),
  }));
}
