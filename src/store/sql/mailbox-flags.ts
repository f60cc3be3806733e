/** STORE, with and without UNCHANGEDSINCE (RFC 9051 6.4.6, RFC 7162 3.1.3). */
import { flagsThere, FlagTally, type Foreseen } from '../../core/mailbox/flag-changes.ts';
import type { FlagRequest, MailboxStore } from '../../core/mailbox/port.ts';
import { merged, type UidRange } from '../../core/mailbox/uid-ranges.ts';
import { keepChange, MAX_CHANGES } from './flag-changes.ts';
import { begin, finish, toMailbox } from './mailbox.ts';
import { first, type Row, type Sql } from './sql.ts';
import { inTurn } from './turns.ts';

type Result = Awaited<ReturnType<MailboxStore['storeFlags']>>;

export function storeFlags(sql: Sql, request: FlagRequest): Promise<Result> {
  const { foreseen } = request;
  return inTurn(
    sql,
    [request.mailbox],
    async () => (foreseen && (await storeForeseen(sql, request, foreseen))) ?? store(sql, request),
  );
}

/** Undefined when the mailbox is not any more as it was, or has too many changes that its items have not. */
async function storeForeseen(
  sql: Sql,
  { account, mailbox: id, change }: FlagRequest,
  foreseen: Foreseen,
): Promise<Result | undefined> {
  const { modseq: since, bits, changed, same, failed, unseen, deleted } = foreseen;
  const about = [id, account, since];
  const row =
    changed.length === 0
      ? await first(sql, `SELECT * FROM mailbox ${UNCHANGED}`, about)
      : await first(
          sql,
          `UPDATE mailbox SET modseq = modseq + 1, unseen = unseen + ?, deleted = deleted + ?, keywords = ?, flag_changes = flag_changes + ?
             ${UNCHANGED} AND flag_changes <= ? RETURNING *`,
          [
            ...[unseen, deleted, foreseen.keywords.join(' '), changed.length],
            ...about,
            MAX_CHANGES - changed.length,
          ],
        );
  if (row === undefined) return undefined;
  const mailbox = toMailbox(row);
  const modseq = mailbox.highestModseq;
  if (changed.length > 0) {
    await keepChange(sql, { mailbox: id, modseq, change, bits, uids: changed });
    sql.tell({ account, mailbox: id, modseq });
  }
  return { ok: true, modseq, mailbox, change, bits, changed, same, failed };
}

const UNCHANGED = 'WHERE id = ? AND account = ? AND deleted_at IS NULL AND modseq = ?';

async function store(sql: Sql, request: FlagRequest): Promise<Result> {
  const { account, change } = request;
  const mailbox = await begin(sql, request);
  if (mailbox === undefined) return { ok: false, why: 'missing' };
  const there = flagsThere(mailbox.keywords, request);
  if (there === undefined) return { ok: false, why: 'too many keywords' };
  const { bits, keywords } = there;
  const modseq = mailbox.highestModseq;
  const tally = new FlagTally(request, bits);
  const touched: UidRange[] = [];
  for (const range of merged(request.uids)) {
    const before = tally.changed.length;
    tally.nextRange();
    for (const { uid, flags, modseq } of await states(sql, request.mailbox, range))
      tally.add(uid as number, flags as number, modseq as number);
    if (tally.changed.length > before) touched.push(range);
  }
  const { changed, same, failed, unseen, deleted } = tally;
  const result = { ok: true as const, modseq, change, bits, changed, same, failed };
  if (changed.length === 0) return { ...result, mailbox };
  await update(sql, { request, bits, modseq, touched });
  await finish(sql, { account, mailbox }, { messages: 0, sizeBytes: 0, unseen, deleted, keywords });
  const [areUnseen, areDeleted] = [mailbox.unseen + unseen, mailbox.deleted + deleted];
  return { ...result, mailbox: { ...mailbox, keywords, unseen: areUnseen, deleted: areDeleted } };
}

function states(sql: Sql, mailbox: number, range: UidRange): Promise<Row[]> {
  return sql.all(
    'SELECT uid, flags, modseq FROM mailbox_item WHERE mailbox = ? AND uid BETWEEN ? AND ? ORDER BY uid',
    [mailbox, ...range],
  );
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
