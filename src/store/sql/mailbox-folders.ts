/** Mailboxes by name: made, renamed, deleted and had back (RFC 9051 6.3). */
import type { AccountId, Language, MailboxId } from '../../core/envelope.ts';
import { isInferior, MAX_NAME_BYTES, superiors } from '../../core/mailbox/name.ts';
import {
  type DeletedMailbox,
  type Mailbox,
  type MailboxRef,
  type MailboxStore,
  MAX_MAILBOXES,
  MAX_SUBSCRIPTIONS,
} from '../../core/mailbox/port.ts';
import { firstMailboxes, type SpecialUse } from '../../core/mailbox/special-use.ts';
import { ALL_UIDS } from '../../core/mailbox/uid-ranges.ts';
import { begin, BEING_FORGOTTEN, holdAccount, tellWatchers, toMailbox } from './mailbox.ts';
import { moveRows } from './mailbox-copy.ts';
import { first, type Sql } from './sql.ts';
import { inTurn } from './turns.ts';
import { reserveIds } from './workers.ts';

type Request<Name extends keyof MailboxStore> = Parameters<MailboxStore[Name]>[0];
type Result<Name extends keyof MailboxStore> = Awaited<ReturnType<MailboxStore[Name]>>;

const THERE = 'account = ? AND deleted_at IS NULL';

export async function mailboxes(sql: Sql, account: AccountId): Promise<Mailbox[]> {
  return (await sql.all(`SELECT * FROM mailbox WHERE ${THERE} ORDER BY name`, [account])).map(toMailbox);
}

export async function mailboxNamed(
  sql: Sql,
  { account, name }: Request<'mailboxNamed'>,
): Promise<Mailbox | undefined> {
  const row = await first(sql, `SELECT * FROM mailbox WHERE ${THERE} AND name = ?`, [account, name]);
  return row === undefined ? undefined : toMailbox(row);
}

export async function mailboxModseqs(
  sql: Sql,
  wanted: readonly MailboxId[],
): Promise<{ mailbox: MailboxId; modseq: number }[]> {
  const rows = await Promise.all(
    wanted.map((id) =>
      first(sql, 'SELECT id, modseq FROM mailbox WHERE id = ? AND deleted_at IS NULL', [id]),
    ),
  );
  return rows
    .filter((row) => row !== undefined)
    .map((row) => ({ mailbox: row.id as MailboxId, modseq: row.modseq as number }));
}

/**
 * The next UIDVALIDITY of an account: seconds, so that it rises past what another server gave its mailboxes, and always
 * more than the last. Who asks keeps all others from making or renaming mailboxes of the account until the end.
 */
async function nextUidValidity(
  sql: Sql,
  { account, at, count = 1 }: { account: AccountId; at: number; count?: number },
): Promise<number | undefined> {
  const row = await first(
    sql,
    `UPDATE account SET uid_validity = CASE WHEN uid_validity < CAST(? AS BIGINT) THEN CAST(? AS BIGINT) ELSE uid_validity END + CAST(? AS BIGINT)
     WHERE id = ? RETURNING uid_validity`,
    [Math.floor(at / 1000), Math.floor(at / 1000), count, account],
  );
  return row === undefined ? undefined : (row.uid_validity as number) - count + 1;
}

/** Makes the mailboxes of a new account, subscribed. */
export async function makeFirstMailboxes(
  sql: Sql,
  { account, language, at }: { account: AccountId; language: Language; at: number },
): Promise<void> {
  const wanted = firstMailboxes(language);
  const validity = (await nextUidValidity(sql, { account, at, count: wanted.length })) as number;
  await insertAll(sql, { account, wanted, validity });
  for (const { name } of wanted) await subscribe(sql, { account, name, isSubscribed: true });
}

async function insert(
  sql: Sql,
  about: Wanted & { id: MailboxId; account: AccountId; uidValidity: number },
): Promise<void> {
  await sql.run(
    'INSERT INTO mailbox (id, account, name, special_use, uid_validity, uid_next, modseq) VALUES (?, ?, ?, ?, ?, 1, 1)',
    [about.id, about.account, about.name, about.specialUse ?? null, about.uidValidity],
  );
  sql.tell({ account: about.account, mailbox: about.id, modseq: 1 });
}

export function createMailbox(sql: Sql, request: Request<'createMailbox'>): Promise<Result<'createMailbox'>> {
  return inTurn(sql, [request.account], () => create(sql, request));
}

