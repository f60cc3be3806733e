/** An egress whose address this machine does not have: its sites go out by the other. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startFarEnd } from '../../src/lab/far-end.ts';
import { Load, loadNumber, untilArrived } from '../load.ts';
import { freePort, RelaisServer, relaying, domainsAt } from '../server.ts';

const DOMAINS = 12;
const WITHIN_MS = 60_000;

test('mail of an egress that is not there leaves by another', async (t) => {
  const arrived = new Set<number>();
  const farEnd = await startFarEnd({
    host: '0.0.0.0',
    port: 0,
    keep: 0,
    onMessage: ({ bytes }) => arrived.add(loadNumber(bytes)),
  });
  const port = await freePort();
  const server = new RelaisServer({ workers: 1, toml: configuration(port, farEnd.port) });
  const load = new Load({ port, clients: 2, recipients: (n) => [`a@d${n % DOMAINS}.example`] });
  t.after(async () => {
    await load.stop();
    await server.remove();
    await farEnd.close();
  });
  await server.start();
  load.start();
  await sleep(2_000);
  await load.stop();
  const stopped = Date.now();
  await untilArrived(load.kept, { arrived, withinMs: WITHIN_MS });
  t.diagnostic(`${load.kept.size} kept and arrived ${Date.now() - stopped} ms after the last`);
  assert.ok(load.kept.size > 50, 'the load did not run');
});

function configuration(port: number, farPort: number): string {
  return `
hostname = "relais.test"
[[egress]]
name = "gone"
address = "192.0.2.7"
[[egress]]
name = "here"
address = "127.0.0.1"
${relaying(port, domainsAt(DOMAINS, farPort))}`;
}
