import assert from 'node:assert/strict';
import { test } from 'node:test';
import { termText } from './words.ts';

test('the same text for the 4th, the 11th, the 21st, the 112th time', () => {
  const said = [4, 11, 12, 13, 21, 22, 23, 24, 112].map(
    (count) => /the (\w+) time/.exec(termText({ signal: 'same-body', weight: 1, count }))?.[1],
  );
  assert.deepEqual(said, ['4th', '11th', '12th', '13th', '21st', '22nd', '23rd', '24th', '112th']);
});
