import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pageOf } from './partial.ts';

test('a page lies within the results, from either end', () => {
  for (const [first, last, fromEnd, count, page] of [
    [1, 3, false, 10, [0, 3]],
    [9, 12, false, 10, [8, 10]],
    [11, 12, false, 10, [10, 10]],
    [1, 3, true, 10, [7, 10]],
    [9, 12, true, 10, [0, 2]],
    [11, 12, true, 10, [0, 0]],
    [1, 1, false, 0, [0, 0]],
    [1, 1, true, 0, [0, 0]],
  ] as const)
    assert.deepEqual(pageOf({ first, last, fromEnd }, count), page, `${first}:${last} of ${count}`);
});
