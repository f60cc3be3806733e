/**
 * Ten times what the budget allows comes in: what is put off is put off early, what is accepted goes on being delivered
 * at the best rate there is, memory stays flat, commands are answered, and all that customers got 250 for arrives.
 * `RELAIS_OVERLOAD_SECONDS` makes it longer.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { startFarEnd } from '../../src/lab/far-end.ts';
import { Load, loadNumber, untilArrived } from '../load.ts';
import { freePort, RelaisServer } from '../server.ts';

const SECONDS = Number(process.env['RELAIS_OVERLOAD_SECONDS'] ?? 20);
const BODY_BYTES = 20_000;
/** What the budget allows: some 40 such messages a second. */
const IN = '8Mbit/s';
const IN_BYTES = 1_000_000;
/** Of a worker: it comes to rest at some 260, as the garbage collector sees fit, and stays there. */
const MOST_MEMORY_MIB = 400;
/** What is queued at the end has left within this. */
const DRAIN_MS = 60_000;
const run = promisify(execFile);

test('ten times the intake that the budget allows: what is accepted is delivered, and no less of it', async (t) => {
  const arrived = new Set<number>();
  const farEnd = await startFarEnd({
    host: '127.0.0.1',
    port: 0,
    keep: 0,
    onMessage: ({ bytes }) => arrived.add(loadNumber(bytes)),
  });
  const ports = [await freePort(), await freePort()] as const;
  const server = new RelaisServer({ workers: 1, toml: configuration(ports, farEnd.port) });
  // Customers send what fits, strangers whatever they can: without the budget it is far more than ten times as much.
  const customers = load(ports[0], { clients: 2, from: 1, to: 'a@far.example' });
  const strangers = load(ports[1], { clients: 400, from: 1_000_000, to: 'bob@here.example' });
  t.after(async () => {
    await Promise.all([customers.stop(), strangers.stop()]);
    await server.remove();
    await farEnd.close();
  });
  for (const words of [
    ['domain', 'add', 'here.example'],
    ['account', 'add', 'bob@here.example'],
  ])
    await run(RELAIS, [...words, '--data', server.data]);
  await server.start();
  customers.start();
  strangers.start();
  await sleep(5_000);
  // What comes from strangers is at its goal when it is kept.
  const good = (): number => (arrived.size + strangers.kept.size) * BODY_BYTES;
  const [before, memoryBefore] = [good(), memoryOf(server)];
  await sleep(SECONDS * 1_000);
  const goodput = (good() - before) / SECONDS;
  const memoryAfter = memoryOf(server);
  const began = Date.now();
  const { stdout } = await run(RELAIS, ['queue', 'list', '--json', '--data', server.data]);
  const answeredMs = Date.now() - began;
  assert.doesNotThrow(() =>
    stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line)),
  );
  await Promise.all([customers.stop(), strangers.stop()]);
  const kept = [...customers.kept, ...strangers.kept];
  const offered = kept.length + [...strangers.refused.values()].reduce((sum, count) => sum + count, 0);
  t.diagnostic(
    `${kept.length} kept of ${offered} offered; ${Math.round((goodput / IN_BYTES) * 100)} % of the budget arrived, ` +
      `memory ${memoryBefore} to ${memoryAfter} MiB, queue list in ${answeredMs} ms, refused ${JSON.stringify([...strangers.refused])}`,
  );
  assert.ok(customers.kept.size > SECONDS, 'customers could not send');
  assert.ok(goodput >= 0.9 * IN_BYTES, `goodput collapsed to ${goodput} octets a second`);
  assert.ok(memoryAfter < MOST_MEMORY_MIB, `memory grew from ${memoryBefore} to ${memoryAfter} MiB`);
  await untilArrived(customers.kept, { arrived, withinMs: DRAIN_MS });
});

const RELAIS = join(import.meta.dirname, '../../bin/relais');

function load(port: number, { to, ...about }: { clients: number; from: number; to: string }): Load {
  return new Load({ port, ...about, bodyBytes: BODY_BYTES, recipients: () => [to] });
}

/** Resident memory of the server's worker, MiB. */
function memoryOf(server: RelaisServer): number {
  const [pid] = server.workers;
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024);
}

function configuration([customers, strangers]: readonly [number, number], farPort: number): string {
  return `
hostname = "relais.test"
[budget]
in = "${IN}"
[limits]
maxConnectionsPerAddress = 1000
[[listen]]
kind = "mx"
address = "127.0.0.1:${customers}"
tls = "none"
relay = ["127.0.0.0/8"]
[[listen]]
kind = "mx"
address = "127.0.0.1:${strangers}"
tls = "none"
[[route]]
domain = "far.example"
to = "127.0.0.1:${farPort}"
`;
}
