import assert from 'node:assert/strict';
import { test } from 'node:test';
import { spaceFinding } from './disk.ts';

const GIB = 2 ** 30;
const disk = (free: number, total: number) => ({ bavail: free, blocks: total, bsize: GIB });

test('what is to stay free is what the server keeps free: an eighth of a small disk', () => {
  assert.equal(spaceFinding(disk(50, 100), 2 * GIB).state, 'right');
  assert.equal(spaceFinding(disk(1, 100), 2 * GIB).state, 'wrong');
  const small = spaceFinding(disk(2, 8), 2 * GIB);
  assert.equal(small.state, 'right');
  assert.match(small.fact, /an eighth of the disk/);
  assert.equal(spaceFinding(disk(1, 8), 2 * GIB).state, 'wrong');
});
