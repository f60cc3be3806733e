import { allowanceOf, chunkOf, warmUpStep, type WarmUpStore } from '../../core/reputation/warm-up.ts';
import { first, type Sql } from './sql.ts';

type Request<Name extends keyof WarmUpStore> = Parameters<WarmUpStore[Name]>[0];

/**
 * The row is made first and then changed by one statement, which both databases do for one transaction after the other
 * and which reckons with what the last one left: no two workers are given the same.
 */
export async function takeWarmUp(sql: Sql, request: Request<'takeWarmUp'>): Promise<{ granted?: number }> {
  const { egress, provider, day, since, count } = request;
  const refused = await first(
    sql,
    `SELECT count(*) AS days FROM warm_up
     WHERE egress = ? AND provider = ? AND day >= ? AND day < ? AND refused = 1`,
    [egress, provider, since, day],
  );
  const step = warmUpStep({ day, since }, { refusedDays: Number(refused?.days ?? 0) });
  const allowance = allowanceOf(provider, step);
  if (allowance === undefined) return {};
  await makeDay(sql, { egress, provider, day });
  const chunk = chunkOf(allowance, count);
  const row = await first(
    sql,
    `UPDATE warm_up SET taken = CASE WHEN taken + ? > ? THEN ? ELSE taken + ? END,
       granted = CASE WHEN taken + ? > ? THEN ? - taken ELSE ? END
     WHERE egress = ? AND provider = ? AND day = ? AND taken < ? RETURNING granted`,
    [
      ...[chunk, allowance, allowance, chunk],
      ...[chunk, allowance, allowance, chunk],
      egress,
      provider,
      day,
      allowance,
    ],
  );
  return { granted: Number(row?.granted ?? 0) };
}

export async function noteWarmUpRefusal(sql: Sql, about: Request<'noteWarmUpRefusal'>): Promise<void> {
  const { egress, provider, day } = about;
  await makeDay(sql, about);
  await sql.run('UPDATE warm_up SET refused = 1 WHERE egress = ? AND provider = ? AND day = ?', [
    ...[egress, provider, day],
  ]);
}

async function makeDay(sql: Sql, about: Request<'noteWarmUpRefusal'>): Promise<void> {
  await sql.run(
    `INSERT INTO warm_up (egress, provider, day, taken, granted, refused) VALUES (?, ?, ?, 0, 0, 0)
     ON CONFLICT (egress, provider, day) DO NOTHING`,
    [about.egress, about.provider, about.day],
  );
}

export async function warmUps(
  sql: Sql,
  { egress, day, since }: Request<'warmUps'>,
): ReturnType<WarmUpStore['warmUps']> {
  const rows = await sql.all(
    `SELECT provider, SUM(CASE WHEN day = ? THEN taken ELSE 0 END) AS taken,
       SUM(CASE WHEN day < ? THEN refused ELSE 0 END) AS refused_days
     FROM warm_up WHERE egress = ? AND day >= ? AND day <= ? GROUP BY provider ORDER BY provider`,
    [day, day, egress, since, day],
  );
  return rows.map((row) => ({
    provider: row.provider as string,
    taken: Number(row.taken),
    refusedDays: Number(row.refused_days),
  }));
}

export function forgetWarmUps(sql: Sql, before: number): Promise<number> {
  return sql.run('DELETE FROM warm_up WHERE day < ?', [before]);
}
