/** Held mail in groups, and the transaction of each decision about one. */
import type { AccountId, DeliveryId, Language, MessageId, PathKey } from '../../core/envelope.ts';
import { type HoldGroup, type HoldState, MOST_GROUPS, OTHER } from '../../core/guard/port.ts';
import { ONLY_WAITED } from '../../core/guard/reasons.ts';
import type { GuardStore } from '../../core/guard/store.ts';
import { type Acceptance, contentSize } from '../../core/queue/port.ts';
import { releaseMessage } from './content.ts';
import { keepEvent } from './event.ts';
import { appendCopy, holdAccount } from './mailbox.ts';
import { ONLY_WAITING, recall } from './hold-groups.ts';
import { countLetOut } from './relaxations.ts';
import { first, LIMIT, type Row, type Sql } from './sql.ts';

type Request<Name extends keyof GuardStore> = Parameters<GuardStore[Name]>[0];

const LOG =
  'INSERT INTO guard_event (at, worker, account, kind, message, hold_group, data) VALUES (?, ?, ?, ?, ?, ?, ?)';

/** Puts a judged submission into the traffic log, and into a group when it is held: the group's number. */
export async function keepJudged(sql: Sql, input: Acceptance): Promise<number | undefined> {
  const { judged } = input;
  if (judged === undefined) return undefined;
  const group = judged.hold === undefined ? undefined : await joinGroup(sql, input);
  const { at, worker, account, kind, data } = judged;
  await sql.run(LOG, [at, worker, account, kind, input.message, group ?? null, data]);
  if (judged.relaxed !== undefined) await countLetOut(sql, { ...judged.relaxed, at: judged.at });
  return group;
}

/** The campaign, where it has a group or its account may have one more; the insert counts, as those of one transaction may run side by side. */
const ROOM_FOR = `CASE WHEN EXISTS (SELECT 1 FROM hold_group WHERE account = ? AND campaign = ? AND state = 'open') OR (SELECT count(*) FROM hold_group WHERE account = ? AND state = 'open') < ${MOST_GROUPS}
  THEN ? ELSE '${OTHER}' END`;

/** What stands for a group in which nothing was judged before. */
const FIRST_JUDGED = `subject = CASE WHEN hold_group.sample = '${ONLY_WAITING}' THEN ? ELSE hold_group.subject END,
  sample = CASE WHEN hold_group.sample = '${ONLY_WAITING}' THEN ? ELSE hold_group.sample END`;

/** The open group of its campaign, a new one, or, when its account has many, the one for all others. */
async function joinGroup(sql: Sql, input: Acceptance): Promise<number> {
  const { judged, account } = input;
  const hold = judged?.hold;
  if (hold === undefined || account === undefined) throw new Error('held mail is of an account');
  const recipients = input.deliveries.length + input.copies.length;
  const { content, prefix, acceptedAt } = input;
  const size = prefix.length + contentSize(content);
  const owners = hold.owners === true ? 1 : 0;
  const sample = judged?.data ?? '';
  // Groups of one account are made one after the other.
  await holdAccount(sql, account);
  const known = await first(
    sql,
    `UPDATE hold_group SET last_at = ?, messages = messages + 1, recipients = recipients + ?, size = size + ?,
       owners = owners * ?, ${FIRST_JUDGED} WHERE account = ? AND campaign = ? AND state = 'open' RETURNING id`,
    [acceptedAt, recipients, size, owners, hold.subject, sample, account, hold.campaign],
  );
  if (known !== undefined) return known.id as number;
  const row = await first(
    sql,
    `INSERT INTO hold_group (id, account, login, campaign, state, first_at, last_at, messages, recipients, size, subject,
       sample, expires_at, warned, owners) VALUES (?, ?, ?, ${ROOM_FOR}, 'open', ?, ?, 1, ?, ?, ?, ?, ?, 0, ?)
     ON CONFLICT (account, campaign) WHERE state = 'open' DO UPDATE SET last_at = ?, messages = hold_group.messages + 1,
       recipients = hold_group.recipients + ?, size = hold_group.size + ?, owners = hold_group.owners * ?, ${FIRST_JUDGED} RETURNING id`,
    [
      ...[hold.group, account, judged?.account ?? ''],
      ...[account, hold.campaign, account, hold.campaign],
      ...[acceptedAt, acceptedAt, recipients, size, hold.subject, sample, hold.expiresAt, owners],
      ...[acceptedAt, recipients, size, owners, hold.subject, sample],
    ],
  );
  return row?.id as number;
}

