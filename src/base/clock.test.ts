import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { systemClock } from './clock.ts';

test('a timer longer than Node can take fires when it is due, not at once', (t) => {
  mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  t.after(() => mock.timers.reset());
  let fired = 0;
  systemClock.after(2_147_483_647 + 1000, () => fired++);
  mock.timers.tick(2_147_483_647);
  assert.equal(fired, 0);
  mock.timers.tick(999);
  assert.equal(fired, 0);
  mock.timers.tick(1);
  assert.equal(fired, 1);
});

test('a cancelled timer does not fire, also in its second leg', (t) => {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.after(() => mock.timers.reset());
  let fired = 0;
  const short = systemClock.after(10, () => fired++);
  const long = systemClock.after(2_147_483_647 + 1000, () => fired++);
  short.cancel();
  mock.timers.tick(2_147_483_647);
  long.cancel();
  mock.timers.tick(2000);
  assert.equal(fired, 0);
});
