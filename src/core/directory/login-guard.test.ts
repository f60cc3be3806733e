import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Clock } from '../../base/clock.ts';
import {
  createLoginGuard,
  KNOWN_FOR_MS,
  type LoginGuard,
  MAX_TRACKED,
  TRUSTED_MAX_DELAY_MS,
} from './login-guard.ts';

class TestClock implements Clock {
  time = Date.UTC(2018, 2, 12);
  now(): number {
    return this.time;
  }
  monotonic(): number {
    return this.time;
  }
  after(): never {
    throw new Error('the guard sets no timer');
  }
}

const HOME = { address: '192.0.2.10', account: 'ann@example.org' };

function failTimes(guard: LoginGuard, count: number, attempt: (index: number) => typeof HOME): void {
  for (let index = 0; index < count; index += 1) guard.failed(attempt(index));
}

test('a few mistakes are free, then each one doubles the wait', () => {
  const clock = new TestClock();
  const guard = createLoginGuard(clock);
  failTimes(guard, 4, () => HOME);
  assert.deepEqual(guard.decide(HOME), { kind: 'allow' });
  const delays: number[] = [];
  for (let index = 0; index < 12; index += 1) {
    guard.failed(HOME);
    const decision = guard.decide(HOME);
    delays.push(decision.kind === 'delay' ? decision.delayMs : 0);
  }
  assert.deepEqual(delays.slice(0, 4), [1_000, 2_000, 4_000, 8_000]);
  assert.equal(Math.max(...delays), 300_000);
  clock.time += 300_000;
  assert.deepEqual(guard.decide(HOME), { kind: 'allow' });
});

test('failures fade: a mistake a day slows nobody', () => {
  const clock = new TestClock();
  const guard = createLoginGuard(clock);
  for (let day = 0; day < 60; day += 1) {
    guard.failed(HOME);
    clock.time += 24 * 3_600_000;
    assert.deepEqual(guard.decide(HOME), { kind: 'allow' });
  }
});

test('an address that tries many accounts is slowed for all of them', () => {
  const guard = createLoginGuard(new TestClock());
  failTimes(guard, 15, (index) => ({ address: '203.0.113.5', account: `user${index}` }));
  const decision = guard.decide({ address: '203.0.113.5', account: 'somebody-else' });
  assert.ok(decision.kind === 'delay' && decision.reason === 'address');
  assert.deepEqual(guard.decide({ address: '203.0.113.6', account: 'somebody-else' }), { kind: 'allow' });
});

test('a botnet slows itself on an account, and not the owner where the owner has been', () => {
  const guard = createLoginGuard(new TestClock());
  guard.succeeded(HOME);
  failTimes(guard, 50, (index) => ({ address: `198.51.${index}.1`, account: HOME.account }));
  assert.deepEqual(guard.decide(HOME), { kind: 'allow' });
  assert.deepEqual(guard.decide({ ...HOME, address: '192.0.2.99' }), { kind: 'allow' });
  const stranger = guard.decide({ ...HOME, address: '198.51.200.1' });
  assert.ok(stranger.kind === 'delay' && stranger.reason === 'account');
});

test('IPv6 clients count by /64, and IPv4 in IPv6 as IPv4', () => {
  const guard = createLoginGuard(new TestClock());
  failTimes(guard, 15, (index) => ({ address: `2001:db8::${index.toString(16)}`, account: `u${index}` }));
  assert.equal(guard.decide({ address: '2001:db8::ffff:1', account: 'x' }).kind, 'delay');
  assert.equal(guard.decide({ address: '2001:db8:0:1::1', account: 'x' }).kind, 'allow');
  failTimes(guard, 15, (index) => ({ address: '::ffff:203.0.113.5', account: `v${index}` }));
  assert.equal(guard.decide({ address: '203.0.113.5', account: 'x' }).kind, 'delay');
});

test('the same wrong password again is no new guess', () => {
  const guard = createLoginGuard(new TestClock());
  for (let index = 0; index < 100; index += 1) guard.failed({ ...HOME, passwordTag: 'last-years' });
  assert.deepEqual(guard.decide(HOME), { kind: 'allow' });
  for (let index = 0; index < 10; index += 1) guard.failed({ ...HOME, passwordTag: `guess${index}` });
  assert.equal(guard.decide(HOME).kind, 'delay');
});

