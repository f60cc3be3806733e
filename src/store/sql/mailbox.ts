import type { AccountId, DeliveryId, MessageId } from '../../core/envelope.ts';
import { first, type Sql } from './sql.ts';

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
      copy.message, copy.delivery, copy.at, 'delivered', JSON.stringify({ mailbox: 'INBOX', uid }),
    ]),
  ]);
}
