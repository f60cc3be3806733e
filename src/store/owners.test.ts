/** What owners release alone, and who hears of success afterwards; as `contract.test.ts`, on all stores. */
import assert from 'node:assert/strict';
import { before, it } from 'node:test';
import { anAcceptance, newWorker, NOW, onEveryStore } from '../../test/stores.ts';
import type { AccountId, DeliveryId, WorkerId } from '../core/envelope.ts';
import type { Acceptance } from '../core/queue/port.ts';
import type { SqlStore } from './store.ts';

const ANN = 'ann@here.example';
const DAY = 86_400_000;

onEveryStore('what owners release', (open) => {
  let store: SqlStore;
  let worker: WorkerId;
  let account: AccountId;

  before(async () => {
    ({ store } = await open());
    worker = await newWorker(store);
    await store.addDomain({ name: 'here.example', language: 'en', createdAt: NOW, keys: [] });
    for (const address of [ANN, 'ben@here.example'])
      await store.addAccount({ address, language: 'en', password: 'x', scram: 'x', at: NOW });
    account = (await store.account(ANN))?.id as AccountId;
  });

  const notice = async (): Promise<Acceptance> => ({
    ...(await anAcceptance(store, { recipients: [] })),
    copies: [{ id: (await store.reserveIds(1)) as DeliveryId, account, address: ANN }],
  });

  /** Holds a message to so many; its group. */
  async function held(
    campaign: string,
    about: { recipients?: number; owners?: true; token?: string; copy?: true } = {},
  ): Promise<number> {
    const group = await store.reserveIds(2);
    const { recipients: count = 1, owners, token, copy } = about;
    const recipients = Array.from({ length: count }, (_, index) => `r${index}@far.example`);
    const hold = {
      ...{ group, campaign, reason: 'guard: rate', subject: 's', expiresAt: NOW + 7 * DAY },
      ...(owners === undefined ? {} : { owners }),
    };
    const data = JSON.stringify({ t: NOW, account: ANN, to: ['x'] });
    await store.accept({
      ...(await anAcceptance(store, { recipients })),
      account,
      ...(copy === undefined
        ? {}
        : {
            copies: [
              { id: (group + 1) as DeliveryId, account, address: ANN, notify: ['SUCCESS', 'FAILURE'] },
            ],
          }),
      judged: { at: NOW, worker, account: ANN, kind: 'hold', data, hold },
      ...(token === undefined
        ? {}
        : {
            holdNotices: {
              held: {
                key: `held ${campaign}`,
                notice: await notice(),
                token: { hash: token, expiresAt: NOW + DAY },
              },
            },
          }),
    });
    const [found] = (await store.listHolds({ login: ANN, limit: 100 })).filter(
      (one) => one.campaign === campaign,
    );
    return found?.id as number;
  }

  const release = async (
    group: number,
    about: { at?: number; whose?: AccountId } = {},
  ): ReturnType<SqlStore['releaseByOwner']> => {
    const { at = NOW, whose = account } = about;
    const asked = { account: whose, group, at, by: 'owner ann', reason: 'answered', most: 10 };
    return store.releaseByOwner({ ...asked, since: at - DAY, notice: await notice() });
  };

  it('keeps the token of a notice that was sent, for its group and account, until the group is decided', async () => {
    const group = await held('first', { owners: true, token: 'aa' });
    await held('first', { owners: true, token: 'bb' });
    assert.deepEqual(await store.holdTokens(account), [{ hash: 'aa', group, expiresAt: NOW + DAY }]);
    assert.deepEqual(await store.holdTokens(999 as AccountId), []);
    const released = await release(group);
    assert.ok(typeof released !== 'string');
    assert.deepEqual([released.state, released.decidedBy, released.messages], ['releasing', 'owner ann', 2]);
    assert.deepEqual(await store.holdTokens(account), []);
    assert.equal(await release(group), 'decided');
  });

  it('releases no group that one message made an operator’s, nor one of somebody else', async () => {
    const group = await held('mixed', { owners: true });
    assert.equal((await store.holdGroup(group))?.owners, true);
    await held('mixed');
    assert.equal((await store.holdGroup(group))?.owners, false);
    assert.equal(await release(group), 'not the owner’s');
    const ben = (await store.account('ben@here.example'))?.id as AccountId;
    assert.equal(await release(group, { whose: ben }), 'decided');
  });

  it('keeps the floor: of what is asked for at once only so many recipients leave within a day', async () => {
    const at = NOW + 3 * DAY;
    const groups = [];
    for (const campaign of ['a', 'b', 'c'])
      groups.push(await held(campaign, { owners: true, recipients: 4 }));
    const answers = await Promise.all(groups.map((group) => release(group, { at })));
    assert.equal(answers.filter((answer) => answer === 'too many').length, 1);
    const left = groups[answers.indexOf('too many')] as number;
    assert.equal(await release(left, { at: at + 1 }), 'too many');
    assert.ok(typeof (await release(left, { at: at + DAY + 1 })) !== 'string', 'the next day it may');
  });

  it('releases nothing of an account that is stopped', async () => {
    const group = await held('stopped', { owners: true });
    await store.lockAccount({ address: ANN, reason: 'stolen', at: NOW });
    assert.equal(await release(group, { at: NOW + 9 * DAY }), 'stopped');
    await store.lockAccount({ address: ANN, reason: undefined, at: NOW });
  });

  it('remembers who is to hear of success when a held copy is released, and is told once', async () => {
    const group = await held('told', { copy: true });
    await store.decideHold({ group, decision: 'release', at: NOW, by: 'op', reason: 'asked' });
    assert.deepEqual(await store.successDue(10), []);
    await store.stepHold({ group, limit: 100, at: NOW });
    const [due, ...more] = await store.successDue(10);
    assert.deepEqual(
      [due?.recipient.address, due?.recipient.notify, more.length],
      [ANN, ['SUCCESS', 'FAILURE'], 0],
    );
    const request = { delivery: due?.id as DeliveryId, notice: await notice() };
    const told = await Promise.all([store.tellSuccess(request), store.tellSuccess(request)]);
    assert.deepEqual([...told].sort(), [false, true]);
    assert.deepEqual(await store.successDue(10), []);
  });

  it('postpones the end of an open group, and never brings it nearer', async () => {
    const group = await held('late');
    await store.postponeHold({ group, until: NOW + 9 * DAY });
    await store.postponeHold({ group, until: NOW + 8 * DAY });
    assert.equal((await store.holdGroup(group))?.expiresAt, NOW + 9 * DAY);
  });
});
