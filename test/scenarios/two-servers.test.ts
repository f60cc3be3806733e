/** Two servers on one PostgreSQL share the load; when one dies the other goes on with what it held. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startFarEnd } from '../../src/lab/far-end.ts';
import type { SqlStore } from '../../src/store/store.ts';
import { openPostgres } from '../../src/store/postgres/open.ts';
import { countRecovered, Load, loadNumber } from '../load.ts';
import { postgres } from '../postgres.ts';
import { freePort, RelaisServer, relaying, domainsAt } from '../server.ts';

const DOMAINS = 12;
const STUCK_MS = 15_000;
const SHARED_MS = 60_000;

test('two servers share the load, and the death of one leaves nothing stuck for more than 15 s', async (t) => {
  const server = await postgres(t);
  if (server === undefined) return;
  const url = await server.database();
  const arrived = new Map<number, number>();
  const farEnd = await startFarEnd({
    host: '0.0.0.0',
    port: 0,
    keep: 0,
    onMessage: ({ bytes }) => count(arrived, loadNumber(bytes)),
  });
  const ports = [await freePort(), await freePort()] as const;
  const servers = ports.map(
    (port) => new RelaisServer({ workers: 1, toml: configuration(url, port, farEnd.port) }),
  );
  const [, second] = servers as [RelaisServer, RelaisServer];
  t.after(async () => {
    await Promise.all(servers.map((one) => one.remove()));
    await farEnd.close();
  });
  await Promise.all(servers.map((one) => one.start()));
  const loads = ports.map((port, index) => load(port, 1 + index * 1_000_000));
  for (const one of loads) one.start();
  t.after(() => Promise.all(loads.map((one) => one.stop())));
  const store = await openPostgres(url);
  t.after(() => store.close());
  await sleep(5_000);
  await shared(store);
  await Promise.all(loads.map((one) => one.stop()));
  assert.ok(
    loads.every((one) => one.kept.size > 50),
    'a load did not run',
  );
  const again = load(ports[0], 2_000_001);
  again.start();
  await sleep(1_000);
  await second.killAll();
  await sleep(1_000);
  await again.stop();
  const began = Date.now();
  await drained(store, began + STUCK_MS);
  const kept = [...loads, again].flatMap((one) => [...one.kept]);
  const twice = [...arrived.values()].reduce((sum, times) => sum + times - 1, 0);
  const inFlight = await countRecovered(store);
  t.diagnostic(
    `${kept.length} kept, ${twice} twice of ${inFlight} in flight, drained ${Date.now() - began} ms after the death`,
  );
  assert.deepEqual(
    kept.filter((n) => !arrived.has(n)),
    [],
  );
  assert.ok(twice <= inFlight, `${twice} duplicates of ${inFlight} attempts in flight`);
});

function load(port: number, from: number): Load {
  return new Load({ port, clients: 4, from, recipients: (n) => [`a@d${n % DOMAINS}.example`] });
}

/** Waits until each server owns at least a quarter of the paths; fails when that is not so after a while. */
async function shared(store: SqlStore): Promise<void> {
  const deadline = Date.now() + SHARED_MS;
  for (;;) {
    const shares = await store.workers();
    if (shares.length === 2 && shares.every(({ paths }) => paths >= DOMAINS / 4)) return;
    assert.ok(Date.now() < deadline, `the load is not shared: ${JSON.stringify(shares)}`);
    await sleep(200);
  }
}

/** Waits until nothing is left to do; fails when that is not so at the deadline. */
async function drained(store: SqlStore, deadline: number): Promise<void> {
  while ((await store.countQueue({})).deliveries > 0) {
    const left = await store.listQueue({ filter: {}, limit: 2 });
    assert.ok(Date.now() < deadline, `stuck: ${JSON.stringify(left)}`);
    await sleep(100);
  }
}

function count(arrived: Map<number, number>, n: number): void {
  arrived.set(n, (arrived.get(n) ?? 0) + 1);
}

function configuration(url: string, port: number, farPort: number): string {
  return `
store = "${url}"
hostname = "relais.test"
${relaying(port, domainsAt(DOMAINS, farPort))}`;
}
