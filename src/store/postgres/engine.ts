/**
 * PostgreSQL: a few connections, each running one transaction at a time. Statements of one transaction are sent without
 * waiting for each other's answers (pipelining), so a group of messages costs a few round trips, not one per statement.
 */
import pg from 'pg';
import { systemClock } from '../../base/clock.ts';
import { migrations, pending, type TypeNames } from '../migrate.ts';
import { inboxesOf } from '../sql/accept.ts';
import { rowsOf } from '../sql/contention.ts';
import { operation } from '../sql/operations.ts';
import { type Call, type Engine, joined, type Outcome, type RowName, type Transacted } from '../sql/sql.ts';
import { Connections, ServerAwayError, STATEMENT_TIMEOUT_MS } from './connections.ts';
import { isStale, PostgresSql } from './sql.ts';
import { ContendedError, type Patience, together, untilFree } from './transaction.ts';

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

/** How long operations may keep others waiting that share a transaction with them. */
export interface Patiences {
  /** The first try of a group. */
  readonly group: Patience;
  /** The next ones, without those that were found to wait: the others have waited enough. */
  readonly again: Patience;
  /** One that was set aside, alone. */
  readonly alone: Patience;
}

/** A little longer than PostgreSQL waits before it looks for a deadlock (1 s), so that one is told as what it is. */
const LOCK_MS = 1_200;
const PATIENCES: Patiences = {
  group: { lockMs: LOCK_MS, statementMs: 5_000 },
  again: { lockMs: 250, statementMs: 5_000 },
  alone: { lockMs: LOCK_MS, statementMs: STATEMENT_TIMEOUT_MS },
};
/** Tries of a group, each without those that were found to wait by the one before. */
const GROUP_TRIES = 8;
/** Tries of one that waits alone: between two of them others have the rows that it did get. */
const ALONE_TRIES = 4;

export interface EngineOptions {
  /** Transactions and reads at once. */
  readonly connections: number;
  readonly patiences?: Patiences;
}

export class PostgresEngine implements Engine {
  readonly #connections: Connections;
  readonly #patiences: Patiences;
  /** Of one operation: each connection may be stale, and two deadlocks may follow. */
  readonly #tries: number;

  /** `url`: `postgres://user@host/database`. */
  constructor(url: string, { connections, patiences = PATIENCES }: EngineOptions) {
    this.#tries = connections + 3;
    this.#patiences = patiences;
    this.#connections = new Connections(url, { most: connections, clock: systemClock });
  }

  /** Brings the database to the newest version; throws when it is newer than the code. */
  async migrate(): Promise<void> {
    const all = migrations(TYPES);
    const client = await this.#connections.take();
    try {
      await client.query('BEGIN; SET LOCAL statement_timeout = 0');
      await client.query(`SELECT pg_advisory_xact_lock(${MIGRATION_LOCK})`);
      await client.query('CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)');
      const { rows } = await client.query('SELECT max(version) AS version FROM schema_version');
      for (const migration of pending(Number(rows[0]?.version ?? 0), all)) {
        await client.query(migration.text);
        await client.query('INSERT INTO schema_version (version) VALUES ($1)', [migration.version]);
      }
      await client.query('COMMIT');
    } catch (error) {
      await client.query('ROLLBACK').catch(() => undefined);
      throw error;
    } finally {
      client.release();
    }
  }

  async transact(calls: readonly Call[]): Promise<Transacted> {
    const contended = new Map<Call, Outcome>();
    for (let tries = GROUP_TRIES; ; tries--) {
      const left = calls.filter((call) => !contended.has(call));
      try {
        const { outcomes, changed } = await this.#group(left, { isFirst: tries === GROUP_TRIES });
        const done = new Map(left.map((call, index) => [call, outcomes[index] as Outcome]));
        return { outcomes: calls.map((call) => (done.get(call) ?? contended.get(call)) as Outcome), changed };
      } catch (error) {
        if (!(error instanceof ContendedError)) throw error;
        for (const call of left) {
          const rows = error.calls.get(call) ?? (tries === 1 ? [] : undefined);
          if (rows !== undefined) contended.set(call, { ok: false, error, contended: rows });
        }
      }
    }
  }

  /** One try. Rejects with ContendedError when some are to be set aside first. */
  async #group(calls: readonly Call[], { isFirst }: { isFirst: boolean }): Promise<Transacted> {
    if (calls.length === 0) return { outcomes: [], changed: [] };
    const { group, again } = this.#patiences;
    try {
      return await together(this.#connections, calls, isFirst ? group : again);
    } catch (error) {
      if (error instanceof ContendedError) throw error;
      if (error instanceof ServerAwayError) return failed(calls, error);
      if (calls.length === 1 && !mayPass(error)) return failed(calls, error as Error);
      return this.#apart(calls);
    }
  }

  /** One bad operation must not fail its neighbours: each gets a transaction of its own. */
  async #apart(calls: readonly Call[]): Promise<Transacted> {
    const done: Transacted[] = [];
    const locked = new Map<RowName, Error>();
    for (const [index, call] of calls.entries()) {
      const row = rowsOf(call).find((one) => locked.has(one));
      try {
        if (row !== undefined) throw new ContendedError(locked.get(row) as Error, new Map([[call, [row]]]));
        done.push(await this.#alone(call, this.#patiences.again));
      } catch (error) {
        if (!(error instanceof ContendedError))
          return joined([...done, failed(calls.slice(index), error as Error)]);
        for (const one of error.calls.get(call) ?? []) locked.set(one, error);
        done.push(notDone(call, error));
      }
    }
    return joined(done);
  }

  async waitFor(call: Call, howLong: 'long' | 'briefly'): Promise<Transacted> {
    const { alone, again } = this.#patiences;
    const patience = howLong === 'long' ? alone : { ...alone, lockMs: again.lockMs };
    for (let tries = howLong === 'long' ? ALONE_TRIES : 1; ; tries--) {
      try {
        // Before its transaction, which would hold its other mailboxes while it waits for one.
        await untilFree(this.#connections, inboxesOf([call]), patience);
        return await this.#alone(call, patience);
      } catch (error) {
        if (error instanceof ServerAwayError) throw error;
        if (!(error instanceof ContendedError && error.isLock)) return failed([call], error as Error);
        if (tries === 1) return notDone(call, error);
      }
    }
  }

  /** In a transaction of its own, again when that may help. Rejects with ContendedError, and with ServerAwayError. */
  async #alone(call: Call, patience: Patience): Promise<Transacted> {
    for (let tries = this.#tries; ; tries--) {
      try {
        return await together(this.#connections, [call], patience);
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

  /**
   * A connection for as long as `use` runs, however long that is; it ends its transactions itself, and one that it leaves open is
   * rolled back.
   */
  async withClient<Result>(use: (client: pg.PoolClient) => Promise<Result>): Promise<Result> {
    const client = await this.#connections.take();
    try {
      await client.query('SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0');
      return await use(client);
    } finally {
      // Closed, so that nothing of it is left.
      client.release(true);
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

function notDone(call: Call, error: ContendedError): Transacted {
  return { outcomes: [{ ok: false, error, contended: error.calls.get(call) ?? [] }], changed: [] };
}
