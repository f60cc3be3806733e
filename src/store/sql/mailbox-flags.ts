/** STORE, with and without UNCHANGEDSINCE (RFC 9051 6.4.6, RFC 7162 3.1.3). */
import { flagsThere, FlagTally, keptCost, MAX_KEPT_COST } from '../../core/mailbox/flag-changes.ts';
import type { FlagChangeRequest, FlagRequest, Mailbox, MailboxStore } from '../../core/mailbox/port.ts';
import { merged, type UidRange } from '../../core/mailbox/uid-ranges.ts';
import { begin, finish, toMailbox } from './mailbox.ts';
import { first, type Row, type Sql } from './sql.ts';
import { inTurn } from './turns.ts';

type Result = Awaited<ReturnType<MailboxStore['storeFlags']>>;

export function storeFlags(sql: Sql, request: FlagRequest): Promise<Result> {
  return inTurn(sql, [request.mailbox], () => store(sql, request));
}

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

/** What was foreseen, with nothing read for it (`flag-changes.ts`). */
export function keepFlagChange(sql: Sql, request: FlagChangeRequest): Promise<Mailbox | undefined> {
  return inTurn(sql, [request.mailbox.id], () => keep(sql, request));
}

async function keep(sql: Sql, request: FlagChangeRequest): Promise<Mailbox | undefined> {
  const { account, change, there, tally } = request;
  const { id, uidValidity, highestModseq, uidNext, messages, unseen, deleted } = request.mailbox;
  // By more than its MODSEQ: a database that was put back to an earlier time may come to the same one again.
  const asItWas = [id, account, highestModseq, uidValidity, uidNext, messages, unseen, deleted];
  if (tally.changed.length === 0) {
    const same = await first(sql, `SELECT * FROM mailbox ${AS_IT_WAS}`, asItWas);
    return same && toMailbox(same);
  }
  const cost = keptCost(tally);
  const row = await first(
    sql,
    `UPDATE mailbox SET modseq = modseq + 1, unseen = unseen + ?, deleted = deleted + ?, keywords = ?, flag_changes = flag_changes + ?
       ${AS_IT_WAS} AND flag_changes <= ? RETURNING *`,
    [tally.unseen, tally.deleted, there.keywords.join(' '), cost, ...asItWas, MAX_KEPT_COST - cost],
  );
  if (row === undefined) return undefined;
  const mailbox = toMailbox(row);
  const { highestModseq: modseq } = mailbox;
  await Promise.all(
    tally.changed.map((range) =>
      sql.run(
        'INSERT INTO flag_change (mailbox, modseq, first_uid, last_uid, change, bits) VALUES (?, ?, ?, ?, ?, ?)',
        [id, modseq, ...range, change, there.bits],
      ),
    ),
  );
  sql.tell({ account, mailbox: id, modseq });
  return mailbox;
}

const AS_IT_WAS = `WHERE id = ? AND account = ? AND deleted_at IS NULL AND modseq = ? AND uid_validity = ? AND uid_next = ?
  AND messages = ? AND unseen = ? AND deleted = ?`;
