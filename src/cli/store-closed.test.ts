import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { CommandLine } from '../../test/command-line.ts';
import { defaultConfig } from '../core/config/parse.ts';
import { named } from './load-config.ts';
import { StoreClosed, whyClosed } from './store-closed.ts';

function fault(parts: { code?: string; errcode?: number; message?: string }): Error {
  return Object.assign(new Error(parts.message ?? 'fault'), parts);
}

test('a data folder that is a file is named, with what to do', async (t) => {
  const line = await CommandLine.open(t);
  const ran = await line.run('domain', 'add', 'here.example', '--data', line.config);
  assert.equal(ran.code, 1);
  assert.match(
    ran.err,
    /the store cannot be opened: \S+\/relais\.toml is no folder, and cannot be made one\./,
  );
  assert.match(ran.err, /--data DIR, or with data = "DIR" in relais\.toml/);
  assert.match(ran.err, /The configuration is \S+\/relais\.toml, with the data folder/);
});

test('where there is no store, none is made but by what may come first: the folder is named, and what to do', async (t) => {
  const line = await CommandLine.open(t);
  const wrong = join(line.folder, 'dtaa');
  const reason = ['--reason', 'x'];
  for (const words of [
    ['queue', 'list'],
    ['trace', '--to', 'bob@far.example'],
    ['account', 'add', 'ana@here.example'],
    ['path', 'freeze', 'all', ...reason],
  ]) {
    const { code, out, err } = await line.run(...words, '--data', wrong);
    assert.deepEqual([code, out, existsSync(wrong)], [1, '', false], words.join(' '));
    assert.ok(err.includes(`relais: the store cannot be opened: there is none in ${wrong}.\n`), err);
    assert.match(err, /--data DIR, .*; relais domain add or relais serve makes a new one\./);
  }
  const sent = await line.feed('Subject: x\n\nx\n', 'sendmail', '--data', wrong, 'bob@far.example');
  assert.deepEqual([sent.code, existsSync(wrong)], [75, false]);
  assert.equal((await line.run('domain', 'add', 'here.example', '--data', wrong)).code, 0);
  assert.equal((await line.run('queue', 'list', '--data', wrong)).out, 'Mail queue is empty\n');
});

test('a file that is no database, and a database of a newer Relais, are named and left alone', async (t) => {
  const line = await CommandLine.open(t);
  writeFileSync(join(line.folder, 'relais.db'), 'x'.repeat(5_000));
  const junk = await line.run('queue', 'list', '--data', line.folder);
  assert.equal(junk.code, 1);
  assert.match(junk.err, /\S+\/relais\.db is not a database, or a damaged one/);
  const db = new DatabaseSync(join(line.data, 'relais.db'));
  db.exec('PRAGMA user_version = 99');
  db.close();
  const newer = await line.run('queue', 'list');
  assert.equal(newer.code, 1);
  assert.match(newer.err, /\/data\/relais\.db: this database is at version 99, newer .*run the Relais/);
});

test('what the operator must change is 1, what may pass by itself 75', () => {
  const sqlite = named(defaultConfig(), { data: '/etc' });
  const postgres = {
    ...sqlite,
    store: { kind: 'postgres', url: 'postgres://relais:hunter2@db/relais' } as const,
  };
  const cases: [typeof sqlite, Error, number, RegExp][] = [
    [
      sqlite,
      fault({ code: 'EACCES' }),
      1,
      /may not read and write \/etc\/relais\.db.*as the owner of \/etc/s,
    ],
    [
      named(defaultConfig(), { data: '/none/kept' }),
      fault({ code: 'EACCES' }),
      1,
      /\/none\/kept is not there, and this user may not make it.*install -d -m 700 -o USER \/none\/kept/s,
    ],
    [sqlite, fault({ code: 'ERR_SQLITE_ERROR', errcode: 14 }), 1, /as the owner of \/etc/],
    [sqlite, fault({ code: 'ERR_SQLITE_ERROR', errcode: 8 | (4 << 8) }), 1, /--data DIR/],
    [sqlite, fault({ code: 'ERR_SQLITE_ERROR', errcode: 5 }), 75, /Try again/],
    [sqlite, fault({ code: 'ENOSPC' }), 75, /\/etc\/relais\.db/],
    [
      postgres,
      fault({ message: 'Connection terminated due to connection timeout' }),
      75,
      /connection timeout.*See that it runs.*is what `store` says/s,
    ],
    [
      postgres,
      fault({ code: 'newer-database', message: 'this database is at version 99' }),
      1,
      /version 99.*name another database/s,
    ],
    [
      postgres,
      fault({ code: 'ECONNREFUSED', message: '' }),
      75,
      /postgres:\/\/relais:…@db\/relais: ECONNREFUSED/,
    ],
    [postgres, fault({ code: '28P01' }), 1, /Correct `store`/],
  ];
  for (const [config, error, exitCode, words] of cases) {
    const closed = new StoreClosed(error, config);
    assert.equal(closed.exitCode, exitCode, closed.message);
    assert.match(closed.message, words);
    assert.doesNotMatch(closed.message, /hunter2/);
    assert.equal(whyClosed(error, config).later, exitCode === 75);
  }
});
