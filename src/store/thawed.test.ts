/** Who froze and who let go; as `contract.test.ts`, on all stores. */
import assert from 'node:assert/strict';
import { before, it } from 'node:test';
import { NOW, onEveryStore } from '../../test/stores.ts';
import type { SqlStore } from './store.ts';

onEveryStore('freezes that are over', (open) => {
  let store: SqlStore;

  before(async () => {
    ({ store } = await open());
  });

  it('keeps who froze and who let go, with both reasons, and nothing of what ends by itself', async () => {
    const scope = 'provider:told';
    const freeze = {
      scope,
      cause: 'operator',
      blame: 'path',
      since: NOW,
      reason: 'theirs',
      by: 'ana',
    } as const;
    await store.freeze(freeze);
    await store.thaw({ scope, cause: 'operator', at: NOW + 1, by: { by: 'ben', reason: 'they said so' } });
    await store.freeze({ ...freeze, until: NOW + 5 });
    await store.thawDue(NOW + 6);
    await store.freeze({ ...freeze, cause: 'automatic' });
    await store.thaw({ scope, cause: 'automatic', at: NOW + 7 });
    const { cause, since, reason, by } = freeze;
    const begun = { scope, cause, since, reason, by };
    assert.deepEqual(await store.thawed({ since: NOW, limit: 10 }), [
      { ...begun, endedAt: NOW + 5 },
      { ...begun, endedAt: NOW + 1, thaw: { by: 'ben', reason: 'they said so' } },
    ]);
    await store.forgetStoppages(NOW + 100);
    assert.deepEqual(await store.thawed({ since: 0, limit: 10 }), []);
  });
});
