import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aRunner, aWork, message } from '../../../test/fake-path.ts';
import { settled } from '../../../test/virtual-clock.ts';

test('while our own budget keeps the backlog waiting, live mail has its share of the connections', async () => {
  let waits = true;
  const fake = aRunner({
    ...{ backlog: 2_000, old: 2_000, transferMs: 10_000, backlogWaits: () => waits },
    limits: { initialConnections: 10, maxConnections: 10 },
  });
  fake.runner.wake();
  await settled();
  assert.equal(fake.store.underWay, 7);
  const live = Array.from({ length: 3 }, () => aWork(message(), 'y.example/2'));
  for (const work of live) {
    assert.ok(fake.runner.reserve());
    fake.store.take(work);
    fake.runner.arrive(work);
  }
  await settled();
  assert.equal(fake.store.underWay, 10, 'each found a connection at once');
  assert.deepEqual(
    fake.transfers.slice(-3).map(([work]) => work),
    live,
  );
  await fake.clock.advance(10_000);
  assert.equal(fake.store.underWay, 7, 'and nothing else takes those connections');
  waits = false;
  await fake.clock.advance(10_000);
  assert.equal(fake.store.underWay, 10, 'until the budget has room again');
});

test("one connection is the backlog's, however long our own budget makes it wait", async () => {
  const fake = aRunner({
    ...{ backlog: 30, old: 30, transferMs: 1_000, backlogWaits: () => true },
    limits: { initialConnections: 1, maxConnections: 1 },
  });
  fake.runner.wake();
  await fake.clock.advance(40_000);
  assert.equal(fake.store.settled.length, 30);
  assert.ok(fake.runner.quiet);
});
