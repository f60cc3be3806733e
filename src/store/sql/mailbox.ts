import type { AccountId, DeliveryId, MessageId } from '../../core/envelope.ts';
import type { MailboxItem, StoredMessage } from '../../core/mailbox/port.ts';
import { first, LIMIT, type Row, type Sql } from './sql.ts';

/** Puts a message into the INBOX of an account: the next UID, the next MODSEQ (RFC 9051 2.3.1.1, RFC 7162). */
export async function appendCopy(
  sql: Sql,
  copy: { account: AccountId; message: MessageId; recipient: string; at: number; delivery: DeliveryId },
): Promise<void> {
  const inbox = await first(
    sql,
    `UPDATE mailbox SET uid_next = uid_next + 1, modseq = modseq + 1 WHERE account = ? AND name = 'INBOX'
     RETURNING id, uid_next - 1 AS uid, modseq`,
    [copy.account],
  );
  if (inbox === undefined) throw new Error(`account ${copy.account} has no INBOX`);
  const { id, uid, modseq } = inbox;
  await Promise.all([
    sql.run(
      `INSERT INTO mailbox_item (mailbox, uid, message, recipient, modseq, flags, internal_at) VALUES (?, ?, ?, ?, ?, '', ?)`,
      [id as number, uid as number, copy.message, copy.recipient, modseq as number, copy.at],
    ),
    sql.run('INSERT INTO event (message, delivery, at, kind, detail) VALUES (?, ?, ?, ?, ?)', [
      copy.message,
      copy.delivery,
      copy.at,
      'delivered',
      JSON.stringify({ mailbox: 'INBOX', uid }),
    ]),
  ]);
}

const ITEM = `SELECT b.name AS mailbox, i.uid, i.message, m.reverse_path, i.recipient, i.internal_at, m.size, m.prefix, m.blob
  FROM mailbox_item i JOIN mailbox b ON b.id = i.mailbox JOIN message m ON m.id = i.message
  WHERE b.account = ? AND b.name = ?`;

export async function listMailbox(
  sql: Sql,
  request: { account: AccountId; mailbox: string; after: number; limit: number },
): Promise<MailboxItem[]> {
  const rows = await sql.all(`${ITEM} AND i.uid > ? ORDER BY i.uid ${LIMIT}`, [
    request.account,
    request.mailbox,
    request.after,
    request.limit,
  ]);
  return rows.map(toItem);
}

export async function mailboxItem(
  sql: Sql,
  request: { account: AccountId; mailbox: string; uid: number },
): Promise<StoredMessage | undefined> {
  const row = await first(sql, `${ITEM} AND i.uid = ?`, [request.account, request.mailbox, request.uid]);
  if (row === undefined) return undefined;
  const prefix = row.prefix as Uint8Array;
  return {
    ...toItem(row),
    prefix,
    hash: row.blob as Uint8Array,
    contentBytes: (row.size as number) - prefix.length,
  };
}

function toItem(row: Row): MailboxItem {
  return {
    mailbox: row.mailbox as string,
    uid: row.uid as number,
    message: row.message as MessageId,
    sender: row.reverse_path as string,
    recipient: row.recipient as string,
    internalAt: row.internal_at as number,
    sizeBytes: row.size as number,
  };
}
