import type { AccountId, MessageId, ThreadId } from '../../core/envelope.ts';
import type { Sql } from './sql.ts';

/** Statements by how many keys they take. */
const joining = new Map<number, string>();

function joiningText(keys: number): string {
  let text = joining.get(keys);
  if (text === undefined) {
    const values = Array.from({ length: keys }, () => '(?, ?, ?)').join(', ');
    text = `INSERT INTO thread_key (account, hash, thread) VALUES ${values}
      ON CONFLICT (account, hash) DO UPDATE SET thread = thread_key.thread RETURNING hash, thread`;
    joining.set(keys, text);
  }
  return text;
}

/**
 * The thread of a message in an account, by the keys that `threadKeys` makes: the eldest that knows one of them, or a new
 * one, which has the number of the message. The keys lead to it from now on.
 */
export async function threadOf(
  sql: Sql,
  { account, message, keys }: { account: AccountId; message: MessageId; keys: readonly number[] },
): Promise<ThreadId> {
  const own = message as number as ThreadId;
  if (keys.length === 0) return own;
  // In one order for all, so that no two transactions wait for each other.
  const values = [...keys].sort((a, b) => a - b).flatMap((hash) => [account, hash, message]);
  const rows = await sql.all(joiningText(keys.length), values);
  const known = rows.map((row) => row.thread as ThreadId).filter((thread) => thread !== own);
  if (known.length === 0) return own;
  const eldest = Math.min(...known) as ThreadId;
  for (const { hash, thread } of rows)
    if (thread === own)
      await sql.run('UPDATE thread_key SET thread = ? WHERE account = ? AND hash = ?', [
        eldest,
        account,
        hash as number,
      ]);
  return eldest;
}