test('the operator sees who is slowed and can undo it', () => {
  const guard = createLoginGuard(new TestClock());
  failTimes(guard, 12, () => HOME);
  assert.deepEqual(
    guard.list().map(({ key, failures }) => [key, failures]),
    [
      ['account:ann@example.org', 12],
      ['address:192.0.2.10', 12],
    ],
  );
  assert.ok(guard.forgive('account:ann@example.org'));
  assert.ok(guard.forgive('address:192.0.2.10'));
  assert.ok(!guard.forgive('address:192.0.2.10'));
  assert.deepEqual([guard.decide(HOME), guard.list()], [{ kind: 'allow' }, []]);
});

test('the state goes through JSON, and damaged state is left out', () => {
  const clock = new TestClock();
  const guard = createLoginGuard(clock);
  guard.succeeded({ ...HOME, account: 'Bob' });
  failTimes(guard, 12, () => HOME);
  const state = JSON.parse(JSON.stringify(guard.exportState()));
  const again = createLoginGuard(clock, { state });
  assert.deepEqual(again.exportState(), state);
  assert.deepEqual([again.decide(HOME), again.list()], [guard.decide(HOME), guard.list()]);
  for (const odd of [
    null,
    7,
    [],
    { failures: 1 },
    { failures: [1, ['x'], [1, 2, 3]], known: [['a'], ['nospace', 1], ['a b', -1]] },
  ]) {
    assert.deepEqual(createLoginGuard(clock, { state: odd }).exportState(), {
      version: 1,
      failures: [],
      known: [],
    });
  }
});

test('memory is bounded', () => {
  const guard = createLoginGuard(new TestClock());
  for (let index = 0; index < MAX_TRACKED + 10_000; index += 1)
    guard.failed({ address: `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`, account: `a${index}` });
  assert.equal(guard.exportState().failures.length, 2 * MAX_TRACKED);
  guard.failed({ address: 'x'.repeat(100_000), account: 'y'.repeat(100_000) });
  assert.ok(JSON.stringify(guard.exportState().failures.at(-1)).length < 1_000);
});

test('property: whatever happens, a network that logged in lately is never locked out, and waits are bounded', () => {
  let seed = 5;
  const next = (below: number): number => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return Math.floor((seed / 2 ** 32) * below);
  };
  const clock = new TestClock();
  let guard = createLoginGuard(clock);
  const good = new Map<string, number>();
  for (let turn = 0; turn < 20_000; turn += 1) {
    const attempt = { address: `10.0.${next(5)}.${next(3)}`, account: `user${next(6)}` };
    const network = attempt.address.slice(0, attempt.address.lastIndexOf('.'));
    if (next(400) === 0) {
      guard.succeeded(attempt);
      good.set(network, clock.time);
    } else guard.failed(attempt);
    if (next(1000) === 0)
      guard = createLoginGuard(clock, { state: JSON.parse(JSON.stringify(guard.exportState())) });
    clock.time += next(50) === 0 ? next(KNOWN_FOR_MS / 20) : next(60_000);
    const decision = guard.decide(attempt);
    if (decision.kind === 'allow') continue;
    assert.ok(
      decision.delayMs > 0 && decision.delayMs <= 900_000 && decision.until === clock.time + decision.delayMs,
    );
    const seen = good.get(network);
    if (seen !== undefined && clock.time - seen < KNOWN_FOR_MS)
      assert.ok(decision.delayMs <= TRUSTED_MAX_DELAY_MS);
  }
});

test('trouble before a login is told of a network that the account is not known from, and of no other', () => {
  const clock = new TestClock();
  const guard = createLoginGuard(clock);
  const away = { ...HOME, address: '203.0.113.5' };
  assert.equal(guard.troubleBefore(away), 0);
  guard.succeeded(HOME);
  failTimes(guard, 7, (index) => ({ ...HOME, address: `198.51.${index}.1` }));
  assert.equal(guard.troubleBefore(HOME), 0);
  assert.equal(guard.troubleBefore(away), 7);
  guard.succeeded(away);
  assert.equal(guard.troubleBefore(away), 0);
  clock.time += 2 * 3_600_000;
  assert.equal(guard.troubleBefore({ ...HOME, address: '203.0.114.5' }), 0, 'they fade');
});
