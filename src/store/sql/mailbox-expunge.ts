/** EXPUNGE (RFC 9051 6.4.3), what can be had back of it, and when that is forgotten. */
import type { AccountId, MailboxId, MessageId } from '../../core/envelope.ts';
import { DELETED } from '../../core/mailbox/flags.ts';
import type { Copied, ExpungedItem, MailboxStore } from '../../core/mailbox/port.ts';
import { ALL_UIDS, merged } from '../../core/mailbox/uid-ranges.ts';
import { releaseMessage } from './content.ts';
import { forgetImports } from './imports.ts';
import { begin, beginAdding, BEING_FORGOTTEN, counted, finish } from './mailbox.ts';
import { insertRows, itemRows, removeRows, toCounted } from './mailbox-copy.ts';
import { tidySketches } from './sketches.ts';
import { first, LIMIT, type Row, type Sql } from './sql.ts';
import { inTurn } from './turns.ts';

type Request<Name extends keyof MailboxStore> = Parameters<MailboxStore[Name]>[0];
type Result<Name extends keyof MailboxStore> = Awaited<ReturnType<MailboxStore[Name]>>;

export function expungeItems(sql: Sql, request: Request<'expungeItems'>): Promise<Result<'expungeItems'>> {
  const { account, which, at } = request;
  const uids = merged(request.uids ?? ALL_UIDS);
  return inTurn(sql, [request.mailbox], async () => {
    const mailbox = await begin(sql, request);
    if (mailbox === undefined) return { ok: false, why: 'missing' };
    const modseq = mailbox.highestModseq;
    const none = which === 'deleted' && mailbox.deleted === 0;
    const rows = none ? [] : await itemRows(sql, { mailbox: mailbox.id, uids, which });
    if (rows.length === 0) return { ok: true, modseq, uids: [] };
    await removeRows(sql, { mailbox, uids, at, which });
    await finish(sql, { account, mailbox }, counted(rows.map(toCounted), -1));
    return { ok: true, modseq, uids: rows.map((row) => row.uid as number) };
  });
}

export async function expungedItems(sql: Sql, request: Request<'expungedItems'>): Promise<ExpungedItem[]> {
  const rows = await sql.all(
    `SELECT e.* FROM expunged e JOIN mailbox b ON b.id = e.mailbox
     WHERE e.mailbox = ? AND b.account = ? AND e.message IS NOT NULL AND e.uid > ? ORDER BY e.uid ${LIMIT}`,
    [request.mailbox, request.account, request.after, request.limit],
  );
  return rows.map((row) => ({
    mailbox: row.mailbox as MailboxId,
    uid: row.uid as number,
    message: row.message as MessageId,
    flags: row.flags as number,
    internalAt: row.internal_at as number,
    sizeBytes: row.size as number,
    expungedAt: row.at as number,
  }));
}

/** They come as new items, whose references were kept for them; word that they went stays. */
export function undeleteItems(
  sql: Sql,
  request: Request<'undeleteItems'>,
): Promise<Copied | { ok: false; why: 'missing' }> {
  const { account, at } = request;
  return inTurn(sql, [request.mailbox], async () => {
    const mailbox = await beginAdding(sql, request);
    if (mailbox === undefined) return { ok: false, why: 'missing' };
    const rows: Row[] = [];
    for (const [from, to] of merged(request.uids)) {
      const found = await sql.all(
        'SELECT * FROM expunged WHERE mailbox = ? AND uid BETWEEN ? AND ? AND message IS NOT NULL ORDER BY uid',
        [mailbox.id, from, to],
      );
      for (const row of found) if (await takeBack(sql, row)) rows.push(row);
    }
    const back = rows.map((row) => ({ ...row, flags: withoutDeleted(row.flags as number) }));
    const copied = await insertRows(sql, { account, source: mailbox, target: mailbox, rows: back, at });
    // Its own keywords are among its keywords.
    return copied.ok ? copied : { ok: false, why: 'missing' };
  });
}

/** Takes over the reference that was kept; false when it was forgotten meanwhile. */
async function takeBack(sql: Sql, { mailbox, modseq, uid }: Row): Promise<boolean> {
  const taken = await sql.run(
    'UPDATE expunged SET message = NULL WHERE mailbox = ? AND modseq = ? AND uid = ? AND message IS NOT NULL',
    [mailbox as number, modseq as number, uid as number],
  );
  return taken === 1;
}

function withoutDeleted(flags: number): number {
  return (flags & DELETED) === 0 ? flags : flags - DELETED;
}

