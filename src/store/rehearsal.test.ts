/** What every store must do for changes of the directory that are only tried; as `contract.test.ts`, on all of them. */
import assert from 'node:assert/strict';
import { before, it } from 'node:test';
import { NOW, onEveryStore } from '../../test/stores.ts';
import type { SqlStore } from './store.ts';

onEveryStore('rehearsals', (open) => {
  let store: SqlStore;

  before(async () => {
    ({ store } = await open());
  });

  it('says what would come of a change, and makes none', async () => {
    const at = NOW;
    await store.addDomain({ name: 'tried.example', language: 'en', createdAt: at, keys: [] });
    const [ann, alias] = ['ann@tried.example', 'alias@tried.example'];
    await store.addAccount({ address: ann, language: 'en', password: 'x', scram: 'x', at });
    const entry = { address: alias, target: ann, separator: '+' };
    assert.equal(await store.rehearse({ change: 'addAddress', request: entry }), 'done');
    assert.equal(await store.targets({ address: alias, separator: '+' }), undefined);
    await store.addAddress(entry);
    assert.equal(await store.rehearse({ change: 'addAddress', request: entry }), 'exists');
    assert.equal(await store.rehearse({ change: 'removeAddress', request: { address: alias } }), 'done');
    assert.equal(await store.rehearse({ change: 'removeDomain', request: 'tried.example' }), 'in-use');
    const removal = { change: 'removeAccount', request: { address: ann, withMail: false, at } } as const;
    const lock = { change: 'lockAccount', request: { address: ann, reason: 'x', at } } as const;
    assert.deepEqual(await Promise.all([store.rehearse(removal), store.rehearse(lock)]), ['done', 'done']);
    const account = await store.account(ann);
    assert.deepEqual([account?.address, account?.lockedReason], [ann, undefined]);
    assert.equal((await store.targets({ address: alias, separator: '+' }))?.accounts.length, 1);
  });
});
