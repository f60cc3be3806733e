/** Mail of a stopped account leaves the queue; as `contract.test.ts`, on all stores. */
import assert from 'node:assert/strict';
import { before, it } from 'node:test';
import { anAcceptance, newWorker, NOW, onEveryStore, PATH } from '../../test/stores.ts';
import type { AccountId, PathKey, WorkerId } from '../core/envelope.ts';
import type { SqlStore } from './store.ts';

const ANN = 'ann@here.example';

onEveryStore('what a stopped account has in the queue', (open) => {
  let store: SqlStore;
  let worker: WorkerId;
  let account: AccountId;
  let customer: string;

  before(async () => {
    ({ store } = await open());
    worker = await newWorker(store);
    await store.addDomain({ name: 'here.example', language: 'en', createdAt: NOW, keys: [] });
    await store.addAccount({ address: ANN, language: 'en', password: 'x', scram: 'x', at: NOW });
    account = (await store.account(ANN))?.id as AccountId;
    customer = `here.example/${account}`;
  });

  const waiting = async (of: string): Promise<number> =>
    (await store.listQueue({ filter: {}, limit: 1_000 })).filter(
      (one) => one.customer === of && one.state === 'ready',
    ).length;

  it('joins the group that it was stopped for, in steps, and comes back when that is released', async () => {
    for (let index = 0; index < 5; index++) {
      const path = (index % 2 === 0 ? PATH : 'mx.other.example>default') as PathKey;
      for (const whose of [customer, 'here.example/999'])
        await store.accept({
          ...(await anAcceptance(store, { recipients: ['x@far.example'], customer: whose, path })),
          account,
        });
    }
    const group = await store.reserveIds(1);
    const hold = {
      group,
      campaign: 'c',
      reason: 'guard: rate',
      subject: 's',
      expiresAt: NOW + 1,
      stop: 'why',
    };
    await store.accept({
      ...(await anAcceptance(store, { recipients: ['y@far.example'], customer })),
      account,
      judged: { at: NOW, worker, account: ANN, kind: 'stop', data: '{}', hold },
    });
    assert.equal(await waiting(customer), 5);
    assert.deepEqual(await store.stepRecall({ limit: 3, at: NOW }), { moved: 3, done: false });
    assert.deepEqual(await store.stepRecall({ limit: 3, at: NOW }), { moved: 2, done: false });
    assert.deepEqual(await store.stepRecall({ limit: 3, at: NOW }), { moved: 0, done: true });
    assert.deepEqual([await waiting(customer), await waiting('here.example/999')], [0, 5]);
    const found = await store.holdGroup(group);
    assert.deepEqual([found?.recipients, found?.messages], [6, 6]);
    assert.ok((found?.sizeBytes ?? 0) > 6, 'and their octets');
    await store.decideHold({ group, decision: 'release', at: NOW, by: 'op', reason: 'asked' });
    assert.equal((await store.stepHold({ group, limit: 100, at: NOW })).moved, 6);
    assert.deepEqual(await store.stepRecall({ limit: 3, at: NOW }), { moved: 0, done: true });
    assert.equal(await waiting(customer), 6);
  });
});
