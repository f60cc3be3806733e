import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../../test/virtual-clock.ts';
import { Rate } from './rate.ts';

const MINUTE_MS = 60_000;

/** Somebody who sends pieces one after the other, for as long as the test lasts. */
function sender(rate: Rate<'live' | 'backlog'>, name: 'live' | 'backlog', bytes: number) {
  const sent = { bytes: 0 };
  const go = async (): Promise<void> => {
    for (;;) {
      await (rate.take(name, bytes) ?? Promise.resolve());
      sent.bytes += bytes;
      // One that is never made to wait would never end.
      if (sent.bytes > 1e9) return;
    }
  };
  void go();
  return sent;
}

test('what is sent in a minute is what the rate allows, whatever the pieces', async () => {
  for (const bytes of [100, 4_096, 262_144]) {
    const clock = new VirtualClock();
    const rate = new Rate(clock, 1_000_000, { live: 0.3, backlog: 0.7 });
    const sent = [1, 2, 3].map(() => sender(rate, 'backlog', bytes));
    await clock.advance(MINUTE_MS);
    const total = sent.reduce((sum, one) => sum + one.bytes, 0);
    assert.ok(Math.abs(total - 60_000_000) < 200_000 + 4 * bytes, `${total} in pieces of ${bytes}`);
  }
});

test('a class with one sender has its share beside one with many, and all that the others leave', async () => {
  const clock = new VirtualClock();
  const rate = new Rate(clock, 1_000_000, { live: 0.3, backlog: 0.7 });
  const live = sender(rate, 'live', 4_096);
  const backlog = Array.from({ length: 200 }, () => sender(rate, 'backlog', 4_096));
  await clock.advance(MINUTE_MS);
  const rest = backlog.reduce((sum, one) => sum + one.bytes, 0);
  assert.ok(Math.abs(live.bytes - 18_000_000) < 900_000, String(live.bytes));
  assert.ok(Math.abs(rest - 42_000_000) < 2_000_000, String(rest));
});

test('within the rate nobody waits, and it is known how long one would', async () => {
  const clock = new VirtualClock();
  const rate = new Rate(clock, 1_000, { one: 1 });
  assert.equal(rate.take('one', 100), undefined);
  await clock.advance(1_000);
  assert.equal(rate.take('one', 50), undefined);
  assert.equal(rate.waitMs('one'), 0);
  assert.equal(rate.take('one', 2_050), undefined, 'a large one goes ahead on credit');
  assert.equal(rate.waitMs('one'), 2_000);
  let gone = 0;
  void rate.take('one', 10)?.then(() => gone++);
  await clock.advance(1_990);
  assert.equal(gone, 0);
  await clock.advance(20);
  assert.equal(gone, 1);
});

test('an hour in which only one class sent gives the other no lead', async () => {
  const clock = new VirtualClock();
  const rate = new Rate(clock, 1_000_000, { live: 0.3, backlog: 0.7 });
  for (let second = 0; second < 3_600; second++) {
    assert.equal(rate.take('live', 4_096), undefined);
    await clock.advance(1_000);
  }
  for (let index = 0; index < 200; index++) sender(rate, 'backlog', 4_096);
  await clock.advance(1_000);
  const live = sender(rate, 'live', 4_096);
  await clock.advance(1_000);
  assert.ok(live.bytes > 200_000, `live mail got ${live.bytes} octets in a second`);
});

test('how long one class waits is no matter of how many of another do', () => {
  const rate = new Rate(new VirtualClock(), 1_000, { customer: 0.6, stranger: 0.4 });
  for (let count = 0; count < 50; count++) void rate.take('stranger', 1_000);
  assert.ok(rate.waitMs('stranger') > 50_000);
  assert.ok(rate.waitMs('customer') < 1_000, String(rate.waitMs('customer')));
});
