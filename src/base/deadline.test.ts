import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chance } from '../../test/chance.ts';
import { VirtualClock } from '../../test/virtual-clock.ts';
import { Deadline } from './deadline.ts';

function aDeadline(): { clock: VirtualClock; deadline: Deadline; expiries: number[] } {
  const clock = new VirtualClock();
  const expiries: number[] = [];
  return { clock, expiries, deadline: new Deadline(clock, () => expiries.push(clock.monotonic())) };
}

test('expires once, at its time, and not before', async () => {
  const { clock, deadline, expiries } = aDeadline();
  deadline.set(100);
  await clock.advance(99);
  assert.deepEqual(expiries, []);
  await clock.advance(1_000);
  assert.deepEqual(expiries, [100]);
});

test('moves away, and nearer', async () => {
  const { clock, deadline, expiries } = aDeadline();
  deadline.set(100);
  await clock.advance(90);
  deadline.set(100);
  await clock.advance(99);
  assert.deepEqual(expiries, []);
  deadline.set(300_000);
  deadline.set(50);
  await clock.advance(1_000_000);
  assert.deepEqual(expiries, [239]);
});

test('a cleared limit never expires, and can be set again', async () => {
  const { clock, deadline, expiries } = aDeadline();
  deadline.set(0);
  deadline.clear();
  await clock.advance(1_000);
  assert.deepEqual(expiries, []);
  deadline.set(10);
  await clock.advance(1_000);
  assert.deepEqual(expiries, [1_010]);
});

test('moving it away arms no timer, and its end leaves none', async () => {
  const { clock, deadline, expiries } = aDeadline();
  for (let move = 0; move < 1_000; move++) {
    deadline.set(60_000);
    await clock.advance(1);
    assert.ok(clock.timers <= 1);
  }
  deadline.end();
  assert.equal(clock.timers, 0);
  await clock.advance(100_000);
  assert.deepEqual(expiries, []);
});

test('any sequence of moves expires exactly when the last one said', async () => {
  const { next } = chance(8);
  for (let run = 0; run < 300; run++) {
    const { clock, deadline, expiries } = aDeadline();
    let due: number | undefined;
    const expected: number[] = [];
    for (let step = 0; step < 12; step++) {
      const what = next(4);
      if (what === 0) {
        deadline.clear();
        due = undefined;
      } else {
        const ms = next(50);
        deadline.set(ms);
        due = clock.monotonic() + ms;
      }
      const until = clock.monotonic() + next(40);
      if (due !== undefined && due <= until) {
        expected.push(due);
        due = undefined;
      }
      await clock.advance(until - clock.monotonic());
    }
    assert.deepEqual(expiries, expected);
  }
});
