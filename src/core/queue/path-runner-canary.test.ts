import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settled } from '../../../test/virtual-clock.ts';
import { aRunner } from '../../../test/fake-path.ts';

test('a canary is one message; what comes of it says whether the path works', async () => {
  let connects: 'open' | 'failed' | 'settled' = 'failed';
  const fake = aRunner({ backlog: 10, connect: async () => connects });
  assert.equal(await fake.runner.canary('path'), 'none', 'an open path has none');
  fake.runner.freeze();
  assert.equal(await fake.runner.canary('path'), 'failed');
  connects = 'settled';
  assert.equal(await fake.runner.canary('path'), 'none');
  connects = 'open';
  assert.equal(await fake.runner.canary('path'), 'good');
  assert.deepEqual([fake.opened, fake.closed, fake.store.settled.length], [3, 1, 2]);
  await fake.clock.advance(60_000);
  assert.equal(fake.opened, 3);
  fake.runner.thaw();
  await fake.clock.advance(60_000);
  assert.equal(fake.store.settled.length, 10);
});

test('after a thaw it begins with one connection, whatever it bore before', async () => {
  const fake = aRunner({
    backlog: 5_000,
    transferMs: 100,
    limits: { initialConnections: 8, maxConnections: 8 },
  });
  fake.runner.wake();
  await fake.clock.advance(300);
  assert.equal(fake.runner.connections, 8);
  fake.runner.freeze();
  await fake.clock.advance(1_000);
  fake.runner.thaw();
  await settled();
  assert.equal(fake.runner.connections, 1);
  await fake.clock.advance(1_000);
  assert.equal(fake.runner.connections, 8);
});

test('a canary whose connection comes when the lease of its worker may be over is not sent', async () => {
  const fake = aRunner({ backlog: 1, connectMs: 60_000 });
  fake.runner.freeze();
  const canary = fake.runner.canary('path');
  await fake.clock.advance(30_000);
  fake.mayAttempt = false;
  await fake.clock.advance(30_000);
  assert.notEqual(await canary, 'good');
  assert.deepEqual([fake.transfers.length, fake.store.held(), fake.closed], [0, 0, 1]);
});

test('no canary begins when the lease of its worker may be over', async () => {
  const fake = aRunner({ backlog: 1 });
  fake.runner.freeze();
  fake.mayAttempt = false;
  assert.equal(await fake.runner.canary('path'), 'busy');
  assert.deepEqual([fake.opened, fake.store.held()], [0, 0]);
});