export async function forgetExpunged(sql: Sql, request: Request<'forgetExpunged'>): Promise<number> {
  const rows = await sql.all(
    `SELECT mailbox, modseq, uid, message FROM expunged WHERE at < ? ORDER BY at ${LIMIT}`,
    [request.before, request.limit],
  );
  const forgotten = new Map<number, number>();
  for (const row of rows) {
    const { mailbox, modseq } = row as unknown as { mailbox: number; modseq: number };
    await forgetOne(sql, row);
    forgotten.set(mailbox, Math.max(modseq, forgotten.get(mailbox) ?? 0));
  }
  for (const [mailbox, modseq] of forgotten)
    await sql.run('UPDATE mailbox SET forgotten_modseq = ? WHERE id = ? AND forgotten_modseq < ?', [
      modseq,
      mailbox,
      modseq,
    ]);
  await tidyAccounts(sql, [...forgotten.keys()]);
  const left = request.limit - rows.length;
  return rows.length + (left > 0 ? await forgetMailbox(sql, { ...request, limit: left }) : 0);
}

/** What searches learnt of mailboxes that have less now. */
async function tidyAccounts(sql: Sql, mailboxes: readonly number[]): Promise<void> {
  const accounts = new Set<AccountId>();
  for (const id of mailboxes) {
    const row = await first(sql, 'SELECT account FROM mailbox WHERE id = ?', [id]);
    if (row !== undefined) accounts.add(row.account as AccountId);
  }
  for (const account of [...accounts].sort((a, b) => a - b)) await tidySketches(sql, account);
}

/**
 * For good. Another worker may forget the same at the same time, or its owner have it back: whoever changes the row has its
 * reference.
 */
async function forgetOne(sql: Sql, { mailbox, modseq, uid, message }: Row): Promise<void> {
  const gone = await sql.run(
    `DELETE FROM expunged WHERE mailbox = ? AND modseq = ? AND uid = ? AND message IS ${message === null ? '' : 'NOT '}NULL`,
    [mailbox as number, modseq as number, uid as number],
  );
  if (gone === 1 && message !== null) await releaseMessage(sql, message as number);
}

/** One deleted mailbox: its items, at most `limit`, and itself once it has none. */
async function forgetMailbox(sql: Sql, { before, limit }: Request<'forgetExpunged'>): Promise<number> {
  const row = await first(
    sql,
    'SELECT id, account FROM mailbox WHERE deleted_at < ? ORDER BY deleted_at LIMIT 1',
    [before],
  );
  if (row === undefined) return 0;
  const mailbox = row.id as MailboxId;
  // Its row is ours until this is committed: another who forgets it waits. Once some of it is gone nobody has it back.
  const locked = await sql.run(
    `UPDATE mailbox SET deleted_at = ${BEING_FORGOTTEN} WHERE id = ? AND deleted_at < ?`,
    [mailbox, before],
  );
  if (locked === 0) return 0;
  const forgotten = await forgetItems(sql, { mailbox, limit });
  if (forgotten < limit) {
    await dropMailbox(sql, mailbox);
    await tidySketches(sql, row.account as AccountId);
  }
  return Math.max(forgotten, 1);
}

/** Takes items and expunged ones of a mailbox away for good, at most `limit` of each; how many. */
export async function forgetItems(
  sql: Sql,
  { mailbox, limit }: { mailbox: MailboxId; limit: number },
): Promise<number> {
  let count = 0;
  const items = await sql.all(`SELECT uid, message FROM mailbox_item WHERE mailbox = ? ${LIMIT}`, [
    mailbox,
    limit,
  ]);
  for (const { uid, message } of items) {
    const gone = await sql.run('DELETE FROM mailbox_item WHERE mailbox = ? AND uid = ?', [
      mailbox,
      uid as number,
    ]);
    if (gone === 1) await releaseMessage(sql, message as number);
    count++;
  }
  const expunged = await sql.all(
    `SELECT mailbox, modseq, uid, message FROM expunged WHERE mailbox = ? ${LIMIT}`,
    [mailbox, limit - count],
  );
  for (const row of expunged) await forgetOne(sql, row);
  return count + expunged.length;
}

/** The row of a mailbox that has no items any more. */
export async function dropMailbox(sql: Sql, mailbox: MailboxId): Promise<void> {
  await sql.run('DELETE FROM mailbox_pack WHERE mailbox = ?', [mailbox]);
  await sql.run('DELETE FROM flag_change WHERE mailbox = ?', [mailbox]);
  await sql.run(
    'DELETE FROM metadata WHERE account = (SELECT account FROM mailbox WHERE id = ?) AND mailbox = ?',
    [mailbox, mailbox],
  );
  await forgetImports(sql, mailbox);
  await sql.run('DELETE FROM mailbox WHERE id = ?', [mailbox]);
}
