/** Who listens on an address that is taken would share it in silence: half of the clients would meet the other's accounts. */
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { freePort, RelaisServer, relaying } from '../server.ts';

test('a server whose address another server has does not start, and says which', async (t) => {
  const port = await freePort();
  const [first, second] = [port, port].map(
    (taken) => new RelaisServer({ workers: 2, toml: relaying(taken, {}) }),
  ) as [RelaisServer, RelaisServer];
  t.after(() => Promise.all([first.remove(), second.remove()]));
  await first.start();
  await assert.rejects(
    second.start(),
    new RegExp(`cannot listen on 127.0.0.1:${port}: another program does`),
  );
});

test('a server that is started while the one before still ends waits for its address', async (t) => {
  const port = await freePort();
  const before = createServer().listen(port, '127.0.0.1');
  setTimeout(() => before.close(), 1_000);
  const server = new RelaisServer({ workers: 1, toml: relaying(port, {}) });
  t.after(() => server.remove());
  await server.start();
});
