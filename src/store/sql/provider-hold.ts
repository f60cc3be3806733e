import type { Freeze } from '../../core/queue/freeze.ts';
import type { CaseHold } from '../../core/reputation/case.ts';
import { addEvent, closeCase } from './cases.ts';
import { freeze } from './freezes.ts';
import { first, type Sql } from './sql.ts';

/**
 * Freezes, and opens the case of that scope or renews the one that is open, in one transaction. One that is open for another reason
 * (a customer's own sake, our address) ends: what was said for one is no evidence of the other.
 */
export async function hold(sql: Sql, { freeze: wanted, about, replies }: CaseHold): Promise<Freeze> {
  const frozen = await freeze(sql, wanted);
  const { provider, egress, customer = null, blame, pauseMs, level } = about;
  const at = wanted.since;
  await closeCase(sql, {
    scope: wanted.scope,
    unlike: blame,
    at,
    why: 'its mail is refused for another reason now',
  });
  const row = await first(
    sql,
    `INSERT INTO provider_case (scope, provider, egress, customer, blame, class, state, opened_at, changed_at, pause_ms, level, renewed)
     VALUES (?, ?, ?, ?, ?, ?, 'held', ?, ?, ?, ?, 0)
     ON CONFLICT (scope) WHERE state <> 'closed' DO UPDATE SET state = 'held', blame = excluded.blame, class = excluded.class,
       changed_at = ?, pause_ms = ?,
       level = CASE WHEN provider_case.level > ? THEN provider_case.level ELSE ? END, renewed = provider_case.renewed + 1
     RETURNING id, renewed`,
    [
      wanted.scope,
      provider,
      egress,
      customer,
      blame,
      about.class,
      at,
      at,
      pauseMs,
      level,
      at,
      pauseMs,
      level,
      level,
    ],
  );
  const id = row?.id as number;
  for (const { at: saidAt, ...detail } of replies)
    await addEvent(sql, id, { at: saidAt, kind: 'reply', detail });
  const kind = (row?.renewed as number) > 0 ? 'renewed' : 'held';
  await addEvent(sql, id, { at, kind, detail: { pauseMs, class: about.class } });
  return frozen;
}
