import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isIn, merged, toRanges } from './uid-ranges.ts';

test('UIDs that follow each other are one range', () => {
  assert.deepEqual(toRanges([1, 2, 3, 7, 9, 10]), [
    [1, 3],
    [7, 7],
    [9, 10],
  ]);
});

test('ranges in any order, turned round and overlapping, hold each UID once', () => {
  assert.deepEqual(
    merged([
      [9, 7],
      [1, 3],
      [2, 5],
      [6, 6],
      [20, 30],
    ]),
    [
      [1, 9],
      [20, 30],
    ],
  );
  assert.ok(isIn(8, [[7, 9]]) && !isIn(10, [[7, 9]]));
});
