/**
 * PostgreSQL: a few connections, each running one transaction at a time. Statements of one transaction are sent without
 * waiting for each other's answers (pipelining), so a group of messages costs a few round trips, not one per statement.
 */
import pg from 'pg';
import { systemClock } from '../../base/clock.ts';
import { migrations, pending, type TypeNames } from '../migrate.ts';
import { inboxesAmong, rowsOf } from '../sql/contention.ts';
import { operation } from '../sql/operations.ts';
import {
  type Call,
  type Engine,
  joined,
  type Outcome,
  outcomeAt,
  type RowName,
  type Transacted,
} from '../sql/sql.ts';
import { Connections, NO_ANSWER_TIMEOUT, ServerAwayError, STATEMENT_TIMEOUT_MS } from './connections.ts';
import { isStale, PostgresSql } from './sql.ts';
import { ContendedError, type Timeouts, transact, untilFree } from './transaction.ts';

const TYPES: TypeNames = {
  int: 'BIGINT',
  key: 'TEXT COLLATE "C"',
  bytes: 'BYTEA',
  serial: 'BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY',
  clustered: '',
};

/** Any constant: the lock that lets one process migrate at a time. */
const MIGRATION_LOCK = 7_243_652;
/** Errors after which the same transaction may succeed: serialization_failure, deadlock_detected. */
const RETRY_CODES = new Set(['40001', '40P01']);

/** How long operations may keep others waiting, and wait themselves. */
export interface LockTimeouts {
  /** The first try of a group. */
  readonly group: Timeouts;
  /** The next ones, without those that were found to wait: the others have waited enough. */
  readonly groupRetry: Timeouts;
  /** A turn of one that waits for locks. */
  readonly turn: Timeouts;
  /** How long it may wait in all, ms; a turn that has begun goes on. */
  readonly deadlineMs: number;
}

/**
 * A little longer than PostgreSQL waits before it looks for a deadlock (`deadlock_timeout`, 1 s unless its operator set it
 * otherwise), so that one is told as what it is. A retry of a group is shorter: there, one comes out as a lock.
 */
const LOCK_MS = 1_200;
export const LOCK_TIMEOUTS: LockTimeouts = {
  group: { lockMs: LOCK_MS, statementMs: 5_000 },
  groupRetry: { lockMs: 250, statementMs: 5_000 },
  turn: { lockMs: LOCK_MS, statementMs: STATEMENT_TIMEOUT_MS },
  deadlineMs: 8_000,
};
/** The shortest wait for a lock, ms: of a turn that had to wait for its INBOXes before, and of the last of a group run one by one. */
const SHORTEST_MS = 50;
/** Of a group run one by one, so many may wait for a lock as long as a retry. */
const MOST_PATIENT = 8;
/**
 * Tries of a group, each without those that were found to wait by the one before. The first finds every INBOX that is locked, and one
 * row of another kind; with a second such row, and one INBOX that was locked meanwhile, the third passes. A group with more is run one
 * by one.
 */
const GROUP_TRIES = 3;

export interface EngineOptions {
  /** Transactions and reads at once. */
  readonly connections: number;
  readonly timeouts?: LockTimeouts;
}

export class PostgresEngine implements Engine {
  readonly #connections: Connections;
  readonly #timeouts: LockTimeouts;
  /** Of one operation: each connection may be stale, and two deadlocks may follow. */
  readonly #tries: number;

  /** `url`: `postgres://user@host/database`. */
  constructor(url: string, { connections, timeouts = LOCK_TIMEOUTS }: EngineOptions) {
    this.#tries = connections + 3;
    this.#timeouts = timeouts;
    this.#connections = new Connections(url, { most: connections, clock: systemClock });
  }

  /** Brings the database to the newest version, however long that takes; throws when it is newer than the code. */
  async migrate(): Promise<void> {
    const all = migrations(TYPES);
    const client = await this.#connections.take();
    const query = (text: string, values?: readonly unknown[]): Promise<pg.QueryResult> =>
      client.query({ text, ...(values && { values: [...values] }), ...NO_ANSWER_TIMEOUT });
    try {
      await query('BEGIN; SET LOCAL statement_timeout = 0');
      await query(`SELECT pg_advisory_xact_lock(${MIGRATION_LOCK})`);
      await query('CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)');
      const { rows } = await query('SELECT max(version) AS version FROM schema_version');
      for (const migration of pending(Number(rows[0]?.version ?? 0), all)) {
        await query(migration.text);
        await query('INSERT INTO schema_version (version) VALUES ($1)', [migration.version]);
      }
      await query('COMMIT');
    } catch (error) {
      await client.query('ROLLBACK').catch(() => undefined);
      throw error;
    } finally {
      client.release();
    }
  }

  async transact(calls: readonly Call[]): Promise<Transacted> {
    const waiting = new Map<Call, Outcome>();
    for (let tries = 1; ; tries++) {
      const left = calls.filter((call) => !waiting.has(call));
      try {
        const done = await this.#try(left, tries);
        const outcomes = new Map(left.map((call, index) => [call, outcomeAt(done, index)]));
        return {
          outcomes: calls.map((call) => (outcomes.get(call) ?? waiting.get(call)) as Outcome), // one has it
          changed: done.changed,
        };
      } catch (error) {
        if (!(error instanceof ContendedError)) throw error;
        for (const call of left) {
          const outcome = error.outcomeOf(call);
          if (outcome !== undefined) waiting.set(call, outcome);
        }
      }
    }
  }

