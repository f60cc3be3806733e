/**
 * One SQLite file: WAL, every commit synced before it is told. `node:sqlite` is synchronous, so a server runs this
 * engine in a thread of its own (`thread.ts`); commands of the CLI run it in place.
 */
import { statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { DiskSpace } from '../../core/capacity/disk.ts';
import type { MailboxChange } from '../../core/mailbox/port.ts';
import { migrations, pending, type TypeNames } from '../migrate.ts';
import { operation } from '../sql/operations.ts';
import { joined } from '../sql/sql.ts';
import type { Call, Engine, Outcome, Row, Sql, SqlValue, Transacted } from '../sql/sql.ts';

const TYPES: TypeNames = {
  int: 'INTEGER',
  bytes: 'BLOB',
  serial: 'INTEGER PRIMARY KEY',
  key: 'TEXT',
  clustered: ' WITHOUT ROWID',
};

/** Milliseconds to wait for another process's transaction before an operation fails. */
const LOCK_TIMEOUT_MS = 10_000;

const SETTINGS = `
  PRAGMA page_size = 8192;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA foreign_keys = OFF;
  PRAGMA temp_store = MEMORY;
  PRAGMA cache_size = -65536;
  PRAGMA wal_autocheckpoint = 4000;
  PRAGMA journal_size_limit = 268435456;
`;

export class SqliteEngine implements Engine {
  readonly #file: string;
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  /** For what is in no transaction. */
  readonly #sql: SqliteSql;

  /**
   * Opens or makes the file. `settings`: pragmas, when it is not to be as servers have it. Throws when it is no database or
   * cannot be written.
   */
  constructor(file: string, { settings = SETTINGS }: { settings?: string } = {}) {
    this.#file = file;
    this.#db = new DatabaseSync(file, { timeout: LOCK_TIMEOUT_MS });
    this.#db.exec(settings);
    this.#sql = new SqliteSql(this.#db, this.#statements);
  }

  /** Brings the file to the newest version, in one transaction; throws when it is newer than the code. */
  migrate(): void {
    const all = migrations(TYPES);
    if (pending(this.#version(), all).length === 0) return;
    this.#db.exec('BEGIN IMMEDIATE');
    // Asked again under the lock: another process may have been faster.
    for (const migration of pending(this.#version(), all)) {
      this.#db.exec(migration.text);
      this.#db.exec(`PRAGMA user_version = ${migration.version}`);
    }
    this.#db.exec('COMMIT');
  }

  /** The statements that would make every table and index, in order of their names. */
  schema(): string[] {
    const rows = this.#db
      .prepare('SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY tbl_name, type DESC, name')
      .all();
    return rows.map((row) => row.sql as string);
  }

  /** What a query gives: for checks of what is stored. */
  rows(text: string): Row[] {
    return this.#db.prepare(text).all() as Row[];
  }

  #version(): number {
    return this.#db.prepare('PRAGMA user_version').get()?.user_version as number;
  }

  async transact(calls: readonly Call[]): Promise<Transacted> {
    try {
      return await this.#together(calls);
    } catch (error) {
      // One bad operation must not fail its neighbours: each gets a transaction of its own.
      if (calls.length === 1) return { outcomes: [{ ok: false, error: error as Error }], changed: [] };
      const alone: Transacted[] = [];
      for (const call of calls) alone.push(await this.transact([call]));
      return joined(alone);
    }
  }

  async #together(calls: readonly Call[]): Promise<Transacted> {
    const sql = new SqliteSql(this.#db, this.#statements);
    sql.begin();
    try {
      const outcomes: Outcome[] = [];
      for (const call of calls)
        outcomes.push({ ok: true, value: await operation(call.name)(sql, call.input) });
      return { outcomes, changed: sql.commit() };
    } catch (error) {
      sql.rollback();
      throw error;
    }
  }

  read(call: Call): Promise<unknown> {
    return operation(call.name)(this.#sql, call.input);
  }

  /**
   * What the disk has, and what the file can take without growing, less what it will have grown by when the log is
   * written back into it.
   */
  async space(): Promise<DiskSpace> {
    const { bavail, bsize, blocks, ffree, files } = statfsSync(dirname(this.#file));
    const pages = await this.#sql.all(
      'SELECT page_count, freelist_count, page_size FROM pragma_page_count, pragma_freelist_count, pragma_page_size',
      [],
    );
    const { page_count: count, freelist_count: reusable, page_size: octets } = pages[0] as unknown as Pages;
    const owedBytes = Math.max(0, count * octets - statSync(this.#file).size);
    return {
      freeBytes: bavail * bsize + reusable * octets - owedBytes,
      totalBytes: blocks * bsize,
      freeFiles: ffree,
      files,
    };
  }

  async close(): Promise<void> {
    this.#db.close();
  }
}

interface Pages {
  readonly page_count: number;
  readonly freelist_count: number;
  readonly page_size: number;
}

/** The statements of one transaction, or of none. */
class SqliteSql implements Sql {
  readonly #db: DatabaseSync;
  /** Prepared, by their text. The texts are those of the source code: a closed set. */
  readonly #statements: Map<string, StatementSync>;
  #changed: MailboxChange[] = [];
  #isOver = false;

  constructor(db: DatabaseSync, statements: Map<string, StatementSync>) {
    this.#db = db;
    this.#statements = statements;
  }

  begin(): void {
    this.#statement('BEGIN IMMEDIATE').run();
  }

  commit(): MailboxChange[] {
    this.#statement('COMMIT').run();
    this.#isOver = true;
    return this.#changed;
  }

  rollback(): void {
    this.#isOver = true;
    if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
  }

  async run(text: string, values: readonly SqlValue[]): Promise<number> {
    return Number(this.#statement(text).run(...values).changes);
  }

  async all(text: string, values: readonly SqlValue[]): Promise<Row[]> {
    return this.#statement(text).all(...values) as Row[];
  }

  tell(change: MailboxChange): void {
    this.#changed.push(change);
  }

  /** Of an operation that failed in one branch others may go on: what they would do then is refused, or it would stand by itself. */
  #statement(text: string): StatementSync {
    if (this.#isOver) throw new Error('the transaction is over: another part of the operation failed');
    let statement = this.#statements.get(text);
    if (statement === undefined) {
      statement = this.#db.prepare(text);
      this.#statements.set(text, statement);
    }
    return statement;
  }
}
