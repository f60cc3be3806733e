/** Signals that end other programs. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { Dialogue } from '../dialogue.ts';
import { freePort, RelaisServer, relaying } from '../server.ts';

test('SIGHUP, as of a terminal that closes, ends nothing', async (t) => {
  const port = await freePort();
  const server = new RelaisServer({ workers: 1, toml: relaying(port, { '*': '127.0.0.1:9' }) });
  t.after(() => server.remove());
  await server.start();
  const { workers } = server;
  server.hangUp();
  await sleep(500);
  const client = await Dialogue.open({ port });
  await client.greeting();
  client.close();
  assert.deepEqual(server.workers, workers);
});
