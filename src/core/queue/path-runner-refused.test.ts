import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aRunner } from '../../../test/fake-path.ts';
import { settled } from '../../../test/virtual-clock.ts';

/** Asked for together. */
const FIRST = 4;

/** A far end that takes `most` connections at a time, and refuses the others before those are open. */
function takingOnly(most: number): { connect: () => Promise<'open' | 'refused'>; connectMs: () => number } {
  let [asked, answered, open] = [0, 0, 0];
  return {
    connectMs: () => (asked++ < most ? 200 : 50),
    async connect() {
      if (++answered <= FIRST - most || open >= most) return 'refused';
      open++;
      return 'open';
    },
  };
}

test('one that is taken while the others of its time are refused serves on, as many as are taken', async () => {
  for (const most of [1, 2]) {
    const fake = aRunner({
      backlog: 500,
      transferMs: 20,
      limits: { initialConnections: FIRST, maxConnections: 20 },
      ...takingOnly(most),
    });
    fake.runner.wake();
    await fake.clock.advance(15_000);
    assert.equal(fake.store.settled.length, 500, `${most} at a time: all of it left, without a rest`);
    assert.ok(fake.runner.connections <= most);
    assert.deepEqual([fake.frozen.length, fake.runner.failing], [0, undefined]);
  }
});

test('where all that are asked for together are refused the path rests', async () => {
  const fake = aRunner({
    backlog: 10,
    limits: { initialConnections: 3, maxConnections: 20 },
    connectMs: () => 50,
    connect: async () => 'refused',
  });
  fake.runner.wake();
  await fake.clock.advance(1_000);
  assert.equal(fake.opened, 3);
  assert.deepEqual([fake.runner.connections, fake.runner.waiting, fake.store.held()], [0, 0, 0]);
  assert.equal(fake.runner.failing?.reply.code, 421);
});

test('one whose answer does not come takes no place of those that serve', async () => {
  let asked = 0;
  const fake = aRunner({
    backlog: 300,
    transferMs: 20,
    limits: { initialConnections: 3, maxConnections: 20, idleConnectionMs: 30_000 },
    connectMs: () => (++asked === 2 ? 300_000 : 50),
    connect: async () => (asked > 3 ? 'refused' : 'open'),
  });
  fake.runner.wake();
  await fake.clock.advance(9_000);
  assert.equal(fake.store.settled.length, 299);
  await fake.clock.advance(1_000);
  fake.runner.look([0]);
  await settled();
  await fake.clock.advance(1_000);
  assert.equal(fake.store.settled.length, 300, 'and what waits for it goes over one of those');
});

test('one that is open only long after the others were refused serves on', async () => {
  let asked = 0;
  const fake = aRunner({
    backlog: 100,
    transferMs: 20,
    limits: { initialConnections: 2, maxConnections: 20 },
    connectMs: () => (++asked === 1 ? 12_000 : 50),
    connect: async () =>
      fake.clock.monotonic() < 12_000 || fake.runner.connections > 1 ? 'refused' : 'open',
  });
  fake.runner.wake();
  for (let second = 0; second < 20; second++) {
    await fake.clock.advance(1_000);
    fake.runner.look([0]);
  }
  assert.equal(fake.store.settled.length, 100);
  assert.equal(fake.opened, 2, 'the two that were asked for together');
});

test('a far end that serves one, leaves one waiting and refuses all others is asked once for each of its holds', async () => {
  let asked = 0;
  const fake = aRunner({
    backlog: 50_000,
    transferMs: 20,
    limits: { initialConnections: 2, maxConnections: 20 },
    connectMs: () => (++asked === 2 ? 10_000_000 : 5),
    connect: async () => (asked > 2 ? 'refused' : 'open'),
  });
  fake.runner.wake();
  await fake.clock.advance(240_000);
  assert.ok(fake.opened <= 6, `${fake.opened} were opened`);
  assert.ok(fake.store.settled.length > 10_000);
});

test('while nobody is greeted another is tried after ten seconds, and its mail leaves when that is', async () => {
  let asked = 0;
  const fake = aRunner({
    backlog: 100,
    limits: { initialConnections: 2, maxConnections: 20 },
    connectMs: () => (++asked <= 2 ? 300_000 : 50),
  });
  fake.runner.wake();
  await fake.clock.advance(11_000);
  assert.equal(fake.store.settled.length, 100);
  assert.deepEqual(fake.runner.failing, undefined);
});

