/**
 * PostgreSQL: a few connections, each running one transaction at a time. Statements of one transaction are sent without
 * waiting for each other's answers (pipelining), so a group of messages costs a few round trips, not one per statement.
 */
import pg from 'pg';
import type { MailboxChange } from '../../core/mailbox/port.ts';
import { migrations, pending, type TypeNames } from '../migrate.ts';
import { inboxesOf } from '../sql/accept.ts';
import { operation } from '../sql/operations.ts';
import {
  type Call,
  type Engine,
  joined,
  type Row,
  type Sql,
  type SqlValue,
  type Transacted,
} from '../sql/sql.ts';

const TYPES: TypeNames = {
  int: 'BIGINT',
  key: 'TEXT COLLATE "C"',
  bytes: 'BYTEA',
  serial: 'BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY',
  clustered: '',
};

/** BIGINT columns hold ids and milliseconds, all below 2^53. */
const INT8 = 20;
/** Any constant: the lock that lets one process migrate at a time. */
const MIGRATION_LOCK = 7_243_652;
/** A statement or a lost server may keep a transaction this long, ms. */
const STATEMENT_TIMEOUT_MS = 30_000;
const CONNECT_TIMEOUT_MS = 5_000;
/** After a failure: a connection that cannot even roll back within this, ms, is given up. */
const ROLLBACK_TIMEOUT_MS = 2_000;
/** Of the copies that a transaction delivers here: their mailboxes, locked in one order before anything else is done. */
const LOCK_INBOXES = `SELECT 1 FROM mailbox WHERE account = ANY (string_to_array(?, ',')::BIGINT[]) AND name = 'INBOX'
  AND deleted_at IS NULL ORDER BY account FOR NO KEY UPDATE`;
/** Errors after which the same transaction may succeed: serialization_failure, deadlock_detected. */
const RETRY_CODES = new Set(['40001', '40P01']);

/** feature_not_supported: of ours only `cached plan must not change result type`, where a table got a column meanwhile. */
const STALE_PLAN = '0A000';

/** There is no connection, or the one there was does not answer: trying each operation alone would only take longer. */
class ServerAwayError extends Error {}

export class PostgresEngine implements Engine {
  readonly #pool: pg.Pool;
  /** Of one operation: each connection may be stale, and two deadlocks may follow. */
  readonly #tries: number;