/** Stops the account when it is due; what its owner is to be told then, or of the hold, when that was not told yet. */
export async function tellOfHold(sql: Sql, input: Acceptance, group: number): Promise<Acceptance[]> {
  const { holdNotices, judged, account = -1, acceptedAt } = input;
  const stop = judged?.hold?.stop;
  if (stop !== undefined) {
    const stopped = await lock(sql, { account, reason: stop, at: acceptedAt });
    if (stopped) await recall(sql, { group, customer: input.customer, at: acceptedAt });
    return stopped && holdNotices?.stopped !== undefined ? [holdNotices.stopped] : [];
  }
  if (holdNotices === undefined) return [];
  const { key, notice, token } = holdNotices.held;
  const told = 'INSERT INTO told (key, at) VALUES (?, ?) ON CONFLICT (key) DO NOTHING';
  if ((await sql.run(told, [key, acceptedAt])) !== 1) return [];
  if (token !== undefined)
    await sql.run('INSERT INTO hold_token (token, hold_group, account, expires_at) VALUES (?, ?, ?, ?)', [
      ...[token.hash, group, account, token.expiresAt],
    ]);
  return [notice];
}

/** What only waited when its account was stopped has no reason of its own. */
export async function waitedIn(
  sql: Sql,
  { group, limit }: Request<'waitedIn'>,
): Promise<{ deliveries: number; recipients: string[] }> {
  const waited = `FROM delivery WHERE hold_group = ? AND state = 'held' AND hold_reason = ?`;
  const [count, rows] = await Promise.all([
    first(sql, `SELECT count(*) AS deliveries ${waited}`, [group, ONLY_WAITED]),
    sql.all(`SELECT recipient ${waited} ORDER BY id ${LIMIT}`, [group, ONLY_WAITED, limit]),
  ]);
  return {
    deliveries: count?.deliveries as number,
    recipients: rows.map(({ recipient }) => recipient as string),
  };
}

/** Keeps an account from sending; false when it was locked already. */
export async function lock(
  sql: Sql,
  about: { account: number; reason: string; at: number },
): Promise<boolean> {
  const changed = await sql.run(
    'UPDATE account SET locked_at = ?, locked_reason = ? WHERE id = ? AND locked_reason IS NULL',
    [about.at, about.reason, about.account],
  );
  return changed === 1;
}

/** One that was made for what waits has something in it, or is none yet. */
const ANY = `(state <> 'open' OR recipients > 0)`;
const OPEN = `(state IN ('open', 'releasing', 'dropping') AND ${ANY})`;

export async function listHolds(sql: Sql, request: Request<'listHolds'>): Promise<HoldGroup[]> {
  const rows = await sql.all(
    `SELECT * FROM hold_group WHERE ${request.all ? ANY : OPEN}${request.login === undefined ? '' : ' AND login = ?'}
     ORDER BY last_at DESC, id DESC ${LIMIT}`,
    [...(request.login === undefined ? [] : [request.login]), request.limit],
  );
  return rows.map(toGroup);
}

export async function groupOfMessage(sql: Sql, message: MessageId): Promise<number | undefined> {
  const text = 'SELECT max(hold_group) AS id FROM delivery WHERE message = ?';
  return ((await first(sql, text, [message]))?.id as number | null) ?? undefined;
}

export async function holdGroup(sql: Sql, id: number): Promise<HoldGroup | undefined> {
  const row = await first(sql, 'SELECT * FROM hold_group WHERE id = ?', [id]);
  return row === undefined ? undefined : toGroup(row);
}

