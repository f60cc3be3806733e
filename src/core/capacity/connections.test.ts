import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Connections } from './connections.ts';

test('clients have nine tenths at most, and what leaves has the rest and waits its turn for more', async () => {
  const connections = new Connections(10);
  for (let count = 0; count < 9; count++) assert.ok(connections.entered('customer'));
  assert.equal(connections.entered('customer'), false, 'the last is for mail to leave');
  assert.equal(connections.used, 1);
  assert.equal(connections.opening(), undefined);
  const order: string[] = [];
  const first = connections.opening()?.then(() => order.push('first'));
  const second = connections.opening()?.then(() => order.push('second'));
  connections.left('customer');
  await first;
  assert.deepEqual(order, ['first']);
  assert.equal(connections.entered('customer'), false, 'whoever left made room for the one that waited');
  connections.closed();
  await second;
  assert.deepEqual(order, ['first', 'second']);
  connections.closed();
  connections.closed();
  assert.equal(connections.used, 8 / 9);
  assert.ok(connections.entered('customer'));
});

test('strangers leave room for customers, and mail on its way out for clients', () => {
  const connections = new Connections(100);
  let strangers = 0;
  while (connections.entered('stranger')) strangers++;
  assert.equal(strangers, 72);
  assert.ok(connections.entered('customer'));
  connections.left('stranger');
  assert.ok(connections.entered('stranger'));
  const out = new Connections(100);
  let opened = 0;
  while (out.opening() === undefined) opened++;
  assert.equal(opened, 90);
  assert.equal(out.used, 0, 'what leaves shuts nobody out');
  for (let count = 0; count < 10; count++) assert.ok(out.entered('customer'));
  assert.equal(out.used, 1);
});

test('of a handful, one is left for the other side', () => {
  const outward = new Connections(3);
  assert.deepEqual([outward.opening(), outward.opening()], [undefined, undefined]);
  assert.ok(outward.opening() instanceof Promise);
  assert.ok(outward.entered('customer'));
  const inward = new Connections(3);
  assert.deepEqual(
    [1, 2, 3].map(() => inward.entered('customer')),
    [true, true, false],
  );
  assert.equal(inward.opening(), undefined);
});