async function create(sql: Sql, request: Request<'createMailbox'>): Promise<Result<'createMailbox'>> {
  const { account, name, at, specialUse } = request;
  const names = [...superiors(name), name];
  const validity = await nextUidValidity(sql, { account, at, count: names.length });
  if (validity === undefined) return { ok: false, why: 'missing' };
  const known = await mailboxes(sql, account);
  if (known.some((mailbox) => mailbox.name === name)) return { ok: false, why: 'exists' };
  if (specialUse !== undefined && known.some((mailbox) => mailbox.specialUse === specialUse))
    return { ok: false, why: 'use taken' };
  const missing = names.filter((one) => !known.some((mailbox) => mailbox.name === one));
  if (known.length + missing.length > MAX_MAILBOXES) return { ok: false, why: 'too many' };
  const wanted = missing.map((one) => (one === name ? { name, specialUse } : { name: one }));
  await insertAll(sql, { account, wanted, validity });
  return { ok: true, mailbox: (await mailboxNamed(sql, { account, name })) as Mailbox };
}

interface Wanted {
  readonly name: string;
  readonly specialUse?: SpecialUse | undefined;
}

/** `validity`: of the first; each has the one after. */
async function insertAll(
  sql: Sql,
  about: { account: AccountId; wanted: readonly Wanted[]; validity: number },
): Promise<void> {
  const { account, wanted, validity } = about;
  if (wanted.length === 0) return;
  const id = await reserveIds(sql, wanted.length);
  for (const [index, one] of wanted.entries())
    await insert(sql, { ...one, id: (id + index) as MailboxId, account, uidValidity: validity + index });
}

export function renameMailbox(sql: Sql, request: Request<'renameMailbox'>): Promise<Result<'renameMailbox'>> {
  return inTurn(sql, [request.account], () => renameAll(sql, request));
}

async function renameAll(
  sql: Sql,
  { account, from, to, at }: Request<'renameMailbox'>,
): Promise<Result<'renameMailbox'>> {
  const above = superiors(to);
  const validity = await nextUidValidity(sql, { account, at, count: above.length + 1 });
  const known = await mailboxes(sql, account);
  const moving = known.filter(({ name }) => name === from || (from !== 'INBOX' && isInferior(name, from)));
  // A name that only has mailboxes below it is one that can be renamed (RFC 9051 6.3.6).
  if (validity === undefined || moving.length === 0) return { ok: false, why: 'missing' };
  if (isInferior(to, from) && from !== 'INBOX') return { ok: false, why: 'below itself' };
  const renamed = new Map(moving.map(({ id, name }) => [id, to + name.slice(from.length)]));
  const others = new Set(known.filter(({ id }) => !renamed.has(id)).map(({ name }) => name));
  if (from === 'INBOX') others.add('INBOX');
  if ([...renamed.values()].some((name) => others.has(name))) return { ok: false, why: 'exists' };
  if ([...renamed.values()].some((name) => Buffer.byteLength(name) > MAX_NAME_BYTES))
    return { ok: false, why: 'too long' };
  const missing = above.filter((name) => !others.has(name) && ![...renamed.values()].includes(name));
  if (known.length + missing.length >= MAX_MAILBOXES) return { ok: false, why: 'too many' };
  if (from === 'INBOX') return renameInbox(sql, { account, to, at, names: [...missing, to], validity });
  // By name: each makes room for those below it, which come after.
  for (const [id, name] of renamed) await rename(sql, { account, id, name });
  await insertAll(sql, { account, wanted: missing.map((name) => ({ name })), validity });
  return { ok: true };
}

async function rename(
  sql: Sql,
  { account, id, name }: { account: AccountId; id: MailboxId; name: string },
): Promise<void> {
  const row = await first(
    sql,
    `UPDATE mailbox SET name = ?, modseq = modseq + 1 WHERE id = ? RETURNING modseq`,
    [name, id],
  );
  sql.tell({ account, mailbox: id, modseq: row?.modseq as number });
}

