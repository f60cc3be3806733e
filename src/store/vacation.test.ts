/** What every store must do for answers of owners who are away; as `contract.test.ts`, on all of them. */
import assert from 'node:assert/strict';
import { before, it } from 'node:test';
import { anAcceptance, anAccount, NOW, onEveryStore } from '../../test/stores.ts';
import type { Account } from '../core/directory/port.ts';
import { MOST_ANSWERED } from '../core/mailbox/vacation.ts';
import type { AutoReply } from '../core/queue/port.ts';
import type { SqlStore } from './store.ts';

const DAY_MS = 86_400_000;
const VACATION = { text: 'Away.\n', everyMs: 7 * DAY_MS };

onEveryStore('vacations', (open) => {
  let store: SqlStore;
  let rows: (text: string) => Promise<Record<string, unknown>[]>;

  before(async () => {
    ({ store, rows } = await open());
  });

  async function aReply(account: Account, sender: string): Promise<AutoReply> {
    const notice = await anAcceptance(store, { recipients: [sender] });
    return { account: account.id, sender, everyMs: VACATION.everyMs, notice };
  }

  /** Accepts a message from each sender; how many of the answers are kept. */
  async function answer(account: Account, senders: readonly string[], at = NOW): Promise<number> {
    const kept = await Promise.all(
      senders.map(async (sender) => {
        const reply = await aReply(account, sender);
        await store.accept({
          ...(await anAcceptance(store, { recipients: [] })),
          acceptedAt: at,
          replies: [reply],
        });
        return (await store.reversePathOf(reply.notice.message)) === undefined ? 0 : 1;
      }),
    );
    return kept.reduce((sum: number, one) => sum + one, 0);
  }

  it('keeps what is set, shows who is away, and forgets it with its account', async () => {
    const { address, id } = await anAccount(store);
    const set = { ...VACATION, subject: 'x', from: NOW, until: NOW + DAY_MS };
    assert.equal(await store.setVacation({ address, vacation: set }), true);
    assert.deepEqual(await store.vacation(id), { ...set, account: id, address, language: 'en' });
    const found = await store.targets({ address, separator: '+' });
    assert.equal(found?.accounts[0]?.isAway, true);
    assert.equal(await store.setVacation({ address: 'nobody@here.example', vacation: set }), false);
    await store.removeAccount({ address, withMail: true, at: 1 });
    assert.equal(await store.vacation(id), undefined);
  });

  it('answers each sender once in a while, however many of their messages come at once', async () => {
    const account = await anAccount(store);
    await store.setVacation({ address: account.address, vacation: VACATION });
    const from = ['a@far.example', 'a@far.example', 'b@far.example', 'a@far.example'];
    assert.equal(await answer(account, from), 2);
    assert.equal(await answer(account, from, NOW + 6 * DAY_MS), 0);
    assert.equal(await answer(account, from, NOW + 7 * DAY_MS), 2);
    await store.setVacation({ address: account.address, vacation: { ...VACATION, text: 'Still away.\n' } });
    assert.equal(await answer(account, from, NOW + 7 * DAY_MS), 2, 'what is said is new');
    await store.forgetAnswered(NOW + 8 * DAY_MS);
    assert.deepEqual(await rows('SELECT * FROM vacation_answered'), []);
  });

  it('answers nobody new when as many were answered as it remembers', async () => {
    const account = await anAccount(store);
    const senders = Array.from({ length: MOST_ANSWERED }, (_, index) => `s${index}@far.example`);
    assert.equal(await answer(account, senders), MOST_ANSWERED);
    assert.equal(await answer(account, ['new@far.example']), 0);
    assert.equal(await answer(account, ['s7@far.example'], NOW + 7 * DAY_MS), 1);
  });
});
