import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, postgres } from '../../../test/postgres.ts';
import { PostgresEngine } from './engine.ts';

test('a backup has none of the timeouts that its database has for others', async (t) => {
  const server = await postgres(t);
  if (server === undefined) return;
  const url = await server.database();
  const name = new URL(url).pathname.slice(1);
  await ask(
    url,
    `ALTER DATABASE ${name} SET statement_timeout = '20ms'`,
    `ALTER DATABASE ${name} SET idle_in_transaction_session_timeout = '20ms'`,
  );
  await assert.rejects(ask(url, 'SELECT pg_sleep(0.1)'), { code: '57014' });
  const engine = new PostgresEngine(url, { connections: 1 });
  t.after(() => engine.close());
  await engine.withClient(async (client) => {
    await client.query('BEGIN; CREATE TABLE left_open (one INT)');
    await client.query('SELECT pg_sleep(0.1)');
  });
  assert.deepEqual(await ask(url, `SELECT 1 FROM pg_tables WHERE tablename = 'left_open'`), []);
});
