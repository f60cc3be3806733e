/** Whole stores to and from one SQLite file, which is what a backup is. */
import { DatabaseSync } from 'node:sqlite';
import { Committer } from '../committer.ts';
import { SqliteEngine } from '../sqlite/engine.ts';
import { databaseFile, hasDatabase } from '../sqlite/open.ts';
import { createStore, type SqlStore } from '../store.ts';
import { writeDatabase } from './folder.ts';

const LOCK_TIMEOUT_MS = 10_000;
/** It is left as it is: one file, that may lie where nothing can be written. */
const READING = `
  PRAGMA foreign_keys = OFF;
  PRAGMA temp_store = MEMORY;
  PRAGMA cache_size = -65536;
`;
/** Nobody else sees the file, and it is synced as a whole: a crash leaves nothing that counts. */
const WRITING = `
  PRAGMA page_size = 8192;
  PRAGMA foreign_keys = OFF;
  PRAGMA temp_store = MEMORY;
  PRAGMA journal_mode = MEMORY;
  PRAGMA synchronous = OFF;
`;

/** Copies the store of a data folder, as it is at one moment, while it is written to; octets. Rejects as `writeDatabase`, or as SQLite. */
export function backUpSqlite(dataDirectory: string, folder: string): Promise<number> {
  return writeDatabase(folder, (file) => copyDatabase(databaseFile(dataDirectory), file));
}

/** Makes a backup the store of a data folder that has none, once `settle` is done with it; octets. Rejects likewise. */
export function restoreSqlite(
  { backup, dataDirectory }: { backup: string; dataDirectory: string },
  settle: (store: SqlStore) => Promise<void>,
): Promise<number> {
  return writeDatabase(dataDirectory, async (file) => {
    copyDatabase(databaseFile(backup), file);
    const store = storeOf(file, WRITING);
    try {
      await settle(store);
    } finally {
      await store.close();
    }
  });
}

/** One read of it all, that keeps no writer waiting; a connection of its own, so that it holds nobody's transaction open. */
function copyDatabase(from: string, to: string): void {
  const db = new DatabaseSync(from, { readOnly: true, timeout: LOCK_TIMEOUT_MS });
  try {
    db.prepare('VACUUM INTO ?').run(to);
  } finally {
    db.close();
  }
}

/** Opens a backup, of an older Relais too, which brings it to this version. Rejects when it is none. */
export async function openBackup(folder: string): Promise<SqlStore> {
  return storeOf(databaseFile(folder), READING);
}

/** Whether a folder has one. Throws when that cannot be looked at. */
export const hasBackup = hasDatabase;

function storeOf(file: string, settings: string): SqlStore {
  const engine = new SqliteEngine(file, { settings });
  engine.migrate();
  return createStore(engine, new Committer(engine, { maxInFlight: 1 }));
}

/** An empty store in a new file, to be filled table by table; `fill` has a transaction for each step. */
export function openToFill(file: string): DatabaseSync {
  const engine = new SqliteEngine(file, { settings: WRITING });
  engine.migrate();
  void engine.close();
  const db = new DatabaseSync(file);
  db.exec(WRITING);
  return db;
}