  /** Rejects with ContendedError when some have to wait, and the others are to be tried again. */
  async #try(calls: readonly Call[], tries: number): Promise<Transacted> {
    if (calls.length === 0) return { outcomes: [], changed: [] };
    if (tries > GROUP_TRIES) return this.#oneByOne(calls);
    const { group, groupRetry } = this.#timeouts;
    try {
      return await transact(this.#connections, calls, tries === 1 ? group : groupRetry);
    } catch (error) {
      if (error instanceof ContendedError) throw error;
      if (error instanceof ServerAwayError) return failed(calls, error);
      if (calls.length === 1 && !mayPass(error)) return failed(calls, error as Error);
      return this.#oneByOne(calls);
    }
  }

  /** One bad operation must not fail its neighbours: each gets a transaction of its own. */
  async #oneByOne(calls: readonly Call[]): Promise<Transacted> {
    const done: Transacted[] = [];
    const locked = new Map<RowName, Error>();
    const { groupRetry } = this.#timeouts;
    let waits = 0;
    for (const [index, call] of calls.entries()) {
      const row = rowsOf(call).find((one) => locked.has(one));
      const known = row && locked.get(row);
      if (row !== undefined && known !== undefined) {
        done.push({ outcomes: [{ ok: false, error: known, contended: [row] }], changed: [] });
        continue;
      }
      try {
        const lockMs = waits < MOST_PATIENT ? groupRetry.lockMs : SHORTEST_MS;
        done.push(await this.#single(call, { ...groupRetry, lockMs }));
      } catch (error) {
        const outcome = error instanceof ContendedError ? error.outcomeOf(call) : undefined;
        if (outcome === undefined) return joined([...done, failed(calls.slice(index), error as Error)]);
        waits++;
        for (const one of outcome.contended) locked.set(one, outcome.error);
        done.push({ outcomes: [outcome], changed: [] });
      }
    }
    return joined(done);
  }

  /**
   * A turn of one that waits for locks: waits so long, first of all for these rows. Its outcome is `contended` when that is not
   * enough; rejects with ServerAwayError.
   */
  async retry(call: Call, about: { rows: readonly RowName[]; lockMs: number }): Promise<Transacted> {
    const { statementMs } = this.#timeouts.turn;
    const until = systemClock.monotonic() + about.lockMs;
    const timeouts = (): Timeouts => ({
      lockMs: Math.ceil(Math.max(SHORTEST_MS, until - systemClock.monotonic())),
      statementMs,
    });
    try {
      // Before its transaction, which would hold its other mailboxes while it waits for one.
      for (const account of inboxesAmong(about.rows))
        await untilFree(this.#connections, { account, call }, timeouts());
      return await this.#single(call, timeouts());
    } catch (error) {
      if (error instanceof ServerAwayError) throw error;
      const outcome = error instanceof ContendedError && error.isLock ? error.outcomeOf(call) : undefined;
      return outcome === undefined ? failed([call], error as Error) : { outcomes: [outcome], changed: [] };
    }
  }

  /** In a transaction of its own, again when that may help. Rejects with ContendedError, and with ServerAwayError. */
  async #single(call: Call, timeouts: Timeouts): Promise<Transacted> {
    for (let tries = this.#tries; ; tries--) {
      try {
        return await transact(this.#connections, [call], timeouts);
      } catch (error) {
        if (error instanceof ContendedError || error instanceof ServerAwayError) throw error;
        if (tries === 1 || !mayPass(error)) return failed([call], error as Error);
      }
    }
  }

  async read(call: Call): Promise<unknown> {
    for (let tries = this.#tries; ; tries--) {
      try {
        return await this.#readOnce(call);
      } catch (error) {
        if (tries === 1 || !isStale(error)) throw error;
      }
    }
  }

  async #readOnce(call: Call): Promise<unknown> {
    const client = await this.#connections.take();
    let broken: Error | undefined;
    try {
      return await operation(call.name)(new PostgresSql(client), call.input);
    } catch (error) {
      // Only an answer of the server shows that the connection is sound.
      if (!(error instanceof pg.DatabaseError) || isStale(error)) broken = error as Error;
      throw error;
    } finally {
      client.release(broken);
    }
  }

  /** A connection of its own for as long as `use` runs, however long that is; `use` ends its transactions itself. */
  async withClient<Result>(use: (client: pg.Client) => Promise<Result>): Promise<Result> {
    const client = await this.#connections.openForLong();
    try {
      return await use(client);
    } finally {
      await client.end();
    }
  }

  /** Its disk is out of sight. */
  async space(): Promise<undefined> {
    return undefined;
  }

  close(): Promise<void> {
    return this.#connections.end();
  }
}

/** The same transaction may succeed. */
function mayPass(error: unknown): boolean {
  return RETRY_CODES.has((error as { code?: string }).code ?? '') || isStale(error);
}

function failed(calls: readonly Call[], error: Error): Transacted {
  return { outcomes: calls.map(() => ({ ok: false, error })), changed: [] };
}
