import type { Suppression } from '../../core/reputation/port.ts';
import { APART_MS, COUNTS_FOR_MS, FAILURES, SUPPRESSED_FOR_MS } from '../../core/reputation/suppression.ts';
import { first, LIMIT, type Row, type Sql } from './sql.ts';

export async function suppressions(
  sql: Sql,
  { now, limit, only }: { now: number; limit: number; only: 'suppressed' | 'all' },
): Promise<Suppression[]> {
  const which = only === 'all' ? '' : 'AND since IS NOT NULL';
  const rows = await sql.all(
    `SELECT * FROM suppression WHERE expires_at > ? ${which} ORDER BY last_at DESC, address ${LIMIT}`,
    [now, limit],
  );
  return rows.map(toSuppression);
}

/** One statement, so that two workers count two. */
export async function countRefusal(
  sql: Sql,
  { address, reason, at }: { address: string; reason: string; at: number },
): Promise<Suppression> {
  // One whose time is over begins anew.
  await sql.run('DELETE FROM suppression WHERE address = ? AND expires_at <= ?', [address, at]);
  const enough =
    'suppression.failures + 1 >= CAST(? AS BIGINT) AND CAST(? AS BIGINT) - suppression.first_at >= CAST(? AS BIGINT)';
  const isEnough = [FAILURES, at, APART_MS];
  const row = await first(
    sql,
    `INSERT INTO suppression (address, reason, failures, first_at, last_at, expires_at) VALUES (?, ?, 1, ?, ?, ?)
     ON CONFLICT (address) DO UPDATE SET reason = ?, failures = suppression.failures + 1, last_at = ?,
       since = CASE WHEN suppression.since IS NOT NULL THEN suppression.since WHEN ${enough} THEN ? ELSE NULL END,
       expires_at = CASE WHEN ${enough} THEN CAST(? AS BIGINT) ELSE CAST(? AS BIGINT) END
     RETURNING *`,
    [
      ...[address, reason, at, at, at + COUNTS_FOR_MS],
      ...[reason, at, ...isEnough, at],
      ...[...isEnough, at + SUPPRESSED_FOR_MS, at + COUNTS_FOR_MS],
    ],
  );
  return toSuppression(row as Row);
}

/** Puts an address there by hand; the entry by which it was suppressed before. */
export async function suppress(sql: Sql, entry: Suppression): Promise<Suppression | undefined> {
  const { address, reason, by = null, failures, firstAt, lastAt, since = null, expiresAt } = entry;
  const before = await first(
    sql,
    'SELECT * FROM suppression WHERE address = ? AND since IS NOT NULL AND expires_at > ?',
    [address, lastAt],
  );
  await sql.run(
    `INSERT INTO suppression (address, reason, by_whom, failures, first_at, last_at, since, expires_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (address) DO UPDATE SET reason = excluded.reason, by_whom = excluded.by_whom, failures = excluded.failures,
       first_at = excluded.first_at, last_at = excluded.last_at, since = excluded.since, expires_at = excluded.expires_at`,
    [address, reason, by, failures, firstAt, lastAt, since, expiresAt],
  );
  return before === undefined ? undefined : toSuppression(before);
}

export async function unsuppress(sql: Sql, address: string): Promise<boolean> {
  return (await sql.run('DELETE FROM suppression WHERE address = ?', [address])) > 0;
}

export function forgetSuppressions(sql: Sql, before: number): Promise<number> {
  return sql.run('DELETE FROM suppression WHERE expires_at < ?', [before]);
}

function toSuppression(row: Row): Suppression {
  return {
    address: row.address as string,
    reason: row.reason as string,
    ...(row.by_whom === null ? {} : { by: row.by_whom as string }),
    failures: row.failures as number,
    firstAt: row.first_at as number,
    lastAt: row.last_at as number,
    ...(row.since === null ? {} : { since: row.since as number }),
    expiresAt: row.expires_at as number,
  };
}
