import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sha256 } from './digest.ts';

test('the examples of FIPS 180-2, appendix B', () => {
  assert.equal(
    sha256(Buffer.from('abc')).toString('hex'),
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  );
  assert.equal(
    sha256(Buffer.alloc(1_000_000, 'a')).toString('hex'),
    'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0',
  );
});
