/**
 * 250 means kept: whatever is killed, whenever, every message that got 250 is delivered, and only what was being
 * attempted at that moment may arrive twice (design, promises 1 and 9).
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startFarEnd } from '../../src/lab/far-end.ts';
import { openPostgres } from '../../src/store/postgres/open.ts';
import { openSqlite } from '../../src/store/sqlite/open.ts';
import type { SqlStore } from '../../src/store/store.ts';
import { countRecovered, Load, loadNumber } from '../load.ts';
import { type Postgres, startPostgres } from '../postgres.ts';
import { requirePeer } from '../peers.ts';
import { freePort, RelaisServer, relaying } from '../server.ts';

const KILLS = Number(process.env.RELAIS_KILLS ?? 50);
const CLIENTS = 8;
const DRAIN_TIMEOUT_MS = 60_000;

type Victim = 'worker' | 'server' | 'database';

interface Site {
  readonly victims: readonly Victim[];
  readonly storeLine: string;
  open(server: RelaisServer): Promise<SqlStore>;
  killDatabase(): Promise<void>;
}

test(`SQLite: ${KILLS} kills under load lose nothing`, async (t) => {
  await survives(t, {
    victims: ['worker', 'server'],
    storeLine: '',
    open: (server) => openSqlite(server.data),
    killDatabase: async () => undefined,
  });
});

test(`PostgreSQL: ${KILLS} kills under load lose nothing`, async (t) => {
  const peer = requirePeer(t, 'postgres');
  if (peer === undefined) return;
  const postgres: Postgres = await startPostgres(peer);
  t.after(() => postgres.stop());
  const url = await postgres.database();
  await survives(t, {
    victims: ['worker', 'server', 'database'],
    storeLine: `store = "${url}"`,
    open: () => openPostgres(url),
    async killDatabase() {
      await postgres.crash();
      await sleep(100);
      await postgres.restart();
    },
  });
});

async function survives(t: TestContext, site: Site): Promise<void> {
  const arrived = new Map<number, number>();
  const farEnd = await startFarEnd({
    port: 0,
    keep: 0,
    onMessage({ bytes, recipients }) {
      const n = loadNumber(bytes);
      arrived.set(n, (arrived.get(n) ?? 0) + recipients.length);
    },
  });
  const port = await freePort();
  const server = new RelaisServer({ workers: 2, toml: configuration(port, farEnd.port, site.storeLine) });
  t.after(async () => {
    await server.remove();
    await farEnd.close();
  });
  await server.start();
  const load = new Load({ port, clients: CLIENTS, recipients: () => ['someone@far.example'] });
  load.start();
  for (let kill = 0; kill < KILLS; kill++) {
    await sleep(50 + Math.random() * 500);
    await strike(site.victims[kill % site.victims.length] as Victim, { server, site });
  }
  await load.stop();
  assert.ok(load.kept.size > KILLS, `only ${load.kept.size} messages were kept: the load did not run`);
  assert.ok(
    [...load.refused.keys()].every((code) => code >= 400 && code < 500),
    `refused with ${[...load.refused.keys()]}`,
  );
  await drained(server, site);
  const lost = [...load.kept].filter((n) => !arrived.has(n));
  assert.deepEqual(lost, [], `${lost.length} of ${load.kept.size} messages were lost`);
  const twice = [...arrived.values()].reduce((sum, count) => sum + count - 1, 0);
  const inFlight = await recovered(server, site);
  t.diagnostic(
    `${load.kept.size} kept, ${arrived.size} arrived, ${twice} twice of ${inFlight} in flight, ${KILLS} kills`,
  );
  assert.ok(twice <= inFlight, `${twice} duplicates of ${inFlight} attempts in flight`);
}

async function strike(victim: Victim, { server, site }: { server: RelaisServer; site: Site }): Promise<void> {
  switch (victim) {
    case 'worker':
      return server.killWorker(Math.floor(Math.random() * 2));
    case 'server':
      await server.killAll();
      return server.start();
    case 'database':
      return site.killDatabase();
    default:
      return victim satisfies never;
  }
}

/** Waits until nothing is left to do; fails when that takes too long. */
async function drained(server: RelaisServer, site: Site): Promise<void> {
  const store = await site.open(server);
  try {
    const deadline = Date.now() + DRAIN_TIMEOUT_MS;
    for (;;) {
      const { deliveries } = await store.countQueue({});
      if (deliveries === 0) return;
      if (Date.now() > deadline) {
        const left = await store.listQueue({ filter: {}, limit: 3 });
        assert.fail(`${deliveries} deliveries are stuck, such as ${JSON.stringify(left)}`);
      }
      await sleep(200);
    }
  } finally {
    await store.close();
  }
}

async function recovered(server: RelaisServer, site: Site): Promise<number> {
  const store = await site.open(server);
  try {
    return await countRecovered(store);
  } finally {
    await store.close();
  }
}

function configuration(port: number, farPort: number, storeLine: string): string {
  return `
${storeLine}
hostname = "relais.test"
[log]
level = "info"
${relaying(port, { '*': `127.0.0.1:${farPort}` })}`;
}

test('a worker that is killed before any was ready is replaced, and the server starts all the same', async (t) => {
  const toml = `[[listen]]\nkind = "mx"\naddress = "127.0.0.1:${await freePort()}"\ntls = "none"`;
  const server = new RelaisServer({ workers: 2, toml });
  t.after(() => server.remove());
  const started = server.start();
  while (server.workers.length === 0) await sleep(5);
  server.killWorker(0);
  await started;
});
