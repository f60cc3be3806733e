import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chance } from '../../../test/chance.ts';
import { settled } from '../../../test/virtual-clock.ts';
import { aRunner, aWork, type Fake, message } from '../../../test/fake-path.ts';

test('the window is bounded, however large the backlog', async () => {
  const { runner, store } = aRunner({ backlog: 5_000, connect: () => new Promise(() => undefined) });
  runner.wake();
  await settled();
  assert.ok(runner.waiting > 0 && store.held() <= 1_000, `${store.held()} held`);
  assert.equal(runner.reserve(), false, 'what waits in the store came before');
});

test('the window is bounded, however much arrives', async () => {
  const { runner, store } = aRunner({ connect: () => new Promise(() => undefined) });
  runner.wake();
  await settled();
  let reserved = 0;
  while (runner.reserve()) reserved++;
  assert.ok(reserved > 0 && runner.waiting + reserved <= 1_000);
  for (; reserved > 0; reserved--) {
    const work = aWork();
    store.take(work);
    runner.arrive(work);
  }
  assert.ok(runner.waiting > 0 && runner.waiting <= 1_000);
});

test('everything is sent, the oldest first, over a few connections that are used again', async () => {
  const fake = aRunner({ backlog: 1_500, limits: { initialConnections: 1, maxConnections: 1 } });
  fake.runner.wake();
  await fake.clock.advance(60_000);
  assert.equal(fake.store.settled.length, 1_500);
  const order = fake.store.settled.map(({ delivery }) => delivery.id);
  assert.deepEqual(
    order,
    [...order].sort((a, b) => a - b),
  );
  assert.equal(fake.opened, 1);
  assert.ok(fake.runner.quiet);
});

test('connections grow by one with each success, to the ceiling', async () => {
  const fake = aRunner({
    backlog: 3_000,
    transferMs: 100,
    limits: { initialConnections: 2, maxConnections: 6 },
  });
  fake.runner.wake();
  await settled();
  assert.equal(fake.runner.connections, 2);
  const seen: number[] = [];
  for (let tick = 0; tick < 8; tick++) {
    await fake.clock.advance(100);
    fake.runner.wake();
    seen.push(fake.runner.connections);
  }
  assert.ok((seen[0] as number) > 2 && (seen[0] as number) <= 4, String(seen));
  assert.equal(seen.at(-1), 6);
});

test('connections grow without anybody waking the path', async () => {
  const fake = aRunner({
    backlog: 3_000,
    transferMs: 100,
    limits: { initialConnections: 2, maxConnections: 6 },
  });
  fake.runner.wake();
  await fake.clock.advance(1_000);
  assert.equal(fake.runner.connections, 6);
});

test('trouble halves the connections, and one of them tries first', async () => {
  let trouble = false;
  const fake = aRunner({
    backlog: 9_000,
    transferMs: 100,
    limits: { initialConnections: 8, maxConnections: 8 },
    transfer: () => (trouble ? 'trouble' : 'good'),
  });
  fake.runner.wake();
  await fake.clock.advance(1_000);
  assert.equal(fake.runner.connections, 8);
  trouble = true;
  await fake.clock.advance(100);
  trouble = false;
  await fake.clock.advance(100);
  assert.deepEqual([fake.runner.connections, fake.runner.waiting], [0, 0]);
  await fake.clock.advance((fake.clock.nextInMs ?? 0) + 1);
  assert.equal(fake.runner.connections, 1);
  await fake.clock.advance(100);
  assert.ok(fake.runner.connections <= 2, `${fake.runner.connections} connections after one success`);
});

test('a path that cannot be reached is left alone for longer, then asks to be frozen, and holds nothing', async () => {
  const fake = aRunner({
    backlog: 3_000,
    connect: async () => 'failed',
    limits: { initialConnections: 1, maxConnections: 9 },
  });
  fake.runner.wake();
  await settled();
  const waits: number[] = [];
  for (let failure = 0; failure < 2; failure++) {
    assert.deepEqual([fake.opened, fake.runner.waiting, fake.store.held()], [failure + 1, 0, 0]);
    assert.equal(fake.runner.reserve(), false);
    const wait = fake.clock.nextInMs as number;
    waits.push(wait);
    const { at = 0, nextAt = 0, reply } = fake.runner.failing ?? {};
    assert.deepEqual([nextAt - at, reply?.text], [wait, 'connection refused']);
    await fake.clock.advance(wait - 1);
    fake.runner.wake();
    await settled();
    assert.equal(fake.opened, failure + 1, 'tried while it rests');
    await fake.clock.advance(1);
  }
  assert.deepEqual(waits, [5_000, 10_000]);
  assert.equal(fake.runner.failing, undefined, 'it stands still now');
  assert.deepEqual(
    fake.frozen.map(({ blame, reply }) => [blame, reply.text]),
    [['path', 'connection refused']],
  );
  await fake.clock.advance(3_600_000);
  assert.deepEqual([fake.opened, fake.store.held(), fake.clock.timers], [3, 0, 0]);
});

