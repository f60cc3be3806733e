/** What is put right and forgotten now and then, on every store. */
import assert from 'node:assert/strict';
import { before, it } from 'node:test';
import { claimDue } from '../../test/claim.ts';
import { anAcceptance, done, NOW, newWorker, onEveryStore } from '../../test/stores.ts';
import type { MessageId, PathKey, WorkerId } from '../core/envelope.ts';
import type { ClaimedDelivery } from '../core/queue/port.ts';
import type { AcceptedAt } from '../core/trace/port.ts';
import type { SqlStore } from './store.ts';

onEveryStore('housekeeping', (open) => {
  let store: SqlStore;
  let worker: WorkerId;

  before(async () => {
    ({ store } = await open());
    worker = await newWorker(store);
  });

  it('what a clock that was ahead accepted is due now, in its order, and what waits for its time still waits', async () => {
    const path = 'mx.ahead.example>a' as PathKey;
    await store.acquirePaths({ worker, now: NOW, limit: 1, only: path });
    const accepted = async (at: number): Promise<MessageId> => {
      const acceptance = await anAcceptance(store, { recipients: ['a@ahead.example'], path });
      await store.accept({ ...acceptance, acceptedAt: at });
      return acceptance.message;
    };
    const claimed = async (): Promise<ClaimedDelivery[]> =>
      claimDue(store, { worker, path, now: NOW, limit: 9 });
    await accepted(NOW);
    const [waits] = await claimed();
    const next = { state: 'waiting', lane: 1, dueAt: NOW + 60_000 } as const;
    await store.settle({ ...done(waits as ClaimedDelivery, worker), next });
    const messages = [await accepted(NOW + 3_600_000), await accepted(NOW + 3_600_001)];
    assert.deepEqual(await claimed(), []);
    assert.equal(await store.bringForward({ now: NOW, limit: 1 }), 1);
    assert.equal(await store.bringForward({ now: NOW, limit: 9 }), 1);
    assert.equal(await store.bringForward({ now: NOW, limit: 9 }), 0);
    assert.deepEqual(
      (await claimed()).map(({ message }) => message.id),
      messages,
    );
    const filter = { path };
    await store.changeQueue({ kind: 'cancel', filter, reason: 'done', at: NOW, limit: 100 });
  });

  it('forgets what is old and needed no more, a few at a time, and keeps what is open', async () => {
    const path = 'mx.old.example>a' as PathKey;
    await store.acquirePaths({ worker, now: NOW, limit: 1, only: path });
    const long = NOW - 40 * 86_400_000;
    const messages: MessageId[] = [];
    for (const at of [long, long + 60_000, long + 120_000]) {
      const acceptance = await anAcceptance(store, { recipients: ['a@old.example'], path });
      await store.accept({ ...acceptance, acceptedAt: at });
      messages.push(acceptance.message);
    }
    for (const delivery of await claimDue(store, { worker, path, now: NOW, limit: 9 }))
      if (delivery.message.id !== messages[1]) await store.settle(done(delivery, worker));
    const known = async (): Promise<boolean[]> =>
      Promise.all(messages.map(async (message) => (await store.trace({ message, limit: 1 })).length > 0));
    const first = await store.forgetMessages({ before: NOW - 1, limit: 1 });
    assert.deepEqual([first, await known()], [{ at: long, message: messages[0] }, [false, true, true]]);
    const next = await store.forgetMessages({ after: first as AcceptedAt, before: NOW - 1, limit: 1 });
    const second = { at: long + 60_000, message: messages[1] };
    assert.deepEqual([next, await known()], [second, [false, true, true]]);
    assert.equal(await store.forgetMessages({ before: NOW - 1, limit: 100 }), undefined);
    assert.deepEqual(await known(), [false, true, false]);
  });

  it('forgets paths that nothing leads to, and what was learnt of one when that is long ago', async () => {
    const [none, learnt, busy] = ['none.example>a', 'learnt.example>a', 'busy.example>a'] as PathKey[];
    for (const path of [none, learnt, busy] as PathKey[]) {
      await store.acquirePaths({ worker, now: NOW, limit: 1, only: path });
      if (path === learnt) await store.keepPace({ worker, path, pace: { level: 7 }, at: NOW });
      await store.releasePath({ worker, path });
    }
    await store.accept(await anAcceptance(store, { recipients: ['a@busy.example'], path: busy as PathKey }));
    const known = async (): Promise<(boolean | undefined)[]> =>
      Promise.all(
        [none, learnt, busy].map(async (path) => (await store.path(path as PathKey)) !== undefined),
      );
    await store.forgetPaths(NOW);
    assert.deepEqual(await known(), [false, true, true]);
    await store.forgetPaths(NOW + 1);
    assert.deepEqual(await known(), [false, false, true]);
    const filter = { path: busy as PathKey };
    await store.changeQueue({ kind: 'cancel', filter, reason: 'done', at: NOW, limit: 100 });
  });
});
