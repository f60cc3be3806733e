import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WorkerId } from '../envelope.ts';
import { surplus } from './balance.ts';

const worker = (n: number): WorkerId => n as WorkerId;
const shares = (...paths: number[]) =>
  paths.map((count, n) => ({ worker: worker(n), node: `n${n}`, paths: count }));
const none = (): boolean => false;

test('whoever has far more than its share gives up what is over, and nobody else anything', () => {
  assert.equal(surplus(worker(0), shares(13, 0), none), 6);
  assert.equal(surplus(worker(1), shares(13, 0), none), 0);
  assert.equal(surplus(worker(0), shares(300, 100, 100, 100), none), 150);
});

test('what is nearly even stays, and so does the only path, and everything of the only worker', () => {
  assert.equal(surplus(worker(0), shares(8, 5), none), 0);
  assert.equal(surplus(worker(0), shares(2, 0), none), 0);
  assert.equal(surplus(worker(0), shares(1000), none), 0);
  assert.equal(surplus(worker(7), shares(13, 0), none), 0, 'one that was declared dead');
});

test('handing over comes to rest', () => {
  for (const counts of [
    [500, 0, 0],
    [3, 90, 7],
    [0, 1, 40],
  ]) {
    const [of, to] = [counts.indexOf(Math.max(...counts)), counts.indexOf(Math.min(...counts))];
    const over = surplus(worker(of), shares(...counts), none);
    counts[of] = (counts[of] ?? 0) - over;
    counts[to] = (counts[to] ?? 0) + Math.ceil(over / 2);
    counts[3 - of - to] = (counts[3 - of - to] ?? 0) + Math.floor(over / 2);
    for (let n = 0; n < 3; n++) assert.equal(surplus(worker(n), shares(...counts), none), 0, String(counts));
  }
});

test('one that is cut off gives up everything to whoever is not, and when all are, nothing', () => {
  const cutOff = (node: string): boolean => node === 'n0';
  assert.equal(surplus(worker(0), shares(1, 5), cutOff), 1);
  assert.equal(surplus(worker(1), shares(50, 60), cutOff), 0, 'the share of the others is larger then');
  assert.equal(
    surplus(worker(0), shares(50, 60), () => true),
    0,
  );
});
