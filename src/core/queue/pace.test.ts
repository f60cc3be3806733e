import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pace } from './pace.ts';

const LIMITS = { initialConnections: 2, maxConnections: 20 };

/** Connections after each of so many rounds in which every connection succeeds once. */
function rounds(pace: Pace, count: number): number[] {
  return Array.from({ length: count }, () => {
    for (let n = pace.connections; n > 0; n--) pace.succeeded(0);
    return pace.connections;
  });
}

test('it doubles each round, to the ceiling', () => {
  assert.deepEqual(rounds(new Pace(LIMITS), 5), [4, 8, 16, 20, 20]);
});

test('it is halved, and then grows by one a round', () => {
  const pace = new Pace(LIMITS);
  rounds(pace, 3);
  pace.slowed();
  assert.equal(pace.connections, 8);
  const grown = rounds(pace, 3);
  assert.ok((grown[2] as number) >= 10 && (grown[2] as number) <= 11, String(grown));
});

test('after it stood still it begins with one, doubles to what it bore, and grows by one from there', () => {
  const pace = new Pace(LIMITS, 8);
  pace.restart();
  assert.deepEqual([pace.connections, pace.level], [1, 8]);
  assert.deepEqual(rounds(pace, 3), [2, 4, 8]);
  const grown = rounds(pace, 2);
  assert.ok((grown[1] as number) <= 10, String(grown));
});

test('one connection is left, however often it is halved', () => {
  const pace = new Pace(LIMITS);
  for (let n = 0; n < 10; n++) pace.slowed();
  assert.equal(pace.connections, 1);
});

test('one connection too many shows how many it bears; it is not asked for more for a while, and each time for longer', () => {
  const pace = new Pace({ initialConnections: 4, maxConnections: 20 });
  const grow = (now: number): number => {
    for (let count = 0; count < 200; count++) pace.succeeded(now);
    return pace.connections;
  };
  pace.bears(3, 0);
  assert.equal(pace.connections, 3);
  assert.equal(grow(29_000), 3);
  assert.ok(grow(30_000) > 3);
  pace.bears(3, 30_000);
  assert.equal(grow(89_000), 3, 'twice as long');
  assert.ok(grow(90_000) > 3);
  pace.bears(5, 90_000);
  assert.equal(grow(119_000), 5);
  assert.equal(grow(120_000), 20, 'it bore more than before: the time is that of the first');
});
