/** Reading mailboxes: all items at once, what changed since, and messages by their UIDs. */
import type { MessageId, ThreadId } from '../../core/envelope.ts';
import { type CombinedChange, withKept } from '../../core/mailbox/flag-changes.ts';
import type {
  Changes,
  ItemPrint,
  Mailbox,
  MailboxStore,
  Snapshot,
  StoredItem,
} from '../../core/mailbox/port.ts';
import { isReadable, type ItemState, pack, toColumns } from '../../core/mailbox/snapshot.ts';
import { merged, toRanges, type UidRange } from '../../core/mailbox/uid-ranges.ts';
import { keptChanges } from './flag-changes.ts';
import { toMailbox } from './mailbox.ts';
import { first, LIMIT, type Row, type Sql } from './sql.ts';

type Request<Name extends keyof MailboxStore> = Parameters<MailboxStore[Name]>[0];

interface Opened {
  readonly row: Row;
  /** What its items do not have yet. */
  readonly kept: readonly CombinedChange[];
}

/** The row of a mailbox; first, so that whatever is read after it is at least as new as it says. */
function opened(sql: Sql, { account, mailbox }: Request<'snapshot'>): Promise<Row | undefined> {
  return first(sql, 'SELECT * FROM mailbox WHERE id = ? AND account = ? AND deleted_at IS NULL', [
    mailbox,
    account,
  ]);
}

async function openedWithChanges(sql: Sql, ref: Request<'snapshot'>): Promise<Opened | undefined> {
  const row = await opened(sql, ref);
  if (row === undefined) return undefined;
  return { row, kept: row.flag_changes === 0 ? [] : await keptChanges(sql, ref.mailbox) };
}

export async function snapshot(sql: Sql, request: Request<'snapshot'>): Promise<Snapshot | undefined> {
  const found = await openedWithChanges(sql, request);
  if (found === undefined) return undefined;
  const { row, kept } = found;
  const mailbox = toMailbox(row);
  const pack = await first(sql, 'SELECT modseq, bytes FROM mailbox_pack WHERE mailbox = ? AND modseq >= ?', [
    mailbox.id,
    row.forgotten_modseq as number,
  ]);
  const packed = (pack?.bytes ?? NOTHING) as Uint8Array;
  if (pack === undefined || !isReadable(packed))
    return { mailbox, packed: await packAll(sql, found), isNew: true, items: [], vanished: [] };
  const about = { mailbox: mailbox.id, since: pack.modseq as number, kept };
  if (about.since >= mailbox.highestModseq) return { mailbox, packed, isNew: false, items: [], vanished: [] };
  const [items, vanished] = [await changedItems(sql, about), await vanishedUids(sql, about)];
  if (about.since < (await forgottenModseq(sql, mailbox.id)))
    return { mailbox, packed: await packAll(sql, found), isNew: true, items: [], vanished: [] };
  return { mailbox, packed, isNew: false, items, vanished };
}

const NOTHING = new Uint8Array();

const STATE = 'uid, modseq, flags, internal_at, size, message';

async function packAll(sql: Sql, { row: { id }, kept }: Opened): Promise<Uint8Array> {
  const rows = await sql.all(`SELECT ${STATE} FROM mailbox_item WHERE mailbox = ? ORDER BY uid`, [
    id as number,
  ]);
  return pack(toColumns(rows.map((row) => withKept(toState(row), kept))));
}

/** What came since, and what was changed: by its row, or by what is kept of changes (`flag-changes.ts`). */
async function changedItems(
  sql: Sql,
  about: { mailbox: number; since: number; kept: readonly CombinedChange[] },
): Promise<ItemState[]> {
  const { kept } = about;
  const items = await changedRows(sql, about);
  if (kept.length === 0) return items;
  const found = new Map(items.map((item) => [item.uid, item]));
  const later = kept.filter(({ modseq }) => modseq > about.since);
  // Asked for together: a server elsewhere takes as long for each as for all.
  const ranges = await Promise.all(
    merged(later.map(({ first, last }) => [first, last])).map((range) =>
      sql.all(`SELECT ${STATE} FROM mailbox_item WHERE mailbox = ? AND uid BETWEEN ? AND ?`, [
        about.mailbox,
        ...range,
      ]),
    ),
  );
  for (const row of ranges.flat()) found.set(row.uid as number, toState(row));
  const all = [...found.values()].map((item) => withKept(item, kept));
  return all.filter(({ modseq }) => modseq > about.since).sort((a, b) => a.uid - b.uid);
}

