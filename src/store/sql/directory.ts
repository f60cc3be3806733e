import { isCatchAll, isReserved } from '../../core/directory/address.ts';
import type {
  Change,
  DirectoryStore,
  DkimKey,
  Domain,
  NewAccount,
  Rehearsal,
} from '../../core/directory/admin.ts';
import type { Account } from '../../core/directory/port.ts';
import type { AccountId, Language, MailboxId } from '../../core/envelope.ts';
import { domainOf } from '../../core/delivery/route.ts';
import { customerOf } from '../../core/queue/customer.ts';
import { accountState, learntState, NOBODY } from '../../core/guard/port.ts';
import { addAddress, dropLeading, isLocal, removeAddress } from './addresses.ts';
import { noteGuard } from './guard.ts';
import { forgetTold, groupForWaiting, recall } from './hold-groups.ts';
import { lock } from './holds.ts';
import { dropMailbox, forgetItems } from './mailbox-expunge.ts';
import { makeFirstMailboxes } from './mailbox-folders.ts';
import { endRecall } from './recall.ts';
import { changeTenant } from './relaxations.ts';
import { forgetSketches } from './sketches.ts';
import { first, LIMIT, type Row, type Sql } from './sql.ts';
import { dropVacation } from './vacation.ts';
import { reserveIds } from './workers.ts';

/** Rows read at once of a mailbox that goes with its account. */
const REMOVED_AT_ONCE = 1000;

/** All that it does is taken back before the transaction goes on. */
export async function rehearse(sql: Sql, rehearsal: Rehearsal): Promise<Change> {
  await sql.run('SAVEPOINT rehearsal', []);
  const change = await make(sql, rehearsal);
  await sql.run('ROLLBACK TO SAVEPOINT rehearsal', []);
  await sql.run('RELEASE SAVEPOINT rehearsal', []);
  return change;
}

function make(sql: Sql, { change, request }: Rehearsal): Promise<Change> {
  switch (change) {
    case 'removeDomain':
      return removeDomain(sql, request);
    case 'lockAccount':
      return lockAccount(sql, request);
    case 'removeAccount':
      return removeAccount(sql, request);
    case 'addAddress':
      return addAddress(sql, request);
    case 'removeAddress':
      return removeAddress(sql, request);
    default:
      return change satisfies never;
  }
}

export async function addDomain(sql: Sql, domain: Domain & { keys: readonly DkimKey[] }): Promise<Change> {
  const added = await sql.run(
    'INSERT INTO domain (name, language, tenant, created_at) VALUES (?, ?, ?, ?) ON CONFLICT (name) DO NOTHING',
    [domain.name, domain.language, domain.tenant ?? null, domain.createdAt],
  );
  if (added === 0) return 'exists';
  if (domain.tenant !== undefined) await changeTenant(sql, domain.tenant, domain.createdAt);
  for (const key of domain.keys) {
    await sql.run(
      'INSERT INTO dkim_key (domain, selector, algorithm, private_pem, public_record) VALUES (?, ?, ?, ?, ?)',
      [key.domain, key.selector, key.algorithm, key.privatePem, key.publicRecord],
    );
  }
  return 'done';
}

export async function removeDomain(sql: Sql, name: string): Promise<Change> {
  const used = await first(sql, `SELECT 1 AS yes FROM address WHERE address LIKE ? LIMIT 1`, [`%@${name}`]);
  if (used !== undefined) return 'in-use';
  await sql.run('DELETE FROM dkim_key WHERE domain = ?', [name]);
  return (await sql.run('DELETE FROM domain WHERE name = ?', [name])) === 0 ? 'missing' : 'done';
}

export async function listDomains(sql: Sql): Promise<Domain[]> {
  const rows = await sql.all('SELECT name, language, tenant, created_at FROM domain ORDER BY name', []);
  return rows.map((row) => ({
    name: row.name as string,
    language: row.language as Language,
    ...(row.tenant === null ? {} : { tenant: row.tenant as string }),
    createdAt: row.created_at as number,
  }));
}

export async function setTenant(
  sql: Sql,
  { domain, tenant, at }: Parameters<DirectoryStore['setTenant']>[0],
): Promise<Change> {
  const set = await sql.run('UPDATE domain SET tenant = ? WHERE name = ?', [tenant ?? null, domain]);
  if (set === 0) return 'missing';
  if (tenant !== undefined) await changeTenant(sql, tenant, at);
  return 'done';
}

