/** What is relaxed, and what was previewed. */
import { domainOf } from '../../core/delivery/route.ts';
import {
  type EndOfRelaxation,
  type OrderedRelaxation,
  PREVIEW_GOOD_MS,
  type Relaxation,
} from '../../core/guard/relaxation.ts';
import { type GuardStore, MOST_ENDED, type NewRelaxation, type Preview } from '../../core/guard/store.ts';
import { first, type Row, type Sql } from './sql.ts';
import { type TenantDomain, tenants } from './tenants.ts';

const ENDS = (wire: string): string =>
  `ended_at = CASE WHEN ${wire} THEN COALESCE(ended_at, ?) ELSE ended_at END,
   ended_why = CASE WHEN ${wire} THEN COALESCE(ended_why, ?) ELSE ended_why END`;

export async function keepPreview(sql: Sql, { scope, factor, at }: Preview): Promise<void> {
  await sql.run('DELETE FROM guard_preview WHERE at < ?', [at - PREVIEW_GOOD_MS]);
  await sql.run(
    `INSERT INTO guard_preview (scope, factor, at) VALUES (?, ?, ?)
     ON CONFLICT (scope, factor) DO UPDATE SET at = excluded.at`,
    [scope, hundredths(factor), at],
  );
}

const BY_WIRE = `ended_why IN ('letOut', 'refused', 'accounts')`;

/**
 * The id; undefined when nobody has looked what it would let out, of that factor at least, since `previewedSince`, and since a wire
 * ended the last one.
 */
export async function relax(sql: Sql, order: NewRelaxation): Promise<number | undefined> {
  const { scope, factor, from, to, reason, author, wires, previewedSince } = order;
  // Who relaxes the same, or changes what it reaches (`changeTenant`), waits for this row.
  const previewed = await sql.run(
    `UPDATE guard_preview SET at = at WHERE scope = ? AND factor >= ? AND at >= ?
       AND at > COALESCE((SELECT max(ended_at) FROM relaxation WHERE scope = ? AND ${BY_WIRE}), 0)`,
    [scope, hundredths(factor), previewedSince, scope],
  );
  if (previewed === 0) return undefined;
  // Two for one scope would add up in nobody's mind.
  await sql.run(
    `UPDATE relaxation SET ended_at = ?, ended_why = 'renewed' WHERE scope = ? AND ended_at IS NULL AND to_at > ?`,
    [from, scope, from],
  );
  const row = await first(
    sql,
    `INSERT INTO relaxation (scope, factor, reason, author, from_at, to_at, wire_let_out, wire_refused, wire_accounts,
       let_out, refused) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0) RETURNING id`,
    [scope, hundredths(factor), reason, author, from, to, wires.letOut, wires.refused, wires.accounts],
  );
  return row?.id as number;
}

/** Those in force at `at`, or all that are remembered, the newest first. */
export async function relaxations(
  sql: Sql,
  { at, all }: { at: number; all?: true },
): Promise<OrderedRelaxation[]> {
  const rows =
    all === true
      ? await sql.all(`SELECT * FROM relaxation ORDER BY id DESC LIMIT ${MOST_ENDED}`, [])
      : await sql.all('SELECT * FROM relaxation WHERE ended_at IS NULL AND to_at > ? ORDER BY id DESC', [at]);
  const isOfTenant = rows.some(({ scope }) => (scope as string).startsWith('tenant:'));
  const domains = isOfTenant ? await tenants(sql) : [];
  return rows.map((row) => toRelaxation(row, domains));
}

/** A tenant has a domain more: what is relaxed for it was not previewed with that one. */
export async function changeTenant(sql: Sql, tenant: string, at: number): Promise<void> {
  const scope = `tenant:${tenant}`;
  await sql.run('DELETE FROM guard_preview WHERE scope = ?', [scope]);
  await sql.run(
    `UPDATE relaxation SET ended_at = ?, ended_why = 'tenant' WHERE scope = ? AND ended_at IS NULL AND to_at > ?`,
    [at, scope, at],
  );
}

/** False when it was over. */
export async function endRelaxation(
  sql: Sql,
  { id, at, why, by, reason }: Parameters<GuardStore['endRelaxation']>[0],
): Promise<boolean> {
  const ended = await sql.run(
    `UPDATE relaxation SET ended_at = ?, ended_why = ?, ended_by = ?, ended_reason = ?
     WHERE id = ? AND ended_at IS NULL AND to_at > ?`,
    [at, why, by ?? null, reason ?? null, id, at],
  );
  return ended === 1;
}

/** A message to so many recipients left only because of it; in the transaction that keeps the message. */
export async function countLetOut(
  sql: Sql,
  { id, recipients, at }: { id: number; recipients: number; at: number },
): Promise<void> {
  const wire = 'let_out + ? >= wire_let_out';
  await sql.run(`UPDATE relaxation SET let_out = let_out + ?, ${ENDS(wire)} WHERE id = ?`, [
    ...[recipients, recipients, at, recipients, 'letOut', id],
  ]);
}

/** A far end refused what an account sends. */
export async function countRefused(
  sql: Sql,
  { account, count, at }: { account: string; count: number; at: number },
): Promise<void> {
  const wire = 'refused + ? >= wire_refused';
  await sql.run(
    `UPDATE relaxation SET refused = refused + ?, ${ENDS(wire)}
     WHERE ended_at IS NULL AND from_at <= ? AND to_at > ? AND (scope = ? OR scope = ? OR scope LIKE 'signal:%'
       OR scope = (SELECT 'tenant:' || tenant FROM domain WHERE name = ?))`,
    [
      ...[count, count, at, count, 'refused', at, at],
      ...[`account:${account}`, `domain:${domainOf(account)}`, domainOf(account)],
    ],
  );
}

function hundredths(factor: number): number {
  return Math.round(factor * 100);
}

function toRelaxation(row: Row, domains: readonly TenantDomain[]): OrderedRelaxation {
  return {
    id: row.id as number,
    scope: toScope(row.scope as string, domains),
    factor: (row.factor as number) / 100,
    from: row.from_at as number,
    to: row.to_at as number,
    reason: row.reason as string,
    author: row.author as string,
    wires: {
      letOut: row.wire_let_out as number,
      refused: row.wire_refused as number,
      accounts: row.wire_accounts as number,
    },
    letOut: row.let_out as number,
    refused: row.refused as number,
    ...(row.ended_at === null ? {} : { ended: endOf(row) }),
  };
}

function endOf(row: Row): NonNullable<OrderedRelaxation['ended']> {
  return {
    at: row.ended_at as number,
    why: row.ended_why as EndOfRelaxation,
    ...(row.ended_by === null ? {} : { by: row.ended_by as string }),
    ...(row.ended_reason === null ? {} : { reason: row.ended_reason as string }),
  };
}

/** `domains`: those that have a tenant. */
function toScope(text: string, domains: readonly TenantDomain[]): Relaxation['scope'] {
  const [kind, value] = [text.slice(0, text.indexOf(':')), text.slice(text.indexOf(':') + 1)];
  if (kind === 'tenant') {
    const own = domains.filter(({ tenant }) => tenant === value);
    return { kind, tenant: value, domains: own.map(({ domain }) => domain) };
  }
  // Written by `relax` from such a scope.
  return { kind, [kind]: value } as unknown as Relaxation['scope'];
}
