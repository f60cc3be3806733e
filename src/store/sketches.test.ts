/** What searches learnt, on every store: as `contract.test.ts`. */
import assert from 'node:assert/strict';
import { before, it } from 'node:test';
import { anAccount, anItem, NOW, onEveryStore } from '../../test/stores.ts';
import type { AccountId, MailboxId, MessageId } from '../core/envelope.ts';
import { type MailboxRef, type SketchRef, UNDELETE_FOR_MS } from '../core/mailbox/port.ts';
import { BLOCK_BYTES, type Sketch, sketchesIn, unpackSketches } from '../core/mailbox/sketch-block.ts';
import type { SqlStore } from './store.ts';

onEveryStore('sketches', (open) => {
  let store: SqlStore;
  let rows: (text: string) => Promise<Record<string, unknown>[]>;

  before(async () => {
    ({ store, rows } = await open());
  });

  /** An INBOX that has so many messages. */
  async function anInbox(messages: number): Promise<MailboxRef> {
    const { id: account } = await anAccount(store);
    const inbox = await store.mailboxNamed({ account, name: 'INBOX' });
    const ref = { account, mailbox: inbox?.id as MailboxId };
    const items = await Promise.all(Array.from({ length: messages }, () => anItem(store)));
    await store.appendItems({ ...ref, items, at: NOW });
    return ref;
  }

  async function kept(account: AccountId): Promise<Map<MessageId, Uint8Array>[]> {
    const heads = (await store.sketchHeads({ account, layers: ['body'], most: 1000 })) ?? [];
    const found = await store.sketches({ account, of: heads });
    return found.map((row) => {
      const block = row && unpackSketches(row);
      assert.ok(block !== undefined);
      return new Map(sketchesIn(block).map(({ message, bits }) => [message, Uint8Array.from(bits)]));
    });
  }

  const some = (first: number, count: number, bytes = 8): Sketch[] =>
    Array.from({ length: count }, (_, at) => ({
      message: (first + at) as MessageId,
      bits: new Uint8Array(bytes).fill((first + at) % 251),
    }));
  const asMap = (sketches: readonly Sketch[]): Map<MessageId, Uint8Array> =>
    new Map(sketches.map(({ message, bits }) => [message, bits]));
  const countOf = async (account: AccountId): Promise<unknown[]> =>
    (
      await rows(
        `SELECT c.sketches, (SELECT sum(b.sketches) FROM sketch_block b WHERE b.account = c.account) AS those
             FROM sketch_count c WHERE c.account = ${account}`,
      )
    ).map((row) => [Number(row['sketches']), Number(row['those'])]);

  it('has them in one row of their mailbox and layer while there is room', async () => {
    const ref = await anInbox(100);
    await store.keepSketches({ ...ref, layer: 'body', sketches: some(50, 10) });
    await store.keepSketches({ ...ref, layer: 'header', sketches: some(50, 10) });
    await store.keepSketches({ ...ref, layer: 'body', sketches: some(20, 35) });
    assert.deepEqual(await kept(ref.account), [asMap([...some(20, 40)])]);
    const large = some(1000, 8, 8192);
    await store.keepSketches({ ...ref, layer: 'body', sketches: large });
    assert.deepEqual(await kept(ref.account), [asMap(some(20, 40)), asMap(large)]);
    assert.equal(8 * 8192, BLOCK_BYTES);
    assert.deepEqual(await countOf(ref.account), [[58, 58]]);
  });

  it('has what several keep at once', async () => {
    const ref = await anInbox(200);
    const pieces = Array.from({ length: 20 }, (_, at) => some(1 + at * 10, 10));
    await Promise.all(pieces.map((sketches) => store.keepSketches({ ...ref, layer: 'body', sketches })));
    const all = new Map((await kept(ref.account)).flatMap((row) => [...row]));
    assert.deepEqual(new Map([...all].sort(([a], [b]) => a - b)), asMap(some(1, 200)));
    assert.deepEqual(await countOf(ref.account), [[200, 200]]);
  });

  it('says of a row that is not there that it is not, and shows nobody those of another', async () => {
    const [ref, other] = [await anInbox(10), await anInbox(10)];
    await store.keepSketches({ ...ref, layer: 'body', sketches: some(1, 5) });
    const [head] = (await store.sketchHeads({ account: ref.account, layers: ['body'], most: 5 })) ?? [];
    assert.equal(await store.sketchHeads({ account: ref.account, layers: ['body'], most: 4 }), undefined);
    const mine = head as SketchRef;
    const of = [{ ...mine, block: 99 }, mine];
    assert.deepEqual(
      (await store.sketches({ account: ref.account, of })).map((row) => row?.layer),
      [undefined, 'body'],
    );
    assert.deepEqual(await store.sketches({ account: other.account, of }), [undefined, undefined]);
    assert.deepEqual(await store.sketchHeads({ account: other.account, layers: ['body'], most: 1000 }), []);
  });

  it('keeps no more than twice what there are messages: the eldest rows go', async () => {
    const ref = await anInbox(4);
    for (let at = 0; at < 8; at++)
      await store.keepSketches({ ...ref, layer: 'body', sketches: some(1 + at * 7, 7, 8192) });
    assert.deepEqual(await kept(ref.account), [
      asMap(some(36, 7, 8192)),
      asMap(some(43, 7, 8192)),
      asMap(some(50, 7, 8192)),
    ]);
    assert.deepEqual(await countOf(ref.account), [[21, 21]]);
  });

  it('lets them go with the messages that are forgotten', async () => {
    const ref = await anInbox(4);
    await store.keepSketches({ ...ref, layer: 'body', sketches: some(1, 4) });
    await store.expungeItems({ ...ref, which: 'any', at: NOW });
    assert.equal((await kept(ref.account)).length, 1);
    await store.forgetExpunged({ before: NOW + UNDELETE_FOR_MS, limit: 500 });
    assert.deepEqual(await kept(ref.account), []);
    assert.deepEqual(await countOf(ref.account), [[0, 0]]);
  });

  it('lets them go with the account, and keeps none for one that is not there', async () => {
    const ref = await anInbox(4);
    const account = await store.accountById(ref.account);
    await store.keepSketches({ ...ref, layer: 'body', sketches: some(1, 4) });
    await store.removeAccount({ address: account?.address ?? '', withMail: true, at: 1 });
    await store.keepSketches({ ...ref, layer: 'body', sketches: some(1, 4) });
    assert.deepEqual(await kept(ref.account), []);
    assert.deepEqual(await countOf(ref.account), []);
  });
});