  /** `url`: `postgres://user@host/database`. `connections`: transactions and reads at once. */
  constructor(url: string, connections: number) {
    this.#tries = connections + 3;
    this.#pool = new pg.Pool({
      connectionString: url,
      max: connections,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: STATEMENT_TIMEOUT_MS,
      keepAlive: true,
      pipeline: true,
      types: {
        getTypeParser: (oid: number, format?: 'text' | 'binary') =>
          oid === INT8 ? Number : pg.types.getTypeParser(oid, format),
      },
    } as pg.PoolConfig); // `pipeline` is newer than the types
    // An idle connection that breaks is replaced; the operations that meet the fault report it.
    this.#pool.on('error', () => undefined);
    // One that breaks while it is in use says so twice: to the operations, and by an event that would end the process.
    this.#pool.on('connect', (client) => client.on('error', () => undefined));
  }

  /** Brings the database to the newest version; throws when it is newer than the code. */
  async migrate(): Promise<void> {
    const all = migrations(TYPES);
    const client = await this.#pool.connect();
    try {
      await client.query('BEGIN');
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
    try {
      return await this.#together(calls);
    } catch (error) {
      if (error instanceof ServerAwayError) return failed(calls, error);
      if (calls.length === 1 && !mayPass(error)) return failed(calls, error as Error);
      // One bad operation must not fail its neighbours: each gets a transaction of its own.
      const alone: Transacted[] = [];
      for (const call of calls) alone.push(await this.#alone(call));
      return joined(alone);
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
    const client = await this.#connection();
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

  /** A connection for as long as `use` runs, which ends its transactions itself; one that it leaves open is rolled back. */
  async withClient<Result>(use: (client: pg.PoolClient) => Promise<Result>): Promise<Result> {
    const client = await this.#connection();
    try {
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
    return this.#pool.end();
  }

  async #alone(call: Call): Promise<Transacted> {
    for (let tries = this.#tries; ; tries--) {
      try {
        return await this.#together([call]);
      } catch (error) {
        if (tries === 1 || !mayPass(error)) return failed([call], error as Error);
      }
    }
  }

  async #connection(): Promise<pg.PoolClient> {
    try {
      return await this.#pool.connect();
    } catch (error) {
      throw new ServerAwayError((error as Error).message, { cause: error });
    }
  }

  async #together(calls: readonly Call[]): Promise<Transacted> {
    const client = await this.#connection();
    let broken: Error | undefined;
    const sql = new PostgresSql(client);
    try {
      const begun = client.query('BEGIN');
      const accounts = inboxesOf(calls);
      const locked = accounts.length < 2 ? undefined : sql.all(LOCK_INBOXES, [accounts.join(',')]);
      // Settled, not raced: no statement of ours may still be in the pipe when the transaction ends.
      const results = await Promise.allSettled([
        begun,
        locked,
        ...calls.map((call) => operation(call.name)(sql, call.input)),
      ]);
      const fault = results.find((result) => result.status === 'rejected');
      if (fault !== undefined) throw (fault as PromiseRejectedResult).reason;
      await client.query('COMMIT');
      const outcomes = results
        .slice(2)
        .map((result) => ({ ok: true as const, value: (result as PromiseFulfilledResult<unknown>).value }));
      return { outcomes, changed: sql.changes };
    } catch (thrown) {
      const error = sql.fault ?? thrown;
      const rollback = { text: 'ROLLBACK', query_timeout: ROLLBACK_TIMEOUT_MS };
      const lost = await client.query(rollback).then(
        () => undefined,
        (fault: Error) => fault,
      );
      broken = lost ?? (isStale(error) ? (error as Error) : undefined);
      throw lost === undefined ? error : new ServerAwayError((error as Error).message, { cause: error });
    } finally {
      client.release(broken);
    }
  }
}

/** The same transaction may succeed. */
function mayPass(error: unknown): boolean {
  return RETRY_CODES.has((error as { code?: string }).code ?? '') || isStale(error);
}

/** What the connection prepared is of another shape of a table: it is closed, and another is taken. */
function isStale(error: unknown): boolean {
  return (error as { code?: string }).code === STALE_PLAN;
}

function failed(calls: readonly Call[], error: Error): Transacted {
  return { outcomes: calls.map(() => ({ ok: false, error })), changed: [] };
}

/** Statement names by text: each is prepared once per connection. The texts are those of the source code. */
const names = new Map<string, { name: string; text: string }>();

function prepared(text: string): { name: string; text: string } {
  let known = names.get(text);
  if (known === undefined) {
    let count = 0;
    known = { name: `s${names.size}`, text: text.replace(/\?/g, () => `$${++count}`) };
    names.set(text, known);
  }
  return known;
}

/** Its texts cannot have NUL in them; strangers' words can. */
export function storable(value: SqlValue): SqlValue {
  return typeof value === 'string' && value.includes('\0') ? value.replaceAll('\0', '\ufffd') : value;
}

export class PostgresSql implements Sql {
  readonly changes: MailboxChange[] = [];
  /** What failed first: all that stands behind it in the pipe only says that the transaction was aborted. */
  fault: Error | undefined;
  readonly #client: pg.PoolClient;

  constructor(client: pg.PoolClient) {
    this.#client = client;
  }

  async run(text: string, values: readonly SqlValue[]): Promise<number> {
    return (await this.#query(text, values)).rowCount ?? 0;
  }

  async all(text: string, values: readonly SqlValue[]): Promise<Row[]> {
    return (await this.#query(text, values)).rows as Row[];
  }

  async #query(text: string, values: readonly SqlValue[]): Promise<pg.QueryResult> {
    try {
      return await this.#client.query({ ...prepared(text), values: values.map(storable) });
    } catch (error) {
      this.fault ??= error as Error;
      throw error;
    }
  }

  tell(change: MailboxChange): void {
    this.changes.push(change);
  }
}
