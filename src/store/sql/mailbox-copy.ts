/** COPY and MOVE (RFC 9051 6.4.7, 6.4.8): within an account, whole, and with the UIDs that came of it. */
import type { AccountId, MailboxId } from '../../core/envelope.ts';
import { DELETED, translate, usedKeywords, withKeywords } from '../../core/mailbox/flags.ts';
import type { Copied, Mailbox, MailboxRef, MailboxStore } from '../../core/mailbox/port.ts';
import { merged, type UidRange } from '../../core/mailbox/uid-ranges.ts';
import { begin, beginAdding, counted, finish, INSERT_ITEM } from './mailbox.ts';
import { inTurnWithin, isWithin } from './mailbox-quota.ts';
import type { Row, Sql, SqlValue } from './sql.ts';
import { inTurn } from './turns.ts';

type CopyRequest = Parameters<MailboxStore['copyItems']>[0];
type CopyResult = Awaited<ReturnType<MailboxStore['copyItems']>>;
type MoveRequest = Parameters<MailboxStore['moveItems']>[0];
type MoveResult = Awaited<ReturnType<MailboxStore['moveItems']>>;

interface Pair {
  readonly account: AccountId;
  readonly source: Mailbox;
  readonly target: Mailbox;
}

export function copyItems(sql: Sql, request: CopyRequest): Promise<CopyResult> {
  const { account, mailbox, to, uids, at, limits } = request;
  return inTurnWithin(sql, { account, limits, mailboxes: [mailbox, to] }, async () => {
    const pair = await beginBoth(sql, { account, mailbox, to });
    if ('why' in pair) return pair;
    const rows = await itemRows(sql, { mailbox, uids: below(pair.source.uidNext, merged(uids)) });
    const more = { bytes: sum(rows), messages: rows.length };
    if (!(await isWithin(sql, { account, limits, more }))) return { ok: false, why: 'over quota' };
    const copied = await insertRows(sql, { ...pair, rows, at });
    if (copied.ok) await addReferences(sql, rows);
    return copied;
  });
}

export function moveItems(sql: Sql, request: MoveRequest): Promise<MoveResult> {
  const { account, mailbox, to, uids, at } = request;
  return inTurn(sql, [...new Set([mailbox, to])], async () => {
    const pair = await beginBoth(sql, { account, mailbox, to });
    return 'why' in pair ? pair : moveRows(sql, { ...pair, uids, at });
  });
}

/** Moves items between mailboxes of which both have begun a change. */
export async function moveRows(
  sql: Sql,
  about: Pair & { uids: readonly UidRange[]; at: number },
): Promise<Copied | { ok: false; why: 'too many keywords' }> {
  const { account, source, at } = about;
  // None of those that come: the target may be the source.
  const uids = below(source.uidNext, merged(about.uids));
  const rows = await itemRows(sql, { mailbox: source.id, uids });
  const moved = await insertRows(sql, { ...about, rows });
  if (!moved.ok) return moved;
  await removeRows(sql, { mailbox: source, uids, at, which: 'moved' });
  await finish(sql, { account, mailbox: source }, counted(rows.map(toCounted), -1));
  return { ...moved, modseqLeft: source.highestModseq };
}

/** What of the ranges is below a UID. */
function below(uid: number, ranges: readonly UidRange[]): UidRange[] {
  return ranges.filter(([from]) => from < uid).map(([from, to]) => [from, Math.min(to, uid - 1)]);
}

/** Both rows in the order of their numbers, so that no two transactions wait for each other. */
async function beginBoth(
  sql: Sql,
  { account, mailbox, to }: MailboxRef & { to: MailboxId },
): Promise<Pair | { ok: false; why: 'missing' | 'no target' }> {
  const found = new Map<MailboxId, Mailbox | undefined>();
  for (const id of [...new Set([mailbox, to])].sort((a, b) => a - b))
    found.set(id, await (id === mailbox ? begin : beginAdding)(sql, { account, mailbox: id }));
  const [source, target] = [found.get(mailbox), found.get(to)];
  if (source === undefined) return { ok: false, why: 'missing' };
  if (target === undefined) return { ok: false, why: 'no target' };
  return { account, source, target };
}

/** What there is of these UIDs, rising; `uids`: merged. */
export async function itemRows(
  sql: Sql,
  {
    mailbox,
    uids,
    which = 'any',
  }: { mailbox: MailboxId; uids: readonly UidRange[]; which?: keyof typeof REMOVED },
): Promise<Row[]> {
  const ranges: Row[][] = [];
  for (const [from, to] of uids)
    ranges.push(
      await sql.all(
        `SELECT uid, message, thread, flags, internal_at, size, recipient FROM mailbox_item WHERE mailbox = ? AND uid BETWEEN ? AND ?${REMOVED[which].condition}
         ORDER BY uid`,
        [mailbox, from, to],
      ),
    );
  // Not spread into a call: arguments are on the stack, and a mailbox has any number of items.
  return ranges.flat();
}

