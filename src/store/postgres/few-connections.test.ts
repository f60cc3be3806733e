/** A PostgreSQL that has fewer connections to give than a server would take. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, postgres } from '../../../test/postgres.ts';
import { anAcceptance, newWorker } from '../../../test/stores.ts';
import { openPostgres } from './open.ts';

/** One for beats and ids, two for all else. */
const CONNECTIONS = 3;
const MESSAGES = 200;

test('what gets no connection of its own waits for one that its server has', async (t) => {
  const server = await postgres(t);
  if (server === undefined) return;
  const url = new URL(await server.database());
  await ask(
    String(url),
    `CREATE ROLE few LOGIN CONNECTION LIMIT ${CONNECTIONS}; ALTER DATABASE ${url.pathname.slice(1)} OWNER TO few`,
  );
  url.username = 'few';
  const store = await openPostgres(String(url));
  t.after(() => store.close());
  const worker = await newWorker(store);
  const made = await Promise.all(
    Array.from({ length: MESSAGES }, () => anAcceptance(store, { recipients: ['x@far.example'] })),
  );
  await Promise.all([
    ...made.map((one) => store.accept(one)),
    ...made.map(({ message }) => store.trace({ message, limit: 1 })),
    ...made.map(() => store.heartbeat({ worker, node: 'test', first: false })),
  ]);
  assert.equal((await store.countQueue({})).deliveries, MESSAGES);
  await assert.rejects(ask(String(url), 'SELECT 1'), { code: '53300' }, 'there were connections left');
});
