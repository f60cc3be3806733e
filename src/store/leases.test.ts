/** Who is alive is found out without any clock that could be wrong, on every store. */
import assert from 'node:assert/strict';
import { before, it } from 'node:test';
import { NOW, onEveryStore } from '../../test/stores.ts';
import { VirtualClock } from '../../test/virtual-clock.ts';
import type { WorkerId } from '../core/envelope.ts';
import { Lease } from '../core/queue/lease.ts';
import type { SqlStore } from './store.ts';

const LEASE_MS = 10_000;
const MINUTE_MS = 60_000;

onEveryStore('leases', (open) => {
  let store: SqlStore;
  before(async () => {
    ({ store } = await open());
  });

  /** A worker whose clock is so far ahead. */
  async function aWorker(aheadMs: number) {
    const clock = new VirtualClock(NOW + aheadMs);
    const worker = (await store.reserveIds(1)) as WorkerId;
    const state = { isLost: false };
    const lease = new Lease(
      worker,
      {
        store,
        clock,
        breadth: { health: () => ({ okAt: { connect: 0, dns: 0 }, failing: [] }) },
        budget: { state: { level: 0, budget: '', used: 0 } },
        lost: () => void (state.isLost = true),
      },
      { node: 'n', leaseMs: LEASE_MS },
    );
    await lease.begin();
    return { clock, worker, lease, state };
  }

  type Worker = Awaited<ReturnType<typeof aWorker>>;

  /** Time passes for all of them; those of `beating` prolong their leases, and all look at each other. */
  async function pass(all: readonly Worker[], beating: readonly Worker[], ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 2_000) {
      for (const { clock } of all) await clock.advance(2_000);
      for (const { lease } of beating) await lease.prolong();
      for (const { lease } of all) await lease.retireOthers();
    }
  }

  const alive = async (): Promise<WorkerId[]> => (await store.workers()).map(({ worker }) => worker);
  const end = (all: readonly Worker[]): Promise<unknown> =>
    Promise.all(all.map(({ worker }) => store.retireWorkers({ worker, now: NOW })));

  it("clocks that differ, and that are set, are nobody's death", async () => {
    const all = [await aWorker(0), await aWorker(8_000), await aWorker(-60 * MINUTE_MS)];
    await pass(all, all, 30_000);
    all[0]?.clock.jump(-MINUTE_MS);
    all[1]?.clock.jump(60 * MINUTE_MS);
    await pass(all, all, 30_000);
    assert.equal((await alive()).length, all.length);
    assert.ok(all.every(({ state }) => !state.isLost));
    await end(all);
  });

  it('who does not beat any more is dead to the others after a lease, and learns of it', async () => {
    const [one, other] = [await aWorker(0), await aWorker(MINUTE_MS)];
    await pass([one, other], [one, other], 10_000);
    await pass([one], [one], 8_000);
    assert.equal((await alive()).length, 2);
    await pass([one], [one], 4_000);
    assert.deepEqual(await alive(), [one.worker]);
    await other.lease.prolong();
    assert.ok(other.state.isLost);
    await end([one]);
  });

  it('who could not beat while nobody could look is not dead', async () => {
    const all = [await aWorker(0), await aWorker(0)];
    const [one, other] = all as [Worker, Worker];
    await pass(all, all, 4_000);
    for (const { clock } of all) await clock.advance(MINUTE_MS);
    await one.lease.retireOthers();
    await other.lease.retireOthers();
    await pass(all, all, 4_000);
    assert.equal((await alive()).length, 2);
    await end(all);
  });

  it('who beats in the moment in which it is judged lives', async () => {
    const [one, other] = [await aWorker(0), await aWorker(0)];
    const silent = (await store.beats()).filter(({ worker }) => worker === other.worker);
    await other.lease.prolong();
    assert.equal(await store.retireWorkers({ silent, now: NOW }), 0);
    assert.equal(
      await store.retireWorkers({
        silent: (await store.beats()).filter(({ worker }) => worker === other.worker),
        now: NOW,
      }),
      1,
    );
    await end([one]);
  });
});