test('a host that never answers is asked more and more seldom', async () => {
  const fake = aRunner({ backlog: 10, limits: { initialConnections: 2 }, connectMs: () => 10_000_000 });
  fake.runner.wake();
  await fake.clock.advance(300_000);
  assert.ok(fake.opened <= 7, `${fake.opened} were opened`);
});

test('one that does not come about while others serve slows the path and does not stop it', async () => {
  let answered = 0;
  const fake = aRunner({
    backlog: 500,
    transferMs: 20,
    limits: { initialConnections: 2, maxConnections: 20 },
    connectMs: () => 5 * (fake.opened + 1),
    connect: async () => (++answered === 1 ? 'open' : 'failed'),
  });
  fake.runner.wake();
  await fake.clock.advance(12_000);
  assert.equal(fake.store.settled.length, 500);
  assert.deepEqual([fake.opened, fake.runner.failing], [2, undefined]);
});

test('those that hang take no place for ever, and never are there more than there may be', async () => {
  let asked = 0;
  const fake = aRunner({
    backlog: 200,
    limits: { initialConnections: 4, maxConnections: 4 },
    transfer: () => {
      fake.breakIdle();
      return 'good';
    },
    connectMs: () => (++asked % 5 === 0 ? 10_000_000 : 5),
  });
  fake.runner.wake();
  for (let second = 0; second < 180; second++) {
    await fake.clock.advance(1_000);
    assert.ok(fake.runner.connections <= 4);
  }
  assert.ok(fake.store.settled.length > 30, `${fake.store.settled.length} left`);
});

test('a place that is not free at once after we closed is asked for again a moment later', async () => {
  let [closed, freeAt] = [0, 0];
  const fake: ReturnType<typeof aRunner> = aRunner({
    backlog: 100,
    transfer: () => {
      fake.breakIdle();
      return 'good';
    },
    limits: { initialConnections: 1, maxConnections: 1 },
    connect: async () => {
      if (fake.closed > closed) [closed, freeAt] = [fake.closed, fake.clock.monotonic() + 50];
      return fake.clock.monotonic() < freeAt ? 'refused' : 'open';
    },
  });
  fake.runner.wake();
  await fake.clock.advance(30_000);
  assert.equal(fake.store.settled.length, 100);
  assert.equal(fake.frozen.length, 0);
});

test('those that wait for the far end to close serve nobody: the others go on', async () => {
  let cut = false;
  const fake: ReturnType<typeof aRunner> = aRunner({
    backlog: 3_000,
    transferMs: 20,
    closeMs: 300,
    limits: { initialConnections: 10, maxConnections: 10 },
    transfer: () => {
      if (cut || fake.clock.monotonic() < 1_000) return 'good';
      cut = true;
      return 'cut';
    },
  });
  fake.runner.wake();
  await fake.clock.advance(1_200);
  assert.equal(fake.closed, 5, 'as many as are too many by now');
});

test('after a thaw one that is not answered is late as any other', async () => {
  const fake = aRunner({ backlog: 10, limits: { initialConnections: 1 }, connectMs: () => 10_000_000 });
  fake.runner.freeze();
  fake.runner.thaw();
  await fake.clock.advance(35_000);
  assert.equal(fake.opened, 3);
});

test('a slow greeting beside a limit is no trouble of the path', async () => {
  for (const [slowMs, most] of [
    [30_000, 1],
    [90_000, 2],
  ] as const) {
    let [held, closed] = [0, 0];
    const taken: boolean[] = [];
    const fake: ReturnType<typeof aRunner> = aRunner({
      backlog: 20,
      limits: { initialConnections: 2, maxConnections: 20 },
      connectMs: () => {
        held -= fake.closed - closed;
        closed = fake.closed;
        const isTaken = held < most;
        if (isTaken) held++;
        taken.push(isTaken);
        return isTaken ? slowMs : 50;
      },
      connect: async () => (taken.length > 0 && fake.clock.monotonic() % slowMs < 50 ? 'open' : 'refused'),
    });
    fake.runner.wake();
    await fake.clock.advance(4 * slowMs);
    assert.equal(fake.frozen.length, 0, `${slowMs} ms, ${most} at a time`);
    assert.equal(fake.store.settled.length, 20);
  }
});
