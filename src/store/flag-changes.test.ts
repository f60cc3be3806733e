/** Changes of flags that their items do not have yet; as `contract.test.ts`, on all stores. */
import assert from 'node:assert/strict';
import { before, it } from 'node:test';
import { anAccount, anItem, NOW, onEveryStore } from '../../test/stores.ts';
import { MAX_KEPT_COST } from '../core/mailbox/flag-changes.ts';
import { DELETED, FLAGGED, SEEN } from '../core/mailbox/flags.ts';
import { openMailbox } from '../core/mailbox/opening.ts';
import type { Flagged, MailboxRef } from '../core/mailbox/port.ts';
import { type Known, storeFlags } from '../core/mailbox/store-flags.ts';
import { ALL_UIDS, type UidRange } from '../core/mailbox/uid-ranges.ts';
import type { SqlStore } from './store.ts';

const LATER = NOW + 26 * 86_400_000;

onEveryStore('changes of flags', (open) => {
  let store: SqlStore;
  let rows: (text: string) => Promise<Record<string, unknown>[]>;

  before(async () => {
    ({ store, rows } = await open());
  });

  async function filled(count: number): Promise<MailboxRef> {
    const { id: account } = await anAccount(store);
    const made = await store.createMailbox({ account, name: 'Box', at: NOW });
    assert.ok(made.ok);
    const ref = { account, mailbox: made.mailbox.id };
    const items = await Promise.all(Array.from({ length: count }, () => anItem(store)));
    assert.ok((await store.appendItems({ ...ref, items, at: NOW })).ok);
    return ref;
  }

  async function known(ref: MailboxRef): Promise<Known> {
    const opened = await openMailbox(store, ref);
    assert.ok(opened !== undefined);
    return { mailbox: opened.mailbox, columns: opened.items };
  }

  async function change(ref: MailboxRef, uids: readonly UidRange[], system: number): Promise<Flagged> {
    const wish = { uids, change: 'add', flags: { system, keywords: [] } } as const;
    const stored = await storeFlags(store, ref, { wish, known: await known(ref) });
    assert.ok(stored.ok);
    return stored;
  }

  async function kept({ mailbox }: MailboxRef): Promise<number> {
    const [row] = await rows(`SELECT count(*) AS n FROM flag_change WHERE mailbox = ${mailbox}`);
    return Number(row?.['n']);
  }

  /** By UID: flags, as an opened mailbox and as its messages have them. */
  async function flagsOf(ref: MailboxRef): Promise<Map<number, number>> {
    const { columns } = await known(ref);
    const items = await store.items({ ...ref, uids: ALL_UIDS, limit: 1_000 });
    assert.deepEqual(
      items.map(({ uid }) => uid),
      [...columns.uids],
    );
    assert.deepEqual(
      items.map(({ flags }) => flags),
      [...columns.flags],
    );
    assert.deepEqual(
      items.map(({ modseq }) => modseq),
      [...columns.modseqs],
    );
    assert.deepEqual(await store.verifyRows({ limit: 10 }), []);
    return new Map(items.map(({ uid, flags }) => [uid, flags]));
  }

  it('are kept until they are too many, and then written to their items', async () => {
    const ref = await filled(400);
    let most = 0;
    for (let uid = 1; uid <= 300; uid++) {
      await change(ref, [[uid, uid]], FLAGGED);
      most = Math.max(most, await kept(ref));
      if (uid % 60 === 0) assert.equal((await flagsOf(ref)).get(uid), FLAGGED);
    }
    assert.ok(most >= 200 && most * 400 <= MAX_KEPT_COST, `${most} were kept`);
    assert.ok((await kept(ref)) < most);
    const odd = Array.from({ length: 200 }, (_, at): UidRange => [1 + 2 * at, 1 + 2 * at]);
    for (let time = 0; time < 3; time++) await change(ref, odd, [SEEN, DELETED, SEEN][time] as number);
    const flags = await flagsOf(ref);
    for (let uid = 1; uid <= 400; uid++)
      assert.equal(flags.get(uid), (uid <= 300 ? FLAGGED : 0) + (uid % 2 === 1 ? SEEN + DELETED : 0));
  });

  it('stay while messages come, and are written before some go, or are copied', async () => {
    const ref = await filled(10);
    await change(ref, [[2, 4]], FLAGGED);
    const items = [await anItem(store)];
    const appended = await store.appendItems({ ...ref, items, at: NOW });
    assert.ok(appended.ok && (await kept(ref)) === 1);
    const inbox = await store.mailboxNamed({ account: ref.account, name: 'INBOX' });
    assert.ok(inbox !== undefined);
    const back = await store.copyItems({
      account: ref.account,
      mailbox: inbox.id,
      uids: ALL_UIDS,
      to: ref.mailbox,
      at: NOW,
    });
    assert.ok(back.ok && (await kept(ref)) === 1);
    const copied = await store.copyItems({ ...ref, uids: [[3, 5]], to: inbox.id, at: NOW });
    assert.ok(copied.ok && (await kept(ref)) === 0);
    const there = { account: ref.account, mailbox: inbox.id };
    assert.deepEqual([...(await flagsOf(there)).values()], [FLAGGED, FLAGGED, 0]);
    await change(ref, [[1, 6]], DELETED);
    const expunged = await store.expungeItems({ ...ref, uids: [[1, 3]], which: 'deleted', at: NOW });
    assert.ok(expunged.ok);
    assert.deepEqual(expunged.uids, [1, 2, 3]);
    assert.deepEqual([...(await flagsOf(ref)).values()].slice(0, 4), [
      FLAGGED + DELETED,
      DELETED,
      DELETED,
      0,
    ]);
    await store.undeleteItems({ ...ref, uids: [[2, 2]], at: NOW });
    assert.equal([...(await flagsOf(ref)).values()].at(-1), FLAGGED);
  });

  it('are done by what is known of a mailbox only while it is so', async () => {
    const ref = await filled(5);
    const before = await known(ref);
    const wish = { uids: ALL_UIDS, change: 'add', flags: { system: SEEN, keywords: [] } } as const;
    await change(ref, [[2, 2]], SEEN);
    const second = await storeFlags(store, ref, { wish, known: before });
    assert.ok(second.ok);
    assert.deepEqual(
      [second.changed, second.same, second.mailbox.unseen],
      [
        [
          [1, 1],
          [3, 5],
        ],
        [[2, 2]],
        0,
      ],
    );
    // As where a database was put back, and came to the same MODSEQ again.
    const now = await known(ref);
    const other = { ...now, mailbox: { ...now.mailbox, uidNext: now.mailbox.uidNext + 1 } };
    const third = await storeFlags(store, ref, { wish: { ...wish, change: 'remove' }, known: other });
    assert.ok(third.ok);
    assert.deepEqual([third.mailbox.unseen, await kept(ref)], [5, 0]);
    const same = await storeFlags(store, ref, {
      wish: { ...wish, change: 'remove' },
      known: await known(ref),
    });
    assert.ok(same.ok);
    assert.deepEqual(
      [same.modseq, same.changed],
      [third.modseq, []],
      'nothing is changed, and raises no MODSEQ',
    );
    await flagsOf(ref);
  });

  it('go with their mailbox, and come back with it', async () => {
    const [gone, back] = [await filled(3), await filled(3)];
    for (const ref of [gone, back]) {
      await change(ref, [[1, 2]], FLAGGED);
      await store.deleteMailbox({ account: ref.account, name: 'Box', at: NOW });
    }
    const restored = await store.restoreMailbox({ ...back, name: 'Again', at: NOW });
    assert.ok(restored.ok);
    assert.deepEqual([...(await flagsOf(back)).values()], [FLAGGED, FLAGGED, 0]);
    while ((await store.forgetExpunged({ before: LATER, limit: 100 })) > 0);
    assert.deepEqual([await kept(gone), await kept(back)], [0, 1]);
    assert.deepEqual(await store.verifyRows({ limit: 10 }), []);
  });

  it('what vanished is told since a MODSEQ, and all that is not there once that is forgotten', async () => {
    const ref = await filled(6);
    const { mailbox } = await known(ref);
    await store.expungeItems({ ...ref, uids: [[2, 2]], which: 'any', at: NOW });
    const { mailbox: later } = await known(ref);
    await store.expungeItems({ ...ref, uids: [[4, 5]], which: 'any', at: NOW });
    const since = (modseq: number): Promise<UidRange[]> => store.vanishedSince({ ...ref, modseq });
    assert.deepEqual(await since(mailbox.highestModseq), [
      [2, 2],
      [4, 5],
    ]);
    assert.deepEqual(await since(later.highestModseq), [[4, 5]]);
    // Somebody may know it: what came meanwhile may have been read with what was asked for.
    assert.ok((await store.appendItems({ ...ref, items: [await anItem(store)], at: NOW })).ok);
    await store.expungeItems({ ...ref, uids: [[7, 7]], which: 'any', at: NOW });
    assert.deepEqual(await since(later.highestModseq), [
      [4, 5],
      [7, 7],
    ]);
    const changes = await store.changesSince({ ...ref, modseq: later.highestModseq });
    assert.deepEqual(changes?.vanished, [
      [4, 5],
      [7, 7],
    ]);
    while ((await store.forgetExpunged({ before: LATER, limit: 100 })) > 0);
    assert.deepEqual(await since(later.highestModseq), [
      [2, 2],
      [4, 5],
      [7, 7],
    ]);
    assert.deepEqual(
      await store.vanishedSince({ ...ref, account: (ref.account + 1) as never, modseq: 0 }),
      [],
    );
  });
});
