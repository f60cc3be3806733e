/** Mailboxes that are had back; as `contract.test.ts`, on all stores. */
import assert from 'node:assert/strict';
import { before, it } from 'node:test';
import { anAccount, NOW, onEveryStore } from '../../test/stores.ts';
import type { MailboxId } from '../core/envelope.ts';
import { MailboxFeed } from '../core/mailbox/feed.ts';
import { type LiveMailbox, LiveMailboxes } from '../core/mailbox/live.ts';
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

  it('are opened anew, whoever still has them as they were', async () => {
    const { id: account } = await anAccount(store);
    const archive = await store.mailboxNamed({ account, name: 'Archive' });
    const ref = { account, mailbox: archive?.id as MailboxId };
    const feed = new MailboxFeed();
    store.onMailboxChanges((changed) => feed.heard(changed));
    const failed = (error: unknown): never => {
      throw error;
    };
    const all = new LiveMailboxes({ store, feed, failed });
    const before = await all.open(ref, 0);
    await store.deleteMailbox({ account, name: 'Archive', at: NOW });
    assert.equal(await all.open(ref, 0), undefined);
    const back = await store.restoreMailbox({ ...ref, name: 'Archive', at: NOW });
    assert.ok(back.ok && before !== undefined);
    const [one, other] = [await all.open(ref, 0), await all.open(ref, 0)];
    assert.deepEqual([before.isGone, one === before, one === other], [true, false, true]);
    assert.equal(one?.mailbox.uidValidity, back.mailbox.uidValidity);
    all.close(before);
    all.close(one as LiveMailbox);
    assert.equal(await all.open(ref, 0), one, 'the other has it open');
  });
});