test('a success ends the series of failures', async () => {
  let fail = true;
  const fake = aRunner({
    backlog: 10,
    limits: { initialConnections: 1, maxConnections: 1 },
    connect: async () => (fail ? 'failed' : 'open'),
  });
  fake.runner.wake();
  await fake.clock.advance(5_000);
  fail = false;
  await fake.clock.advance(10_000);
  assert.equal(fake.store.settled.length, 10);
  fail = true;
  await fake.clock.advance(60_000);
  fake.store.add(5);
  fake.runner.wake();
  await settled();
  assert.equal(fake.clock.nextInMs, 5_000);
});

test('connections that fail together are one failure', async () => {
  const fake = aRunner({
    backlog: 100,
    transferMs: 100,
    limits: { initialConnections: 8, maxConnections: 8 },
    transfer: () => 'trouble',
  });
  fake.runner.wake();
  await fake.clock.advance(100);
  assert.equal(fake.clock.nextInMs, 5_000);
});

test('one transaction carries the deliveries of one message, as many as the far end takes', async () => {
  const fake = aRunner({ limits: { initialConnections: 1, maxConnections: 1 }, maxRecipients: 3 });
  const many = message();
  fake.store.put([...Array.from({ length: 7 }, () => aWork(many)), aWork(), aWork()]);
  fake.runner.wake();
  await fake.clock.advance(1_000);
  assert.deepEqual(
    fake.transfers.map((works) => works.length),
    [3, 3, 1, 1, 1],
  );
  for (const works of fake.transfers)
    assert.equal(new Set(works.map((work) => work.delivery.message.id)).size, 1);
});

test('a stale connection puts its work back in its place', async () => {
  let stale = 1;
  const fake = aRunner({
    backlog: 20,
    limits: { initialConnections: 1, maxConnections: 1 },
    transfer: (works) =>
      works[0]?.delivery.id === fake.store.all[4]?.delivery.id && stale-- > 0 ? 'stale' : 'good',
  });
  fake.runner.wake();
  await fake.clock.advance(1_000);
  assert.equal(fake.opened, 2);
  assert.deepEqual(fake.store.settled, fake.store.all);
});

test('a stale connection found after the close gives its work back', async () => {
  const fake = aRunner({
    backlog: 3,
    transferMs: 100,
    limits: { initialConnections: 1, maxConnections: 1 },
    transfer: () => 'stale',
  });
  fake.runner.wake();
  await settled();
  fake.runner.close();
  await fake.clock.advance(200);
  assert.deepEqual([fake.store.ready.length, fake.store.held()], [3, 0]);
});

test('a connection waits idle for its time, is used again, and is closed', async () => {
  const fake = aRunner({
    backlog: 1,
    limits: { initialConnections: 1, maxConnections: 1, idleConnectionMs: 5_000 },
  });
  fake.runner.wake();
  await fake.clock.advance(4_000);
  assert.equal(fake.runner.connections, 1);
  fake.store.add(1);
  fake.runner.wake();
  await fake.clock.advance(4_999);
  assert.deepEqual([fake.opened, fake.closed, fake.store.settled.length], [1, 0, 2]);
  await fake.clock.advance(10);
  assert.deepEqual([fake.runner.connections, fake.closed], [0, 1]);
  assert.ok(fake.runner.quiet);
});

test('an idle connection that the far end closed is not used', async () => {
  const fake = aRunner({
    backlog: 1,
    limits: { initialConnections: 1, maxConnections: 1, idleConnectionMs: 60_000 },
  });
  fake.runner.wake();
  await fake.clock.advance(1_000);
  fake.breakIdle();
  fake.store.add(1);
  fake.runner.wake();
  await fake.clock.advance(1_000);
  assert.deepEqual([fake.opened, fake.store.settled.length], [2, 2]);
});

