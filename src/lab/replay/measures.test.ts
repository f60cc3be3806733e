import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inversions, nextNoonMs, quantile } from './measures.ts';
import type { Fact } from './record.ts';

const MINUTE_MS = 60_000;

function fact(acceptedMs: number, endedMs: number, rest: Partial<Fact> = {}): Fact {
  return {
    ...{ acceptedMs, endedMs, state: 'delivered', provider: 0, customer: 'a.example/1' },
    ...{ own: false, held: false, spam: false, attempts: 1, octets: 1_000 },
    ...rest,
  };
}

const count = (...facts: Fact[]): number => inversions(facts, 100 * MINUTE_MS);

test('overtaken is who leaves more than a minute after a younger one of the same account and provider', () => {
  assert.equal(count(fact(0, 5 * MINUTE_MS), fact(1, MINUTE_MS)), 1);
  assert.equal(count(fact(0, 2 * MINUTE_MS), fact(1, MINUTE_MS)), 0);
  assert.equal(count(fact(0, 5 * MINUTE_MS), fact(1, MINUTE_MS, { customer: 'a.example/2' })), 0);
  assert.equal(count(fact(0, 5 * MINUTE_MS), fact(1, MINUTE_MS, { provider: 1 })), 0);
});

test('recipients of one message are of one age; who waits for a reason of its own is not overtaken', () => {
  assert.equal(count(fact(0, 5 * MINUTE_MS), fact(0, 1)), 0);
  assert.equal(count(fact(0, 5 * MINUTE_MS, { own: true }), fact(1, 2)), 0);
  assert.equal(count(fact(0, 5 * MINUTE_MS), fact(0, 5 * MINUTE_MS), fact(1, 2)), 2);
});

test('who still waits at the end is overtaken by everybody younger that left', () => {
  assert.equal(count(fact(0, Number.POSITIVE_INFINITY), fact(1, 2)), 1);
});

test('the next noon is that of the local day after the one on which everything worked again', () => {
  const startsAt = Date.UTC(2018, 2, 12, 5);
  const noonAfter = (backHours: number): number =>
    nextNoonMs({ startsAt, zoneMs: 60 * MINUTE_MS, backMs: backHours * 60 * MINUTE_MS }) / (60 * MINUTE_MS);
  assert.equal(noonAfter(8), 30, 'from 06:00 to 14:00 on Monday, and to noon on Tuesday');
  assert.equal(noonAfter(17), 30, 'back at 23:00');
  assert.equal(noonAfter(18), 54, 'back at midnight');
});

test('a quantile is the nearest rank', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => index + 1);
  assert.deepEqual([quantile(hundred, 0.5), quantile(hundred, 0.99), quantile(hundred, 1)], [50, 99, 100]);
  assert.equal(quantile([], 0.99), 0);
  assert.equal(quantile([7], 0.01), 7);
});
