import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAccounts } from './accounts-file.ts';

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
