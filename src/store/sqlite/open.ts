import { closeSync, mkdirSync, openSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Committer } from '../committer.ts';
import { createStore, type SqlStore } from '../store.ts';
import { SqliteEngine } from './engine.ts';
import { ThreadedSqliteEngine } from './threaded.ts';

/** The database file of a data directory. */
export function databaseFile(dataDirectory: string): string {
  return join(dataDirectory, 'relais.db');
}

/** Whether a data directory has a database. Throws when that cannot be looked at. */
export function hasDatabase(dataDirectory: string): boolean {
  return statSync(databaseFile(dataDirectory), { throwIfNoEntry: false }) !== undefined;
}

/** Opens the store in place: for commands, which do one thing and end. */
export async function openSqlite(dataDirectory: string): Promise<SqlStore> {
  return withEngine(migrated(dataDirectory));
}

/** Opens the store in a thread of its own: for servers. */
export async function openSqliteThreaded(dataDirectory: string): Promise<SqlStore> {
  await migrated(dataDirectory).close();
  return withEngine(new ThreadedSqliteEngine(databaseFile(dataDirectory)));
}

function withEngine(engine: SqliteEngine | ThreadedSqliteEngine): SqlStore {
  // Two: while one transaction is syncing, the next is already in the thread's hands.
  return createStore(engine, new Committer(engine, { maxInFlight: engine instanceof SqliteEngine ? 1 : 2 }));
}

function migrated(dataDirectory: string): SqliteEngine {
  mkdirSync(dataDirectory, { recursive: true, mode: 0o700 });
  // SQLite would let everybody read it, keys and mail, where the folder does; its log gets the rights of the file.
  closeSync(openSync(databaseFile(dataDirectory), 'a', 0o600));
  const engine = new SqliteEngine(databaseFile(dataDirectory));
  engine.migrate();
  return engine;
}
