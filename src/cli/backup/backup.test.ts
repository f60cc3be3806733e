import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { untilEnded } from '../../../test/children.ts';
import { accepted, COMMAND_LINES, CommandLine, runWith } from '../../../test/command-line.ts';
import { postgres } from '../../../test/postgres.ts';
import { smallDisk } from '../../../test/small-disk.ts';
import { openPostgres } from '../../store/postgres/open.ts';
import { allTables } from '../../store/backup/tables.ts';

const ANA = 'ana@here.example';
const RELAIS = fileURLToPath(new URL('../../../bin/relais', import.meta.url));

async function withMail(line: CommandLine): Promise<void> {
  await line.store.addDomain({ name: 'here.example', language: 'en', createdAt: 0, keys: [] });
  await line.store.addAccount({ address: ANA, language: 'en', password: '', scram: '', at: 0 });
  for (const text of ['hello', 'x'.repeat(70).concat('\n').repeat(10_000)])
    await line.feed(`Subject: one\n\n${text}\n`, 'sendmail', '-f', 'bob@far.example', ANA);
  await accepted(line, { recipients: ['bob@far.example'] });
}

for (const [name, open] of Object.entries(COMMAND_LINES)) {
  test(`on ${name}, a backup is a data folder that commands read, for its owner alone`, async (t) => {
    const line = await open(t);
    if (line === undefined) return;
    await withMail(line);
    const folder = join(line.folder, 'deep', 'backup');
    const ran = await line.run('backup', folder);
    assert.equal(ran.code, 0, ran.err);
    assert.match(ran.out, /backup has all of it: .* in [\d.]+ s \(.* a second\)\.\n3 messages, .*right\.\n$/);
    assert.deepEqual(readdirSync(folder), ['relais.db']);
    assert.deepEqual(
      [statSync(folder).mode & 0o777, statSync(join(folder, 'relais.db')).mode & 0o777],
      [0o700, 0o600],
    );
    const list = await runWith(['mailbox', 'list', ANA, '--data', folder, '--json']);
    assert.equal(list.objects.length, 2);
    const again = await line.run('backup', folder);
    assert.deepEqual([again.code, /there is a store in \S+backup, which is left/.test(again.err)], [1, true]);
    const own = await line.run('backup', line.data);
    assert.equal(own.code, name === 'SQLite' ? 1 : 0);
  });
}

test('on PostgreSQL, no row of any table is left out, and all come back', async (t) => {
  const server = await postgres(t);
  const line = await CommandLine.onPostgres(t);
  if (line === undefined || server === undefined) return;
  await withMail(line);
  const url = urlOf(line);
  await fillEmptyTables(url);
  const folder = join(line.folder, 'backup');
  assert.equal((await line.run('backup', folder, '--no-verify')).code, 0);
  const there = await rowsOfPostgres(url);
  assert.deepEqual(
    allTables()
      .map((table) => table.name)
      .sort(),
    [...there.keys()].filter((table) => table !== 'schema_version').sort(),
  );
  const db = new DatabaseSync(join(folder, 'relais.db'), { readOnly: true });
  for (const { name, columns } of allTables()) {
    const rows = db.prepare(`SELECT ${columns.join(', ')} FROM ${name}`).all();
    assert.deepEqual(sorted(rows), there.get(name), name);
    assert.ok(rows.length > 0, name);
  }
  db.close();
  const other = await server.database();
  const config = join(line.folder, 'other.toml');
  writeFileSync(config, `data = "${line.data}"\nstore = "${other}"\n`);
  const ran = await runWith(['restore', folder, '--moved', '--no-verify', '--config', config]);
  assert.equal(ran.code, 0, ran.err);
  const back = await rowsOfPostgres(other);
  // The worker that was is no more, and what it had is given back.
  for (const [name, rows] of there)
    if (!['worker', 'path', 'delivery', 'event'].includes(name)) assert.deepEqual(back.get(name), rows, name);
  assert.deepEqual(back.get('worker'), []);
  const store = await openPostgres(other);
  await store.freeze({ scope: 'all', cause: 'operator', blame: 'local', since: 1, reason: 'x' });
  await store.thaw({ scope: 'all', cause: 'operator', at: 2, by: { by: 'me', reason: 'y' } });
  await store.close();
  // After those that were brought.
  assert.match((await rowsOfPostgres(other)).get('thawed')?.join() ?? '', /\["id","4712"\]/);
});

function urlOf(line: CommandLine): string {
  return /store = "([^"]+)"/.exec(readFileSync(line.config, 'utf8'))?.[1] ?? '';
}

/** A row in each table that has none, of whatever its columns take. */
async function fillEmptyTables(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`SET session_replication_role = replica`);
  for (const { name } of allTables()) {
    if ((await client.query(`SELECT 1 FROM ${name} LIMIT 1`)).rows.length > 0) continue;
    const { rows } = await client.query(
      `SELECT column_name AS column, data_type AS type FROM information_schema.columns WHERE table_name = $1`,
      [name],
    );
    const values = rows.map(({ column, type }) =>
      column === 'domain'
        ? `'here.example'`
        : type === 'bytea'
          ? `'\\x00ff'`
          : type === 'text'
            ? `'é"'`
            : '4711',
    );
    const columns = rows.map(({ column }) => column).join(', ');
    await client.query(
      `INSERT INTO ${name} (${columns}) OVERRIDING SYSTEM VALUE VALUES (${values.join(', ')})`,
    );
  }
  await client.end();
}

