/** What is decided about held mail, each with what its owner is told of it, in one transaction. */
import { type HoldGroup, NOBODY } from '../../core/guard/port.ts';
import type { Decide, GuardStore } from '../../core/guard/store.ts';
import type { Acceptance } from '../../core/queue/port.ts';
import { accept } from './accept.ts';
import { noteGuard } from './guard.ts';
import { lock, toGroup } from './holds.ts';
import { recall } from './recall.ts';
import { first, type Sql } from './sql.ts';

/** One row, whatever is in the group, and a line in the traffic log for the guards of all workers. */
export async function decideHold(sql: Sql, decide: Decide): Promise<HoldGroup | undefined> {
  const { group, decision, at, by, reason } = decide;
  const notice = await withReader(sql, decide.notice);
  const row = await first(
    sql,
    `UPDATE hold_group SET state = ?, decided_at = ?, decided_by = ?, reason = ?, notice = ?
     WHERE id = ? AND state = 'open' RETURNING *`,
    [decision === 'release' ? 'releasing' : 'dropping', at, by, reason, notice?.message ?? null, group],
  );
  if (row === undefined) return undefined;
  const decided = toGroup(row);
  if (notice !== undefined) await accept(sql, notice);
  if (decision === 'release')
    await noteGuard(sql, [
      { at, worker: NOBODY, account: decided.login, kind: 'released', data: taught(decided) },
    ]);
  return decided;
}

/** What the guards learn of it: its first message, and how many recipients all had. */
function taught({ sample, recipients }: HoldGroup): string {
  return JSON.stringify({ ...JSON.parse(sample), count: recipients });
}

export async function warnHold(
  sql: Sql,
  { group, until, notice }: Parameters<GuardStore['warnHold']>[0],
): Promise<boolean> {
  const changed = await sql.run(
    `UPDATE hold_group SET warned = 1, expires_at = ? WHERE id = ? AND state = 'open' AND warned = 0`,
    [until, group],
  );
  const told = await withReader(sql, notice);
  if (changed === 1 && told !== undefined) await accept(sql, told);
  return changed === 1;
}

/** A notice that somebody can read: whose account is gone meanwhile has no mailbox, and its mail goes all the same. */
async function withReader(sql: Sql, notice: Acceptance | undefined): Promise<Acceptance | undefined> {
  const reader = notice?.copies[0]?.account;
  if (reader === undefined) return notice;
  const inbox = `SELECT id FROM mailbox WHERE account = ? AND name = 'INBOX'`;
  return (await first(sql, inbox, [reader])) === undefined ? undefined : notice;
}

export async function stopAccount(
  sql: Sql,
  { account, reason, at, notice, recalled }: Parameters<GuardStore['stopAccount']>[0],
): Promise<boolean> {
  const stopped = await lock(sql, { account, reason, at });
  if (!stopped) return false;
  await accept(sql, notice);
  await recall(sql, recalled);
  return true;
}