for (const how of ['freeze', 'close'] as const) {
  test(`${how} gives back all that is not under way, and attempts nothing further`, async () => {
    const fake = aRunner({
      backlog: 600,
      transferMs: 100,
      limits: { initialConnections: 2, maxConnections: 2 },
    });
    fake.runner.wake();
    await settled();
    fake.runner[how]();
    await fake.clock.advance(60_000);
    assert.deepEqual([fake.runner.waiting, fake.runner.connections, fake.store.held()], [0, 0, 0]);
    assert.deepEqual([fake.store.settled.length, fake.opened], [2, 2]);
    assert.equal(fake.runner.reserve(), false);
    fake.runner.wake();
    await fake.clock.advance(60_000);
    assert.equal(fake.opened, 2);
    assert.equal(fake.clock.timers, 0);
    fake.runner.thaw();
    await fake.clock.advance(60_000);
    assert.equal(fake.store.settled.length, how === 'freeze' ? 600 : 2);
  });
}

test('what was reserved and arrives after a freeze goes back; what was not accepted frees its place', async () => {
  const fake = aRunner({});
  assert.ok(fake.runner.reserve() && fake.runner.reserve());
  fake.runner.arrive(undefined);
  fake.runner.freeze();
  const late = aWork();
  fake.store.take(late);
  fake.runner.arrive(late);
  assert.deepEqual(fake.store.ready, [late]);
  assert.ok(!fake.runner.quiet);
});

test('a claim that comes back after the close goes back to the store', async () => {
  const fake = aRunner({ backlog: 50, claimMs: 500 });
  fake.runner.wake();
  await fake.clock.advance(100);
  fake.runner.close();
  await fake.clock.advance(1_000);
  assert.deepEqual([fake.store.ready.length, fake.store.held(), fake.opened], [50, 0, 0]);
});

test('nothing is attempted while the lease of the worker may have run out', async () => {
  const fake = aRunner({ backlog: 10 });
  fake.mayAttempt = false;
  fake.runner.wake();
  await fake.clock.advance(10_000);
  assert.equal(fake.opened, 0);
  fake.mayAttempt = true;
  fake.runner.wake();
  await fake.clock.advance(10_000);
  assert.equal(fake.store.settled.length, 10);
});

test('a delivery that becomes due is claimed then, without anybody telling', async () => {
  const fake: Fake = aRunner({});
  fake.nextDueAt = fake.clock.now() + 90_000;
  fake.runner.wake();
  await fake.clock.advance(89_000);
  fake.store.add(1);
  assert.equal(fake.opened, 0);
  delete fake.nextDueAt;
  await fake.clock.advance(2_000);
  assert.equal(fake.store.settled.length, 1);
});

test('what waits for a connection to a far end that takes its time goes over the next that is there', async () => {
  const begun: [id: number, at: number][] = [];
  const fake: Fake = aRunner({
    backlog: 60,
    maxRecipients: 1,
    connectMs: 44_000,
    transferMs: () => {
      begun.push([fake.transfers.at(-1)?.[0]?.delivery.id as number, fake.clock.now()]);
      return 44_000;
    },
  });
  fake.runner.wake();
  await fake.clock.advance(1_800_000);
  assert.equal(begun.length, 60);
  for (const [index, [id, at]] of begun.entries()) {
    const passedAt = begun.slice(0, index).find(([other]) => other > id)?.[1] ?? at;
    assert.ok(at - passedAt <= 44_000, `${id} began ${at - passedAt} ms after a younger one`);
  }
});

test('what waits for a connection that does not come about goes before what comes later', async () => {
  const fake: Fake = aRunner({
    backlog: 3,
    connectMs: () => (fake.opened === 1 ? 600_000 : 100),
    transferMs: () => (fake.transfers.length === 2 ? 12_000 : 100),
    limits: { initialConnections: 2, maxConnections: 2, idleConnectionMs: 60_000 },
  });
  fake.runner.wake();
  await fake.clock.advance(11_000);
  assert.equal(fake.transfers.length, 2, 'one connection is busy, and the first waits for another');
  fake.store.add(1);
  fake.runner.wake();
  await fake.clock.advance(9_000);
  const [first, second, third, last] = fake.store.all;
  assert.deepEqual(fake.transfers.flat(), [second, third, first, last]);
});

