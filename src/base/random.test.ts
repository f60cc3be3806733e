import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemRandom } from './random.ts';

test('chance gives as many bytes as asked for, never the same twice, and fractions below one', () => {
  assert.equal(systemRandom.bytes(16).length, 16);
  assert.notDeepEqual(systemRandom.bytes(16), systemRandom.bytes(16));
  for (let i = 0; i < 1000; i++) {
    const value = systemRandom.float();
    assert.ok(value >= 0 && value < 1);
  }
});
