/** One account with a hundred thousand messages for a provider that was away, and fifty with ten each: nobody waits for the one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { internet } from '../../src/lab/internet.ts';
import { World } from '../../src/lab/world.ts';

const MINUTE_MS = 60_000;
const SMALL = 50;
const EACH = 10;
const UP_AT = 100 * MINUTE_MS;
/** Within this the fifty are done: the hundred thousand take more than half an hour. */
const MOST_MINUTES = 5;

test('fifty accounts with ten messages each do not wait for one with a hundred thousand', async (t) => {
  const [provider] = internet(0);
  assert.ok(provider !== undefined);
  const world = await World.make({
    seed: 5,
    workers: 1,
    ours: { octetsPerSecond: 100_000_000, latencyMs: 2, loss: 0 },
    providers: [{ ...provider, mood: {} }],
    senders: {
      domains: SMALL + 1,
      accounts: 1,
      perHour: 0,
      day: 'flat',
      octets: { from: 1_000, to: 2_000 },
      recipients: 1,
      unknown: 0,
      full: 0,
      spam: 0,
      bad: 0,
    },
  });
  const domain = provider.domains[0] as string;
  world.provider(provider.name).set('refusing');
  world.senders.burst(0, { count: 100_000, overMs: 60 * MINUTE_MS, domain });
  // They come when all of it is there already.
  world.at(70 * MINUTE_MS, 'the others send', ({ senders }) => {
    for (let account = 1; account <= SMALL; account++)
      senders.burst(account, { count: EACH, overMs: 10 * MINUTE_MS, domain });
  });
  world.at(UP_AT, 'it is back', () => world.provider(provider.name).set('up'));
  await world.run(UP_AT);
  const waited = [...world.ledger.entries.values()].filter(({ state }) => state === 'queued');
  assert.equal(waited.length, 100_000 + SMALL * EACH);
  const big = world.accounts[0]?.address.split('@')[1];
  const isBig = ({ reversePath }: { reversePath: string }): boolean => reversePath.endsWith(`@${big}`);
  const [large, small] = [waited.filter(isBig), waited.filter((entry) => !isBig(entry))];
  assert.deepEqual([large.length, small.length], [100_000, SMALL * EACH]);
  for (let minutes = 1; small.some(({ state }) => state === 'queued'); minutes++) {
    assert.ok(minutes <= MOST_MINUTES, 'the fifty wait');
    await world.run(MINUTE_MS);
  }
  const lastSmall = Math.max(...small.map(({ endedMono }) => endedMono));
  const gone = large.filter(({ state }) => state === 'delivered');
  const before = gone.filter(({ endedMono }) => endedMono < lastSmall).length;
  t.diagnostic(
    `the fifty are done ${((lastSmall - UP_AT) / 1000).toFixed(1)} s after it was back; ${before} of the one's went before the last of theirs, ${gone.length} by then`,
  );
  for (const { state, attempts, lane } of small)
    assert.deepEqual([state, attempts, lane], ['delivered', 1, 0]);
  assert.ok(before > 0 && before < 3 * SMALL * EACH, `${before} of the large account's went first`);
  await world.close();
});