/** One of the things that happen to a path. */
function anEvent(
  fake: Fake,
  { next, pick }: ReturnType<typeof chance>,
  reserved: { count: number },
): void | Promise<void> {
  const { runner, store } = fake;
  switch (
    pick([
      'wake',
      'advance',
      'advance',
      'advance',
      'add',
      'freeze',
      'thaw',
      'thaw',
      'reserve',
      'arrive',
      'drop',
      'lease',
      'break',
    ])
  ) {
    case 'wake':
      return runner.wake();
    case 'advance':
      return fake.clock.advance(next(pick([10, 300, 20_000])));
    case 'add':
      return store.add(next(pick([5, 900])));
    case 'freeze':
      return runner.freeze();
    case 'thaw':
      return runner.thaw();
    case 'reserve':
      if (runner.reserve()) reserved.count++;
      return;
    case 'arrive': {
      if (reserved.count === 0) return;
      const work = aWork();
      store.take(work);
      reserved.count--;
      return runner.arrive(work);
    }
    case 'drop':
      if (reserved.count-- > 0) return runner.arrive(undefined);
      reserved.count = 0;
      return;
    case 'lease':
      fake.mayAttempt = !fake.mayAttempt;
      return;
    default:
      return fake.breakIdle();
  }
}

test('what another connection took has its outcome from there alone, whatever the slow one comes to', async () => {
  for (const outcome of ['open', 'failed', 'deferred'] as const) {
    let connects = 0;
    const fake = aRunner({
      backlog: 3,
      connectMs: () => (connects++ === 0 ? 60_000 : 100),
      connect: async () => (fake.store.settled.length === 3 ? outcome : 'open'),
      transferMs: 11_000,
      limits: { initialConnections: 2, maxConnections: 2 },
    });
    fake.runner.wake();
    await fake.clock.advance(100_000);
    // A delivery settled twice is an error of the store.
    assert.equal(fake.store.settled.length, 3, outcome);
    assert.deepEqual(fake.store.ready, [], outcome);
  }
});

test('whatever happens, each delivery is in memory, given back or transferred, and in one place only', async () => {
  let transferred = 0;
  for (let seed = 1; seed <= 150; seed++) {
    const random = chance(seed);
    const fake = aRunner({
      backlog: random.next(1_500),
      maxRecipients: 1 + random.next(3),
      claimMs: () => random.next(50),
      connectMs: () => random.next(400),
      transferMs: () => random.next(400),
      connect: async () => (random.next(10) > 0 ? 'open' : random.pick(['failed', 'settled'])),
      transfer: () => (random.next(20) > 0 ? 'good' : random.pick(['trouble', 'cut', 'stale'])),
    });
    const reserved = { count: 0 };
    for (let step = 0; step < 80; step++) {
      await anEvent(fake, random, reserved);
      await settled();
      assert.equal(fake.store.held(), fake.runner.waiting, `seed ${seed}, step ${step}`);
      assert.ok(fake.runner.waiting <= 1_000 && fake.runner.connections <= 20, `seed ${seed}, step ${step}`);
    }
    fake.runner.close();
    await fake.clock.advance(1_000_000);
    const { all, ready, settled: sent } = fake.store;
    assert.deepEqual(
      [fake.store.held(), fake.store.underWay, fake.runner.connections],
      [0, 0, 0],
      `seed ${seed}`,
    );
    assert.deepEqual(new Set([...ready, ...sent]), new Set(all), `seed ${seed}`);
    assert.equal(ready.length + sent.length, all.length, `seed ${seed}`);
    transferred += sent.length;
  }
  assert.ok(transferred > 5_000, `only ${transferred} were transferred`);
});

test('a path whose every dialogue is cut rests, and is frozen in the end', async () => {
  const fake = aRunner({ backlog: 10, transferMs: 10, transfer: () => 'cut' });
  fake.runner.wake();
  await fake.clock.advance(4_000);
  assert.ok(fake.transfers.length <= 4, `${fake.transfers.length} before it rests`);
  await fake.clock.advance(60_000);
  assert.equal(fake.frozen.length, 1);
  assert.equal(fake.frozen[0]?.blame, 'path');
  assert.ok(fake.transfers.length <= 10, `${fake.transfers.length} in all`);
});

test('a rest ends when an operator has reason to think that it works again', async () => {
  let down = true;
  const fake = aRunner({ backlog: 10, transferMs: 100, transfer: () => (down ? 'trouble' : 'good') });
  fake.runner.wake();
  await fake.clock.advance(200);
  assert.ok(fake.store.settled.length < 10);
  down = false;
  fake.runner.endRest();
  await fake.clock.advance(2_000);
  assert.deepEqual([fake.store.settled.length, fake.runner.failing], [10, undefined]);
});

test('a clock that is set back does not make a path rest longer', async () => {
  let fail = true;
  const fake = aRunner({ backlog: 1, connect: async () => (fail ? 'failed' : 'open') });
  fake.runner.wake();
  await settled();
  fail = false;
  fake.clock.jump(-3_600_000);
  await fake.clock.advance(5_000);
  assert.equal(fake.store.settled.length, 1);
});
