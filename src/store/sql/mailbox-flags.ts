/** STORE, with and without UNCHANGEDSINCE (RFC 9051 6.4.6, RFC 7162 3.1.3). */
import { changed as changedFlags, DELETED, SEEN, toBits, withKeywords } from '../../core/mailbox/flags.ts';
import type { FlagRequest, MailboxStore } from '../../core/mailbox/port.ts';
import { merged, type UidRange } from '../../core/mailbox/uid-ranges.ts';
import { begin, finish } from './mailbox.ts';
import type { Sql } from './sql.ts';
import { inTurn } from './turns.ts';

type Result = Awaited<ReturnType<MailboxStore['storeFlags']>>;

export function storeFlags(sql: Sql, request: FlagRequest): Promise<Result> {
  return inTurn(sql, [request.mailbox], () => store(sql, request));
}

async function store(sql: Sql, request: FlagRequest): Promise<Result> {
  const { account, change, flags: named } = request;
  const mailbox = await begin(sql, request);
  if (mailbox === undefined) return { ok: false, why: 'missing' };
  // Keywords that are only taken away need not become the mailbox's.
  const wanted = change === 'remove' ? named.keywords.filter(isAmong(mailbox.keywords)) : named.keywords;
  const keywords = withKeywords(mailbox.keywords, wanted);
  if (keywords === undefined) return { ok: false, why: 'too many keywords' };
  const bits = toBits({ ...named, keywords: wanted }, keywords);
  const modseq = mailbox.highestModseq;
  const found: Found = { changed: [], same: [], failed: [], unseen: 0, deleted: 0 };
  const becomes = (flags: number): number => changedFlags(flags, change, bits);
  const touched: UidRange[] = [];
  for (const range of merged(request.uids)) {
    const before = found.changed.length;
    await look(sql, { request, range, becomes, found });
    if (found.changed.length > before) touched.push(range);
  }
  const { changed, same, failed, unseen, deleted } = found;
  const result = { ok: true as const, modseq, change, bits, changed, same, failed };
  if (changed.length === 0) return { ...result, mailbox };
  await update(sql, { request, bits, modseq, touched });
  await finish(sql, { account, mailbox }, { messages: 0, sizeBytes: 0, unseen, deleted, keywords });
  const [areUnseen, areDeleted] = [mailbox.unseen + unseen, mailbox.deleted + deleted];
  return { ...result, mailbox: { ...mailbox, keywords, unseen: areUnseen, deleted: areDeleted } };
}

function isAmong(keywords: readonly string[]): (name: string) => boolean {
  const known = new Set(keywords.map((keyword) => keyword.toLowerCase()));
  return (name) => known.has(name.toLowerCase());
}

interface Found {
  /** One statement each. */
  readonly changed: [number, number][];
  readonly same: [number, number][];
  readonly failed: number[];
  unseen: number;
  deleted: number;
}

/** What becomes of the items of one range. */
async function look(
  sql: Sql,
  about: { request: FlagRequest; range: UidRange; becomes: (flags: number) => number; found: Found },
): Promise<void> {
  const { found, request, range } = about;
  const { unchangedSince = Number.POSITIVE_INFINITY } = request;
  const rows = await sql.all(
    'SELECT uid, flags, modseq FROM mailbox_item WHERE mailbox = ? AND uid BETWEEN ? AND ? ORDER BY uid',
    [request.mailbox, ...range],
  );
  /** What the item before this one is in. */
  let open: [number, number][] | undefined;
  for (const row of rows) {
    const { uid, flags: before, modseq } = row as { uid: number; flags: number; modseq: number };
    const flags = about.becomes(before);
    if (modseq > unchangedSince) {
      found.failed.push(uid);
      open = undefined;
      continue;
    }
    const runs = flags === before ? found.same : found.changed;
    if (open === runs) (runs.at(-1) as [number, number])[1] = uid;
    else runs.push([uid, uid]);
    open = runs;
    if (flags === before) continue;
    found.unseen += Number((flags & SEEN) === 0) - Number((before & SEEN) === 0);
    found.deleted += Number((flags & DELETED) !== 0) - Number((before & DELETED) !== 0);
  }
}

const NEW_FLAGS = {
  add: 'flags | CAST(? AS BIGINT)',
  remove: 'flags & ~CAST(? AS BIGINT)',
  replace: 'CAST(? AS BIGINT)',
} as const;

/** One statement for each range that was asked for, however many runs of items are changed in it. */
async function update(
  sql: Sql,
  about: { request: FlagRequest; bits: number; modseq: number; touched: readonly UidRange[] },
): Promise<void> {
  const { request, bits, modseq, touched } = about;
  const { mailbox, change, unchangedSince } = request;
  const becomes = NEW_FLAGS[change];
  const unchanged = unchangedSince === undefined ? '' : ' AND modseq <= ?';
  const text = `UPDATE mailbox_item SET flags = ${becomes}, modseq = ? WHERE mailbox = ? AND uid BETWEEN ? AND ?
    AND flags <> ${becomes}${unchanged}`;
  const last = unchangedSince === undefined ? [] : [unchangedSince];
  await Promise.all(
    touched.map(([from, to]) => sql.run(text, [bits, modseq, mailbox, from, to, bits, ...last])),
  );
}
