import assert from 'node:assert/strict';
import { test } from 'node:test';
import { internet } from './internet.ts';
import { World, type WorldOptions } from './world.ts';

function options(seed: number): WorldOptions {
  return {
    seed,
    workers: 2,
    ours: { octetsPerSecond: 5_000_000, latencyMs: 5, loss: 0 },
    providers: internet(6),
    senders: {
      domains: 3,
      accounts: 2,
      perHour: 600,
      day: 'flat',
      octets: { from: 500, to: 20_000 },
      recipients: 4,
      unknown: 0.02,
      full: 0,
      spam: 0.02,
      bad: 0.02,
    },
  };
}

async function digestOf(seed: number): Promise<string> {
  const world = await World.make(options(seed));
  world.at(60_000, 'our line is down', ({ network }) => network.ours.set('silent'));
  world.at(200_000, 'our line is up', ({ network }) => network.ours.set('up'));
  world.at(300_000, 'a worker dies', (one) => one.crash(0));
  await world.run(600_000);
  await world.close();
  return world.digest;
}

test('the same seed is the same history, to the byte; another is another', async () => {
  const [first, again, other] = [await digestOf(7), await digestOf(7), await digestOf(8)];
  assert.equal(first, again);
  assert.notEqual(first, other);
});

test('mail leaves when all is well, and the queue is empty in the end', async () => {
  const world = await World.make(options(3));
  await world.run(600_000);
  world.senders.stop();
  assert.equal(await world.drain(3_600_000), true);
  const { delivered } = world.ledger;
  assert.ok(world.senders.sent > 50 && delivered > 50, `${world.senders.sent} sent, ${delivered} delivered`);
  await world.close();
});