export function toCounted(row: Row): { flags: number; sizeBytes: number } {
  return { flags: row.flags as number, sizeBytes: row.size as number };
}

/** Puts rows of the source at the end of the target, in the words of its keywords. */
export async function insertRows(
  sql: Sql,
  about: Pair & { rows: readonly Row[]; at: number },
): Promise<Copied | { ok: false; why: 'too many keywords' }> {
  const { account, source, target, rows, at } = about;
  const from = rows.map((row) => row.uid as number);
  const flags = rows.map((row) => row.flags as number);
  const keywords = withKeywords(target.keywords, usedKeywords(flags, source.keywords));
  if (keywords === undefined) return { ok: false, why: 'too many keywords' };
  const { uidNext, uidValidity, highestModseq: modseq } = target;
  const to = from.map((_, index) => uidNext + index);
  const translated = new Map(
    [...new Set(flags)].map((one) => [one, translate(one, source.keywords, keywords)]),
  );
  const items = rows.map((row, index): SqlValue[] => [
    ...[target.id, uidNext + index, row.message as number, row.thread as number, modseq, modseq],
    ...[translated.get(row.flags as number) as number, row.internal_at as number, at, row.size as number],
    row.recipient as string | null,
  ]);
  await Promise.all([
    ...together(items).map((some) => sql.run(INSERT_ITEM + ONE_MORE.repeat(some.length - 1), some.flat())),
    finish(
      sql,
      { account, mailbox: target },
      { ...counted(rows.map(toCounted), 1), uids: rows.length, keywords },
    ),
  ]);
  return { ok: true, uidValidity, from, to, modseq };
}

async function addReferences(sql: Sql, rows: readonly Row[]): Promise<void> {
  // A message may stand in the mailbox twice.
  const more = new Map<number, number>();
  for (const { message } of rows) more.set(message as number, (more.get(message as number) ?? 0) + 1);
  const byCount = new Map<number, number[]>();
  // In the order of their numbers, so that no two transactions wait for each other.
  for (const [id, count] of [...more].sort((a, b) => a[0] - b[0])) {
    const ids = byCount.get(count);
    if (ids === undefined) byCount.set(count, [id]);
    else ids.push(id);
  }
  const statements = [...byCount].flatMap(([count, ids]) =>
    together(ids).map((some) => {
      const places = `?${', ?'.repeat(some.length - 1)}`;
      return sql.run(`UPDATE message SET refs = refs + ? WHERE id IN (${places})`, [count, ...some]);
    }),
  );
  await Promise.all(statements);
}

/** A further row of `INSERT_ITEM`. */
const ONE_MORE = ', (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)';
/** Rows of one statement: a server elsewhere takes as long for a statement as for many rows. */
const TOGETHER = 100;

/** In pieces of that size, and what is left one by one, so that there are two statements of each kind and not a hundred. */
function together<T>(all: readonly T[]): (readonly T[])[] {
  const whole = all.length - (all.length % TOGETHER);
  const pieces: (readonly T[])[] = [];
  for (let at = 0; at < whole; at += TOGETHER) pieces.push(all.slice(at, at + TOGETHER));
  for (const one of all.slice(whole)) pieces.push([one]);
  return pieces;
}

const COLUMNS = 'thread, flags, internal_at, size, recipient';

/** What is taken out of a mailbox, and whether its owner may have it back: not what went on elsewhere. */
const REMOVED = {
  moved: { message: 'NULL', condition: '' },
  any: { message: 'message', condition: '' },
  deleted: { message: 'message', condition: ` AND flags & ${DELETED} <> 0` },
} as const;

/** Takes items out of a mailbox that has begun a change, and leaves word of them for those who were away. */
export async function removeRows(
  sql: Sql,
  about: { mailbox: Mailbox; uids: readonly UidRange[]; at: number; which: keyof typeof REMOVED },
): Promise<void> {
  const { mailbox, at } = about;
  const { message, condition } = REMOVED[about.which];
  const range = `FROM mailbox_item WHERE mailbox = ? AND uid BETWEEN ? AND ?${condition}`;
  for (const [from, to] of about.uids) {
    await sql.run(
      `INSERT INTO expunged (mailbox, modseq, uid, created, at, message, ${COLUMNS})
         SELECT mailbox, CAST(? AS BIGINT), uid, created, CAST(? AS BIGINT), ${message}, ${COLUMNS} ${range}`,
      [mailbox.highestModseq, at, mailbox.id, from, to],
    );
    await sql.run(`DELETE ${range}`, [mailbox.id, from, to]);
  }
}

function sum(rows: readonly Row[]): number {
  return rows.reduce((total, row) => total + (row.size as number), 0);
}
