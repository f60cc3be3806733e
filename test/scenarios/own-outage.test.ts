/**
 * Our way out is down for hours while customers still reach us: what waited costs no more than the outage itself. Beside
 * it the way of 2018, in the same world.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CLASSIC } from '../../src/lab/classic.ts';
import { internet } from '../../src/lab/internet.ts';
import { World, type WorldOptions } from '../../src/lab/world.ts';

const MINUTE_MS = 60_000;
const DOWN_AT = 10 * MINUTE_MS;
const UP_AT = 190 * MINUTE_MS;

const OPTIONS: WorldOptions = {
  seed: 12,
  workers: 2,
  ours: { octetsPerSecond: 5_000_000, latencyMs: 5, loss: 0 },
  // Far ends without moods of their own: what is late is late because of us.
  providers: internet(6).map((shape) => ({ ...shape, mood: {} })),
  senders: {
    domains: 4,
    accounts: 3,
    perHour: 300,
    day: 'flat',
    octets: { from: 500, to: 20_000 },
    recipients: 2,
    unknown: 0,
    full: 0,
    spam: 0,
    bad: 0,
  },
};

interface After {
  /** How long after the outage the last of what waited had left, ms. */
  readonly lastMs: number;
  readonly attempts: number;
  readonly slowest: number;
}

async function outage(options: WorldOptions): Promise<After> {
  const world = await World.make(options);
  world.at(DOWN_AT, 'nobody answers', ({ providers }) => {
    for (const provider of providers) provider.set('silent');
  });
  world.at(UP_AT, 'everybody answers', ({ providers }) => {
    for (const provider of providers) provider.set('up');
  });
  await world.run(UP_AT);
  const waited = [...world.ledger.entries.values()].filter(({ state }) => state === 'queued');
  assert.ok(waited.length > 300, `only ${waited.length} waited`);
  const attempts = Math.max(...waited.map((entry) => entry.attempts));
  const slowest = Math.max(...waited.map((entry) => entry.lane));
  world.senders.stop();
  assert.equal(await world.drain(24 * 60 * MINUTE_MS), true, 'everything leaves in the end');
  assert.ok(waited.every(({ state }) => state === 'delivered'));
  const lastMs = Math.max(...waited.map(({ endedMono }) => endedMono)) - UP_AT;
  await world.close();
  return { lastMs, attempts, slowest };
}

test('after three hours without a way out the backlog is gone within minutes, and nothing has aged', async (t) => {
  const ours = await outage(OPTIONS);
  const classic = await outage({ ...OPTIONS, way: CLASSIC });
  t.diagnostic(
    `the last of what waited left ${Math.round(ours.lastMs / 1000)} s after it was back; the way of 2018: ${Math.round(classic.lastMs / 1000)} s`,
  );
  // What was in the middle of its dialogue when it began was attempted; nothing else was.
  assert.ok(ours.attempts <= 1 && ours.slowest === 0, JSON.stringify(ours));
  assert.ok(ours.lastMs < 5 * MINUTE_MS, JSON.stringify(ours));
  assert.ok(classic.slowest >= 5 && classic.lastMs > 20 * MINUTE_MS, JSON.stringify(classic));
});