export async function dkimKeys(sql: Sql, domain: string): Promise<DkimKey[]> {
  const rows = await sql.all('SELECT * FROM dkim_key WHERE domain = ? ORDER BY selector', [domain]);
  return rows.map((row) => ({
    domain: row.domain as string,
    selector: row.selector as string,
    algorithm: row.algorithm as DkimKey['algorithm'],
    privatePem: row.private_pem as string,
    publicRecord: row.public_record as string,
  }));
}

export async function addAccount(sql: Sql, account: NewAccount): Promise<Change> {
  if (!(await isLocal(sql, domainOf(account.address)))) return 'no-domain';
  if (isReserved(account.address)) return 'reserved';
  if (isCatchAll(account.address)) return 'catch-all';
  if ((await first(sql, 'SELECT 1 AS yes FROM address WHERE address = ?', [account.address])) !== undefined)
    return 'exists';
  const id = (await reserveIds(sql, 1)) as AccountId;
  const made = await sql.run(
    `INSERT INTO account (id, address, language, password, scram, created_at, uid_validity) VALUES (?, ?, ?, ?, ?, ?, 0)
     ON CONFLICT (address) DO NOTHING`,
    [id, account.address, account.language, account.password, account.scram, account.at],
  );
  if (made === 0) return 'exists';
  await sql.run('INSERT INTO address (address, target, account) VALUES (?, ?, ?)', [
    account.address,
    account.address,
    id,
  ]);
  await makeFirstMailboxes(sql, { account: id, language: account.language, at: account.at });
  return 'done';
}

export async function setPassword(
  sql: Sql,
  request: { address: string; password: string; scram: string; at: number },
): Promise<Change> {
  const row = await first(sql, 'UPDATE account SET password = ?, scram = ? WHERE address = ? RETURNING id', [
    request.password,
    request.scram,
    request.address,
  ]);
  if (row === undefined) return 'missing';
  await noteCredentials(sql, row.id as AccountId, request.at);
  return 'done';
}

/** A day of them is kept: nobody who looks for them is away for longer and goes on. */
const CREDENTIALS_KEPT_MS = 86_400_000;

async function noteCredentials(sql: Sql, account: AccountId, at: number): Promise<void> {
  await sql.run('DELETE FROM credential_change WHERE at < ?', [at - CREDENTIALS_KEPT_MS]);
  await sql.run('INSERT INTO credential_change (account, at) VALUES (?, ?)', [account, at]);
}

export async function credentialsChanged(sql: Sql, since: number): Promise<AccountId[]> {
  const rows = await sql.all('SELECT DISTINCT account FROM credential_change WHERE at >= ?', [since]);
  return rows.map(({ account }) => account as AccountId);
}

export async function lockAccount(
  sql: Sql,
  { address, reason, at, waiting }: Parameters<DirectoryStore['lockAccount']>[0],
): Promise<Change> {
  const row = await first(sql, 'SELECT id FROM account WHERE address = ?', [address]);
  if (row === undefined) return 'missing';
  const account = row.id as number;
  const customer = customerOf({ account: { id: account, address }, reversePath: '' });
  if (reason === undefined) {
    await unlock(sql, { account, address, at });
    await endRecall(sql, { customer, at });
    return 'done';
  }
  const isNew = await lock(sql, { account, reason, at });
  // And what their sessions have under way is held.
  if (isNew) await noteGuard(sql, [{ at, worker: NOBODY, account: address, kind: 'locked', data: '' }]);
  if (waiting !== undefined) {
    const { group: id, expiresAt } = waiting;
    const group = await groupForWaiting(sql, { id, account, login: address, at, expiresAt });
    await recall(sql, { group, customer, at });
  }
  return isNew ? 'done' : 'exists';
}

async function unlock(
  sql: Sql,
  { account, address, at }: { account: number; address: string; at: number },
): Promise<void> {
  await sql.run('UPDATE account SET locked_at = NULL, locked_reason = NULL WHERE id = ?', [account]);
  // The guards of all workers hear of it, or they would stop it again at once.
  await noteGuard(sql, [{ at, worker: NOBODY, account: address, kind: 'unlocked', data: '' }]);
  await forgetTold(sql, account);
}