export async function stepHold(
  sql: Sql,
  { group: id, limit, at }: Request<'stepHold'>,
): Promise<{ moved: number; paths: PathKey[]; done: boolean }> {
  const group = await holdGroup(sql, id);
  const nothing = { moved: 0, paths: [], done: true };
  if (group === undefined || (group.state !== 'releasing' && group.state !== 'dropping')) return nothing;
  const rows = await sql.all(
    `SELECT id, message, path, recipient, account, notify FROM delivery WHERE hold_group = ? AND state = 'held' ORDER BY id ${LIMIT}`,
    [id, limit],
  );
  const paths = new Set<PathKey>();
  const step = group.state === 'dropping' ? rows : stepOf(rows);
  for (const row of step) {
    const about = { at, reason: group.reason ?? '' };
    if (group.state === 'dropping') {
      await drop(sql, row, { ...about, ...(group.notice === undefined ? {} : { notice: group.notice }) });
      continue;
    }
    await release(sql, row, about);
    if (row.account === null) paths.add(row.path as PathKey);
  }
  const done = step.length === rows.length && rows.length < limit;
  if (done)
    await sql.run('UPDATE hold_group SET state = ? WHERE id = ?', [
      group.state === 'releasing' ? 'released' : 'dropped',
      id,
    ]);
  return { moved: step.length, paths: [...paths], done };
}

/** Copies for mailboxes here of one transaction: whoever delivers to these waits until it is over. */
const MOST_COPIES = 20;

/** Everything but copies, and the first of those, by account, as mail that comes has it: two never wait for each other. */
function stepOf(rows: readonly Row[]): readonly Row[] {
  const copies = rows.filter(({ account }) => account !== null);
  if (copies.length === 0) return rows;
  const some = copies.slice(0, MOST_COPIES).sort((a, b) => (a.account as number) - (b.account as number));
  return [...rows.filter(({ account }) => account === null), ...some];
}

/**
 * Lets a held delivery go, in its place by when it was accepted; a copy for a mailbox here is delivered. Its message
 * gets back the time for which it was held. False when it is held no more.
 */
export async function release(sql: Sql, row: Row, about: { at: number; reason: string }): Promise<boolean> {
  if (row.account !== null) return releaseCopy(sql, row, about);
  const age = '(SELECT accepted_at FROM message WHERE id = delivery.message)';
  const moved = await sql.run(
    `UPDATE delivery SET state = 'ready', hold_reason = NULL, due_at = ${age}, tell_at = tell_at + ? - ${age}
     WHERE id = ? AND state = 'held'`,
    [about.at, row.id as number],
  );
  if (moved === 0) return false;
  await sql.run(
    `UPDATE message SET expires_at = expires_at + ? - accepted_at, released_at = ? WHERE id = ? AND released_at IS NULL`,
    [about.at, about.at, row.message as number],
  );
  await event(sql, row, { at: about.at, kind: 'released', detail: { reason: about.reason } });
  return true;
}

/** Whose account is gone meanwhile, its mail is as well. */
async function releaseCopy(sql: Sql, row: Row, about: { at: number; reason: string }): Promise<boolean> {
  const inbox = `SELECT id FROM mailbox WHERE account = ? AND name = 'INBOX'`;
  if ((await first(sql, inbox, [row.account as number])) === undefined)
    return drop(sql, row, { at: about.at, reason: 'its mailbox was removed meanwhile' });
  const moved = await sql.run(
    `UPDATE delivery SET state = 'delivered', hold_reason = NULL, finished_at = ? WHERE id = ? AND state = 'held'`,
    [about.at, row.id as number],
  );
  if (moved === 0) return false;
  await event(sql, row, { at: about.at, kind: 'released', detail: { reason: about.reason } });
  // Told by a worker: a command has nothing to write such a notice with.
  if (
    String(row.notify ?? '')
      .split(',')
      .includes('SUCCESS')
  )
    await sql.run('INSERT INTO success_due (delivery) VALUES (?)', [row.id as number]);
  const kept = await first(sql, 'SELECT size FROM message WHERE id = ?', [row.message as number]);
  await appendCopy(sql, {
    account: row.account as AccountId,
    message: row.message as MessageId,
    recipient: row.recipient as string,
    sizeBytes: kept?.size as number,
    at: about.at,
    delivery: row.id as DeliveryId,
  });
  return true;
}

