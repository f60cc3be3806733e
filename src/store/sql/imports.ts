/** Mail of other servers: which message there became which item here, kept in the transaction that appends it. */
import type { AccountId, ImportFolderId, MailboxId } from '../../core/envelope.ts';
import type { ImportedItem, ImportFolder, ImportStore } from '../../core/import/port.ts';
import { toRanges } from '../../core/mailbox/uid-ranges.ts';
import { appendItems } from './mailbox-append.ts';
import { storeFlags } from './mailbox-flags.ts';
import { first, LIMIT, type Row, type Sql } from './sql.ts';
import { inTurn } from './turns.ts';
import { reserveIds } from './workers.ts';

type Request<Name extends keyof ImportStore> = Parameters<ImportStore[Name]>[0];
type Result<Name extends keyof ImportStore> = Awaited<ReturnType<ImportStore[Name]>>;

export async function importFolders(
  sql: Sql,
  { account, source }: Request<'importFolders'>,
): Promise<ImportFolder[]> {
  const rows = await sql.all('SELECT * FROM import_folder WHERE account = ? AND source = ? ORDER BY name', [
    account,
    source,
  ]);
  return rows.map(toFolder);
}

function toFolder(row: Row): ImportFolder {
  return {
    id: row.id as ImportFolderId,
    name: row.name as string,
    mailbox: row.mailbox as MailboxId,
    uidValidity: row.uid_validity as number,
    ...(row.modseq === null ? {} : { modseq: row.modseq as string }),
  };
}

export async function importedItems(
  sql: Sql,
  { folder, after, limit }: Request<'importedItems'>,
): Promise<ImportedItem[]> {
  const rows = await sql.all(
    `SELECT source_uid, uid, flags FROM import_item WHERE folder = ? AND source_uid > ? ORDER BY source_uid ${LIMIT}`,
    [folder, after, limit],
  );
  return rows.map(({ source_uid, uid, flags }) => ({
    ...{ sourceUid: source_uid as number, uid: uid as number },
    flags: flags as string,
  }));
}

/** In turn by account, so that two of one name are not made at once. */
export function keepImportFolder(sql: Sql, request: Request<'keepImportFolder'>): Promise<ImportFolder> {
  return inTurn(sql, [request.account], () => keepFolder(sql, request));
}

async function keepFolder(sql: Sql, request: Request<'keepImportFolder'>): Promise<ImportFolder> {
  const { account, source, name, mailbox, uidValidity } = request;
  await sql.run(
    `INSERT INTO import_folder (id, account, source, name, mailbox, uid_validity) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (account, source, name) DO NOTHING`,
    [await reserveIds(sql, 1), account, source, name, mailbox, uidValidity],
  );
  const known = await folderNamed(sql, { account, source, name });
  if (known.mailbox === mailbox && known.uidValidity === uidValidity) return known;
  await sql.run('UPDATE import_folder SET mailbox = ?, uid_validity = ?, modseq = NULL WHERE id = ?', [
    ...[mailbox, uidValidity, known.id],
  ]);
  await sql.run('DELETE FROM import_item WHERE folder = ?', [known.id]);
  return folderNamed(sql, { account, source, name });
}

async function folderNamed(
  sql: Sql,
  { account, source, name }: { account: AccountId; source: string; name: string },
): Promise<ImportFolder> {
  const row = await first(sql, 'SELECT * FROM import_folder WHERE account = ? AND source = ? AND name = ?', [
    ...[account, source, name],
  ]);
  return toFolder(row as Row);
}

export function importItems(sql: Sql, request: Request<'importItems'>): Promise<Result<'importItems'>> {
  return inTurn(sql, [request.folder], () => bring(sql, request));
}

async function bring(sql: Sql, request: Request<'importItems'>): Promise<Result<'importItems'>> {
  const { account, mailbox, folder, items, at, limits } = request;
  // Another import of the same folder waits here, and then sees what came.
  const locked = await sql.run('UPDATE import_folder SET mailbox = mailbox WHERE id = ? AND mailbox = ?', [
    ...[folder, mailbox],
  ]);
  if (locked === 0) return { ok: false, why: 'missing' };
  const known = await knownOf(
    sql,
    folder,
    items.map(({ sourceUid }) => sourceUid),
  );
  const missing = items.filter(({ sourceUid }) => !known.has(sourceUid));
  if (missing.length === 0) return { ok: true, known: [...known] };
  const appended = await appendItems(sql, {
    ...{ account, mailbox, at, items: missing.map(({ item }) => item) },
    ...(limits === undefined ? {} : { limits }),
  });
  if (!appended.ok) return appended;
  await Promise.all(
    missing.map(({ sourceUid, flags }, index) =>
      sql.run(INSERT, [folder, sourceUid, appended.firstUid + index, flags]),
    ),
  );
  return { ok: true, known: [...known] };
}

const INSERT = 'INSERT INTO import_item (folder, source_uid, uid, flags) VALUES (?, ?, ?, ?)';

async function knownOf(sql: Sql, folder: ImportFolderId, uids: readonly number[]): Promise<Set<number>> {
  const known = new Set<number>();
  for (const range of toRanges([...uids].sort((a, b) => a - b))) {
    const rows = await sql.all(
      'SELECT source_uid FROM import_item WHERE folder = ? AND source_uid BETWEEN ? AND ?',
      [folder, ...range],
    );
    for (const { source_uid } of rows) known.add(source_uid as number);
  }
  return known;
}

export async function adoptItems(sql: Sql, { folder, items }: Request<'adoptItems'>): Promise<void> {
  await Promise.all(
    items.map(({ sourceUid, uid, flags }) =>
      sql.run(`${INSERT} ON CONFLICT (folder, source_uid) DO NOTHING`, [folder, sourceUid, uid, flags]),
    ),
  );
}

export async function importFlags(sql: Sql, request: Request<'importFlags'>): Promise<Result<'importFlags'>> {
  const { account, mailbox, folder, changes } = request;
  for (const { items, add, remove, flags } of changes) {
    const uids = toRanges(items.map(({ uid }) => uid).sort((a, b) => a - b));
    for (const [change, set] of [['add', add] as const, ['remove', remove] as const]) {
      if (set.system === 0 && set.keywords.length === 0) continue;
      const stored = await storeFlags(sql, { account, mailbox, uids, change, flags: set });
      if (!stored.ok) return stored;
    }
    for (const { sourceUid } of items)
      await sql.run('UPDATE import_item SET flags = ? WHERE folder = ? AND source_uid = ?', [
        ...[flags, folder, sourceUid],
      ]);
  }
  return { ok: true };
}

export async function forgetImported(
  sql: Sql,
  { folder, sourceUids }: Request<'forgetImported'>,
): Promise<void> {
  for (const sourceUid of sourceUids)
    await sql.run('DELETE FROM import_item WHERE folder = ? AND source_uid = ?', [folder, sourceUid]);
}

export async function finishImport(sql: Sql, { folder, modseq }: Request<'finishImport'>): Promise<void> {
  await sql.run('UPDATE import_folder SET modseq = ? WHERE id = ?', [modseq ?? null, folder]);
}

/** Of a mailbox that goes for good. */
export async function forgetImports(sql: Sql, mailbox: MailboxId): Promise<void> {
  await sql.run('DELETE FROM import_item WHERE folder IN (SELECT id FROM import_folder WHERE mailbox = ?)', [
    mailbox,
  ]);
  await sql.run('DELETE FROM import_folder WHERE mailbox = ?', [mailbox]);
}
