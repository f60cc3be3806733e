import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Chance } from '../chance.ts';
import { idealTimes, leftBeside, type Step } from './ideal.ts';

const steady: Step[] = [{ fromMs: 0, octetsPerSecond: 1_000 }];

test('one load takes its octets over the capacity, and the next waits for it', () => {
  const times = idealTimes({ atMs: [0, 0, 500, 10_000], octets: [1_000, 500, 500, 2_000] }, steady);
  assert.deepEqual([...times], [1_000, 1_500, 2_000, 12_000]);
});

test('what waits through a time without capacity leaves after it, oldest first, one after the other', () => {
  const steps = [
    { fromMs: 0, octetsPerSecond: 1_000 },
    { fromMs: 1_000, octetsPerSecond: 0 },
    { fromMs: 61_000, octetsPerSecond: 2_000 },
  ];
  const times = idealTimes({ atMs: [500, 2_000, 3_000], octets: [1_000, 4_000, 2_000] }, steps);
  // Half of the first was through when the capacity went.
  assert.deepEqual([...times], [61_250, 63_250, 64_250]);
});

test('a capacity that never comes back lets nothing through', () => {
  const steps = [...steady, { fromMs: 1_000, octetsPerSecond: 0 }];
  const times = idealTimes({ atMs: [0, 900], octets: [500, 1_000] }, steps);
  assert.deepEqual([...times], [500, Number.POSITIVE_INFINITY]);
});

test('a load without octets is through when its turn comes', () => {
  assert.deepEqual([...idealTimes({ atMs: [0, 100], octets: [2_000, 0] }, steady)], [2_000, 2_000]);
});

test('nobody is through before those who came before, nor sooner than the octets ahead allow', () => {
  const chance = new Chance(5, 'ideal');
  const atMs: number[] = [];
  const octets: number[] = [];
  for (let index = 0, at = 0; index < 2_000; index++) {
    atMs.push((at += chance.gap(300)));
    octets.push(chance.whole(0, 900));
  }
  const steps = Array.from({ length: 50 }, (_, index) => ({
    fromMs: index * 20_000,
    octetsPerSecond: index % 5 === 1 ? 0 : chance.whole(500, 4_000),
  }));
  const times = idealTimes({ atMs, octets }, steps);
  const carriedBy = (ms: number): number =>
    steps.reduce((sum, { fromMs, octetsPerSecond }, index) => {
      const end = Math.min(ms, steps[index + 1]?.fromMs ?? ms);
      return sum + (Math.max(0, end - fromMs) * octetsPerSecond) / 1000;
    }, 0);
  let total = 0;
  for (const [index, time] of times.entries()) {
    total += octets[index] as number;
    assert.ok(time >= (times[index - 1] ?? 0) && time >= (atMs[index] as number));
    assert.ok(carriedBy(time) >= total - 1e-3, `${index}: ${carriedBy(time)} of ${total}`);
  }
});

test('beside what is served at once, the rest of the capacity is left, and never less than none', () => {
  const arrivals = { atMs: [0, 500, 1_500], octets: [300, 300, 5_000] };
  assert.deepEqual(leftBeside(arrivals, steady, { everyMs: 1_000, untilMs: 3_000 }), [
    { fromMs: 0, octetsPerSecond: 400 },
    { fromMs: 1_000, octetsPerSecond: 0 },
    { fromMs: 2_000, octetsPerSecond: 1_000 },
  ]);
});
