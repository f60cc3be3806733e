/** One transaction of PostgreSQL: several operations, how long each may wait and run, and who is to blame when that is not enough. */
import type pg from 'pg';
import type { AccountId } from '../../core/envelope.ts';
import { inboxesOf } from '../sql/accept.ts';
import { inboxesAmong, rowOfInbox, rowsOf } from '../sql/contention.ts';
import { operation } from '../sql/operations.ts';
import type { Call, Outcome, RowName, Transacted } from '../sql/sql.ts';
import { type Connections, ServerAwayError } from './connections.ts';
import { isStale, PostgresSql } from './sql.ts';

/** After a failure: a connection that cannot even roll back within this, ms, is given up. */
const ROLLBACK_TIMEOUT_MS = 2_000;
/**
 * The server never cuts a commit short: where it waits for a standby, PostgreSQL would give up that wait, say that it is done, and
 * what was kept would be on one machine. Who asked for it is told after 30 s that nobody knows (`connections.ts`), as of any answer.
 */
const COMMIT = 'SET LOCAL statement_timeout = 0; COMMIT';
const INBOXES = `FROM mailbox WHERE account = ANY (string_to_array(?, ',')::BIGINT[]) AND name = 'INBOX' AND deleted_at IS NULL`;
const LOCK_INBOXES = `SELECT account ${INBOXES} ORDER BY account FOR NO KEY UPDATE`;
const LOCKED_INBOXES = `WITH free AS MATERIALIZED (${LOCK_INBOXES} SKIP LOCKED)
  SELECT account ${INBOXES} AND account NOT IN (SELECT account FROM free)`;
/** How long it may take to ask which INBOXES are locked, ms: past it their whole table is. */
const ASKING: Timeouts = { lockMs: 250, statementMs: 2_000 };
/** lock_not_available: a wait for a lock took too long. */
const LOCK_TIMEOUT = '55P03';
/** query_canceled: a statement took too long. */
const STATEMENT_TIMEOUT = '57014';
/** Rows that an error names at most. */
const MOST_NAMED = 5;
const WHO_HOLDS_IT =
  `who holds it, while it is waited for: SELECT pid, xact_start, query FROM pg_stat_activity
 WHERE pid IN (SELECT unnest(pg_blocking_pids(pid)) FROM pg_locks WHERE NOT granted)`.replace('\n', '');

/** How long one statement of a transaction may wait for each lock, and how long it may take, ms. */
export interface Timeouts {
  readonly lockMs: number;
  readonly statementMs: number;
}

/** A transaction met a lock that somebody holds for long, or a statement ran for too long: it is rolled back. */
export class ContendedError extends Error {
  /** The operations that have to wait, and the rows of each that are known to be locked. */
  readonly calls: ReadonlyMap<Call, readonly RowName[]>;
  /** Somebody holds a lock; otherwise the statement itself takes long. */
  readonly isLock: boolean;
  readonly #timeouts: Timeouts;

  constructor(cause: Error, { calls, timeouts }: Pick<ContendedError, 'calls'> & { timeouts: Timeouts }) {
    super(cause.message, { cause });
    this.calls = calls;
    this.isLock = codeOf(cause) === LOCK_TIMEOUT;
    this.#timeouts = timeouts;
  }

