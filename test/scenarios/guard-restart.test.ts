/** One campaign from several stolen accounts, at two workers at once; then everything is killed, and one more account begins. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemRandom } from '../../src/base/random.ts';
import { formatScramKeys, makeCredentials } from '../../src/core/directory/password.ts';
import { startFarEnd } from '../../src/lab/far-end.ts';
import { openSqlite } from '../../src/store/sqlite/open.ts';
import type { SqlStore } from '../../src/store/store.ts';
import { submit } from '../account.ts';
import { Dialogue } from '../dialogue.ts';
import { freePort, RelaisServer } from '../server.ts';
import { PASSWORD } from '../world.ts';

const STOLEN = Array.from({ length: 6 }, (_, index) => `thief${index}@x.example`);
const LATER = 'later@x.example';
const EACH = 10;
/** Of each account, with two workers that hear of each other a moment later. */
const A_HANDFUL = 5;

test('two workers know the same, and a kill forgets nothing', async (t) => {
  const [farEnd, port] = [await startFarEnd({ port: 0 }), await freePort()];
  const server = new RelaisServer({
    workers: 2,
    toml: `[login]\nplainOnLoopback = true\n[[listen]]\nkind = "submission"\naddress = "127.0.0.1:${port}"\ntls = "none"\n[[route]]\ndomain = "*"\nto = "127.0.0.1:${farEnd.port}"\n`,
  });
  const store = await populated(server.data);
  t.after(async () => {
    await store.close();
    await server.remove();
    await farEnd.close();
  });
  await server.start();
  const world = {
    submission: port,
    dialogue: (to: number, about = {}) => Dialogue.open({ port: to, ...about }),
  };
  for (let index = 0; index < EACH; index++)
    for (const [number, account] of STOLEN.entries())
      await submit(world, account, spam(account, index * STOLEN.length + number));
  const held = await kinds(store, STOLEN);
  t.diagnostic(`${held.left} of ${EACH * STOLEN.length} left, of ${STOLEN.length} accounts`);
  assert.ok(held.left <= A_HANDFUL * STOLEN.length && held.workers === 2, JSON.stringify(held));

  await server.killAll();
  await server.start();
  const said = await submit(world, LATER, spam(LATER, 200));
  assert.match(said, /^250/);
  const [line] = await store.guardLog({ account: LATER, limit: 1 });
  assert.equal(line?.kind, 'hold', 'its first message, for what others had sent before the kill');
});

async function populated(data: string): Promise<SqlStore> {
  const store = await openSqlite(data);
  const at = Date.now();
  await store.addDomain({ name: 'x.example', language: 'en', createdAt: at, keys: [] });
  const { hash, scram } = await makeCredentials(PASSWORD, systemRandom);
  for (const address of [...STOLEN, LATER])
    await store.addAccount({ address, language: 'en', password: hash, scram: formatScramKeys(scram), at });
  return store;
}

function spam(account: string, index: number): Parameters<typeof submit>[2] {
  const letter = {
    to: [`${account.split('@')[0]}-victim${index}@far.example`],
    subject: `Your parcel ${index}`,
    text: 'Your parcel waits at our depot; please pay the small fee within two days, or it goes back: https://pay.parcel-depot.example/',
  };
  return { from: `127.${10 + (index % 200)}.${index % 250}.9`, letter };
}

async function kinds(
  store: SqlStore,
  accounts: readonly string[],
): Promise<{ left: number; workers: number }> {
  const lines = (
    await Promise.all(accounts.map((account) => store.guardLog({ account, limit: 100 })))
  ).flat();
  return {
    left: lines.filter(({ kind }) => kind === 'pass' || kind === 'pool').length,
    workers: new Set(lines.map(({ worker }) => worker)).size,
  };
}