/** INBOX stays, and what is below it: its messages go into a new mailbox. */
async function renameInbox(
  sql: Sql,
  about: { account: AccountId; to: string; at: number; names: readonly string[]; validity: number },
): Promise<Result<'renameMailbox'>> {
  const { account, to, at, validity } = about;
  await insertAll(sql, { account, wanted: about.names.map((name) => ({ name })), validity });
  const [inbox, made] = await Promise.all([
    mailboxNamed(sql, { account, name: 'INBOX' }),
    mailboxNamed(sql, { account, name: to }),
  ]);
  if (inbox === undefined || made === undefined) return { ok: false, why: 'missing' };
  return inTurn(sql, [inbox.id, made.id], async () => {
    const [source, target] = [
      await begin(sql, { account, mailbox: inbox.id }),
      await begin(sql, { account, mailbox: made.id }),
    ];
    if (source === undefined || target === undefined) return { ok: false, why: 'missing' };
    await moveRows(sql, { account, source, target, uids: ALL_UIDS, at });
    return { ok: true };
  });
}

/** In turn with what makes and renames mailboxes of the account: what is renamed meanwhile is not there under its old name. */
export function deleteMailbox(sql: Sql, request: Request<'deleteMailbox'>): Promise<Result<'deleteMailbox'>> {
  return inTurn(sql, [request.account], () => deleteNamed(sql, request));
}

async function deleteNamed(
  sql: Sql,
  { account, name, at }: Request<'deleteMailbox'>,
): Promise<Result<'deleteMailbox'>> {
  if (name === 'INBOX') return { ok: false, why: 'inbox' };
  await holdAccount(sql, account);
  const row = await first(
    sql,
    `UPDATE mailbox SET deleted_at = ?, modseq = modseq + 1 WHERE ${THERE} AND name = ? RETURNING id, modseq`,
    [at, account, name],
  );
  if (row === undefined) return { ok: false, why: 'missing' };
  sql.tell({ account, mailbox: row.id as MailboxId, modseq: row.modseq as number });
  return { ok: true };
}

export async function deletedMailboxes(sql: Sql, account: AccountId): Promise<DeletedMailbox[]> {
  const rows = await sql.all(
    `SELECT * FROM mailbox WHERE deleted_at > ${BEING_FORGOTTEN} AND account = ? ORDER BY deleted_at, id`,
    [account],
  );
  return rows.map((row) => ({ ...toMailbox(row), deletedAt: row.deleted_at as number }));
}

export function restoreMailbox(
  sql: Sql,
  request: Request<'restoreMailbox'>,
): Promise<Result<'restoreMailbox'>> {
  return inTurn(sql, [request.account], () => restore(sql, request));
}

async function restore(
  sql: Sql,
  { account, mailbox, name, at }: MailboxRef & { name: string; at: number },
): Promise<Result<'restoreMailbox'>> {
  const validity = await nextUidValidity(sql, { account, at });
  const there = await mailboxNamed(sql, { account, name });
  if (there !== undefined) return { ok: false, why: 'exists' };
  const row = await first(
    sql,
    `UPDATE mailbox SET deleted_at = NULL, name = ?, uid_validity = ?, modseq = modseq + 1, special_use = CASE WHEN EXISTS
       (SELECT 1 FROM mailbox o WHERE o.account = mailbox.account AND o.deleted_at IS NULL AND o.special_use = mailbox.special_use)
       THEN NULL ELSE special_use END
     WHERE id = ? AND account = ? AND deleted_at > ${BEING_FORGOTTEN} RETURNING *`,
    [name, validity as number, mailbox, account],
  );
  if (row === undefined) return { ok: false, why: 'missing' };
  sql.tell({ account, mailbox, modseq: row.modseq as number });
  return { ok: true, mailbox: toMailbox(row) };
}

export async function subscriptions(sql: Sql, account: AccountId): Promise<string[]> {
  const rows = await sql.all('SELECT name FROM subscription WHERE account = ? ORDER BY name', [account]);
  return rows.map((row) => row.name as string);
}

export async function subscribe(sql: Sql, request: Request<'subscribe'>): Promise<boolean> {
  const { account, name, isSubscribed } = request;
  if (isSubscribed) {
    const there = await first(
      sql,
      'SELECT CAST(count(*) AS BIGINT) AS n, max(CASE WHEN name = ? THEN 1 ELSE 0 END) AS has FROM subscription WHERE account = ?',
      [name, account],
    );
    if (Number(there?.n) >= MAX_SUBSCRIPTIONS && Number(there?.has) === 0) return false;
  }
  await sql.run(
    isSubscribed
      ? 'INSERT INTO subscription (account, name) VALUES (?, ?) ON CONFLICT (account, name) DO NOTHING'
      : 'DELETE FROM subscription WHERE account = ? AND name = ?',
    [account, name],
  );
  await tellWatchers(sql, account);
  return true;
}
