/** The row of a mailbox: its counters, what every change of it begins and ends with, and delivery into an INBOX. */
import type { AccountId, DeliveryId, MailboxId, MessageId } from '../../core/envelope.ts';
import { DELETED, SEEN } from '../../core/mailbox/flags.ts';
import type { ParsedMessage } from '../../core/mailbox/parsed.ts';
import type { Mailbox, MailboxRef } from '../../core/mailbox/port.ts';
import type { SpecialUse } from '../../core/mailbox/special-use.ts';
import { settleChanges } from './flag-changes.ts';
import { first, type Row, type Sql } from './sql.ts';
import { threadOf } from './threads.ts';

/** What a change adds to the counters of a mailbox, or takes away. */
export interface Counted {
  readonly messages: number;
  readonly unseen: number;
  readonly deleted: number;
  readonly sizeBytes: number;
}

/**
 * Puts a message into the INBOX of an account: the next UID, the next MODSEQ (RFC 9051 2.3.1.1, RFC 7162). One UPDATE and
 * one INSERT with one index, and one more for its thread.
 */
export async function appendCopy(
  sql: Sql,
  copy: {
    account: AccountId;
    message: MessageId;
    recipient: string;
    sizeBytes: number;
    at: number;
    delivery: DeliveryId;
    parsed?: ParsedMessage | undefined;
  },
): Promise<void> {
  const { account, message, sizeBytes, at } = copy;
  const [inbox, thread] = await Promise.all([
    first(
      sql,
      `UPDATE mailbox SET uid_next = uid_next + 1, modseq = modseq + 1, messages = messages + 1, unseen = unseen + 1,
         size = size + ? WHERE account = ? AND name = 'INBOX' AND deleted_at IS NULL RETURNING id, uid_next - 1 AS uid, modseq`,
      [sizeBytes, account],
    ),
    threadOf(sql, { account, message, keys: copy.parsed?.threadKeys ?? [] }),
  ]);
  if (inbox === undefined) throw new Error(`account ${account} has no INBOX`);
  const { id, uid, modseq } = inbox as { id: MailboxId; uid: number; modseq: number };
  await Promise.all([
    sql.run(INSERT_ITEM, [
      ...[id, uid, message, thread, modseq, modseq, 0, at, at, sizeBytes],
      copy.recipient,
    ]),
    sql.run('INSERT INTO event (message, delivery, at, kind, detail) VALUES (?, ?, ?, ?, ?)', [
      message,
      copy.delivery,
      at,
      'delivered',
      JSON.stringify({ mailbox: 'INBOX', uid, account }),
    ]),
  ]);
  sql.tell({ account, mailbox: id, modseq });
}

/** What is subscribed or noted has no MODSEQ: whoever watches the account is told by its INBOX, as it is. */
export async function tellWatchers(sql: Sql, account: AccountId): Promise<void> {
  const inbox = await first(
    sql,
    `SELECT id, modseq FROM mailbox WHERE account = ? AND name = 'INBOX' AND deleted_at IS NULL`,
    [account],
  );
  if (inbox !== undefined)
    sql.tell({ account, mailbox: inbox.id as MailboxId, modseq: inbox.modseq as number });
}

/** `deleted_at` of a deleted mailbox of which some is forgotten: nobody has it back. */
export const BEING_FORGOTTEN = 0;

export const INSERT_ITEM = `INSERT INTO mailbox_item (mailbox, uid, message, thread, created, modseq, flags, internal_at, saved_at, size,
  recipient) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

/**
 * Begins a change: raises the MODSEQ of a mailbox and keeps others from changing it until the transaction ends. The rows of its items
 * then have all that was ever changed of them. Undefined when it is not there.
 */
export async function begin(sql: Sql, ref: MailboxRef): Promise<Mailbox | undefined> {
  const row = await raise(sql, ref);
  if (row === undefined) return undefined;
  if ((row.flag_changes as number) > 0) await settleChanges(sql, ref.mailbox);
  return toMailbox(row);
}

/** The same where items only come, and none of those that there are is looked at. */
export async function beginAdding(sql: Sql, ref: MailboxRef): Promise<Mailbox | undefined> {
  const row = await raise(sql, ref);
  return row && toMailbox(row);
}

function raise(sql: Sql, { account, mailbox }: MailboxRef): Promise<Row | undefined> {
  return first(
    sql,
    'UPDATE mailbox SET modseq = modseq + 1 WHERE id = ? AND account = ? AND deleted_at IS NULL RETURNING *',
    [mailbox, account],
  );
}

/** Keeps others who ask for it from going on until the transaction ends; asked for before rows of groups and mailboxes. */
export async function holdAccount(sql: Sql, account: AccountId): Promise<void> {
  await sql.run('UPDATE account SET locked_at = locked_at WHERE id = ?', [account]);
}

/** Ends a change of a mailbox that `begin` gave: adds to its counters, and has it told. */
export async function finish(
  sql: Sql,
  { account, mailbox }: { account: AccountId; mailbox: Mailbox },
  about: Counted & { uids?: number; keywords?: readonly string[] },
): Promise<void> {
  await sql.run(
    `UPDATE mailbox SET uid_next = uid_next + ?, messages = messages + ?, unseen = unseen + ?, deleted = deleted + ?,
       size = size + ?, keywords = ? WHERE id = ?`,
    [
      ...[about.uids ?? 0, about.messages, about.unseen, about.deleted, about.sizeBytes],
      (about.keywords ?? mailbox.keywords).join(' '),
      mailbox.id,
    ],
  );
  sql.tell({ account, mailbox: mailbox.id, modseq: mailbox.highestModseq });
}

/** The counters of these items together. `sign`: -1 for those that go. */
export function counted(items: readonly { flags: number; sizeBytes: number }[], sign: 1 | -1): Counted {
  let [unseen, deleted, sizeBytes] = [0, 0, 0];
  for (const item of items) {
    if ((item.flags & SEEN) === 0) unseen++;
    if ((item.flags & DELETED) !== 0) deleted++;
    sizeBytes += item.sizeBytes;
  }
  return {
    messages: sign * items.length,
    unseen: sign * unseen,
    deleted: sign * deleted,
    sizeBytes: sign * sizeBytes,
  };
}

export function toMailbox(row: Row): Mailbox {
  const keywords = row.keywords as string;
  return {
    id: row.id as MailboxId,
    name: row.name as string,
    uidValidity: row.uid_validity as number,
    uidNext: row.uid_next as number,
    highestModseq: row.modseq as number,
    messages: row.messages as number,
    unseen: row.unseen as number,
    deleted: row.deleted as number,
    sizeBytes: row.size as number,
    keywords: keywords === '' ? [] : keywords.split(' '),
    ...(row.special_use === null ? {} : { specialUse: row.special_use as SpecialUse }),
  };
}
