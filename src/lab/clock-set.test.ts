import assert from 'node:assert/strict';
import { test } from 'node:test';
import { internet } from './internet.ts';
import { World } from './world.ts';

const MINUTE_MS = 60_000;

for (const ms of [MINUTE_MS, -MINUTE_MS])
  test(`a clock that is set by ${ms} ms is nobody's death, and who dies is found out by it`, async (t) => {
    const world = await World.make({
      seed: 5,
      workers: 3,
      ours: { octetsPerSecond: 5_000_000, latencyMs: 5, loss: 0 },
      providers: internet(6),
      senders: {
        ...{ domains: 3, accounts: 2, perHour: 600, day: 'flat', recipients: 4 },
        ...{ octets: { from: 500, to: 20_000 }, unknown: 0, full: 0, spam: 0, bad: 0 },
      },
    });
    t.after(() => world.close());
    const died: string[] = [];
    world.whenCrashed.push(({ name }) => died.push(name));
    // At another moment between two beats each time.
    for (let index = 1; index <= 10; index++) world.at(index * 61_700, 'set', ({ clock }) => clock.jump(ms));
    await world.run(11 * MINUTE_MS);
    assert.deepEqual(died, []);
    world.crash(0, { downMs: 60 * MINUTE_MS, told: false });
    await world.run(20_000);
    assert.equal(world.disk.rows('SELECT id FROM worker').length, 2);
  });