export async function removeAccount(
  sql: Sql,
  request: { address: string; withMail: boolean; at: number },
): Promise<Change> {
  const row = await first(sql, 'SELECT id FROM account WHERE address = ?', [request.address]);
  if (row === undefined) return 'missing';
  const id = row.id as number;
  // Its mailboxes are ours: what comes for them waits, and finds none.
  await sql.run('UPDATE mailbox SET modseq = modseq WHERE account = ?', [id]);
  const boxes = await sql.all('SELECT id, messages, deleted_at FROM mailbox WHERE account = ?', [id]);
  const hasMail = boxes.some((box) => box.deleted_at === null && (box.messages as number) > 0);
  if (hasMail && !request.withMail) return 'has-mail';
  for (const box of boxes) {
    const mailbox = box.id as MailboxId;
    while ((await forgetItems(sql, { mailbox, limit: REMOVED_AT_ONCE })) === REMOVED_AT_ONCE);
    await dropMailbox(sql, mailbox);
  }
  await dropVacation(sql, id);
  await forgetSketches(sql, id as AccountId);
  for (const table of ['subscription', 'metadata', 'thread_key'])
    await sql.run(`DELETE FROM ${table} WHERE account = ?`, [id]);
  await sql.run('DELETE FROM address WHERE address = ?', [request.address]);
  await dropLeading(sql, request.address);
  await sql.run('DELETE FROM account WHERE id = ?', [id]);
  await noteCredentials(sql, id as AccountId, request.at);
  for (const name of [accountState(request.address), learntState(request.address)])
    await sql.run('DELETE FROM guard_state WHERE name = ?', [name]);
  return 'done';
}

export async function listAccounts(
  sql: Sql,
  domain: string | undefined,
): Promise<(Omit<Account, 'password' | 'scram'> & { messages: number })[]> {
  const rows = await sql.all(
    `SELECT a.id, a.address, a.language, a.locked_reason,
       (SELECT CAST(COALESCE(sum(b.messages), 0) AS BIGINT) FROM mailbox b WHERE b.account = a.id AND b.deleted_at IS NULL) AS messages
     FROM account a WHERE a.address LIKE ? ORDER BY a.address`,
    [domain === undefined ? '%' : `%@${domain}`],
  );
  return rows.map((row) => ({ ...identity(row), messages: row.messages as number }));
}

export async function lockedAccounts(
  sql: Sql,
  limit: number,
): Promise<{ address: string; reason: string }[]> {
  const rows = await sql.all(
    `SELECT address, locked_reason AS reason FROM account WHERE locked_reason IS NOT NULL
     ORDER BY locked_at DESC, id DESC ${LIMIT}`,
    [limit],
  );
  return rows.map(({ address, reason }) => ({ address: address as string, reason: reason as string }));
}

export async function account(sql: Sql, login: string): Promise<Account | undefined> {
  const row = await first(sql, 'SELECT * FROM account WHERE address = ?', [login]);
  return row === undefined ? undefined : toAccount(row);
}

export async function accountById(sql: Sql, id: AccountId): Promise<Account | undefined> {
  const row = await first(sql, 'SELECT * FROM account WHERE id = ?', [id]);
  return row === undefined ? undefined : toAccount(row);
}

function toAccount(row: Row): Account {
  return { ...identity(row), password: row.password as string, scram: row.scram as string };
}

function identity(row: Row): Omit<Account, 'password' | 'scram'> {
  return {
    id: row.id as AccountId,
    address: row.address as string,
    language: row.language as Language,
    ...(row.locked_reason === null ? {} : { lockedReason: row.locked_reason as string }),
  };
}

export async function setting(sql: Sql, name: string): Promise<string | undefined> {
  return (await first(sql, 'SELECT value FROM setting WHERE name = ?', [name]))?.value as string | undefined;
}

export async function settings(sql: Sql, prefix: string): Promise<{ name: string; value: string }[]> {
  const rows = await sql.all('SELECT name, value FROM setting WHERE name LIKE ? ORDER BY name', [
    `${prefix}%`,
  ]);
  return rows.map((row) => ({ name: row.name as string, value: row.value as string }));
}

export async function keepSetting(
  sql: Sql,
  { name, value, ifAbsent }: { name: string; value: string; ifAbsent: boolean },
): Promise<string> {
  const onConflict = ifAbsent ? 'DO NOTHING' : 'DO UPDATE SET value = excluded.value';
  await sql.run(`INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) ${onConflict}`, [
    name,
    value,
  ]);
  return (await setting(sql, name)) as string;
}
