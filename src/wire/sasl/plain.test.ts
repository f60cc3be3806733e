import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SaslStep } from './exchange.ts';
import { createPlain } from './plain.ts';

function plain(text: string): SaslStep {
  return createPlain().step(Buffer.from(text));
}

test('PLAIN asks for the password to be verified (RFC 4616 section 4)', () => {
  const step = plain('\0tim\0tanstaaftanstaaf');
  assert.ok(step.kind === 'verify-password');
  assert.deepEqual([step.authzid, step.user, step.password], ['', 'tim', 'tanstaaftanstaaf']);
  assert.deepEqual(step.resume('right'), { kind: 'success', user: 'tim', authzid: '' });
  assert.deepEqual(step.resume('wrong'), { kind: 'failure', why: 'credentials' });
  const proxy = plain('Ursel\0Kurt\0xipj3plmq');
  assert.ok(proxy.kind === 'verify-password' && proxy.authzid === 'Ursel' && proxy.user === 'Kurt');
});

test('PLAIN without an initial response is asked for one, once', () => {
  const exchange = createPlain();
  assert.deepEqual(exchange.step(undefined), { kind: 'challenge', bytes: Buffer.alloc(0) });
  assert.equal(exchange.step(Buffer.from('\0u\0p')).kind, 'verify-password');
  assert.deepEqual(exchange.step(Buffer.from('\0u\0p')), { kind: 'failure', why: 'out-of-order' });
});

test('PLAIN refuses what is not its grammar', () => {
  for (const text of ['', 'u\0p', '\0\0p', '\0u\0', '\0u\0p\0', `\0u\0${'p'.repeat(2000)}`, '\0u\u0007\0p']) {
    assert.deepEqual(plain(text), { kind: 'failure', why: 'malformed' }, JSON.stringify(text));
  }
  assert.equal(createPlain().step(Buffer.from([0, 0xff, 0, 0xff])).kind, 'failure');
  assert.equal(createPlain().step(Buffer.alloc(10_000, 0x61)).kind, 'failure');
});