async function rowsOfPostgres(url: string): Promise<Map<string, string[]>> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows: tables } = await client.query(
    `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'`,
  );
  const all = new Map<string, string[]>();
  for (const { name } of tables)
    all.set(name, sorted((await client.query(`SELECT * FROM ${name}`)).rows as Record<string, unknown>[]));
  await client.end();
  return all;
}

/** Numbers of PostgreSQL come as text. */
function sorted(rows: readonly Record<string, unknown>[]): string[] {
  const plain = (value: unknown): unknown =>
    value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value === null ? null : String(value);
  return rows
    .map((row) =>
      JSON.stringify(
        Object.entries(row)
          .map(([key, value]) => [key, plain(value)])
          .sort(),
      ),
    )
    .sort();
}

test('a backup that is killed leaves nothing that looks like one, and the next takes away what it left', async (t) => {
  const line = await CommandLine.open(t);
  await withMail(line);
  const db = new DatabaseSync(join(line.data, 'relais.db'));
  db.exec(`INSERT INTO content_chunk (stage, seq, bytes)
    WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 200) SELECT 999999, i, randomblob(262144) FROM n`);
  db.close();
  let left = 0;
  for (let round = 0; round < 3; round++) {
    const folder = join(line.folder, `backup-${round}`);
    const child = spawn(RELAIS, ['backup', folder, '--no-verify', '--config', line.config], {
      stdio: 'ignore',
    });
    // When it is in the middle: some of it is there, and not all.
    while (child.exitCode === null && bytesIn(folder) < (round + 1) * 10_000_000) await sleep(1);
    child.kill('SIGKILL');
    await untilEnded(child);
    const names = existsSync(folder) ? readdirSync(folder) : [];
    const isWhole = names.includes('relais.db');
    if (!isWhole && names.length > 0) {
      left++;
      assert.equal((await runWith(['queue', 'list', '--data', folder])).code, 1);
      assert.equal((await line.run('restore', folder, '--account', ANA)).code, 3);
      assert.equal((await line.run('backup', folder)).code, 0);
    }
    assert.equal((await runWith(['verify', '--data', folder])).code, 0);
    assert.deepEqual(readdirSync(folder), ['relais.db']);
  }
  t.diagnostic(`${left} of 3 were killed in the middle`);
  assert.ok(left > 0, 'none was killed in the middle');
});

function bytesIn(folder: string): number {
  if (!existsSync(folder)) return 0;
  const sizes = readdirSync(folder).map(
    (name) => statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0,
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

test('a disk that is too small for it says so, and keeps nothing of it', async (t) => {
  const disk = smallDisk(t, 1);
  if (disk === undefined) return;
  t.after(() => disk.remove());
  const line = await CommandLine.open(t);
  await withMail(line);
  const folder = join(disk.place, 'backup');
  const ran = await line.run('backup', folder);
  assert.equal(ran.code, 75);
  assert.match(
    ran.err,
    /the disk of \S+backup is full; nothing is left of it there\.\n {2}Make room, or name a folder/,
  );
  assert.deepEqual(readdirSync(folder), []);
  const site = await line.run('backup', join(line.folder, 'backup'));
  assert.equal(site.code, 0);
  const restored = await line.run('restore', join(line.folder, 'backup'), '--data', folder);
  assert.deepEqual(
    [restored.code, /the site cannot be restored: the disk of/.test(restored.err)],
    [75, true],
  );
  assert.deepEqual(readdirSync(folder), []);
});

test('two backups into one folder, a wrong place, and nothing to copy are told with what to do', async (t) => {
  const line = await CommandLine.open(t);
  await withMail(line);
  const folder = join(line.folder, 'backup');
  mkdirSync(folder);
  const other = spawn('sleep', ['60'], { stdio: 'ignore' });
  t.after(() => other.kill());
  writeFileSync(join(folder, `relais.db.partial-${other.pid}`), '');
  const busy = await line.run('backup', folder);
  assert.deepEqual([busy.code, /another one is being written there/.test(busy.err)], [75, true]);
  const file = await line.run('backup', join(line.config, 'backup'));
  assert.equal(file.code, 1);
  assert.match(file.err, /the backup cannot be written: \S+relais\.toml\/backup: .*\n {2}Name a folder/);
  const none = await line.run('backup', join(line.folder, 'b2'), '--data', join(line.folder, 'nowhere'));
  assert.match(none.err, /there is none in \S+nowhere/);
  assert.equal(existsSync(join(line.folder, 'b2')), false);
  if (process.getuid?.() === 0) return;
  const closed = join(line.folder, 'closed');
  mkdirSync(closed);
  chmodSync(closed, 0o500);
  assert.match((await line.run('backup', closed)).err, /this user may not\.\n {2}Name a folder/);
});
