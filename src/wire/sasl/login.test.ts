import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLogin } from './login.ts';

test('LOGIN asks for name and password; the name may come first', () => {
  for (const initial of [true, false]) {
    const exchange = createLogin();
    if (!initial)
      assert.deepEqual(exchange.step(undefined), { kind: 'challenge', bytes: Buffer.from('Username:') });
    assert.deepEqual(exchange.step(Buffer.from('ann')), {
      kind: 'challenge',
      bytes: Buffer.from('Password:'),
    });
    const step = exchange.step(Buffer.from('secret'));
    assert.ok(step.kind === 'verify-password' && step.user === 'ann' && step.password === 'secret');
    assert.deepEqual(exchange.step(Buffer.from('x')), { kind: 'failure', why: 'out-of-order' });
  }
  const empty = createLogin();
  empty.step(undefined);
  assert.deepEqual(empty.step(Buffer.alloc(0)), { kind: 'failure', why: 'malformed' });
});
