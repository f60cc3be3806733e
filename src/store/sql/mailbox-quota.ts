/**
 * What accounts and domains use of what they may: sums over the counters of their mailboxes, so that delivery has no
 * further row to change, and none that all deliveries to a domain would wait for.
 */
import type { AccountId, MailboxId } from '../../core/envelope.ts';
import {
  isOver,
  type Quota,
  type QuotaLimits,
  type QuotaStore,
  type Usage,
  WARNING_LEVELS,
  warningKey,
} from '../../core/mailbox/quota.ts';
import type { Acceptance, QuotaWarnings } from '../../core/queue/port.ts';
import { domainOf } from '../../core/delivery/route.ts';
import { holdAccount } from './mailbox.ts';
import { first, type Row, type Sql } from './sql.ts';
import { inTurn } from './turns.ts';

const SUMS =
  'CAST(COALESCE(sum(b.size), 0) AS BIGINT) AS bytes, CAST(COALESCE(sum(b.messages), 0) AS BIGINT) AS messages';

/** Of all mailboxes of an account that are not deleted: a few rows. */
async function usageOf(sql: Sql, account: AccountId): Promise<Usage> {
  const row = await first(sql, `SELECT ${SUMS} FROM mailbox b WHERE b.account = ? AND b.deleted_at IS NULL`, [
    account,
  ]);
  return toUsage(row);
}

/**
 * Runs a change of mailboxes that `isWithin` is asked about: where there are limits nothing else is added to the account
 * meanwhile, in whatever mailbox.
 */
export function inTurnWithin<Result>(
  sql: Sql,
  about: { account: AccountId; mailboxes: readonly MailboxId[]; limits: QuotaLimits | undefined },
  run: () => Promise<Result>,
): Promise<Result> {
  const { account, limits } = about;
  const mailboxes = [...new Set(about.mailboxes)];
  if (!isLimited(limits)) return inTurn(sql, mailboxes, run);
  return inTurn(sql, [account, ...mailboxes], async () => {
    await holdAccount(sql, account);
    return run();
  });
}

function isLimited(limits: QuotaLimits | undefined): limits is QuotaLimits {
  return limits !== undefined && (limits.bytes !== undefined || limits.messages !== undefined);
}

/** Whether an account may keep so much more. */
export async function isWithin(
  sql: Sql,
  { account, limits, more }: { account: AccountId; limits: QuotaLimits | undefined; more: Usage },
): Promise<boolean> {
  if (!isLimited(limits)) return true;
  return !isOver(limits, await usageOf(sql, account), more);
}

export async function quota(sql: Sql, account: AccountId): Promise<Quota | undefined> {
  const row = await first(sql, 'SELECT address, quota_bytes, quota_messages FROM account WHERE id = ?', [
    account,
  ]);
  if (row === undefined) return undefined;
  const address = row.address as string;
  const domain = domainOf(address);
  const [usage, told, ofDomain] = await Promise.all([
    usageOf(sql, account),
    sql.all('SELECT key FROM told WHERE key IN (?, ?)', keysOf(account)),
    first(sql, 'SELECT quota_bytes, quota_messages FROM domain WHERE name = ?', [domain]),
  ]);
  const keys = told.map(({ key }) => key);
  const warned = WARNING_LEVELS.find((level) => keys.includes(warningKey(account, level)));
  const own = { address, account: usage, limits: toLimits(row), ...(warned === undefined ? {} : { warned }) };
  const limits = ofDomain === undefined ? {} : toLimits(ofDomain);
  if (limits.bytes === undefined && limits.messages === undefined) return own;
  const together = await first(
    sql,
    `SELECT ${SUMS} FROM account a JOIN mailbox b ON b.account = a.id WHERE a.address LIKE ? AND b.deleted_at IS NULL`,
    [`%@${domain}`],
  );
  return { ...own, domain: { usage: toUsage(together), limits } };
}

function keysOf(account: AccountId): string[] {
  return WARNING_LEVELS.map((level) => warningKey(account, level));
}

/** Keeps who was told that their mailbox fills, and who has room again: the notices that are due, each once. */
export async function keepWarnings(
  sql: Sql,
  { warnings, relieved }: QuotaWarnings,
  at: number,
): Promise<Acceptance[]> {
  const due: Acceptance[] = [];
  for (const { account, level, notice } of warnings) {
    // Who is told of the higher level need not hear of the lower one later.
    for (const lower of WARNING_LEVELS.filter((one) => one <= level)) {
      const isNew = (await sql.run(TOLD, [warningKey(account, lower), at])) === 1;
      if (isNew && lower === level) due.push(notice);
    }
  }
  for (const account of relieved) await sql.run('DELETE FROM told WHERE key IN (?, ?)', keysOf(account));
  return due;
}

const TOLD = 'INSERT INTO told (key, at) VALUES (?, ?) ON CONFLICT (key) DO NOTHING';

function toUsage(row: Row | undefined): Usage {
  return { bytes: row?.bytes as number, messages: row?.messages as number };
}

function toLimits(row: Row): QuotaLimits {
  return {
    ...(row.quota_bytes === null ? {} : { bytes: row.quota_bytes as number }),
    ...(row.quota_messages === null ? {} : { messages: row.quota_messages as number }),
  };
}

export async function setQuota(
  sql: Sql,
  { name, limits, others }: Parameters<QuotaStore['setQuota']>[0],
): Promise<QuotaLimits | undefined> {
  const [of, named] = name.includes('@') ? ['account', 'address'] : ['domain', 'name'];
  const value = (column: string): string => (others === 'stay' ? `COALESCE(?, ${column})` : '?');
  const row = await first(
    sql,
    `UPDATE ${of} SET quota_bytes = ${value('quota_bytes')}, quota_messages = ${value('quota_messages')}
       WHERE ${named} = ? RETURNING quota_bytes, quota_messages`,
    [limits.bytes ?? null, limits.messages ?? null, name],
  );
  return row && toLimits(row);
}
