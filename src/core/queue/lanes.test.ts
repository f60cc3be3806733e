import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Random } from '../../base/random.ts';
import { chance } from '../../../test/chance.ts';
import { laneDelay, nextLane } from './lanes.ts';

const MINUTES = { lanesMs: [60_000, 120_000, 600_000] };

const always = (value: number): Random => ({ float: () => value, bytes: (count) => new Uint8Array(count) });

test('a delivery goes from lane to lane, and the last one repeats', () => {
  const middle = always(0.5);
  let lane = 0;
  const waits: number[] = [];
  for (let step = 0; step < 5; step++) {
    const next = nextLane(lane, MINUTES, middle);
    waits.push(next.delayMs);
    lane = next.lane;
  }
  assert.deepEqual(waits, [60_000, 120_000, 600_000, 600_000, 600_000]);
  assert.equal(lane, 3);
});

test('the wait of live is that of the first lane; a lane that is no longer configured waits like the last', () => {
  assert.equal(laneDelay(0, MINUTES, always(0.5)), 60_000);
  assert.equal(laneDelay(9, MINUTES, always(0.5)), 600_000);
  assert.deepEqual(nextLane(9, MINUTES, always(0.5)), { lane: 3, delayMs: 600_000 });
});

test('jitter spreads a batch over a tenth either way, and no further', () => {
  assert.equal(laneDelay(1, MINUTES, always(0)), 54_000);
  const random = chance(9);
  const delays = Array.from({ length: 2_000 }, () => laneDelay(1, MINUTES, random));
  assert.ok(Math.min(...delays) >= 54_000 && Math.max(...delays) <= 66_000);
  assert.ok(Math.min(...delays) < 55_000 && Math.max(...delays) > 65_000);
  assert.ok(new Set(delays).size > 1_500);
});
