import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseAccounts, readAccountsFile } from './accounts-file.ts';

const OWN = { path: 'list', hasMaster: false };

test('a line has an address, a login and a password, which may have blanks in it', () => {
  const text = '# ours\n\nAna@Example.org ana  two words \r\nbob@example.org\t-\tx#y\n';
  assert.deepEqual(parseAccounts(text, OWN), [
    { address: 'ana@example.org', user: 'ana', password: 'two words ' },
    { address: 'bob@example.org', user: 'bob@example.org', password: 'x#y' },
  ]);
  assert.deepEqual(parseAccounts('ana@example.org\n', { ...OWN, hasMaster: true }), [
    { address: 'ana@example.org', user: 'ana@example.org' },
  ]);
});

test('what is wrong is named by its line, without a password', () => {
  const wrong: [string, RegExp][] = [
    ['ana@example.org ana\n', /^list, line 1: ana@example\.org has no password/],
    ['\nana secret x\n', /^list, line 2: "ana" will not do/],
    ['a@b.example a x\n\nA@b.example - y\n', /^list, line 3: a@b\.example stands in line 1 already/],
    [' a@b.example a secret\n', /^list, line 1: write ADDRESS LOGIN PASSWORD/],
  ];
  for (const [text, why] of wrong)
    assert.throws(
      () => parseAccounts(text, OWN),
      (error: Error) => why.test(error.message) && !error.message.includes('secret'),
      text,
    );
});

test('what is no plain file is refused as that, and a file that others may read as that', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'relais-list-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const [file, link, fifo] = ['file', 'link', 'fifo'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(file, 'ana@example.org ana x\n', { mode: 0o600 });
  symlinkSync(file, link);
  execFileSync('mkfifo', [fifo]);
  const read = (path: string): number => readAccountsFile(path, { hasMaster: false }).length;
  assert.equal(read(link), 1);
  assert.throws(() => read(folder), /is a folder: name a file with an account a line$/);
  for (const path of [fifo, '/dev/zero']) assert.throws(() => read(path), /is no plain file: name a file/);
  assert.throws(() => read(join(folder, 'none')), /cannot be read: there is no such file/);
  chmodSync(file, 0o644);
  assert.throws(() => read(file), /others may read it: chmod 600/);
});
