/** The worker dies at one moment after the other of a drain: what it costs is the time that it was away, and nothing else. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { internet } from '../../src/lab/internet.ts';
import { World } from '../../src/lab/world.ts';

const MINUTE_MS = 60_000;
const DOWN_AT = 5 * MINUTE_MS;
const UP_AT = 65 * MINUTE_MS;
const AWAY_MS = 3_000;
/** Moments after the end of the outage at which the worker dies, ms. */
const MOMENTS = [0, 1_000, 5_000, 12_000, 25_000, 40_000];
/** What a restart may cost beside its own time: a sweep, a slow start, a canary's turn. */
const SLACK_MS = 12_000;
/** What a dying worker had under way may arrive twice: a message or so on each of its connections. */
const MOST_TWICE = 25;

interface Drained {
  readonly lastMs: number;
  readonly twice: number;
}

/** The same world each time; `diesAt`: ms after the end of the outage. */
async function drain(diesAt: number | undefined): Promise<Drained> {
  const world = await World.make({
    seed: 3,
    workers: 1,
    // The line is what a drain waits for: it lasts for a while.
    ours: { octetsPerSecond: 150_000, latencyMs: 5, loss: 0 },
    providers: internet(4).map((shape) => ({ ...shape, mood: {} })),
    senders: {
      domains: 4,
      accounts: 3,
      perHour: 600,
      day: 'flat',
      octets: { from: 2_000, to: 30_000 },
      recipients: 1,
      unknown: 0,
      full: 0,
      spam: 0,
      bad: 0,
    },
  });
  const all = (state: 'silent' | 'up') => (): void => {
    for (const provider of world.providers) provider.set(state);
  };
  world.at(DOWN_AT, 'nobody answers', all('silent'));
  world.at(UP_AT, 'everybody answers', all('up'));
  if (diesAt !== undefined) world.at(UP_AT + diesAt, 'it dies', () => world.crash(0, { downMs: AWAY_MS }));
  await world.run(UP_AT);
  const waited = [...world.ledger.entries.values()].filter(({ state }) => state === 'queued');
  assert.ok(waited.length > 400, `only ${waited.length} waited`);
  world.senders.stop();
  assert.equal(await world.drain(60 * MINUTE_MS), true);
  assert.ok(
    waited.every(({ state, lane, attempts }) => state === 'delivered' && lane === 0 && attempts <= 2),
    'nothing is lost, and nothing ages',
  );
  const twice = world.providers
    .flatMap(({ receipts }) => [...receipts.byKey.values()])
    .filter(({ taken }) => taken > 1);
  await world.close();
  return { lastMs: Math.max(...waited.map(({ endedMono }) => endedMono)) - UP_AT, twice: twice.length };
}

test('a worker that dies at any moment of a drain changes nothing but the time that it was away', async (t) => {
  const { lastMs: undisturbed } = await drain(undefined);
  assert.ok(
    undisturbed > (MOMENTS.at(-1) ?? 0),
    `the drain is over after ${undisturbed} ms: the last moment is not in it`,
  );
  for (const moment of MOMENTS) {
    const { lastMs, twice } = await drain(moment);
    t.diagnostic(
      `dies after ${moment} ms: ${lastMs - undisturbed} ms later than undisturbed, ${twice} twice`,
    );
    assert.ok(lastMs <= undisturbed + AWAY_MS + SLACK_MS, `${lastMs} instead of ${undisturbed}`);
    assert.ok(twice <= MOST_TWICE, `${twice} arrived twice`);
  }
});
