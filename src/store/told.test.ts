/** What is told of a message later, wherever it is kept; as `contract.test.ts`, on all stores. */
import assert from 'node:assert/strict';
import { before, it } from 'node:test';
import { anAcceptance, claimAll, done, NOW, newWorker, onEveryStore, PATH } from '../../test/stores.ts';
import type { WorkerId } from '../core/envelope.ts';
import type { ClaimedDelivery } from '../core/queue/port.ts';
import type { SqlStore } from './store.ts';

onEveryStore('what is told of a message', (open) => {
  let store: SqlStore;
  let worker: WorkerId;

  before(async () => {
    ({ store } = await open());
    worker = await newWorker(store);
    await store.acquirePaths({ worker, now: NOW, limit: 1, only: PATH });
  });

  it('says where an accepted message came from', async () => {
    const message = await anAcceptance(store, { recipients: ['a@far.example'] });
    await store.accept(message);
    const [traced] = await store.trace({ message: message.message, limit: 1 });
    assert.deepEqual(traced?.events, [{ at: NOW, kind: 'accepted', detail: message.origin }]);
  });

  it('tells what was last said to a delivery, whatever it came to', async () => {
    const message = await anAcceptance(store, { recipients: ['a@far.example'] });
    await store.accept(message);
    const lastSaid = async (): Promise<unknown> =>
      (await store.listQueue({ filter: { message: message.message }, limit: 1 }))[0]?.last;
    assert.equal(await lastSaid(), undefined);
    const claimed = async (): Promise<ClaimedDelivery> => {
      const found = (await claimAll(store, worker)).find(({ message: { id } }) => id === message.message);
      assert.ok(found !== undefined);
      return found;
    };
    const busy = { stage: 'rcpt', code: 451, text: 'Later', afterMs: 2 } as const;
    const next = { state: 'waiting', dueAt: NOW, lane: 1 } as const;
    await store.settle({ ...done(await claimed(), worker), reply: busy, blame: 'recipient', next });
    assert.deepEqual(await lastSaid(), { ...busy, blame: 'recipient', at: NOW });
    const again = await claimed();
    await store.settle(done(again, worker));
    assert.deepEqual(await lastSaid(), { ...done(again, worker).reply, at: NOW });
  });
});
