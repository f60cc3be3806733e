/** Lanes that the configuration had, and has no more; as `contract.test.ts`, on all stores. */
import assert from 'node:assert/strict';
import { before, it } from 'node:test';
import { anAcceptance, claimAll, done, NOW, newWorker, onEveryStore, PATH } from '../../test/stores.ts';
import type { WorkerId } from '../core/envelope.ts';
import type { SqlStore } from './store.ts';

onEveryStore('lanes that there are no more', (open) => {
  let store: SqlStore;
  let worker: WorkerId;

  before(async () => {
    ({ store } = await open());
    worker = await newWorker(store);
    await store.acquirePaths({ worker, now: NOW, limit: 1, only: PATH });
  });

  it('gives what waits in lanes that there are no more with the slowest, by age and by customer', async () => {
    await store.accept(await anAcceptance(store, { recipients: ['a@far.example', 'b@far.example'] }));
    for (const delivery of await claimAll(store, worker))
      await store.settle({ ...done(delivery, worker), next: { state: 'waiting', dueAt: NOW, lane: 7 } });
    const part = { lane: 3, since: 0, before: NOW + 1 };
    const turn = { domain: '', customers: {} };
    const oldest = async (which: { orSlower: boolean }): Promise<number> => {
      const [found = []] = await store.claim({
        worker,
        path: PATH,
        parts: [{ ...part, ...which, limit: 1 }],
      });
      return found.length;
    };
    const inTurn = async (which: { orSlower: boolean }): Promise<number> =>
      (await store.claimInTurn({ worker, path: PATH, ...part, ...which, turn, domains: 5, each: 1 }))
        .deliveries.length;
    const not = { orSlower: false };
    const also = { orSlower: true };
    assert.deepEqual([await oldest(not), await inTurn(not)], [0, 0]);
    assert.deepEqual([await oldest(also), await inTurn(also)], [1, 1]);
    const held = await store.leases(worker);
    assert.equal(await store.returnLeases({ worker, deliveries: held }), 2);
  });
});
