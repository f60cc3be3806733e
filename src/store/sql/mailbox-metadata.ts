import type { AccountId, MailboxId } from '../../core/envelope.ts';
import { MAX_ENTRIES, type MetadataEntry } from '../../core/mailbox/metadata.ts';
import type { MailboxStore } from '../../core/mailbox/port.ts';
import { tellWatchers } from './mailbox.ts';
import { first, type Sql } from './sql.ts';
import { inTurn } from './turns.ts';

type Request = Parameters<MailboxStore['setMetadata']>[0];
type Result = Awaited<ReturnType<MailboxStore['setMetadata']>>;

/** What is noted of the account itself and not of one of its mailboxes. */
const NO_MAILBOX = 0 as MailboxId;

export async function metadata(
  sql: Sql,
  { account, mailbox = NO_MAILBOX }: { account: AccountId; mailbox?: MailboxId },
): Promise<MetadataEntry[]> {
  const rows = await sql.all(
    'SELECT name, value FROM metadata WHERE account = ? AND mailbox = ? ORDER BY name',
    [account, mailbox],
  );
  return rows.map(({ name, value }) => ({ name: name as string, value: value as Uint8Array }));
}

export async function allMetadata(
  sql: Sql,
  account: AccountId,
): Promise<(MetadataEntry & { mailbox?: MailboxId })[]> {
  const rows = await sql.all('SELECT mailbox, name, value FROM metadata WHERE account = ?', [account]);
  return rows.map(({ mailbox, name, value }) => ({
    name: name as string,
    value: value as Uint8Array,
    ...(mailbox === NO_MAILBOX ? {} : { mailbox: mailbox as MailboxId }),
  }));
}

export function setMetadata(sql: Sql, request: Request): Promise<Result> {
  return inTurn(sql, [request.account], () => set(sql, request));
}

async function set(sql: Sql, { account, mailbox = NO_MAILBOX, values }: Request): Promise<Result> {
  if (mailbox !== NO_MAILBOX && !(await isThere(sql, { account, mailbox })))
    return { ok: false, why: 'missing' };
  const names = new Set((await metadata(sql, { account, mailbox })).map(({ name }) => name));
  for (const { name, value } of values) if (value === undefined) names.delete(name);
  for (const { name, value } of values) if (value !== undefined) names.add(name);
  if (names.size > MAX_ENTRIES) return { ok: false, why: 'too many' };
  for (const { name, value } of values) {
    if (value === undefined)
      await sql.run('DELETE FROM metadata WHERE account = ? AND mailbox = ? AND name = ?', [
        account,
        mailbox,
        name,
      ]);
    else
      await sql.run(
        `INSERT INTO metadata (account, mailbox, name, value) VALUES (?, ?, ?, ?)
         ON CONFLICT (account, mailbox, name) DO UPDATE SET value = excluded.value`,
        [account, mailbox, name, value],
      );
  }
  await tellWatchers(sql, account);
  return { ok: true };
}

async function isThere(
  sql: Sql,
  { account, mailbox }: { account: AccountId; mailbox: MailboxId },
): Promise<boolean> {
  const row = await first(sql, 'SELECT id FROM mailbox WHERE id = ? AND account = ? AND deleted_at IS NULL', [
    mailbox,
    account,
  ]);
  return row !== undefined;
}
