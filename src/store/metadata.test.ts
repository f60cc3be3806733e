import assert from 'node:assert/strict';
import { before, it } from 'node:test';
import { anAccount, NOW, onEveryStore } from '../../test/stores.ts';
import { MAX_ENTRIES } from '../core/mailbox/metadata.ts';
import type { SqlStore } from './store.ts';

onEveryStore('notes about mailboxes', (open) => {
  let store: SqlStore;
  let opened: Awaited<ReturnType<typeof open>>;

  before(async () => {
    opened = await open();
    ({ store } = opened);
  });

  const note = (text: string): Buffer => Buffer.from(text);

  it('has so many entries and no more, all of a request or none', async () => {
    const { id: account } = await anAccount(store);
    const values = Array.from({ length: MAX_ENTRIES }, (_, index) => ({
      name: `/private/n${index}`,
      value: note('x'),
    }));
    assert.deepEqual(await store.setMetadata({ account, values }), { ok: true });
    const more = [
      { name: '/private/n0', value: note('other') },
      { name: '/private/more', value: note('y') },
    ];
    assert.deepEqual(await store.setMetadata({ account, values: more }), { ok: false, why: 'too many' });
    const [first] = await store.metadata({ account });
    assert.deepEqual([first?.name, Buffer.from(first?.value ?? []).toString()], ['/private/n0', 'x']);
    const instead = [{ name: '/private/n1' }, ...more];
    assert.deepEqual(await store.setMetadata({ account, values: instead }), { ok: true });
    assert.equal((await store.metadata({ account })).length, MAX_ENTRIES);
  });

  it('keeps any octets, of each account for itself, and nothing of what is gone', async () => {
    const [{ id: account, address }, other] = [await anAccount(store), await anAccount(store)];
    const [box] = await store.mailboxes(account);
    const mailbox = box?.id as NonNullable<typeof box>['id'];
    const value = Buffer.from([0, 255, 13, 10]);
    const values = [{ name: '/private/comment', value }];
    assert.deepEqual(await store.setMetadata({ account, mailbox, values }), { ok: true });
    assert.deepEqual(Buffer.from((await store.metadata({ account, mailbox }))[0]?.value ?? []), value);
    const stolen = await store.setMetadata({ account: other.id, mailbox, values });
    assert.deepEqual(stolen, { ok: false, why: 'missing' });
    assert.deepEqual(await store.metadata({ account: other.id, mailbox }), []);
    await store.deleteMailbox({ account, name: box?.name ?? '', at: NOW });
    await store.removeAccount({ address, withMail: true, at: 1 });
    const left = await opened.rows(`SELECT count(*) AS many FROM metadata WHERE account = ${account}`);
    assert.equal(Number(left[0]?.['many']), 0);
  });
});
