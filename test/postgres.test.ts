import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requirePeer } from './peers.ts';
import { ask, postgres, startPostgres } from './postgres.ts';

test('the private PostgreSQL syncs to disk and hands out empty databases', async (t) => {
  const server = await postgres(t);
  if (server === undefined) return;
  const [first, second] = [await server.database(), await server.database()];
  assert.notEqual(first, second);
  assert.deepEqual(await ask(first, 'show fsync'), [{ fsync: 'on' }]);
  assert.equal(server, await postgres(t));
});

test('what was committed is there after a crash', async (t) => {
  const peer = requirePeer(t, 'postgres');
  if (peer === undefined) return;
  const server = await startPostgres(peer);
  t.after(() => server.stop());
  await ask(server.url, 'create table kept as select 1 as one');
  await server.crash();
  await assert.rejects(ask(server.url, 'select 1'));
  await server.restart();
  assert.deepEqual(await ask(server.url, 'select one from kept'), [{ one: 1 }]);
});
