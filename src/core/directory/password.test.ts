import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Random } from '../../base/random.ts';
import {
  formatScramKeys,
  hashPassword,
  makeCredentials,
  MAX_PASSWORD_BYTES,
  parseScramKeys,
  verifyPassword,
} from './password.ts';

let counter = 0;
const random: Random = {
  bytes: (count) => Uint8Array.from({ length: count }, () => (counter += 7) & 0xff),
  float: () => 0.5,
};

// passlib's documentation of scrypt, password "password".
const SCRYPT = '$scrypt$ln=16,r=8,p=1$aM15713r3Xsvxbi31lqr1Q$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E';

test('a password is kept as argon2id with the parameters of the day', async () => {
  const hash = await hashPassword('correct horse', random);
  assert.match(hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
  assert.deepEqual(await verifyPassword('correct horse', hash), { ok: true, outdated: false });
  assert.deepEqual(await verifyPassword('Correct horse', hash), { ok: false, reason: 'wrong' });
  assert.notEqual(await hashPassword('correct horse', random), hash);
});

test('both ways to type an accent are one password', async () => {
  const hash = await hashPassword('caf\u00e9', random);
  assert.deepEqual(await verifyPassword('cafe\u0301', hash), { ok: true, outdated: false });
});

test('hashes of other systems are understood and marked as outdated', async () => {
  assert.deepEqual(await verifyPassword('password', SCRYPT), { ok: true, outdated: true });
  assert.deepEqual(await verifyPassword('passw0rd', SCRYPT), { ok: false, reason: 'wrong' });
  // The reference implementation of argon2: m=256, t=2, p=1, salt "somesalt".
  const weak = '$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4';
  assert.deepEqual(await verifyPassword('password', weak), { ok: true, outdated: true });
});

test('a damaged hash is a reason, not a crash', async () => {
  const good = await hashPassword('x', random);
  const [, , , , salt, hash] = good.split('$') as [string, string, string, string, string, string];
  const damaged = [
    '$argon2id$',
    good.slice(0, -30),
    `$argon2id$v=19$m=99999999,t=2,p=1$${salt}$${hash}`,
    `$argon2id$v=19$m=8,t=2,p=0$${salt}$${hash}`,
    `$argon2id$v=19$m=8,t=999,p=1$${salt}$${hash}`,
    `$argon2id$v=16$m=8,t=1,p=1$${salt}$${hash}`,
    `${good}$`,
    good.repeat(9),
    '$scrypt$ln=40,r=8,p=1$aaaa$aaaa',
    '$scrypt$ln=0,r=8,p=1$aaaa$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD',
    '$scrypt$',
  ];
  for (const text of damaged)
    assert.deepEqual(await verifyPassword('x', text), { ok: false, reason: 'damaged' }, text);
  for (const text of ['', 'x', '$2b$10$abc', '{PLAIN}x']) {
    assert.deepEqual(await verifyPassword('x', text), { ok: false, reason: 'unknown-scheme' }, text);
  }
  assert.deepEqual(await verifyPassword('x', undefined), { ok: false, reason: 'no-password' });
  assert.deepEqual(await verifyPassword('x'.repeat(MAX_PASSWORD_BYTES + 1), good), {
    ok: false,
    reason: 'wrong',
  });
});

test('randomly damaged hashes never throw and never verify', async () => {
  const good =
    '$argon2id$v=19$m=64,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';
  let seed = 11;
  for (let run = 0; run < 300; run += 1) {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    const at = seed % good.length;
    const text =
      good.slice(0, at) + '$,=9zA\0'.charAt((seed >>> 8) % 7) + good.slice(at + 1 + ((seed >>> 16) % 3));
    assert.equal((await verifyPassword('x', text)).ok, false, text);
  }
});

test('what cannot be a password is refused when it is set', async () => {
  for (const password of ['', '\u0007', '\u00ad', 'x'.repeat(MAX_PASSWORD_BYTES + 1)]) {
    await assert.rejects(hashPassword(password, random), JSON.stringify(password));
  }
});

test('SCRAM keys are made with the password and survive the store', async () => {
  const { hash, scram } = await makeCredentials('secret', random);
  assert.equal((await verifyPassword('secret', hash)).ok, true);
  assert.equal(scram.iterations, 10_000);
  assert.deepEqual(parseScramKeys(formatScramKeys(scram)), scram);
  for (const text of [
    '',
    'SCRAM-SHA-256$1:AAAAAAAA$x:y',
    formatScramKeys({ ...scram, iterations: 1 }),
    formatScramKeys(scram).slice(1),
  ]) {
    assert.equal(parseScramKeys(text), undefined);
  }
});