/** What came since, by UID from its end down to the first that was there; and what was there and was changed, by index. */
async function changedRows(
  sql: Sql,
  { mailbox, since }: { mailbox: number; since: number },
): Promise<ItemState[]> {
  const rows = await sql.all(
    `SELECT ${STATE} FROM mailbox_item WHERE mailbox = ? AND uid > COALESCE(
       (SELECT uid FROM mailbox_item WHERE mailbox = ? AND created <= ? ORDER BY uid DESC LIMIT 1), 0)
     UNION ALL
     SELECT ${STATE} FROM mailbox_item WHERE mailbox = ? AND modseq > ? AND modseq <> created AND created <= ?
     ORDER BY uid`,
    [mailbox, mailbox, since, mailbox, since, since],
  );
  return rows.map(toState);
}

/** Also what came since: somebody may have been told of it at an earlier MODSEQ, or have read it with what it came after. */
async function vanishedUids(
  sql: Sql,
  { mailbox, since }: { mailbox: number; since: number },
): Promise<number[]> {
  const rows = await sql.all('SELECT uid FROM expunged WHERE mailbox = ? AND modseq > ? ORDER BY uid', [
    mailbox,
    since,
  ]);
  return rows.map((row) => row.uid as number);
}

function toState(row: Row): ItemState {
  return {
    uid: row.uid as number,
    modseq: row.modseq as number,
    flags: row.flags as number,
    internalAt: row.internal_at as number,
    sizeBytes: row.size as number,
    message: row.message as MessageId,
  };
}

export async function changesSince(sql: Sql, request: Request<'changesSince'>): Promise<Changes | undefined> {
  const found = await openedWithChanges(sql, request);
  if (found === undefined) return undefined;
  const mailbox = toMailbox(found.row);
  const about = { mailbox: mailbox.id, since: request.modseq, kept: found.kept };
  const items = await changedItems(sql, about);
  return { mailbox, items, ...(await gone(sql, mailbox, request.modseq)) };
}

export async function vanishedSince(
  sql: Sql,
  { modseq, ...ref }: Request<'vanishedSince'>,
): Promise<UidRange[]> {
  const row = await opened(sql, ref);
  return row === undefined ? [] : (await gone(sql, toMailbox(row), modseq)).vanished;
}

/** What went since; where that is forgotten, all that is not there. */
async function gone(
  sql: Sql,
  mailbox: Mailbox,
  since: number,
): Promise<{ vanished: UidRange[]; isComplete: boolean }> {
  const vanished = await vanishedUids(sql, { mailbox: mailbox.id, since });
  const isComplete = since >= (await forgottenModseq(sql, mailbox.id));
  return { vanished: isComplete ? toRanges(vanished) : await missing(sql, mailbox), isComplete };
}

/**
 * Up to which MODSEQ what went may be forgotten. To be asked after what went was read: whoever forgets some meanwhile raises this in
 * the same transaction.
 */
async function forgottenModseq(sql: Sql, mailbox: number): Promise<number> {
  const row = await first(sql, 'SELECT forgotten_modseq FROM mailbox WHERE id = ?', [mailbox]);
  return (row?.forgotten_modseq ?? Number.MAX_SAFE_INTEGER) as number;
}

