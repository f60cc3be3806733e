import assert from 'node:assert/strict';
import { test } from 'node:test';
import { editDistance, nearest } from './nearest.ts';

test('the distance counts letters inserted, removed and replaced', () => {
  assert.equal(editDistance('kitten', 'sitting'), 3);
  assert.equal(editDistance('', 'abc'), 3);
  assert.equal(editDistance('abc', 'abc'), 0);
});

test('only a word near enough is suggested, the nearest first', () => {
  assert.equal(nearest('hostnme', ['data', 'hostname', 'store']), 'hostname');
  assert.equal(nearest('HOSTNAME', ['data', 'hostname']), 'hostname');
  assert.equal(nearest('lanes', ['lines', 'lane']), 'lines');
  assert.equal(nearest('zebra', ['data', 'hostname']), undefined);
});
