import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aRunner, aWork, type Fake, message } from '../../../test/fake-path.ts';
import { settled } from '../../../test/virtual-clock.ts';

const TEN = { initialConnections: 10, maxConnections: 10 };

/** New mail of somebody who has no backlog: whether each found a connection at once. */
async function arrive({ runner, store, transfers }: Fake, count: number): Promise<boolean> {
  const live = Array.from({ length: count }, () => aWork(message(), 'y.example/2'));
  for (const work of live) {
    assert.ok(runner.reserve());
    store.take(work);
    runner.arrive(work);
  }
  await settled();
  return live.every((work) => transfers.some(([first]) => first === work));
}

test('while our own budget keeps the backlog waiting, live mail has its share of the connections', async () => {
  let waits = 0.9;
  const fake = aRunner({ backlog: 5_000, old: 5_000, transferMs: 10_000, waits: () => waits, limits: TEN });
  fake.runner.wake();
  await fake.clock.advance(31_000);
  assert.equal(fake.store.underWay, 7);
  assert.ok(await arrive(fake, 3));
  assert.equal(fake.store.underWay, 10);
  await fake.clock.advance(10_000);
  assert.equal(fake.store.underWay, 7, 'and nothing else takes those connections');
  waits = 0.1;
  await fake.clock.advance(30_000);
  assert.equal(fake.store.underWay, 10, 'until the budget has room again');
});

test('no more and no less than its share, however transfers end beside each other', async () => {
  let at = 0;
  const transferMs = (): number => 1_000 + ((at += 377) % 2_000);
  const fake = aRunner({ backlog: 9_000, old: 9_000, transferMs, waits: () => 0.9, limits: TEN });
  fake.runner.wake();
  await fake.clock.advance(10_000);
  let most = 0;
  for (let look = 0; look < 400; look++) {
    await fake.clock.advance(250);
    most = Math.max(most, fake.store.underWay);
  }
  assert.equal(most, 7);
  // Seven at a time, of two seconds each.
  assert.ok(fake.store.settled.length > 300, `${fake.store.settled.length} in 110 s`);
});

test('what is under way counts before it is over', async () => {
  const limits = { initialConnections: 2, maxConnections: 2 };
  const fake = aRunner({ backlog: 1, old: 1, transferMs: 60_000, waits: () => 0.9, limits });
  fake.runner.wake();
  await fake.clock.advance(30_000);
  const more = Array.from({ length: 5 }, () => aWork());
  fake.store.all.push(...more);
  fake.store.old.push(...more);
  fake.runner.wake();
  await settled();
  assert.equal(fake.store.underWay, 1);
  assert.ok(await arrive(fake, 1));
});

test('what took no connection, or came to a path that stands still, takes nobody’s room', async () => {
  let refused = 40;
  const fake = aRunner({
    ...{ backlog: 3_000, old: 3_000, transferMs: 4_000, waits: () => 0.9, limits: TEN, connectMs: 500 },
    connect: async () => (refused-- > 0 && refused % 2 === 0 ? 'settled' : 'open'),
  });
  fake.runner.wake();
  for (let round = 0; round < 6; round++) {
    await fake.clock.advance(300);
    fake.runner.freeze();
    await fake.clock.advance(5_000);
    fake.runner.thaw();
    await fake.clock.advance(20_000);
  }
  await fake.clock.advance(60_000);
  assert.equal(fake.store.underWay, 7);
});

test('where the far end is what takes long, the backlog has all connections', async () => {
  const fake = aRunner({ backlog: 5_000, old: 5_000, transferMs: 10_000, waits: () => 0.2, limits: TEN });
  fake.runner.wake();
  for (let look = 0; look < 20; look++) {
    await fake.clock.advance(3_000);
    assert.equal(fake.store.underWay, 10);
  }
});

test('of 20 connections of which nine tenths are for live mail two are the backlog’s, and of any number one', async () => {
  for (const [connections, most] of [
    [20, 2],
    [10, 1],
    [1, 1],
  ] as const) {
    const fake = aRunner({
      ...{ backlog: 900, old: 900, transferMs: 1_000, waits: () => 0.9 },
      limits: { initialConnections: connections, maxConnections: connections, liveShare: 0.9 },
    });
    fake.runner.wake();
    await fake.clock.advance(20_000);
    assert.equal(fake.store.underWay, most);
  }
});

test('one connection is the backlog’s, however long our own budget makes it wait', async () => {
  const fake = aRunner({
    ...{ backlog: 30, old: 30, transferMs: 1_000, waits: () => 1 },
    limits: { initialConnections: 1, maxConnections: 1 },
  });
  fake.runner.wake();
  await fake.clock.advance(40_000);
  assert.equal(fake.store.settled.length, 30);
  assert.ok(fake.runner.quiet);
});