/** Every UID that was given and is not there. */
async function missing(sql: Sql, { id, uidNext }: { id: number; uidNext: number }): Promise<UidRange[]> {
  const rows = await sql.all('SELECT uid FROM mailbox_item WHERE mailbox = ? AND uid < ? ORDER BY uid', [
    id,
    uidNext,
  ]);
  const gaps: UidRange[] = [];
  let next = 1;
  for (const uid of [...rows.map((row) => row.uid as number), uidNext]) {
    if (uid > next) gaps.push([next, uid - 1]);
    next = uid + 1;
  }
  return gaps;
}

export async function keepPack(sql: Sql, pack: Request<'keepPack'>): Promise<void> {
  await sql.run(
    `INSERT INTO mailbox_pack (mailbox, modseq, bytes) VALUES (?, ?, ?)
     ON CONFLICT (mailbox) DO UPDATE SET modseq = excluded.modseq, bytes = excluded.bytes
       WHERE mailbox_pack.modseq < excluded.modseq`,
    [pack.mailbox, pack.modseq, pack.bytes],
  );
}

const COLUMNS = `i.uid, i.modseq, i.flags, i.internal_at, i.saved_at, i.size, i.message, i.thread, i.recipient, m.reverse_path,
    m.prefix, m.structure, m.preview`;
const FROM = 'FROM mailbox b JOIN mailbox_item i ON i.mailbox = b.id JOIN message m ON m.id = i.message';
const WHERE = `WHERE b.id = ? AND b.account = ? AND b.deleted_at IS NULL AND i.uid BETWEEN ? AND ? ORDER BY i.uid ${LIMIT}`;
const ITEM = `SELECT ${COLUMNS} ${FROM} ${WHERE}`;
const ITEM_WITH_CONTENT = `SELECT ${COLUMNS}, c.bytes AS content ${FROM}
  LEFT JOIN content c ON c.message = i.message AND c.stage IS NULL AND i.size <= ? ${WHERE}`;

export async function items(
  sql: Sql,
  { account, mailbox, uids, limit, contentUpTo }: Request<'items'>,
): Promise<StoredItem[]> {
  const text = contentUpTo === undefined ? ITEM : ITEM_WITH_CONTENT;
  const values = contentUpTo === undefined ? [] : [contentUpTo];
  const read = async (): Promise<Row[]> => {
    const rows: Row[] = [];
    for (const [from, to] of merged(uids)) {
      if (rows.length >= limit) break;
      rows.push(...(await sql.all(text, [...values, mailbox, account, from, to, limit - rows.length])));
    }
    return rows;
  };
  const [kept, rows] = await Promise.all([keptChanges(sql, mailbox), read()]);
  return rows.map((row) => withKept(toStored(row), kept));
}

function toStored(row: Row): StoredItem {
  const prefix = row.prefix as Uint8Array;
  return {
    ...toState(row),
    thread: row.thread as ThreadId,
    savedAt: row.saved_at as number,
    sender: row.reverse_path as string,
    prefix,
    contentBytes: (row.size as number) - prefix.length,
    ...(row.recipient === null ? {} : { recipient: row.recipient as string }),
    ...(row.structure === null ? {} : { structure: row.structure as Uint8Array }),
    ...((row.content ?? null) === null ? {} : { content: row.content as Uint8Array }),
    ...(row.preview === null ? {} : { preview: row.preview as string }),
  };
}

export async function itemPrints(
  sql: Sql,
  { account, mailbox, after, limit }: Request<'itemPrints'>,
): Promise<ItemPrint[]> {
  const rows = await sql.all(
    `SELECT i.uid, i.internal_at, i.size, m.prefix, c.hash ${FROM} JOIN content c ON c.message = m.id
     WHERE b.id = ? AND b.account = ? AND b.deleted_at IS NULL AND i.uid > ? ORDER BY i.uid ${LIMIT}`,
    [mailbox, account, after, limit],
  );
  return rows.map((row) => ({
    uid: row.uid as number,
    internalAt: row.internal_at as number,
    hash: row.hash as Uint8Array,
    prefix: row.prefix as Uint8Array,
    sizeBytes: row.size as number,
  }));
}
