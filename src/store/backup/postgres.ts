/** Whole stores of PostgreSQL to and from one SQLite file, which is what a backup is. */
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import type pg from 'pg';
import { PostgresEngine } from '../postgres/engine.ts';
import { PostgresSql, storable } from '../postgres/sql.ts';
import { databaseFile } from '../sqlite/open.ts';
import type { Sql, SqlValue } from '../sql/sql.ts';
import { OccupiedError, writeDatabase } from './folder.ts';
import { openToFill } from './sqlite.ts';
import { allTables, rowsAtOnce, type Table } from './tables.ts';

/** Values of one statement at most: PostgreSQL counts them in sixteen bits. */
const MOST_VALUES = 60_000;
/** Of octets and texts in one statement; a single row may have more. */
const MOST_BYTES = 8 * 1024 * 1024;

/** Copies a store as one transaction sees it, a bounded number of rows at a time; octets of the file. Rejects as `writeDatabase`, or as `pg`. */
export async function backUpPostgres(url: string, folder: string): Promise<number> {
  const engine = new PostgresEngine(url, { connections: 1 });
  try {
    return await writeDatabase(folder, (file) =>
      engine.withClient(async (client) => {
        await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
        const db = openToFill(file);
        try {
          for (const table of allTables()) await copyOut(client, db, table);
        } finally {
          db.close();
        }
        await client.query('COMMIT');
      }),
    );
  } finally {
    await engine.close();
  }
}

async function copyOut(client: pg.ClientBase, db: DatabaseSync, table: Table): Promise<void> {
  const { name, columns } = table;
  const list = columns.join(', ');
  // Migrations put rows of their own into it.
  db.exec(`DELETE FROM ${name}`);
  const insert = db.prepare(`INSERT INTO ${name} (${list}) VALUES (${columns.map(() => '?').join(', ')})`);
  await client.query(`DECLARE backup NO SCROLL CURSOR FOR SELECT ${list} FROM ${name}`);
  for (;;) {
    const { rows } = await client.query<Record<string, SQLInputValue>>(
      `FETCH FORWARD ${rowsAtOnce(table)} FROM backup`,
    );
    if (rows.length === 0) break;
    db.exec('BEGIN');
    for (const row of rows) insert.run(...columns.map((column) => row[column] as SQLInputValue));
    db.exec('COMMIT');
  }
  await client.query('CLOSE backup');
}

/**
 * Brings a backup into an empty database, and has `settle` see to it, in one transaction. Rejects with `OccupiedError` when there
 * is anything in it, or as `pg`.
 */
export async function restorePostgres(
  { backup, url }: { backup: string; url: string },
  settle: (sql: Sql) => Promise<void>,
): Promise<void> {
  const engine = new PostgresEngine(url, { connections: 1 });
  const db = new DatabaseSync(databaseFile(backup), { readOnly: true });
  try {
    await engine.migrate();
    await engine.withClient(async (client) => {
      await client.query('BEGIN');
      for (const table of allTables()) await copyIn(client, db, table);
      await setSequences(client);
      await settle(new PostgresSql(client));
      await client.query('COMMIT');
    });
  } finally {
    db.close();
    await engine.close();
  }
}

async function copyIn(client: pg.ClientBase, db: DatabaseSync, table: Table): Promise<void> {
  const { name, columns } = table;
  // Nobody else puts anything in until this is over.
  await client.query(`LOCK TABLE ${name} IN ACCESS EXCLUSIVE MODE`);
  // What migrations put in, and no more.
  if (name === 'counter') await client.query(`DELETE FROM counter WHERE name = 'id' AND next = 1`);
  if ((await client.query(`SELECT 1 FROM ${name} LIMIT 1`)).rows.length > 0) throw new OccupiedError();
  const most = Math.min(rowsAtOnce(table), Math.floor(MOST_VALUES / columns.length));
  let rows: SqlValue[][] = [];
  let bytes = 0;
  for (const row of db.prepare(`SELECT ${columns.join(', ')} FROM ${name}`).iterate()) {
    const values = columns.map((column) => row[column] as SqlValue);
    rows.push(values);
    bytes += values.reduce<number>((sum, value) => sum + sizeOf(value), 0);
    if (rows.length < most && bytes < MOST_BYTES) continue;
    await insertRows(client, table, rows);
    [rows, bytes] = [[], 0];
  }
  await insertRows(client, table, rows);
}

function sizeOf(value: SqlValue): number {
  return typeof value === 'string' || value instanceof Uint8Array ? value.length : 8;
}

async function insertRows(
  client: pg.ClientBase,
  { name, columns }: Table,
  rows: readonly (readonly SqlValue[])[],
): Promise<void> {
  if (rows.length === 0) return;
  const tuples = rows.map(
    (_, row) => `(${columns.map((_column, at) => `$${row * columns.length + at + 1}`).join(', ')})`,
  );
  await client.query(
    `INSERT INTO ${name} (${columns.join(', ')}) OVERRIDING SYSTEM VALUE VALUES ${tuples.join(', ')}`,
    rows.flat().map(storable),
  );
}

/** What counts by itself goes on after the rows that were brought. */
async function setSequences(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query<{ table_name: string; column_name: string }>(
    `SELECT table_name, column_name FROM information_schema.columns
     WHERE table_schema = current_schema() AND is_identity = 'YES'`,
  );
  for (const { table_name: table, column_name: column } of rows)
    await client.query(
      `SELECT setval(pg_get_serial_sequence('${table}', '${column}'), GREATEST(max(${column}), 1), max(${column}) IS NOT NULL) FROM ${table}`,
    );
}
