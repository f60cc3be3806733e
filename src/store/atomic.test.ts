/** What fails leaves nothing behind, however far other parts of it were; as `contract.test.ts`, on all stores. */
import assert from 'node:assert/strict';
import { before, it } from 'node:test';
import { anAcceptance, anAccount, onEveryStore } from '../../test/stores.ts';
import type { Account } from '../core/directory/port.ts';
import type { AccountId, DeliveryId } from '../core/envelope.ts';
import { parseMessage } from '../core/mailbox/parse.ts';
import type { Acceptance } from '../core/queue/port.ts';
import type { SqlStore } from './store.ts';

const TRIES = 10;

onEveryStore('an operation that fails', (open) => {
  let store: SqlStore;

  before(async () => {
    ({ store } = await open());
  });

  const REFERENCES = [1, 2, 3, 4, 5, 6].map((number) => `<${number}@far.example>`).join(' ');

  /** To these accounts here; an answer in a thread, so that there is much to look up. */
  const letter = async (accounts: readonly AccountId[], id?: string): Promise<Acceptance> => {
    const messageId = id ?? `<x${await store.reserveIds(1)}@far.example>`;
    const bytes = Buffer.from(
      `Message-ID: ${messageId}\r\nReferences: ${REFERENCES}\r\nSubject: Re: plan\r\n\r\nhello\r\n`,
    );
    const ids = await store.reserveIds(accounts.length);
    return {
      ...(await anAcceptance(store, { recipients: [] })),
      messageIdField: messageId,
      parsed: parseMessage(bytes),
      copies: accounts.map((account, index) => ({
        id: (ids + index) as DeliveryId,
        address: `a${index}@here.example`,
        account,
      })),
    };
  };

  it('for one mailbox of several changes none of the others, whatever is under way beside it', async () => {
    const owners: Account[] = [];
    for (let count = 0; count < 8; count++) owners.push(await anAccount(store));
    const all = owners.map(({ id }) => id);
    const nobody = 999_999_999 as AccountId;
    await store.accept(await letter(all, '<1@far.example>'));
    for (let round = 0; round < TRIES; round++) {
      const at = round % (all.length + 1);
      const withNobody = [...all.slice(0, at), nobody, ...all.slice(at)];
      await assert.rejects(store.accept(await letter(withNobody)));
      const outcomes = await Promise.allSettled([
        store.accept(await letter(withNobody)),
        ...all.map(async (account) => store.accept(await letter([account]))),
      ]);
      const kept = outcomes.map(({ status }) => status);
      assert.deepEqual(kept, ['rejected', ...all.map(() => 'fulfilled')], `round ${round}`);
    }
    for (const account of all) {
      const inbox = (await store.mailboxes(account)).find(({ name }) => name === 'INBOX');
      assert.equal(inbox?.messages, 1 + TRIES);
    }
    assert.deepEqual(await store.verifyRows({ limit: 10 }), []);
  });
});
