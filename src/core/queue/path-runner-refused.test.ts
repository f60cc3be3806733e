import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aRunner } from '../../../test/fake-path.ts';

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
