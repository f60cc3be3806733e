/** What is kept of mail that comes from another server, on every store. */
import assert from 'node:assert/strict';
import { before, it } from 'node:test';
import { anAccount, anItem, NOW, onEveryStore } from '../../test/stores.ts';
import type { ImportFolder } from '../core/import/port.ts';
import type { Account } from '../core/directory/port.ts';
import { ANSWERED, FLAGGED, flagNames, SEEN } from '../core/mailbox/flags.ts';
import type { Mailbox } from '../core/mailbox/port.ts';
import { ALL_UIDS } from '../core/mailbox/uid-ranges.ts';
import type { SqlStore } from './store.ts';

const SOURCE = 'imap://ana@old.example:993';

onEveryStore('imports', (open) => {
  let store: SqlStore;
  let rows: (text: string) => Promise<Record<string, unknown>[]>;

  before(async () => {
    ({ store, rows } = await open());
  });

  async function begun(): Promise<{ account: Account; inbox: Mailbox; folder: ImportFolder }> {
    const account = await anAccount(store);
    const inbox = await store.mailboxNamed({ account: account.id, name: 'INBOX' });
    assert.ok(inbox !== undefined);
    const request = {
      account: account.id,
      source: SOURCE,
      name: 'INBOX',
      mailbox: inbox.id,
      uidValidity: 7,
    };
    return { account, inbox, folder: await store.keepImportFolder(request) };
  }

  async function bring(
    { account, inbox, folder }: Awaited<ReturnType<typeof begun>>,
    uids: readonly number[],
    messages?: number,
  ): ReturnType<SqlStore['importItems']> {
    const items = await Promise.all(
      uids.map(async (sourceUid) => ({ sourceUid, flags: '\\Seen', item: await anItem(store) })),
    );
    return store.importItems({
      ...{ account: account.id, mailbox: inbox.id, folder: folder.id, items, at: NOW },
      ...(messages === undefined ? {} : { limits: { messages } }),
    });
  }

  async function known({ folder }: { folder: ImportFolder }): Promise<number[][]> {
    const items = await store.importedItems({ folder: folder.id, after: 0, limit: 100 });
    return items.map(({ sourceUid, uid }) => [sourceUid, uid]);
  }

  it('keeps which message became which, and appends none twice', async () => {
    const all = await begun();
    assert.deepEqual(await bring(all, [3, 9]), { ok: true, known: [] });
    assert.deepEqual(await bring(all, [9, 10]), { ok: true, known: [9] });
    assert.deepEqual(await bring(all, [3]), { ok: true, known: [3] });
    assert.deepEqual(await known(all), [
      [3, 1],
      [9, 2],
      [10, 3],
    ]);
    assert.deepEqual(await store.importedItems({ folder: all.folder.id, after: 3, limit: 1 }), [
      { sourceUid: 9, uid: 2, flags: '\\Seen' },
    ]);
  });

  it('appends none twice when two imports bring the same at once', async () => {
    const all = await begun();
    await Promise.all([bring(all, [1, 2]), bring(all, [2, 3]), bring(all, [1, 3])]);
    const { messages } = (await store.mailboxNamed({ account: all.account.id, name: 'INBOX' })) as Mailbox;
    assert.equal(messages, 3);
    assert.deepEqual(
      (await known(all)).map(([sourceUid]) => sourceUid),
      [1, 2, 3],
    );
  });

  it('keeps nothing of what there is no room for, or whose mailbox is gone', async () => {
    const all = await begun();
    assert.deepEqual(await bring(all, [1, 2], 1), { ok: false, why: 'over quota' });
    const made = await store.createMailbox({ account: all.account.id, name: 'x', at: NOW });
    assert.ok(made.ok);
    const { mailbox } = made;
    const other = await store.keepImportFolder({
      ...{ account: all.account.id, source: SOURCE, name: 'x', mailbox: mailbox.id, uidValidity: 1 },
    });
    await store.deleteMailbox({ account: all.account.id, name: 'x', at: NOW });
    const missing = await bring({ ...all, inbox: mailbox, folder: other }, [1]);
    assert.deepEqual(missing, { ok: false, why: 'missing' });
    assert.deepEqual([await known(all), await known({ folder: other })], [[], []]);
  });

  it('forgets what came when the UIDs there, or the mailbox here, are others', async () => {
    const all = await begun();
    await bring(all, [1]);
    await store.finishImport({ folder: all.folder.id, modseq: '9223372036854775807' });
    const [kept] = await store.importFolders({ account: all.account.id, source: SOURCE });
    assert.equal(kept?.modseq, '9223372036854775807');
    const request = { account: all.account.id, source: SOURCE, name: 'INBOX', mailbox: all.inbox.id };
    assert.deepEqual(await store.keepImportFolder({ ...request, uidValidity: 7 }), kept);
    assert.equal((await known(all)).length, 1);
    const anew = await store.keepImportFolder({ ...request, uidValidity: 8 });
    assert.deepEqual([anew.uidValidity, anew.modseq, await known(all)], [8, undefined, []]);
    await store.adoptItems({ folder: anew.id, items: [{ sourceUid: 5, uid: 1, flags: '' }] });
    assert.deepEqual(await known(all), [[5, 1]]);
  });

  it('brings changes of flags, and leaves other flags alone', async () => {
    const all = await begun();
    await bring(all, [1, 2]);
    const ref = { account: all.account.id, mailbox: all.inbox.id };
    const own = { system: ANSWERED, keywords: ['mine'] };
    await store.storeFlags({ ...ref, uids: ALL_UIDS, change: 'add', flags: own });
    const stored = await store.importFlags({
      ...{ ...ref, folder: all.folder.id },
      changes: [
        {
          items: [
            { sourceUid: 1, uid: 1 },
            { sourceUid: 8, uid: 80 },
          ],
          add: { system: SEEN | FLAGGED, keywords: ['blau'] },
          remove: { system: 0, keywords: [] },
          flags: '\\Flagged \\Seen blau',
        },
        {
          items: [{ sourceUid: 2, uid: 2 }],
          add: { system: 0, keywords: [] },
          remove: { system: ANSWERED, keywords: ['none'] },
          flags: '',
        },
      ],
    });
    assert.deepEqual(stored, { ok: true });
    const { keywords } = (await store.mailboxNamed({ account: ref.account, name: 'INBOX' })) as Mailbox;
    const items = await store.items({ ...ref, uids: ALL_UIDS, limit: 10 });
    assert.deepEqual(
      items.map(({ flags }) => flagNames(flags, keywords)),
      [['\\Answered', '\\Flagged', '\\Seen', 'mine', 'blau'], ['mine']],
    );
    const flags = (await store.importedItems({ folder: all.folder.id, after: 0, limit: 9 })).map(
      (one) => one.flags,
    );
    assert.deepEqual(flags, ['\\Flagged \\Seen blau', '']);
    await store.forgetImported({ folder: all.folder.id, sourceUids: [2] });
    assert.equal((await known(all)).length, 1);
  });

  it('takes a message of no octets', async () => {
    const { account, inbox, folder } = await begun();
    const item = await anItem(store, { bytes: new Uint8Array() });
    const request = { account: account.id, mailbox: inbox.id, folder: folder.id, at: NOW };
    await store.importItems({ ...request, items: [{ sourceUid: 1, flags: '', item }] });
    const content = await store.readContent({ message: item.message, offset: 0, limit: 10 });
    assert.equal(content.length, 0);
    const items = await store.items({
      ...{ account: account.id, mailbox: inbox.id, uids: ALL_UIDS, limit: 1, contentUpTo: 10 },
    });
    assert.deepEqual([items[0]?.sizeBytes, items[0]?.contentBytes], [0, 0]);
  });

  it('leaves nothing of an account that is removed', async () => {
    const all = await begun();
    await bring(all, [1, 2]);
    await store.removeAccount({ address: all.account.address, withMail: true, at: 1 });
    const left = `SELECT id FROM import_folder WHERE account = ${all.account.id}`;
    assert.deepEqual(await rows(left), []);
    assert.deepEqual(await rows(`SELECT * FROM import_item WHERE folder = ${all.folder.id}`), []);
  });
});
