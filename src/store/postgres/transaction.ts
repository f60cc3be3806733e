/** One transaction of PostgreSQL: several operations, how long each may wait and run, and who is to blame when that is not enough. */
import type pg from 'pg';
import type { AccountId } from '../../core/envelope.ts';
import { inboxesOf } from '../sql/accept.ts';
import { rowOfAccount, rowsOf } from '../sql/contention.ts';
import { operation } from '../sql/operations.ts';
import type { Call, RowName, Transacted } from '../sql/sql.ts';
import { type Connections, ServerAwayError } from './connections.ts';
import { isStale, PostgresSql } from './sql.ts';

/** After a failure: a connection that cannot even roll back within this, ms, is given up. */
const ROLLBACK_TIMEOUT_MS = 2_000;
/**
 * A commit is never cut short: where it waits for a standby, PostgreSQL would give up that wait, say that it is done, and what
 * was kept would be on one machine.
 */
const COMMIT = 'SET LOCAL statement_timeout = 0; COMMIT';
const INBOXES_OF = `SELECT account FROM mailbox WHERE account = ANY (string_to_array(?, ',')::BIGINT[]) AND name = 'INBOX'
  AND deleted_at IS NULL ORDER BY account FOR NO KEY UPDATE`;
/** lock_not_available: a wait for a lock took too long. */
const LOCK_TIMEOUT = '55P03';
/** query_canceled: a statement took too long. */
const STATEMENT_TIMEOUT = '57014';

/** How long one statement of a transaction may wait for each lock, and how long it may take, ms. */
export interface Patience {
  readonly lockMs: number;
  readonly statementMs: number;
}

/** A transaction met a lock that somebody holds for long, or a statement ran for too long: it is rolled back. */
export class ContendedError extends Error {
  /** The operations that have to wait, and the rows of each that are known to be locked. */
  readonly calls: ReadonlyMap<Call, readonly RowName[]>;
  /** Somebody holds a lock; otherwise the statement itself takes long. */
  readonly isLock: boolean;

  constructor(cause: Error, calls: ReadonlyMap<Call, readonly RowName[]>) {
    super(cause.message, { cause });
    this.calls = calls;
    this.isLock = codeOf(cause) === LOCK_TIMEOUT;
  }
}

/**
 * Runs operations in one transaction, their statements side by side. Rejects with what failed first, when all is rolled back:
 * with ContendedError for what takes too long, and with ServerAwayError when there is no connection any more.
 */
export async function together(
  connections: Connections,
  calls: readonly Call[],
  patience: Patience,
): Promise<Transacted> {
  const accounts = inboxesOf(calls);
  let results: PromiseSettledResult<unknown>[] = [];
  const run = async (sql: PostgresSql): Promise<Transacted> => {
    // Of the copies that it delivers here: their mailboxes, in one order before anything else is done.
    const locked = accounts.length < 2 ? undefined : lockInboxes(sql, accounts);
    // Settled, not raced: no statement of ours may still be in the pipe when the transaction ends.
    results = await Promise.allSettled([
      locked,
      ...calls.map((call) => operation(call.name)(sql, call.input)),
    ]);
    const outcomes = results.slice(1).map((result) => {
      if (result.status === 'rejected') throw result.reason;
      return { ok: true as const, value: result.value };
    });
    return { outcomes, changed: sql.changes };
  };
  return transaction(connections, {
    patience,
    run,
    explain: (error, sql) => blame(error, { calls, results, sql }),
  });
}

/** Waits until nobody has these INBOXes, one after the other, and holds none meanwhile. Rejects as `together`. */
export async function untilFree(
  connections: Connections,
  accounts: readonly AccountId[],
  patience: Patience,
): Promise<void> {
  for (const account of accounts)
    await transaction(connections, {
      patience,
      run: (sql) => lockInboxes(sql, [account]),
      explain: async (error) => (isTooSlow(error) ? new ContendedError(error, new Map()) : error),
    });
}

function lockInboxes(sql: PostgresSql, accounts: readonly AccountId[]): Promise<unknown> {
  return sql.all(INBOXES_OF, [accounts.join(',')]);
}

interface Work<Result> {
  readonly patience: Patience;
  /** Sends statements; settled only when all of them are. */
  run(sql: PostgresSql): Promise<Result>;
  /** What to reject with in place of this error; asked when all is rolled back. */
  explain?(error: Error, sql: PostgresSql): Promise<Error>;
}

async function transaction<Result>(
  connections: Connections,
  { patience, run, explain }: Work<Result>,
): Promise<Result> {
  const client = await connections.take();
  let broken: Error | undefined;
  const sql = new PostgresSql(client);
  try {
    const [begun, result] = await Promise.allSettled([client.query(begin(patience)), run(sql)]);
    if (result.status === 'rejected') throw result.reason;
    if (begun.status === 'rejected') throw begun.reason;
    await client.query(COMMIT);
    return result.value;
  } catch (thrown) {
    const error = (sql.fault ?? thrown) as Error;
    const lost = await rolledBack(client);
    broken = lost ?? (isStale(error) ? error : undefined);
    if (lost !== undefined) throw new ServerAwayError(error.message, { cause: error });
    throw (await explain?.(error, sql)) ?? error;
  } finally {
    client.release(broken);
  }
}

function begin({ lockMs, statementMs }: Patience): string {
  return `BEGIN; SET LOCAL lock_timeout = ${lockMs}; SET LOCAL statement_timeout = ${statementMs}`;
}

/** Why the connection is not to be used any more, if so. */
function rolledBack(client: pg.PoolClient): Promise<Error | undefined> {
  return client.query({ text: 'ROLLBACK', query_timeout: ROLLBACK_TIMEOUT_MS } as pg.QueryConfig).then(
    () => undefined,
    (fault: Error) => fault,
  );
}

interface Group {
  readonly calls: readonly Call[];
  /** Of the statement that locks INBOXes, and of each operation. */
  readonly results: readonly PromiseSettledResult<unknown>[];
  readonly sql: PostgresSql;
}

/** Which operations are to wait because of it; the error as it is when it is not about waiting. */
async function blame(error: Error, { calls, results, sql }: Group): Promise<Error> {
  const at = results.findIndex((result) => result.status === 'rejected' && result.reason === error);
  if (at < 0 || !isTooSlow(error)) return error;
  // At 0 it was the statement that locks the INBOXes of all.
  const culprit = calls[at - 1];
  const rows = new Set(await lockedRows(error, culprit === undefined ? calls : [culprit], sql));
  const waiting = new Map<Call, RowName[]>();
  for (const call of calls) {
    const its = rows.size === 0 ? [] : rowsOf(call).filter((row) => rows.has(row));
    if (its.length > 0 || call === culprit) waiting.set(call, its);
  }
  return new ContendedError(error, waiting);
}

/** The rows that somebody has locked, of those that these operations want. */
async function lockedRows(error: Error, suspects: readonly Call[], sql: PostgresSql): Promise<RowName[]> {
  const accounts = inboxesOf(suspects);
  if (accounts.length < 2) return codeOf(error) === LOCK_TIMEOUT ? suspects.flatMap(rowsOf) : [];
  const free = await sql.all(`${INBOXES_OF} SKIP LOCKED`, [accounts.join(',')]);
  const known = new Set(free.map(({ account }) => account));
  return accounts.filter((account) => !known.has(account)).map(rowOfAccount);
}

function isTooSlow(error: Error): boolean {
  return [LOCK_TIMEOUT, STATEMENT_TIMEOUT].includes(codeOf(error) ?? '');
}

function codeOf(error: Error): string | undefined {
  return (error as { code?: string }).code;
}
