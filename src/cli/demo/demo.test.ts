import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startFarEnd } from '../../lab/far-end.ts';
import { bringUp, takeDown } from './demo.ts';

test('the far end says when it is down or up already', async (t) => {
  const farEnd = await startFarEnd({ port: 0 });
  t.after(() => farEnd.close());
  assert.match(await bringUp(farEnd), /up already/);
  assert.match(await takeDown(farEnd), /is down:/);
  assert.match(await takeDown(farEnd), /down already: u brings it up/);
  assert.match(await bringUp(farEnd), /up again/);
});
