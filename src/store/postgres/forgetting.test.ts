/** Two workers forget the same at the same time, and an owner has it back meanwhile: nobody drops the reference of another. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { postgres, somebodyElse, untilWaiting } from '../../../test/postgres.ts';
import { anAccount, anItem, NOW } from '../../../test/stores.ts';
import type { AccountId, MailboxId } from '../../core/envelope.ts';
import { ALL_UIDS } from '../../core/mailbox/uid-ranges.ts';
import type { SqlStore } from '../store.ts';
import { openPostgres } from './open.ts';

const LATER = { before: NOW + 30 * 86_400_000, limit: 500 };
const MESSAGES = 50;

interface Two {
  readonly url: string;
  readonly one: SqlStore;
  readonly other: SqlStore;
  mailbox(account: AccountId, name: string): Promise<MailboxId>;
  /** So many messages in a mailbox. */
  fill(account: AccountId, mailbox: MailboxId): Promise<void>;
  /** Items of a mailbox that have their content, and those that have not. */
  whole(account: AccountId, mailbox: MailboxId): Promise<[number, number]>;
}

async function two(t: TestContext): Promise<Two | undefined> {
  const server = await postgres(t);
  if (server === undefined) return undefined;
  const url = await server.database();
  const [one, other] = [await openPostgres(url), await openPostgres(url)];
  t.after(() => Promise.all([one.close(), other.close()]));
  return {
    url,
    one,
    other,
    async mailbox(account, name) {
      return (await one.mailboxNamed({ account, name }))?.id as MailboxId;
    },
    async fill(account, mailbox) {
      const items = await Promise.all(Array.from({ length: MESSAGES }, () => anItem(one)));
      await one.appendItems({ account, mailbox, items, at: NOW });
    },
    async whole(account, mailbox) {
      const items = await one.items({ account, mailbox, uids: ALL_UIDS, limit: 1_000 });
      const sizes = await Promise.all(
        items.map(async ({ message }) => (await one.readContent({ message, offset: 0, limit: 9 })).length),
      );
      return [sizes.filter((size) => size > 0).length, sizes.filter((size) => size === 0).length];
    },
  };
}

test('what was expunged and is elsewhere as well keeps its content when two forget it', async (t) => {
  const world = await two(t);
  if (world === undefined) return;
  const { one, other, mailbox, fill, whole } = world;
  for (let round = 0; round < 5; round++) {
    const { id: account } = await anAccount(one);
    const [inbox, archive] = [await mailbox(account, 'INBOX'), await mailbox(account, 'Archive')];
    await fill(account, inbox);
    await one.copyItems({ account, mailbox: inbox, to: archive, uids: ALL_UIDS, at: NOW });
    await one.expungeItems({ account, mailbox: inbox, which: 'any', at: NOW });
    await Promise.all([one.forgetExpunged(LATER), other.forgetExpunged(LATER)]);
    assert.deepEqual(await whole(account, archive), [MESSAGES, 0]);
  }
});

test('so do copies of what was in a deleted mailbox', async (t) => {
  const world = await two(t);
  if (world === undefined) return;
  const { one, other, mailbox, fill, whole } = world;
  const { id: account } = await anAccount(one);
  await one.createMailbox({ account, name: 'old', at: NOW });
  const [old, archive] = [await mailbox(account, 'old'), await mailbox(account, 'Archive')];
  await fill(account, old);
  await one.copyItems({ account, mailbox: old, to: archive, uids: ALL_UIDS, at: NOW });
  await one.deleteMailbox({ account, name: 'old', at: NOW });
  await Promise.all([one.forgetExpunged(LATER), other.forgetExpunged(LATER)]);
  assert.deepEqual(await whole(account, archive), [MESSAGES, 0]);
});

test('what its owner has back in the moment in which it is forgotten is whole, or stays forgotten', async (t) => {
  const world = await two(t);
  if (world === undefined) return;
  const { one, other, mailbox, fill, whole } = world;
  for (let round = 0; round < 8; round++) {
    const { id: account } = await anAccount(one);
    const inbox = await mailbox(account, 'INBOX');
    await fill(account, inbox);
    await one.expungeItems({ account, mailbox: inbox, which: 'any', at: NOW });
    const [, back] = await Promise.all([
      one.forgetExpunged(LATER),
      other.undeleteItems({ account, mailbox: inbox, uids: ALL_UIDS, at: NOW }),
    ]);
    assert.deepEqual(await whole(account, inbox), [back.ok ? back.to.length : 0, 0]);
  }
});

test('a deleted mailbox that its owner has back in that moment has nothing in it that is not whole', async (t) => {
  const world = await two(t);
  if (world === undefined) return;
  const { one, other, fill, whole } = world;
  for (let round = 0; round < 4; round++) {
    const { id: account } = await anAccount(one);
    await one.createMailbox({ account, name: 'old', at: NOW });
    const old: MailboxId = await world.mailbox(account, 'old');
    await fill(account, old);
    await one.deleteMailbox({ account, name: 'old', at: NOW });
    await Promise.all([
      one.forgetExpunged({ ...LATER, limit: 20 }),
      other.restoreMailbox({ account, mailbox: old, name: 'new', at: NOW }),
    ]);
    assert.equal((await whole(account, old))[1], 0);
  }
});

for (const reads of ['changesSince', 'snapshot'] as const)
  test(`what is forgotten while it is read is no gap in what went (${reads})`, async (t) => {
    const world = await two(t);
    if (world === undefined) return;
    const { url, one, mailbox, fill } = world;
    const { id: account } = await anAccount(one);
    const inbox = await mailbox(account, 'INBOX');
    await fill(account, inbox);
    const whole = await one.snapshot({ account, mailbox: inbox });
    const modseq = whole?.mailbox.highestModseq as number;
    await one.keepPack({ mailbox: inbox, modseq, bytes: whole?.packed as Uint8Array });
    await one.expungeItems({ account, mailbox: inbox, which: 'any', at: NOW });
    // Has read the row of the mailbox, and waits for what went of it.
    const other = await somebodyElse(t, url, 'LOCK TABLE expunged');
    const read =
      reads === 'snapshot'
        ? one.snapshot({ account, mailbox: inbox })
        : one.changesSince({ account, mailbox: inbox, modseq });
    await untilWaiting(url);
    await other.query(
      `DELETE FROM expunged WHERE mailbox = ${inbox};
       UPDATE mailbox SET forgotten_modseq = modseq WHERE id = ${inbox}`,
    );
    await other.commit();
    const found = await read;
    if (found !== undefined && 'packed' in found) assert.ok(found.isNew && found.packed.length < 100);
    else assert.deepEqual([found?.isComplete, found?.vanished], [false, [[1, MESSAGES]]]);
  });
