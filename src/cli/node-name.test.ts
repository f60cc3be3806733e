import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { markNode, nodeName } from './node-name.ts';

test('two servers of one host name and one path on two machines have two names, and each keeps its own', (t) => {
  const folders = [1, 2].map(() => mkdtempSync(join(tmpdir(), 'relais-node-')));
  t.after(() => {
    for (const folder of folders) rmSync(folder, { recursive: true });
  });
  const [one, two] = folders as [string, string];
  for (const folder of folders) {
    assert.equal(nodeName(folder), hostname());
    markNode(folder);
  }
  const names = [nodeName(one), nodeName(two)];
  assert.notEqual(names[0], names[1]);
  markNode(one);
  assert.equal(nodeName(one), names[0]);
});
