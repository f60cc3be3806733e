import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aRunner } from '../../../test/fake-path.ts';

const HANGS_MS = 600_000;

test('beside one dialogue that hangs, and one that failed, the path goes on', async () => {
  let begun = 0;
  const fake = aRunner({
    backlog: 100,
    limits: { initialConnections: 2, maxConnections: 20 },
    transferMs: () => (++begun === 1 ? HANGS_MS : 20),
    transfer: () => (begun === 2 ? 'trouble' : 'good'),
  });
  fake.runner.wake();
  await fake.clock.advance(50_000);
  assert.equal(fake.store.settled.length, 99, 'all but what hangs');
  await fake.clock.advance(HANGS_MS);
  assert.equal(fake.store.settled.length, 100);
});

test('what hung when the path was thawed takes the place of nothing', async () => {
  let begun = 0;
  const fake = aRunner({
    backlog: 1,
    limits: { initialConnections: 2, maxConnections: 20 },
    transferMs: () => (++begun === 1 ? HANGS_MS : 20),
  });
  fake.runner.wake();
  await fake.clock.advance(30_000);
  fake.runner.freeze();
  fake.store.add(50);
  await fake.clock.advance(1_000);
  fake.runner.thaw();
  fake.runner.wake();
  await fake.clock.advance(5_000);
  assert.equal(fake.store.settled.length, 50);
});

test('a far end that hangs each time gets no more than there may be', async () => {
  const fake = aRunner({
    backlog: 100,
    limits: { initialConnections: 2, maxConnections: 5 },
    transferMs: HANGS_MS,
  });
  fake.runner.wake();
  await fake.clock.advance(HANGS_MS - 1_000);
  assert.ok(fake.opened <= 5, `${fake.opened} connections`);
});

test('where one is served and the others are kept waiting, it takes what those are for before it goes', async () => {
  let open = 0;
  const fake = aRunner({
    backlog: 30,
    transferMs: 20,
    limits: { initialConnections: 4, maxConnections: 20, idleConnectionMs: 5_000 },
    connectMs: () => (open++ === 0 ? 20 : HANGS_MS),
  });
  fake.runner.wake();
  await fake.clock.advance(15_000);
  assert.equal(fake.store.settled.length, 30);
});
