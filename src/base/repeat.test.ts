import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settled, VirtualClock } from '../../test/virtual-clock.ts';
import { repeat } from './repeat.ts';

test('it runs again and again, whatever fails, until it is cancelled', async () => {
  const clock = new VirtualClock();
  const errors: string[] = [];
  let runs = 0;
  const run = (): Promise<void> | undefined => {
    runs++;
    if (runs === 1) throw new Error('thrown');
    return runs === 2 ? Promise.reject(new Error('rejected')) : undefined;
  };
  const timer = repeat(clock, {
    everyMs: 1_000,
    run,
    failed: (error) => errors.push((error as Error).message),
  });
  await clock.advance(999);
  assert.equal(runs, 0);
  await clock.advance(3_001);
  assert.deepEqual([runs, errors], [4, ['thrown', 'rejected']]);
  timer.cancel();
  await clock.advance(10_000);
  assert.equal(runs, 4);
});

test('a run that takes longer delays the next, and one under way at the end is the last', async () => {
  const clock = new VirtualClock();
  const ends: (() => void)[] = [];
  const timer = repeat(clock, {
    everyMs: 1_000,
    run: () => new Promise<void>((resolve) => ends.push(resolve)),
  });
  await clock.advance(5_000);
  assert.equal(ends.length, 1);
  ends[0]?.();
  await settled();
  await clock.advance(1_000);
  assert.equal(ends.length, 2);
  timer.cancel();
  ends[1]?.();
  await settled();
  await clock.advance(5_000);
  assert.equal(ends.length, 2);
});
