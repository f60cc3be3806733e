/** Mailboxes that are had back; as `contract.test.ts`, on all stores. */
import assert from 'node:assert/strict';
import { before, it } from 'node:test';
import { anAccount, NOW, onEveryStore } from '../../test/stores.ts';
import type { MailboxId } from '../core/envelope.ts';
import type { SqlStore } from './store.ts';

onEveryStore('mailboxes that are had back', (open) => {
  let store: SqlStore;

  before(async () => {
    ({ store } = await open());
  });

  it('has back what it was for, unless another is that by now', async () => {
    const { id: account } = await anAccount(store);
    const archive = await store.mailboxNamed({ account, name: 'Archive' });
    const mailbox = archive?.id as MailboxId;
    for (const another of [false, true]) {
      await store.deleteMailbox({ account, name: 'Archive', at: NOW });
      if (another)
        assert.ok((await store.createMailbox({ account, name: 'Old', specialUse: '\\Archive', at: NOW })).ok);
      const back = await store.restoreMailbox({ account, mailbox, name: 'Archive', at: NOW });
      assert.ok(back.ok);
      assert.equal(back.mailbox.specialUse, another ? undefined : '\\Archive');
    }
  });
});
