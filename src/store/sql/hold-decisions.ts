/** What is decided about held mail, each with what its owner is told of it, in one transaction. */
import type { AccountId } from '../../core/envelope.ts';
import { MOST_OF_ONE } from '../../core/guard/dropped.ts';
import { textsOf } from '../../core/guard/event.ts';
import { readDecided } from '../../core/guard/log-data.ts';
import { type HoldGroup, type HoldToken, NOBODY } from '../../core/guard/port.ts';
import type { Decide, GuardStore, OwnersRelease } from '../../core/guard/store.ts';
import type { Acceptance } from '../../core/queue/port.ts';
import { accept, acceptNotice, hasInbox } from './accept.ts';
import { linesOfGroup, noteGuard } from './guard.ts';
import { afterDecision, recall } from './hold-groups.ts';
import { lock, toGroup } from './holds.ts';
import { first, LIMIT, type Sql, type SqlValue } from './sql.ts';

/** Tokens of one account that are looked at: it has fewer groups. */
const MOST_TOKENS = 100;

/** One row, whatever is in the group, and a line in the traffic log for the guards of all workers. */
export function decideHold(sql: Sql, decide: Decide): Promise<HoldGroup | undefined> {
  return decideIf(sql, decide, { text: '1 = 1', values: [] });
}

/** In one statement with its condition: those of one transaction run interleaved. */
async function decideIf(
  sql: Sql,
  decide: Decide,
  condition: { text: string; values: readonly SqlValue[] },
): Promise<HoldGroup | undefined> {
  const { group, decision, at, by, reason } = decide;
  const notice = await withReader(sql, decide.notice);
  const row = await first(
    sql,
    `UPDATE hold_group SET state = ?, decided_at = ?, decided_by = ?, reason = ?, notice = ?
     WHERE id = ? AND state = 'open' AND ${condition.text} RETURNING *`,
    [
      ...[decision === 'release' ? 'releasing' : 'dropping', at, by, reason, notice?.message ?? null, group],
      ...condition.values,
    ],
  );
  if (row === undefined) return undefined;
  const decided = toGroup(row);
  await afterDecision(sql, { group, account: decided.account });
  if (notice !== undefined) await accept(sql, notice);
  const texts = await textsOfGroup(sql, decided);
  const line = { at, worker: NOBODY, account: decided.login };
  await noteGuard(sql, [
    decision === 'release'
      ? { ...line, kind: 'released', data: taught(decided, { texts, byOwner: decide.byOwner }) }
      : { ...line, kind: 'dropped', data: JSON.stringify({ count: decided.recipients, texts }) },
  ]);
  return decided;
}

/**
 * What the guards learn of it: its first message, how many recipients all had, what its texts are known by, and who says that it was
 * its owner's.
 */
function taught(
  { sample, recipients }: HoldGroup,
  { texts, byOwner }: { texts: readonly string[]; byOwner: Decide['byOwner'] },
): string {
  return JSON.stringify({
    ...JSON.parse(sample),
    count: recipients,
    texts,
    ...(byOwner === undefined ? {} : { by: 'owner' }),
  });
}

/** Messages of a group that are looked at for their texts: the last ones, and its first. */
const MOST_LOOKED_AT = 200;

/** What the texts of a group's messages are known by. */
async function textsOfGroup(sql: Sql, { id, login, firstAt, sample }: HoldGroup): Promise<string[]> {
  const lines = await linesOfGroup(sql, { group: id, account: login, since: firstAt, limit: MOST_LOOKED_AT });
  const texts = new Set<string>();
  for (const data of [sample, ...lines]) {
    const decided = readDecided(data);
    for (const text of decided === undefined ? [] : textsOf(decided.event)) texts.add(text);
  }
  return [...texts].slice(0, MOST_OF_ONE);
}

/** Of an account: the tokens of its notices that no decision has ended. */
export async function holdTokens(sql: Sql, account: AccountId): Promise<HoldToken[]> {
  const rows = await sql.all(`SELECT * FROM hold_token WHERE account = ? ORDER BY expires_at DESC ${LIMIT}`, [
    account,
    MOST_TOKENS,
  ]);
  return rows.map((row) => ({
    hash: row.token as string,
    group: row.hold_group as number,
    expiresAt: row.expires_at as number,
  }));
}

/** Recipients of all that its owner released since then. */
const BY_OWNER = `COALESCE((SELECT sum(g.recipients) FROM hold_group g WHERE g.account = ? AND g.decided_by = ? AND g.decided_at > ?
    AND g.state IN ('releasing', 'released')), 0)`;

/**
 * What an owner asks for, decided in one transaction with what they read of it. Those of one account wait for each other, so
 * that together they never release more than `most` recipients.
 */
export async function releaseByOwner(
  sql: Sql,
  { account, group, most, since, ...decide }: Parameters<GuardStore['releaseByOwner']>[0],
): Promise<OwnersRelease> {
  const may = 'UPDATE account SET language = language WHERE id = ? AND locked_reason IS NULL';
  if ((await sql.run(may, [account])) !== 1) return 'stopped';
  const decided = await decideIf(
    sql,
    { ...decide, group, decision: 'release', byOwner: true },
    {
      text: `account = ? AND owners = 1 AND recipients + ${BY_OWNER} <= ?`,
      values: [account, account, decide.by, since, most],
    },
  );
  if (decided !== undefined) return decided;
  const row = await first(sql, 'SELECT state, owners FROM hold_group WHERE id = ? AND account = ?', [
    ...[group, account],
  ]);
  if (row?.state !== 'open') return 'decided';
  return row.owners === 1 ? 'too many' : 'not the owner’s';
}

export async function warnHold(
  sql: Sql,
  { group, until, seenMs, notice }: Parameters<GuardStore['warnHold']>[0],
): Promise<boolean> {
  const changed = await sql.run(
    `UPDATE hold_group SET warned = 1, expires_at = ?, warned_seen = ? WHERE id = ? AND state = 'open' AND warned = 0`,
    [until, seenMs, group],
  );
  const told = await withReader(sql, notice);
  if (changed === 1 && told !== undefined) await accept(sql, told);
  return changed === 1;
}

/** It is kept for longer: nobody has seen the time pass that its owner was promised. */
export async function postponeHold(
  sql: Sql,
  { group, until }: Parameters<GuardStore['postponeHold']>[0],
): Promise<void> {
  await sql.run(`UPDATE hold_group SET expires_at = ? WHERE id = ? AND state = 'open' AND expires_at < ?`, [
    until,
    group,
    until,
  ]);
}

/** A notice that somebody can read: whose account is gone meanwhile has no mailbox, and its mail goes all the same. */
async function withReader(sql: Sql, notice: Acceptance | undefined): Promise<Acceptance | undefined> {
  const reader = notice?.copies[0]?.account;
  if (reader === undefined) return notice;
  return (await hasInbox(sql, reader)) ? notice : undefined;
}

export async function stopAccount(
  sql: Sql,
  { account, reason, at, notice, recalled }: Parameters<GuardStore['stopAccount']>[0],
): Promise<boolean> {
  const stopped = await lock(sql, { account, reason, at });
  if (!stopped) return false;
  await acceptNotice(sql, notice);
  await recall(sql, { ...recalled, at });
  return true;
}