async function drop(
  sql: Sql,
  row: Row,
  { at, ...detail }: { at: number; reason: string; notice?: number },
): Promise<boolean> {
  const moved = await sql.run(
    `UPDATE delivery SET state = 'cancelled', finished_at = ? WHERE id = ? AND state = 'held'`,
    [at, row.id as number],
  );
  if (moved === 0) return false;
  await event(sql, row, { at, kind: 'cancelled', detail });
  await releaseMessage(sql, row.message as number);
  return true;
}

function event(
  sql: Sql,
  row: Row,
  about: { at: number; kind: string; detail: Readonly<Record<string, unknown>> },
): Promise<void> {
  return keepEvent(sql, { ...about, message: row.message as number, delivery: row.id as number });
}

export async function dueHolds(
  sql: Sql,
  { endBefore, warnBefore, limit }: Request<'dueHolds'>,
): Promise<(HoldGroup & { language: Language })[]> {
  // Each a look into an index: asked for with OR, every group would be read.
  const rows = await sql.all(
    `SELECT g.*, a.language FROM hold_group g LEFT JOIN account a ON a.id = g.account WHERE g.id IN (
       SELECT id FROM hold_group WHERE state IN ('releasing', 'dropping')
       UNION ALL SELECT id FROM hold_group WHERE state = 'open' AND recipients > 0 AND warned IN (0, 1) AND expires_at < ?
       UNION ALL SELECT id FROM hold_group WHERE state = 'open' AND recipients > 0 AND warned = 0 AND expires_at < ?)
     ORDER BY g.id ${LIMIT}`,
    [endBefore, warnBefore, limit],
  );
  return rows.map((row) => ({ ...toGroup(row), language: (row.language ?? 'en') as Language }));
}

export async function overfullHolds(
  sql: Sql,
  request: Request<'overfullHolds'>,
): Promise<{ account: AccountId; login: string; language: Language; groups: HoldGroup[] }[]> {
  const rows = await sql.all(
    `SELECT a.id AS account, a.address, a.language FROM account a WHERE a.locked_reason IS NULL AND a.id IN (
       SELECT account FROM hold_group WHERE state = 'open' GROUP BY account HAVING sum(size) > ?) ${LIMIT}`,
    [request.bytes, request.limit],
  );
  return Promise.all(
    rows.map(async (row) => ({
      account: row.account as AccountId,
      login: row.address as string,
      language: row.language as Language,
      groups: await listHolds(sql, { login: row.address as string, limit: MOST_GROUPS + 1 }),
    })),
  );
}

export function toGroup(row: Row): HoldGroup {
  return {
    id: row.id as number,
    account: row.account as AccountId,
    login: row.login as string,
    campaign: row.campaign as string,
    state: row.state as HoldState,
    firstAt: row.first_at as number,
    lastAt: row.last_at as number,
    messages: row.messages as number,
    recipients: row.recipients as number,
    sizeBytes: row.size as number,
    subject: row.subject as string,
    sample: row.sample as string,
    expiresAt: row.expires_at as number,
    warned: row.warned === 1,
    ...(row.warned_seen === null ? {} : { warnedSeenMs: row.warned_seen as number }),
    owners: row.owners === 1,
    ...(row.decided_at === null ? {} : { decidedAt: row.decided_at as number }),
    ...(row.decided_by === null ? {} : { decidedBy: row.decided_by as string }),
    ...(row.reason === null ? {} : { reason: row.reason as string }),
    ...(row.notice === null ? {} : { notice: row.notice as MessageId }),
  };
}
