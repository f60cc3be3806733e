/** What a client puts into a mailbox (RFC 9051 6.3.12, RFC 3502). */
import type { AccountId } from '../../core/envelope.ts';
import { toBits, withKeywords } from '../../core/mailbox/flags.ts';
import type { MailboxStore, NewItem } from '../../core/mailbox/port.ts';
import { contentSize } from '../../core/queue/port.ts';
import { keepContent } from './content.ts';
import { begin, beginAdding, counted, finish, INSERT_ITEM } from './mailbox.ts';
import { itemRows, removeRows, toCounted } from './mailbox-copy.ts';
import { inTurnWithin, isWithin } from './mailbox-quota.ts';
import type { Sql } from './sql.ts';
import { threadOf } from './threads.ts';

type Request = Parameters<MailboxStore['appendItems']>[0];
type Result = Awaited<ReturnType<MailboxStore['appendItems']>>;

export function appendItems(sql: Sql, request: Request): Promise<Result> {
  const { account, mailbox, limits } = request;
  return inTurnWithin(sql, { account, limits, mailboxes: [mailbox] }, () => append(sql, request));
}

type ReplaceRequest = Parameters<MailboxStore['replaceItem']>[0];
type ReplaceResult = Awaited<ReturnType<MailboxStore['replaceItem']>>;

export function replaceItem(sql: Sql, request: ReplaceRequest): Promise<ReplaceResult> {
  const { account, mailbox, to, limits } = request;
  return inTurnWithin(sql, { account, limits, mailboxes: [mailbox, to] }, () => replace(sql, request));
}

async function replace(sql: Sql, request: ReplaceRequest): Promise<ReplaceResult> {
  const { account, mailbox, uid, to, item, at, limits } = request;
  // Both rows in the order of their numbers, so that no two transactions wait for each other.
  for (const id of [...new Set([mailbox, to])].sort((a, b) => a - b))
    if ((await begin(sql, { account, mailbox: id })) === undefined) return { ok: false, why: 'missing' };
  const uids = [[uid, uid]] as const;
  const rows = await itemRows(sql, { mailbox, uids });
  if (rows.length === 0) return { ok: false, why: 'gone' };
  const appended = await append(sql, {
    ...{ account, mailbox: to, items: [item], at },
    ...(limits === undefined ? {} : { limits }),
  });
  if (!appended.ok) return appended;
  const source = await begin(sql, { account, mailbox });
  if (source === undefined) return { ok: false, why: 'missing' };
  await removeRows(sql, { mailbox: source, uids, at, which: 'any' });
  await finish(sql, { account, mailbox: source }, counted(rows.map(toCounted), -1));
  return appended;
}

async function append(sql: Sql, request: Request): Promise<Result> {
  const { account, items, at, limits } = request;
  const mailbox = await beginAdding(sql, request);
  if (mailbox === undefined) return { ok: false, why: 'missing' };
  const keywords = withKeywords(
    mailbox.keywords,
    items.flatMap(({ flags }) => flags.keywords),
  );
  if (keywords === undefined) return { ok: false, why: 'too many keywords' };
  const rows = items.map((item) => ({
    item,
    flags: toBits(item.flags, keywords),
    sizeBytes: sizeOf(item),
  }));
  const more = counted(rows, 1);
  if (!(await isWithin(sql, { account, limits, more: { bytes: more.sizeBytes, messages: more.messages } })))
    return { ok: false, why: 'over quota' };
  const { uidNext: firstUid, uidValidity, highestModseq: modseq } = mailbox;
  await Promise.all([
    ...rows.map(async ({ item, flags, sizeBytes }, index) => {
      const thread = await keepMessage(sql, { item, account, at });
      await sql.run(INSERT_ITEM, [
        ...[mailbox.id, firstUid + index, item.message, thread, modseq, modseq, flags],
        ...[item.internalAt, at, sizeBytes, item.delivered?.recipient ?? null],
      ]);
    }),
    finish(sql, { account, mailbox }, { ...more, uids: items.length, keywords }),
  ]);
  return { ok: true, uidValidity, firstUid, modseq };
}

/** A message that nobody sent, or that was delivered once; its thread. */
async function keepMessage(
  sql: Sql,
  { item, account, at }: { item: NewItem; account: AccountId; at: number },
): Promise<number> {
  const { message, content, parsed, delivered } = item;
  const [thread] = await Promise.all([
    threadOf(sql, { account, message, keys: parsed?.threadKeys ?? [] }),
    keepContent(sql, message, content),
    sql.run(
      `INSERT INTO message (id, accepted_at, expires_at, account, language, reverse_path, envelope, origin, prefix, size, refs,
         structure, preview) VALUES (?, ?, ?, ?, 'en', ?, '{}', ?, ?, ?, 1, ?, ?)`,
      [
        ...[message, at, at, account, delivered?.sender ?? '', JSON.stringify({ kind: 'append' })],
        ...[delivered?.prefix ?? NOTHING, sizeOf(item)],
        ...[parsed?.structure ?? null, parsed?.preview ?? null],
      ],
    ),
  ]);
  return thread;
}

function sizeOf({ content, delivered }: NewItem): number {
  return contentSize(content) + (delivered?.prefix.length ?? 0);
}

const NOTHING = new Uint8Array();
