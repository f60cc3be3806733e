import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeResponse } from './exchange.ts';

test('responses are base64 or nothing', () => {
  assert.deepEqual(decodeResponse('='), Buffer.alloc(0));
  assert.deepEqual(decodeResponse(''), Buffer.alloc(0));
  assert.deepEqual(decodeResponse('AGE='), Buffer.from('\0a'));
  for (const text of ['*', 'AGE', 'A=GE', 'AG E', '====', 'A'.repeat(100_000)])
    assert.equal(decodeResponse(text), undefined, text.slice(0, 9));
});