  /** What it comes to for one of those that have to wait; undefined for any other. */
  outcomeOf(
    call: Call,
  ): (Outcome & { readonly ok: false; readonly contended: readonly RowName[] }) | undefined {
    const contended = this.calls.get(call);
    return (
      contended && { ok: false, contended, error: new Error(this.#tell(contended), { cause: this.cause }) }
    );
  }

  #tell(rows: readonly RowName[]): string {
    const { lockMs, statementMs } = this.#timeouts;
    if (!this.isLock && rows.length === 0) return `a statement took more than ${statementMs} ms`;
    const named = rows.slice(0, MOST_NAMED).join(', ');
    const more = rows.length > MOST_NAMED ? ` and ${rows.length - MOST_NAMED} more` : '';
    const what = rows.length === 0 ? 'a row that it wants' : named + more;
    return `somebody else has a lock on ${what}, for more than ${lockMs} ms; ${WHO_HOLDS_IT}`;
  }
}

/**
 * Runs operations in one transaction, their statements side by side. Rejects with what failed first, when all is rolled back:
 * with ContendedError for what takes too long, and with ServerAwayError when there is no connection any more.
 */
export async function transact(
  connections: Connections,
  calls: readonly Call[],
  timeouts: Timeouts,
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
  try {
    return await transaction(connections, timeouts, run);
  } catch (error) {
    const at = results.findIndex((result) => result.status === 'rejected' && result.reason === error);
    if (at < 0 || !isTooSlow(error)) throw error;
    // At 0 it was the statement that locks the INBOXes of all.
    const waiting = await waitingFor(connections, { calls, culprit: calls[at - 1], error });
    throw new ContendedError(error, { calls: waiting, timeouts });
  }
}

/** Waits until nobody has an INBOX that an operation wants, and holds none meanwhile. Rejects as `transact`. */
export async function untilFree(
  connections: Connections,
  { account, call }: { account: AccountId; call: Call },
  timeouts: Timeouts,
): Promise<void> {
  try {
    await transaction(connections, timeouts, (sql) => lockInboxes(sql, [account]));
  } catch (error) {
    if (!isTooSlow(error)) throw error;
    throw new ContendedError(error, { calls: new Map([[call, [rowOfInbox(account)]]]), timeouts });
  }
}

function lockInboxes(sql: PostgresSql, accounts: readonly AccountId[]): Promise<unknown> {
  return sql.all(LOCK_INBOXES, [accounts.join(',')]);
}

/** Runs statements in a transaction: those of `run` until it settles, and none after. Rejects with what failed first, when all is rolled back. */
async function transaction<Result>(
  connections: Connections,
  timeouts: Timeouts,
  run: (sql: PostgresSql) => Promise<Result>,
): Promise<Result> {
  const client = await connections.take();
  let broken: Error | undefined;
  const sql = new PostgresSql(client);
  try {
    // Awaited: where it failed, what stands behind it in the pipe would be kept, each by itself.
    await client.query(begin(timeouts));
    const result = await run(sql);
    sql.end();
    await client.query(COMMIT);
    return result;
  } catch (thrown) {
    sql.end();
    const error = (sql.fault ?? thrown) as Error;
    const lost = await rolledBack(client);
    broken = lost ?? (isStale(error) ? error : undefined);
    if (lost !== undefined) throw new ServerAwayError(error.message, { cause: error });
    throw error;
  } finally {
    client.release(broken);
  }
}

function begin({ lockMs, statementMs }: Timeouts): string {
  return `BEGIN; SET LOCAL lock_timeout = ${lockMs}; SET LOCAL statement_timeout = ${statementMs}`;
}

/** Why the connection is not to be used any more, if so. */
function rolledBack(client: pg.PoolClient): Promise<Error | undefined> {
  return client.query({ text: 'ROLLBACK', query_timeout: ROLLBACK_TIMEOUT_MS } as pg.QueryConfig).then(
    () => undefined,
    (fault: Error) => fault,
  );
}

interface Failure {
  readonly calls: readonly Call[];
  /** Whose statement it was; undefined for the one that locks the INBOXes of all. */
  readonly culprit: Call | undefined;
  readonly error: Error;
}

/**
 * Which operations are to wait because of a statement that took too long, and for which rows: those that want an INBOX which is
 * locked, the culprit, and who wants the same row as it.
 */
async function waitingFor(
  connections: Connections,
  { calls, culprit, error }: Failure,
): Promise<Map<Call, RowName[]>> {
  const wanted = new Map(calls.map((call) => [call, rowsOf(call)]));
  const inboxes = inboxesAmong([...new Set([...wanted.values()].flat())]);
  const locked = new Set(await lockedInboxes(connections, inboxes));
  const own = culprit === undefined ? [] : (wanted.get(culprit) ?? []);
  // Of its other rows it cannot be asked which.
  if (codeOf(error) === LOCK_TIMEOUT && !own.some((row) => locked.has(row)))
    for (const row of own) if (inboxesAmong([row]).length === 0) locked.add(row);
  const waiting = new Map<Call, RowName[]>();
  for (const [call, rows] of wanted) {
    const its = rows.filter((row) => locked.has(row));
    if (its.length > 0 || call === culprit) waiting.set(call, its);
  }
  return waiting;
}

/** Those of these INBOXes that somebody has locked; what is not there is locked by nobody. */
async function lockedInboxes(connections: Connections, accounts: readonly AccountId[]): Promise<RowName[]> {
  if (accounts.length === 0) return [];
  const values = [accounts.join(','), accounts.join(',')];
  try {
    const rows = await transaction(connections, ASKING, (sql) => sql.all(LOCKED_INBOXES, values));
    return rows.map(({ account }) => rowOfInbox(account as AccountId));
  } catch (error) {
    if (isTooSlow(error)) return accounts.map(rowOfInbox);
    throw error;
  }
}

function isTooSlow(error: unknown): error is Error {
  return [LOCK_TIMEOUT, STATEMENT_TIMEOUT].includes(codeOf(error) ?? '');
}

function codeOf(error: unknown): string | undefined {
  return (error as { code?: string }).code;
}
