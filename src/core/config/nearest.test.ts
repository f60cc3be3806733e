import assert from 'node:assert/strict';
import { test } from 'node:test';
import { editDistance, nearest } from './nearest.ts';

test('the distance counts letters inserted, removed, replaced and swapped', () => {
  assert.equal(editDistance('kitten', 'sitting'), 3);
  assert.equal(editDistance('', 'abc'), 3);
  assert.equal(editDistance('abc', 'abc'), 0);
  assert.equal(editDistance('lsit', 'list'), 1);
  assert.equal(editDistance('ab', 'ba'), 1);
});

test('only a word near enough is suggested, the nearest first', () => {
  assert.equal(nearest('hostnme', ['data', 'hostname', 'store']), 'hostname');
  assert.equal(nearest('HOSTNAME', ['data', 'hostname']), 'hostname');
  assert.equal(nearest('lanes', ['lines', 'lane']), 'lines');
  assert.equal(nearest('lsit', ['show', 'list']), 'list');
  assert.equal(nearest('zebra', ['data', 'hostname']), undefined);
});

test('short words must be nearer, and no word is far-fetched for being long', () => {
  assert.equal(nearest('foo', ['show', 'to', 'no']), undefined);
  assert.equal(nearest('x', ['to', 'y']), undefined);
  assert.equal(nearest('user', ['serve']), undefined);
  assert.equal(nearest('mx.far.example>default', ['mx.other.example>default']), undefined);
});
