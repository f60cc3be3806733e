/** What stands still for a provider stands still over a kill of the whole server, from the first moment: nothing is tried. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { DeskWorld } from '../desk.ts';

const TSS04 =
  '421 4.7.0 [TSS04] Messages from 192.0.2.192 temporarily deferred due to unexpected volume or user complaints - 203.0.113.9; see https://postmaster.verizonmedia.com/error-codes';
const CUSTOMERS = ['a.example', 'b.example', 'c.example', 'd.example'];
/** Longer than a sweep of every worker. */
const A_WHILE_MS = 5_000;
const YAHOO = { provider: 'yahoo', domain: 'yahoo.com' } as const;

/** How often the provider was asked in a while after the whole server was killed and is there again. */
async function askedAfterKill(world: DeskWorld): Promise<number> {
  const before = world.asked.length;
  await world.server.killAll();
  await world.server.start();
  await sleep(A_WHILE_MS);
  return world.asked.length - before;
}

test('by an operator, until it is thawed', { timeout: 120_000 }, async (t) => {
  const world = await DeskWorld.begin(t, { ...YAHOO, refuses: () => undefined });
  assert.equal((await world.path('freeze', 'provider:yahoo', '--reason', 'a test')).code, 0);
  for (const customer of CUSTOMERS) await world.send(`u@${customer}`, 'r@yahoo.com');
  assert.equal(await askedAfterKill(world), 0);
  assert.equal((await world.path('thaw', 'provider:yahoo')).code, 0);
  await world.until(() => world.provider.received.length === CUSTOMERS.length, 'all of it leaves');
});

test('because it refuses us, or one customer, until somebody has it tried', {
  timeout: 180_000,
}, async (t) => {
  for (const bad of [undefined, 'a.example']) {
    let blocked = true;
    const isRefused = (sender: string): boolean => blocked && (bad === undefined || sender.endsWith(bad));
    const world = await DeskWorld.begin(t, {
      ...YAHOO,
      refuses: (sender) => (isRefused(sender) ? TSS04 : undefined),
    });
    for (let round = 0; round < 5; round++)
      for (const customer of CUSTOMERS) await world.send(`u@${customer}`, `r${round}@yahoo.com`);
    const held = bad === undefined ? 20 : 5;
    await world.until(() => world.provider.received.length === 20 - held, 'what is not refused leaves');
    await world.until(async () => (await world.show())['state'] === 'held', 'it is held');
    await sleep(A_WHILE_MS);
    assert.equal(await askedAfterKill(world), 0, `${bad ?? 'all'} stands still`);
    blocked = false;
    await world.desk('retry', 'yahoo');
    await world.until(() => world.provider.received.length === 20, 'everything has left');
  }
});
