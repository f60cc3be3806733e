/** Mailboxes, on every store: as `contract.test.ts`. Histories of many changes are in `mailbox-histories.test.ts`. */
import assert from 'node:assert/strict';
import { hash, randomBytes } from 'node:crypto';
import { before, it } from 'node:test';
import { anAcceptance, anAccount, anItem, delivered, NOW, onEveryStore } from '../../test/stores.ts';
import type { Account } from '../core/directory/port.ts';
import type { DeliveryId, MailboxId, MessageId } from '../core/envelope.ts';
import { DELETED, FLAGGED, flagNames, MAX_KEYWORDS, NO_FLAGS, SEEN } from '../core/mailbox/flags.ts';
import { openMailbox } from '../core/mailbox/opening.ts';
import type { Mailbox, MailboxChange } from '../core/mailbox/port.ts';
import { pack } from '../core/mailbox/snapshot.ts';
import { threadKeys } from '../core/mailbox/thread.ts';
import { ALL_UIDS } from '../core/mailbox/uid-ranges.ts';
import type { SqlStore } from './store.ts';

const LATER = NOW + 86_400_000;
const SEEN_FLAG = { system: SEEN, keywords: [] };
const DELETED_FLAG = { system: DELETED, keywords: [] };

onEveryStore('mailboxes', (open) => {
  let store: SqlStore;
  let rows: (text: string) => Promise<Record<string, unknown>[]>;

  before(async () => {
    ({ store, rows } = await open());
  });

  async function named({ id: account }: Account, wanted: string): Promise<Mailbox> {
    const mailbox = await store.mailboxNamed({ account, name: wanted });
    assert.ok(mailbox !== undefined, `there is no ${wanted}`);
    return mailbox;
  }

  async function namesOf({ id }: Account): Promise<string[]> {
    return (await store.mailboxes(id)).map((mailbox) => mailbox.name);
  }

  it('gives a new account its mailboxes in its language, subscribed', async () => {
    const account = await anAccount(store, 'fr');
    const uses = (await store.mailboxes(account.id)).map((mailbox) => [mailbox.name, mailbox.specialUse]);
    assert.deepEqual(uses, [
      ['Archives', '\\Archive'],
      ['Brouillons', '\\Drafts'],
      ['Corbeille', '\\Trash'],
      ['Envoyés', '\\Sent'],
      ['INBOX', undefined],
      ['Indésirables', '\\Junk'],
    ]);
    assert.deepEqual(await store.subscriptions(account.id), await namesOf(account));
  });

  it('makes what is missing above a new mailbox, and gives each a UIDVALIDITY of its own', async () => {
    const account = await anAccount(store);
    const made = await store.createMailbox({ account: account.id, name: 'a/b/c', at: NOW });
    assert.ok(made.ok);
    assert.deepEqual((await namesOf(account)).slice(-3), ['a', 'a/b', 'a/b/c']);
    const again = await store.createMailbox({ account: account.id, name: 'a/b', at: NOW });
    assert.deepEqual(again, { ok: false, why: 'exists' });
    await store.deleteMailbox({ account: account.id, name: 'a/b/c', at: NOW });
    const anew = await store.createMailbox({ account: account.id, name: 'a/b/c', at: NOW });
    assert.ok(anew.ok && anew.mailbox.uidValidity > made.mailbox.uidValidity);
    const all = (await store.mailboxes(account.id)).map(({ uidValidity }) => uidValidity);
    assert.equal(new Set(all).size, all.length);
    assert.ok(all.every((validity) => validity > 0 && validity < 2 ** 32));
  });

  it('has one mailbox for each use', async () => {
    const account = await anAccount(store);
    const request = { account: account.id, specialUse: '\\Sent' as const, at: NOW };
    assert.deepEqual(await store.createMailbox({ ...request, name: 'Sent 2' }), {
      ok: false,
      why: 'use taken',
    });
    await store.deleteMailbox({ account: account.id, name: 'Sent', at: NOW });
    const made = await store.createMailbox({ ...request, name: 'x/Sent 2' });
    assert.ok(made.ok && made.mailbox.specialUse === '\\Sent');
    assert.equal((await named(account, 'x')).specialUse, undefined);
  });

  it('renames with all that is below, and keeps the mailbox what it was', async () => {
    const account = await anAccount(store);
    for (const one of ['a/b', 'ab']) await store.createMailbox({ account: account.id, name: one, at: NOW });
    const { id, uidValidity } = await named(account, 'a/b');
    const rename = (from: string, to: string) =>
      store.renameMailbox({ account: account.id, from, to, at: NOW });
    assert.deepEqual(await rename('a', 'x/y'), { ok: true });
    assert.deepEqual((await namesOf(account)).slice(-4), ['ab', 'x', 'x/y', 'x/y/b']);
    const renamed = await named(account, 'x/y/b');
    assert.deepEqual([renamed.id, renamed.uidValidity], [id, uidValidity]);
    assert.deepEqual(await rename('nowhere', 'y'), { ok: false, why: 'missing' });
    assert.deepEqual(await rename('ab', 'x/y'), { ok: false, why: 'exists' });
    assert.deepEqual(await rename('x', 'x/z'), { ok: false, why: 'below itself' });
    assert.deepEqual(await rename('ab', 'INBOX'), { ok: false, why: 'exists' });
    const long = Array.from({ length: 4 }, () => 'l'.repeat(249)).join('/');
    assert.deepEqual(await rename('x', long), { ok: false, why: 'too long' });
  });

  it('INBOX gives its messages away when it is renamed, and stays with what is below it', async () => {
    const account = await anAccount(store);
    await store.createMailbox({ account: account.id, name: 'INBOX/sub', at: NOW });
    const message = await delivered(store, account.id);
    const was = await named(account, 'INBOX');
    const about = { account: account.id, from: 'INBOX', to: 'old/mail', at: NOW };
    assert.deepEqual(await store.renameMailbox(about), { ok: true });
    const inbox = await named(account, 'INBOX');
    assert.deepEqual([inbox.id, inbox.messages, inbox.uidNext], [was.id, 0, 2]);
    await named(account, 'INBOX/sub');
    const moved = await named(account, 'old/mail');
    const [item] = await store.items({ account: account.id, mailbox: moved.id, uids: ALL_UIDS, limit: 9 });
    assert.equal(item?.message, message);
    const changes = await store.changesSince({
      account: account.id,
      mailbox: inbox.id,
      modseq: was.highestModseq,
    });
    assert.deepEqual(changes?.vanished, [[1, 1]]);
  });

  it('deletes a mailbox and leaves what is below; what was deleted can be had back', async () => {
    const account = await anAccount(store);
    await store.createMailbox({ account: account.id, name: 'a/b', at: NOW });
    const { id: mailbox } = await named(account, 'a');
    await store.appendItems({ account: account.id, mailbox, items: [await anItem(store)], at: NOW });
    assert.deepEqual(await store.deleteMailbox({ account: account.id, name: 'INBOX', at: NOW }), {
      ok: false,
      why: 'inbox',
    });
    assert.deepEqual(await store.deleteMailbox({ account: account.id, name: 'a', at: NOW }), { ok: true });
    assert.deepEqual(
      (await namesOf(account)).filter((one) => one.startsWith('a')),
      ['a/b'],
    );
    assert.equal(await store.snapshot({ account: account.id, mailbox }), undefined);
    const [deleted] = await store.deletedMailboxes(account.id);
    assert.deepEqual([deleted?.id, deleted?.name, deleted?.deletedAt], [mailbox, 'a', NOW]);
    const back = await store.restoreMailbox({ account: account.id, mailbox, name: 'a', at: NOW });
    assert.ok(back.ok && back.mailbox.messages === 1);
    assert.ok(back.mailbox.uidValidity > (deleted?.uidValidity as number));
  });

  it('keeps subscriptions by name, whether there is such a mailbox or not', async () => {
    const { id: account } = await anAccount(store);
    await store.subscribe({ account, name: 'z', isSubscribed: true });
    await store.subscribe({ account, name: 'z', isSubscribed: true });
    await store.subscribe({ account, name: 'Sent', isSubscribed: false });
    const names = await store.subscriptions(account);
    assert.deepEqual([names.at(-1), names.includes('Sent')], ['z', false]);
  });

  it('appends all or nothing, bytes in hand or staged', async () => {
    const account = await anAccount(store);
    const { id: mailbox } = await named(account, 'Drafts');
    const bytes = randomBytes(300_000);
    const stage = await store.reserveIds(1);
    await store.stage({ stage, seq: 0, bytes: bytes.subarray(0, 200_000), at: NOW });
    await store.stage({ stage, seq: 1, bytes: bytes.subarray(200_000), at: NOW });
    const content = { kind: 'staged' as const, stage, sizeBytes: bytes.length, hash: sha256(bytes) };
    const parsed = { structure: Uint8Array.of(1, 2, 3), preview: 'héllo', threadKeys: [] };
    const flags = { system: SEEN, keywords: ['$Label1'] };
    const items = [
      await anItem(store, { content, parsed, flags, internalAt: NOW - 1 }),
      await anItem(store, { bytes }),
    ];
    const result = await store.appendItems({ account: account.id, mailbox, items, at: LATER });
    assert.ok(result.ok && result.firstUid === 1);
    const [one, two] = await store.items({ account: account.id, mailbox, uids: ALL_UIDS, limit: 9 });
    assert.deepEqual([one?.message, two?.message], [items[0]?.message, items[1]?.message]);
    assert.deepEqual(Buffer.from(one?.structure as Uint8Array), Buffer.from(parsed.structure));
    assert.deepEqual([one?.preview, two?.preview], ['héllo', undefined]);
    assert.deepEqual([one?.internalAt, one?.savedAt], [NOW - 1, LATER]);
    assert.equal(one?.contentBytes, bytes.length);
    assert.deepEqual(
      Buffer.from(await store.readContent({ message: one?.message as MessageId, offset: 199_999, limit: 2 })),
      bytes.subarray(199_999, 200_001),
    );
    const box = await named(account, 'Drafts');
    assert.deepEqual(flagNames(one?.flags as number, box.keywords), ['\\Seen', '$Label1']);
    assert.deepEqual([box.messages, box.unseen, box.sizeBytes], [2, 1, 600_000]);
    const unswept = { ...content, stage: stage + 1_000_000, hash: sha256(randomBytes(9)) };
    const torn = [await anItem(store), await anItem(store, { content: unswept })];
    await assert.rejects(store.appendItems({ account: account.id, mailbox, items: torn, at: NOW }), /swept/);
    assert.deepEqual(await named(account, 'Drafts'), box);
  });

  it('lets nobody at the mailbox of another', async () => {
    const [ann, bob] = [await anAccount(store), await anAccount(store)];
    const { id: mailbox } = await named(ann, 'INBOX');
    await delivered(store, ann.id);
    const ref = { account: bob.id, mailbox };
    const missing = { ok: false, why: 'missing' };
    assert.equal(await store.snapshot(ref), undefined);
    assert.equal(await store.changesSince({ ...ref, modseq: 0 }), undefined);
    assert.deepEqual(await store.items({ ...ref, uids: ALL_UIDS, limit: 9 }), []);
    assert.deepEqual(await store.expungeItems({ ...ref, which: 'any', at: NOW }), missing);
    assert.deepEqual(
      await store.storeFlags({ ...ref, uids: ALL_UIDS, change: 'add', flags: SEEN_FLAG }),
      missing,
    );
    assert.deepEqual(await store.appendItems({ ...ref, items: [await anItem(store)], at: NOW }), missing);
    const to = (await named(bob, 'INBOX')).id;
    assert.deepEqual(await store.copyItems({ ...ref, uids: ALL_UIDS, to, at: NOW }), missing);
    const out = { account: bob.id, mailbox: to, uids: ALL_UIDS, to: mailbox, at: NOW };
    assert.deepEqual(await store.moveItems(out), { ok: false, why: 'no target' });
  });

  it('a keyword past the limit is refused, and nothing is changed', async () => {
    const account = await anAccount(store);
    await delivered(store, account.id);
    const { id: mailbox } = await named(account, 'INBOX');
    const about = { account: account.id, mailbox, uids: ALL_UIDS, change: 'add' as const };
    const many = Array.from({ length: MAX_KEYWORDS }, (_, index) => `k${index}`);
    assert.ok((await store.storeFlags({ ...about, flags: { system: 0, keywords: many } })).ok);
    const one = { ...about, flags: { system: SEEN, keywords: ['x'] } };
    assert.deepEqual(await store.storeFlags(one), { ok: false, why: 'too many keywords' });
    assert.equal((await named(account, 'INBOX')).unseen, 1);
    assert.ok((await store.storeFlags({ ...one, change: 'remove' })).ok);
    const [item] = await store.items({ account: account.id, mailbox, uids: ALL_UIDS, limit: 9 });
    assert.equal(flagNames(item?.flags as number, many).length, MAX_KEYWORDS);
    const drafts = (await named(account, 'Drafts')).id;
    const other = { system: 0, keywords: ['other'] };
    const items = [await anItem(store, { flags: other })];
    await store.appendItems({ account: account.id, mailbox: drafts, items, at: NOW });
    const copy = { account: account.id, mailbox, uids: ALL_UIDS, to: drafts, at: NOW };
    assert.deepEqual(await store.copyItems(copy), { ok: false, why: 'too many keywords' });
  });

  it('threads are found by references and subject, in whichever order they come, in each account', async () => {
    const [ann, bob] = [await anAccount(store), await anAccount(store)];
    const deliver = async (id: string, references: string[], subject: string): Promise<number> => {
      const keys = threadKeys({ messageId: id, references, baseSubject: subject });
      const parsed = { structure: new Uint8Array(), preview: '', threadKeys: keys };
      const acceptance = await anAcceptance(store, { recipients: [] });
      const copyId = (await store.reserveIds(1)) as DeliveryId;
      await store.accept({
        ...acceptance,
        parsed,
        copies: [{ id: copyId, account: ann.id, address: 'a@x' }],
      });
      const inbox = await named(ann, 'INBOX');
      const last = [[inbox.uidNext - 1, inbox.uidNext - 1]] as const;
      const [item] = await store.items({ account: ann.id, mailbox: inbox.id, uids: last, limit: 1 });
      return item?.thread as number;
    };
    const answer = await deliver('2@x', ['1@x'], 'lunch');
    assert.equal(await deliver('1@x', [], 'Lunch'), answer, 'what it answers comes later');
    assert.equal(await deliver('3@x', ['1@x', '2@x'], 'lunch'), answer);
    assert.equal(await deliver('4@x', ['3@x'], 'lunch'), answer);
    assert.equal(await deliver('5@x', ['0@x', '4@x'], 'lunch'), answer, 'its first reference is new');
    assert.equal(await deliver('6@x', ['0@x'], 'lunch'), answer, 'and leads there now');
    assert.notEqual(await deliver('7@x', ['1@x'], 'dinner'), answer);
    const { id: sent } = await named(bob, 'Sent');
    const parsed = {
      structure: new Uint8Array(),
      preview: '',
      threadKeys: threadKeys({ messageId: '8@x', references: ['1@x'], baseSubject: 'lunch' }),
    };
    const [item] = [await anItem(store, { parsed })];
    await store.appendItems({ account: bob.id, mailbox: sent, items: [item], at: NOW });
    const [other] = await store.items({ account: bob.id, mailbox: sent, uids: ALL_UIDS, limit: 1 });
    assert.equal(other?.thread, item.message, 'of another account');
  });

  it('what was expunged can be had back until it is forgotten, and then its bytes are gone', async () => {
    const account = await anAccount(store);
    const message = await delivered(store, account.id);
    await delivered(store, account.id);
    const { id: mailbox, highestModseq } = await named(account, 'INBOX');
    const ref = { account: account.id, mailbox };
    await store.storeFlags({ ...ref, uids: [[1, 1]], change: 'add', flags: DELETED_FLAG });
    assert.deepEqual(await store.expungeItems({ ...ref, which: 'deleted', at: NOW }).then(uidsOf), [1]);
    const [gone] = await store.expungedItems({ ...ref, after: 0, limit: 9 });
    assert.deepEqual([gone?.uid, gone?.message, gone?.expungedAt], [1, message, NOW]);
    const back = await store.undeleteItems({ ...ref, uids: [[1, 1]], at: NOW });
    assert.ok(back.ok);
    assert.deepEqual([back.from, back.to], [[1], [3]]);
    assert.equal((await named(account, 'INBOX')).deleted, 0);
    await store.expungeItems({ ...ref, uids: [[3, 3]], which: 'any', at: LATER });
    assert.ok((await store.forgetExpunged({ before: LATER, limit: 100 })) >= 1);
    assert.equal((await store.readContent({ message, offset: 0, limit: 9 })).length, 9);
    assert.equal((await store.expungedItems({ ...ref, after: 0, limit: 9 })).length, 1);
    while ((await store.forgetExpunged({ before: LATER + 1, limit: 1 })) > 0);
    assert.equal((await store.readContent({ message, offset: 0, limit: 9 })).length, 0);
    assert.deepEqual(await store.undeleteItems({ ...ref, uids: ALL_UIDS, at: LATER }).then(fromOf), []);
    const changes = await store.changesSince({ ...ref, modseq: highestModseq });
    assert.deepEqual(
      [changes?.isComplete, changes?.vanished],
      [
        false,
        [
          [1, 1],
          [3, 3],
        ],
      ],
    );
  });

  it('a deleted mailbox is forgotten in steps, with its messages', async () => {
    const account = await anAccount(store);
    const { id: mailbox } = await named(account, 'Sent');
    const items = await Promise.all(Array.from({ length: 5 }, () => anItem(store)));
    await store.appendItems({ account: account.id, mailbox, items, at: NOW });
    await store.expungeItems({ account: account.id, mailbox, uids: [[2, 2]], which: 'any', at: LATER + 5 });
    const read = await store.snapshot({ account: account.id, mailbox });
    assert.ok(read?.isNew);
    await store.keepPack({ mailbox, modseq: read.mailbox.highestModseq, bytes: read.packed });
    await store.deleteMailbox({ account: account.id, name: 'Sent', at: LATER });
    assert.equal(await store.forgetExpunged({ before: LATER, limit: 2 }), 0);
    const steps: number[] = [];
    for (let forgot = -1; forgot !== 0; steps.push(forgot)) {
      forgot = await store.forgetExpunged({ before: LATER + 1, limit: 2 });
      // What is gone in part is nobody's to have back.
      assert.deepEqual(await store.deletedMailboxes(account.id), []);
      const back = await store.restoreMailbox({ account: account.id, mailbox, name: 'Back', at: LATER });
      assert.deepEqual(back, { ok: false, why: 'missing' });
      const faults = await store.verifyRows({ limit: 100 });
      assert.ok(!faults.some((fault) => fault.kind === 'mailbox' && fault.mailbox === mailbox));
    }
    assert.deepEqual(steps, [2, 2, 1, 0]);
    assert.deepEqual(await store.deletedMailboxes(account.id), []);
    for (const { message } of items)
      assert.equal((await store.readContent({ message, offset: 0, limit: 9 })).length, 0);
    for (const table of ['mailbox_item', 'expunged', 'mailbox_pack'])
      assert.deepEqual(await rows(`SELECT 1 FROM ${table} WHERE mailbox = ${mailbox}`), []);
  });

  it('an account goes with everything that is in its mailboxes', async () => {
    const account = await anAccount(store);
    const { id: mailbox } = await named(account, 'INBOX');
    const message = await delivered(store, account.id);
    assert.equal(await store.removeAccount({ address: account.address, withMail: false, at: 1 }), 'has-mail');
    await store.expungeItems({ account: account.id, mailbox, which: 'any', at: NOW });
    assert.equal(await store.removeAccount({ address: account.address, withMail: false, at: 1 }), 'done');
    assert.equal((await store.readContent({ message, offset: 0, limit: 9 })).length, 0);
    assert.deepEqual(await rows(`SELECT 1 FROM mailbox WHERE account = ${account.id}`), []);
  });

  it('a packed mailbox and what came after it are read as one', async () => {
    const account = await anAccount(store);
    const { id: mailbox } = await named(account, 'INBOX');
    const ref = { account: account.id, mailbox };
    const nine = await Promise.all(Array.from({ length: 9 }, () => anItem(store)));
    await store.appendItems({ ...ref, items: nine, at: NOW });
    const first = await openMailbox(store, ref);
    assert.equal(first?.items.uids.length, 9);
    const modseq = first.mailbox.highestModseq;
    await store.keepPack({ mailbox, modseq, bytes: pack(first.items) });
    assert.equal((await store.snapshot(ref))?.isNew, false);
    assert.deepEqual(await openMailbox(store, ref), first);
    await store.storeFlags({ ...ref, uids: [[2, 3]], change: 'add', flags: SEEN_FLAG });
    await store.expungeItems({ ...ref, uids: [[5, 5]], which: 'any', at: NOW });
    await store.appendItems({ ...ref, items: [await anItem(store)], at: NOW });
    await store.keepPack({ mailbox, modseq: modseq - 1, bytes: new Uint8Array() });
    const second = await store.snapshot(ref);
    assert.deepEqual([second?.items.map(({ uid }) => uid), second?.vanished], [[2, 3, 10], [5]]);
    const items = (await openMailbox(store, ref))?.items;
    assert.deepEqual([...(items?.uids ?? [])], [1, 2, 3, 4, 6, 7, 8, 9, 10]);
    assert.deepEqual([...(items?.flags ?? [])].slice(0, 4), [0, SEEN, SEEN, 0]);
  });

  it('much that came after what is packed is packed as well', async () => {
    const account = await anAccount(store);
    const { id: mailbox } = await named(account, 'INBOX');
    const ref = { account: account.id, mailbox };
    const items = await Promise.all(Array.from({ length: 250 }, () => anItem(store)));
    await store.appendItems({ ...ref, items, at: NOW });
    let kept: Promise<void> | undefined;
    const watched = {
      snapshot: store.snapshot,
      keepPack: (request: Parameters<SqlStore['keepPack']>[0]) => (kept = store.keepPack(request)),
    };
    const first = await openMailbox(watched, ref);
    await kept;
    assert.equal((await store.snapshot(ref))?.isNew, false);
    assert.deepEqual(await openMailbox(watched, ref), first);
  });

  it('tells of every transaction that changed a mailbox, after it', async () => {
    const account = await anAccount(store);
    const heard: MailboxChange[] = [];
    store.onMailboxChanges((changes) => heard.push(...changes.filter((one) => one.account === account.id)));
    const inbox = await named(account, 'INBOX');
    const drafts = await named(account, 'Drafts');
    const ref = { account: account.id, mailbox: inbox.id };
    const toldOf = async (change: () => Promise<unknown>): Promise<MailboxId[]> => {
      heard.length = 0;
      await change();
      for (const { mailbox, modseq } of heard) {
        const [now] = await store.mailboxModseqs([mailbox]);
        assert.ok(now === undefined || modseq === now.modseq);
      }
      return heard.map(({ mailbox }) => mailbox).sort((a, b) => a - b);
    };
    const both = [inbox.id, drafts.id].sort((a, b) => a - b);
    const to = drafts.id;
    assert.deepEqual(await toldOf(() => delivered(store, account.id)), [inbox.id]);
    const flagged = { ...ref, uids: ALL_UIDS, change: 'add' as const, flags: SEEN_FLAG };
    assert.deepEqual(await toldOf(() => store.storeFlags(flagged)), [inbox.id]);
    assert.deepEqual(await toldOf(() => store.storeFlags(flagged)), [], 'nothing was changed');
    const copy = { ...ref, uids: ALL_UIDS, to, at: NOW };
    assert.deepEqual(await toldOf(() => store.copyItems(copy)), [drafts.id]);
    assert.deepEqual(await toldOf(() => store.moveItems(copy)), both);
    const expunge = { account: account.id, mailbox: to, which: 'any' as const, at: NOW };
    assert.deepEqual(await toldOf(() => store.expungeItems(expunge)), [to]);
    const undelete = { account: account.id, mailbox: to, uids: [[1, 1]] as const, at: NOW };
    assert.deepEqual(await toldOf(() => store.undeleteItems(undelete)), [to]);
    const deletion = { account: account.id, name: 'Drafts', at: NOW };
    assert.deepEqual(await toldOf(() => store.deleteMailbox(deletion)), [to]);
  });

  it('counts what an account and its domain use, and refuses what is too much', async () => {
    const account = await anAccount(store);
    const { id: mailbox } = await named(account, 'INBOX');
    const ref = { account: account.id, mailbox };
    await delivered(store, account.id, randomBytes(1000));
    const prefix = Buffer.from('Received: from é\r\n').length;
    const used = { bytes: 1000 + prefix, messages: 1 };
    const { address } = account;
    assert.deepEqual(await store.quota(account.id), { address, account: used, limits: {} });
    assert.ok(await store.setQuota({ name: account.address, limits: { bytes: 2_500 } }));
    assert.ok(await store.setQuota({ name: 'here.example', limits: { messages: 1_000_000 } }));
    assert.equal(await store.setQuota({ name: 'nobody@here.example', limits: {} }), undefined);
    const quota = await store.quota(account.id);
    assert.deepEqual([quota?.limits, quota?.domain?.limits], [{ bytes: 2_500 }, { messages: 1_000_000 }]);
    assert.ok((quota?.domain?.usage.messages as number) >= 1);
    const limits = { bytes: 2_500, messages: 3 };
    const items = [await anItem(store, { bytes: randomBytes(1000) })];
    assert.ok((await store.appendItems({ ...ref, items, at: NOW, limits })).ok);
    const more = { ...ref, items: [await anItem(store, { bytes: randomBytes(1000) })], at: NOW, limits };
    const over = { ok: false, why: 'over quota' };
    assert.deepEqual(await store.appendItems(more), over);
    const copy = { ...ref, uids: ALL_UIDS, to: mailbox, at: NOW, limits };
    assert.deepEqual(await store.copyItems(copy), over);
    await store.expungeItems({ ...ref, which: 'any', at: NOW });
    assert.deepEqual((await store.quota(account.id))?.account, { bytes: 0, messages: 0 });
    await store.setQuota({ name: 'here.example', limits: {} });
  });

  it('tells an owner of each level once, with the message that reaches it, and anew after there was room', async () => {
    const account = await anAccount(store);
    const warn = async (level: 80 | 95): Promise<void> => {
      const [message, notice] = [
        await anAcceptance(store, { recipients: [] }),
        await anAcceptance(store, { recipients: [] }),
      ];
      const id = (await store.reserveIds(2)) as DeliveryId;
      const copy = { account: account.id, address: account.address };
      const warning = { account: account.id, level, notice: { ...notice, copies: [{ ...copy, id }] } };
      const copies = [{ ...copy, id: (id + 1) as DeliveryId }];
      await store.accept({ ...message, copies, quota: { warnings: [warning], relieved: [] } });
    };
    const state = async (): Promise<unknown[]> => [
      (await named(account, 'INBOX')).messages,
      (await store.quota(account.id))?.warned,
    ];
    assert.deepEqual(await state(), [0, undefined]);
    await warn(80);
    assert.deepEqual(await state(), [2, 80]);
    await warn(80);
    assert.deepEqual(await state(), [3, 80]);
    await warn(95);
    assert.deepEqual(await state(), [5, 95]);
    await warn(95);
    await warn(80);
    assert.deepEqual(await state(), [7, 95]);
    const relief = await anAcceptance(store, { recipients: [] });
    await store.accept({ ...relief, quota: { warnings: [], relieved: [account.id] } });
    assert.deepEqual(await state(), [7, undefined]);
    await warn(95);
    assert.deepEqual(await state(), [9, 95]);
  });

  it('puts what a client put there into no story of mail that was sent', async () => {
    const account = await anAccount(store);
    const { id: mailbox } = await named(account, 'Sent');
    const item = await anItem(store, { flags: { ...NO_FLAGS, system: FLAGGED } });
    await store.appendItems({ account: account.id, mailbox, items: [item], at: NOW });
    assert.deepEqual(await store.trace({ message: item.message as MessageId, limit: 9 }), []);
  });
});

function sha256(bytes: Uint8Array): Buffer {
  return hash('sha256', bytes, 'buffer');
}

function uidsOf(result: { ok: boolean; uids?: number[] }): number[] | undefined {
  return result.uids;
}

function fromOf(result: { ok: boolean; from?: readonly number[] }): readonly number[] | undefined {
  return result.from;
}
