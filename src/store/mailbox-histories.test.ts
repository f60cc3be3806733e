/** Mailboxes under histories that chance makes; as `contract.test.ts`, on all stores. */
import assert from 'node:assert/strict';
import { before, it } from 'node:test';
import { chance } from '../../test/chance.ts';
import { MailboxModel, storeKnowing } from '../../test/mailbox-model.ts';
import { anAccount, anItem, delivered, NOW, onEveryStore } from '../../test/stores.ts';
import type { AccountId, MailboxId } from '../core/envelope.ts';
import { DELETED, SEEN } from '../core/mailbox/flags.ts';
import { openMailbox } from '../core/mailbox/opening.ts';
import type { MailboxRef } from '../core/mailbox/port.ts';
import { type Columns, withChanges } from '../core/mailbox/snapshot.ts';
import { ALL_UIDS } from '../core/mailbox/uid-ranges.ts';
import type { SqlStore } from './store.ts';

const STEPS = 150;
/** Of clients that work at once, and what each does. */
const CLIENTS = 4;
const ROUNDS = 40;

onEveryStore('histories of mailboxes', (open) => {
  let store: SqlStore;
  let opened: Awaited<ReturnType<typeof open>>;

  before(async () => {
    opened = await open();
    ({ store } = opened);
  });

  /** References of messages, as they are counted and as they are. */
  async function checkReferences(): Promise<void> {
    const wrong = await opened.rows(`SELECT m.id, m.refs FROM message m WHERE m.refs <>
        (SELECT count(*) FROM mailbox_item i WHERE i.message = m.id) + (SELECT count(*) FROM expunged e WHERE e.message = m.id)`);
    assert.deepEqual(wrong, []);
    assert.deepEqual(await store.verifyRows({ limit: 10 }), []);
  }

  for (const seed of [1, 2, 3, 4])
    it(`is what the model says, seed ${seed}`, async () => {
      const { id } = await anAccount(store);
      const model = new MailboxModel(store, id);
      await model.begin();
      const luck = chance(seed);
      for (let step = 0; step < STEPS; step++) {
        await model.step(luck);
        if (step % 25 === 24) await model.check();
      }
      await checkReferences();
      const refs = await opened.rows(`SELECT id, refs FROM message WHERE refs > 0`);
      const counted = new Map(refs.map((row) => [Number(row['id']), Number(row['refs'])]));
      for (const [message, count] of model.references()) assert.equal(counted.get(message), count);
    });

  it('several clients at once see the same in the end, and count right', async () => {
    const { id: account } = await anAccount(store);
    const boxes = (await store.mailboxes(account)).slice(0, 2).map(({ id }) => id) as [MailboxId, MailboxId];
    const copies = new Map<MailboxId, Replica>(
      boxes.map((mailbox) => [mailbox, new Replica(store, { account, mailbox })]),
    );
    for (const copy of copies.values()) await copy.catchUp();
    for (let round = 0; round < ROUNDS; round++) {
      await Promise.all(
        Array.from({ length: CLIENTS }, (_, client) =>
          act(store, account, { boxes, luck: chance(round * CLIENTS + client) }),
        ),
      );
      for (const copy of copies.values()) await copy.catchUp();
    }
    for (const copy of copies.values()) await copy.check();
    await checkReferences();
  });
});

/** A client that knows a mailbox by what it is told of changes. */
class Replica {
  readonly #store: SqlStore;
  readonly #ref: MailboxRef;
  #items: Columns | undefined;
  #modseq = 0;
  readonly #seen = new Set<number>();

  constructor(store: SqlStore, ref: MailboxRef) {
    this.#store = store;
    this.#ref = ref;
  }

  async catchUp(): Promise<void> {
    if (this.#items === undefined) {
      const found = await openMailbox(this.#store, this.#ref);
      this.#items = found?.items;
      this.#modseq = found?.mailbox.highestModseq ?? 0;
      return;
    }
    const changes = await this.#store.changesSince({ ...this.#ref, modseq: this.#modseq });
    assert.ok(changes?.isComplete);
    assert.ok(changes.mailbox.highestModseq >= this.#modseq, 'MODSEQ never goes back');
    const before = new Set(this.#items.uids);
    for (const { uid } of changes.items) {
      assert.ok(before.has(uid) || !this.#seen.has(uid), `UID ${uid} comes again`);
      this.#seen.add(uid);
    }
    const vanished = changes.vanished.flatMap(([from, to]) =>
      Array.from({ length: to - from + 1 }, (_, index) => from + index),
    );
    this.#items = withChanges(this.#items, { items: changes.items, vanished });
    this.#modseq = changes.mailbox.highestModseq;
  }

  async check(): Promise<void> {
    const found = await openMailbox(this.#store, this.#ref);
    assert.ok(found !== undefined);
    assert.deepEqual(this.#items, found.items);
    const { mailbox, items } = found;
    assert.equal(mailbox.messages, items.uids.length);
    assert.equal(mailbox.unseen, items.flags.filter((flags) => (flags & SEEN) === 0).length);
    assert.equal(mailbox.deleted, items.flags.filter((flags) => (flags & DELETED) !== 0).length);
    assert.equal(
      mailbox.sizeBytes,
      items.sizes.reduce((sum, size) => sum + size, 0),
    );
  }
}

/** One thing that a client does in the first mailbox, or from there to the other. */
async function act(
  store: SqlStore,
  account: AccountId,
  { boxes, luck }: { boxes: readonly [MailboxId, MailboxId]; luck: ReturnType<typeof chance> },
): Promise<void> {
  const [mailbox, to] = luck.next(2) === 0 ? boxes : [boxes[1], boxes[0]];
  const ref = { account, mailbox };
  const from = 1 + luck.next(60);
  const uids = [[from, from + luck.next(20)]] as const;
  const flags = { system: luck.pick([SEEN, DELETED]), keywords: luck.next(4) === 0 ? ['$Label1'] : [] };
  const change = luck.pick(['add', 'remove'] as const);
  switch (luck.next(7)) {
    case 0:
      return void (await delivered(store, account));
    case 1:
      return void (await store.appendItems({
        ...ref,
        items: [await anItem(store), await anItem(store)],
        at: NOW,
      }));
    case 2:
      return void (await store.copyItems({ ...ref, uids, to, at: NOW }));
    case 3:
      return void (await store.moveItems({ ...ref, uids, to, at: NOW }));
    case 4:
      return void (await store.expungeItems({ ...ref, uids: ALL_UIDS, which: 'deleted', at: NOW }));
    case 5:
      return void (await store.undeleteItems({ ...ref, uids, at: NOW }));
    default:
      return void (await storeKnowing(luck, store, { ...ref, uids, change, flags }));
  }
}
