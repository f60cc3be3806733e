import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Connections } from './connections.ts';

test('clients have nine tenths at most, and what leaves has the rest and waits its turn for more', async () => {
  const connections = new Connections(10);
  for (let count = 0; count < 9; count++) assert.ok(connections.entered());
  assert.equal(connections.entered(), false, 'the last is for mail to leave');
  assert.equal(connections.used, 1);
  assert.equal(connections.opening(), undefined);
  const order: string[] = [];
  const first = connections.opening()?.then(() => order.push('first'));
  const second = connections.opening()?.then(() => order.push('second'));
  connections.left();
  await first;
  assert.deepEqual(order, ['first']);
  assert.equal(connections.entered(), false, 'whoever left made room for the one that waited');
  connections.closed();
  await second;
  assert.deepEqual(order, ['first', 'second']);
  connections.closed();
  connections.closed();
  assert.equal(connections.used, 8 / 9);
  assert.ok(connections.entered());
});
