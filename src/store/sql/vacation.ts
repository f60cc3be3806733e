/** What accounts answer by themselves, and whom they answered lately. */
import type { AccountId, Language } from '../../core/envelope.ts';
import { type Away, MOST_ANSWERED, type VacationStore } from '../../core/mailbox/vacation.ts';
import type { Acceptance, AutoReply } from '../../core/queue/port.ts';
import { first, type Sql } from './sql.ts';

export async function setVacation(
  sql: Sql,
  { address, vacation: set }: Parameters<VacationStore['setVacation']>[0],
): Promise<boolean> {
  const row = await first(sql, 'SELECT id FROM account WHERE address = ?', [address]);
  if (row === undefined) return false;
  await dropVacation(sql, row.id as number);
  if (set === undefined) return true;
  await sql.run(
    `INSERT INTO vacation (account, subject, text, from_at, until_at, every_ms) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (account) DO UPDATE SET subject = excluded.subject, text = excluded.text, from_at = excluded.from_at,
       until_at = excluded.until_at, every_ms = excluded.every_ms`,
    [row.id as number, set.subject ?? null, set.text, set.from ?? null, set.until ?? null, set.everyMs],
  );
  return true;
}

/** With whom it answered. */
export async function dropVacation(sql: Sql, account: number): Promise<void> {
  for (const table of ['vacation', 'vacation_answered'])
    await sql.run(`DELETE FROM ${table} WHERE account = ?`, [account]);
}

export async function vacation(sql: Sql, account: AccountId): Promise<Away | undefined> {
  const row = await first(
    sql,
    'SELECT v.*, a.address, a.language FROM vacation v JOIN account a ON a.id = v.account WHERE v.account = ?',
    [account],
  );
  if (row === undefined) return undefined;
  return {
    account,
    address: row.address as string,
    language: row.language as Language,
    text: row.text as string,
    everyMs: row.every_ms as number,
    ...(row.subject === null ? {} : { subject: row.subject as string }),
    ...(row.from_at === null ? {} : { from: row.from_at as number }),
    ...(row.until_at === null ? {} : { until: row.until_at as number }),
  };
}

/** Of these, the answers whose senders had none lately: they are answered now. */
export async function keepReplies(
  sql: Sql,
  replies: readonly AutoReply[],
  at: number,
): Promise<Acceptance[]> {
  const due: Acceptance[] = [];
  for (const { account, sender, everyMs, notice } of replies) {
    if (await isDue(sql, { account, sender, everyMs, at })) due.push(notice);
  }
  return due;
}

async function isDue(
  sql: Sql,
  { account, sender, everyMs, at }: Pick<AutoReply, 'account' | 'sender' | 'everyMs'> & { at: number },
): Promise<boolean> {
  const row = await first(sql, 'SELECT count(*) AS answered FROM vacation_answered WHERE account = ?', [
    account,
  ]);
  if ((row?.answered as number) >= MOST_ANSWERED) {
    const again = 'UPDATE vacation_answered SET at = ? WHERE account = ? AND sender = ? AND at <= ?';
    return (await sql.run(again, [at, account, sender, at - everyMs])) === 1;
  }
  const answered = `INSERT INTO vacation_answered (account, sender, at) VALUES (?, ?, ?)
    ON CONFLICT (account, sender) DO UPDATE SET at = excluded.at WHERE vacation_answered.at <= ?`;
  return (await sql.run(answered, [account, sender, at, at - everyMs])) === 1;
}

export async function forgetAnswered(sql: Sql, before: number): Promise<void> {
  await sql.run('DELETE FROM vacation_answered WHERE at < ?', [before]);
}
