/** Operations of one transaction that want the same thing: they run one after the other. */
import type { AccountId, ImportFolderId, MailboxId } from '../../core/envelope.ts';
import type { Sql } from './sql.ts';

/** Numbers of mailboxes, of accounts and of folders elsewhere, which are never the same; and what all accounts have together. */
type Turn = MailboxId | AccountId | ImportFolderId | 'recalls';
const turns = new WeakMap<Sql, Map<Turn, Promise<unknown>>>();

/**
 * Runs it after all others of the same transaction that want one of these. Those of one transaction may run side by side, their
 * statements mixed (PostgreSQL); those of others wait for the rows that each changes first.
 */
export function inTurn<Result>(sql: Sql, of: readonly Turn[], run: () => Promise<Result>): Promise<Result> {
  const waiting = turns.get(sql) ?? new Map<Turn, Promise<unknown>>();
  turns.set(sql, waiting);
  const before = of.map((one) => waiting.get(one));
  const mine = before.every((turn) => turn === undefined) ? run() : Promise.all(before).then(run);
  const over = mine.then(
    () => undefined,
    () => undefined,
  );
  for (const one of of) waiting.set(one, over);
  void over.then(() => {
    for (const one of of) if (waiting.get(one) === over) waiting.delete(one);
  });
  return mine;
}
