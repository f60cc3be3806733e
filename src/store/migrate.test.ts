import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pending } from './migrate.ts';
import { databaseFile, openSqlite } from './sqlite/open.ts';

const ALL = [
  { version: 1, name: '0001-a.sql', text: '' },
  { version: 2, name: '0002-b.sql', text: '' },
];

test('a database gets what it lacks, in order, and nothing twice', () => {
  assert.deepEqual(
    pending(0, ALL).map(({ version }) => version),
    [1, 2],
  );
  assert.deepEqual(
    pending(1, ALL).map(({ version }) => version),
    [2],
  );
  assert.deepEqual(pending(2, ALL), []);
});

test('a database newer than the code is refused and left as it is', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'relais-migrate-'));
  t.after(() => rmSync(folder, { recursive: true }));
  await (await openSqlite(folder)).close();
  const raw = new DatabaseSync(databaseFile(folder));
  raw.exec('PRAGMA user_version = 9999');
  raw.close();
  await assert.rejects(openSqlite(folder), /version 9999, newer than this Relais knows/);
  const again = new DatabaseSync(databaseFile(folder));
  assert.equal(again.prepare('PRAGMA user_version').get()?.user_version, 9999);
  again.close();
});
