/** Mail of a stopped account leaves the queue; as `contract.test.ts`, on all stores. */
import assert from 'node:assert/strict';
import { before, it } from 'node:test';
import { anAcceptance, claimAll, newWorker, NOW, onEveryStore, PATH } from '../../test/stores.ts';
import type { AccountId, MessageId, PathKey, WorkerId } from '../core/envelope.ts';
import { DOUBTED_WAITED, ONLY_WAITED } from '../core/guard/reasons.ts';
import type { QueueFilter } from '../core/queue/admin.ts';
import type { Acceptance } from '../core/queue/port.ts';
import type { SqlStore } from './store.ts';

const ANN = 'ann@here.example';

onEveryStore('what a stopped account has in the queue', (open) => {
  let store: SqlStore;
  let worker: WorkerId;
  let account: AccountId;
  let customer: string;

  before(async () => {
    ({ store } = await open());
    worker = await newWorker(store);
    await store.addDomain({ name: 'here.example', language: 'en', createdAt: NOW, keys: [] });
    await store.addAccount({ address: ANN, language: 'en', password: 'x', scram: 'x', at: NOW });
    account = (await store.account(ANN))?.id as AccountId;
    customer = `here.example/${account}`;
  });

  const waiting = async (of: string): Promise<number> =>
    (await store.listQueue({ filter: {}, limit: 1_000 })).filter(
      (one) => one.customer === of && one.state === 'ready',
    ).length;

  const cancel = (filter: QueueFilter): Promise<unknown> =>
    store.changeQueue({ kind: 'cancel', filter, reason: 'done', at: NOW, limit: 100 });

  it('joins the group that it was stopped for, in steps, and comes back when that is released', async () => {
    const taken: MessageId[] = [];
    for (let index = 0; index < 5; index++) {
      const path = (index % 2 === 0 ? PATH : 'mx.other.example>default') as PathKey;
      for (const whose of [customer, 'here.example/999']) {
        const message = await anAcceptance(store, { recipients: ['x@far.example'], customer: whose, path });
        await store.accept({ ...message, account });
        if (whose === customer) taken.push(message.message);
      }
    }
    const group = await store.reserveIds(1);
    const hold = {
      group,
      campaign: 'c',
      reason: 'guard: rate',
      subject: 's',
      expiresAt: NOW + 1,
      stop: 'why',
    };
    await store.accept({
      ...(await anAcceptance(store, { recipients: ['y@far.example'], customer })),
      account,
      judged: { at: NOW, worker, account: ANN, kind: 'stop', data: '{}', hold },
    });
    assert.equal(await waiting(customer), 5);
    const step = { group, limit: 3, at: NOW };
    assert.deepEqual(await store.dueRecalls({ at: NOW, limit: 10 }), [group]);
    assert.deepEqual(await store.stepRecall(step), { moved: 3, more: true });
    assert.deepEqual(await store.stepRecall(step), { moved: 2, more: false });
    assert.deepEqual(await store.dueRecalls({ at: NOW, limit: 10 }), []);
    assert.deepEqual([await waiting(customer), await waiting('here.example/999')], [0, 5]);
    const found = await store.holdGroup(group);
    assert.deepEqual([found?.recipients, found?.messages], [6, 6]);
    assert.ok((found?.sizeBytes ?? 0) > 6, 'and their octets');
    await store.decideHold({ group, decision: 'release', at: NOW, by: 'op', reason: 'asked' });
    assert.equal((await store.stepHold({ group, limit: 100, at: NOW })).moved, 6);
    const later = { ...step, at: NOW + 10_000 };
    assert.equal((await store.stepRecall(later)).moved, 0);
    assert.equal(await waiting(customer), 6);
    for (const message of taken) assert.equal(await store.groupOfMessage(message), group);
    assert.equal(await store.groupOfMessage(999_999_999 as MessageId), undefined);
    await cancel({});
  });

  it('is told apart where the guard had doubted it: letting go what only waited leaves that', async () => {
    for (const doubted of [false, true]) {
      const message = await anAcceptance(store, { recipients: ['x@far.example'], customer });
      const envelope = doubted ? { ...message.envelope, doubted } : message.envelope;
      await store.accept({ ...message, envelope, account });
    }
    const group = await store.reserveIds(1);
    await lock(group);
    assert.equal((await store.stepRecall({ group, limit: 10, at: NOW })).moved, 2);
    const held = await store.listQueue({ filter: { holdGroup: group, state: 'held' }, limit: 10 });
    assert.deepEqual(held.map(({ holdReason }) => holdReason).sort(), [ONLY_WAITED, DOUBTED_WAITED]);
    const waited = { holdGroup: group, holdReason: ONLY_WAITED };
    const release = { kind: 'release', filter: waited, reason: 'hers', at: NOW, limit: 10 } as const;
    assert.equal((await store.changeQueue(release)).changed, 1);
    await store.lockAccount({ address: ANN, reason: undefined, at: NOW });
    await cancel({});
  });

  it('takes what a worker has in its hands and gives up, and not what a person let go', async () => {
    for (let n = 0; n < 3; n++)
      await store.accept({
        ...(await anAcceptance(store, { recipients: ['x@far.example'], customer })),
        account,
      });
    await store.acquirePaths({ worker, now: NOW, limit: 10 });
    const claimed = await claimAll(store, worker);
    const deliveries = claimed.map(({ id }) => id);
    const request = { worker, deliveries, at: NOW };
    assert.deepEqual(await store.recallLeased(request), deliveries, 'nobody is stopped');
    const group = await store.reserveIds(1);
    await lock(group);
    assert.deepEqual(await store.recalls(), [customer]);
    const other = await newWorker(store);
    assert.deepEqual(await store.recallLeased({ ...request, worker: other }), [], 'they are not its own');
    assert.equal((await store.leases(worker)).length, 3);
    assert.deepEqual(await store.recallLeased({ ...request, deliveries: deliveries.slice(1) }), []);
    assert.deepEqual(await store.recallLeased(request), [], 'what is held already does not go either');
    const held = await store.listQueue({ filter: { holdGroup: group, state: 'held' }, limit: 10 });
    assert.equal(held.length, 3);
    assert.equal((await store.holdGroup(group))?.recipients, 3);
    assert.deepEqual(await store.leases(worker), []);
    const release = {
      kind: 'release',
      filter: { holdGroup: group },
      reason: 'hers',
      at: NOW,
      limit: 10,
    } as const;
    await store.changeQueue(release);
    const again = (await claimAll(store, worker)).map(({ id }) => id);
    assert.deepEqual(await store.recallLeased({ ...request, deliveries: again }), again);
    await store.returnLeases({ worker, deliveries: again });
    await store.lockAccount({ address: ANN, reason: undefined, at: NOW });
    await cancel({});
  });

  const accepted = async (): Promise<Acceptance> => {
    const message = await anAcceptance(store, { recipients: ['z@far.example'], customer });
    await store.accept({ ...message, account });
    return message;
  };
  const lock = (group: number): ReturnType<SqlStore['lockAccount']> =>
    store.lockAccount({
      address: ANN,
      reason: 'stolen',
      at: NOW,
      waiting: { group, expiresAt: NOW + 86_400_000 },
    });
  const look = async (seconds: number): ReturnType<SqlStore['stepRecall']> => {
    const at = NOW + seconds * 1_000;
    const [group] = await store.dueRecalls({ at, limit: 10 });
    return group === undefined
      ? { moved: 0, more: false }
      : await store.stepRecall({ group, limit: 100, at });
  };

  it('is held when a person locks the account, and what comes back to the queue later as well', async () => {
    await store.lockAccount({ address: ANN, reason: undefined, at: NOW });
    await accepted();
    const group = await store.reserveIds(1);
    assert.equal(await lock(group), 'done');
    assert.equal(await lock(await store.reserveIds(1)), 'exists');
    assert.deepEqual(await store.listHolds({ login: ANN, limit: 10 }), [], 'nothing is in it yet');
    assert.deepEqual(await look(0), { moved: 1, more: false });
    const [found] = await store.listHolds({ login: ANN, limit: 10 });
    assert.deepEqual([found?.id, found?.messages], [group, 1]);
    // As if it had been tried meanwhile.
    const late = await accepted();
    assert.equal((await look(9)).moved, 0, 'it is looked at again after a while');
    assert.equal((await look(10)).moved, 1);
    assert.deepEqual(await store.waitedIn({ group, limit: 1 }), {
      deliveries: 2,
      recipients: ['z@far.example'],
    });
    const filter = { message: late.message };
    await store.changeQueue({ kind: 'release', filter, reason: 'fine', at: NOW, limit: 10 });
    assert.equal((await look(60)).moved, 0, 'what a person let go stays let go');
  });

  it('goes on once it may send again, and a group that got nothing is none', async () => {
    await store.lockAccount({ address: ANN, reason: undefined, at: NOW });
    await accepted();
    assert.equal((await look(600)).moved, 0);
    await cancel({});
    const group = await store.reserveIds(1);
    assert.equal(await lock(group), 'done');
    for (const seconds of [0, 10]) assert.equal((await look(seconds)).moved, 0);
    assert.equal(await store.holdGroup(group), undefined);
    assert.deepEqual(await look(1_000), { moved: 0, more: false });
  });

  it('is in no group that is not there, when it may send again in the midst of a step', async () => {
    for (const count of [1, 2, 5]) {
      for (let index = 0; index < count; index++) await accepted();
      const group = await store.reserveIds(1);
      await lock(group);
      // One transaction, where the store has several at once.
      await Promise.all([
        store.stepRecall({ group, limit: 100, at: NOW }),
        store.lockAccount({ address: ANN, reason: undefined, at: NOW }),
      ]);
      const held = await store.listQueue({ filter: { state: 'held' }, limit: 100 });
      assert.equal(held.length, count);
      for (const { holdGroup } of held)
        assert.ok((await store.holdGroup(holdGroup as number)) !== undefined, `${count} messages`);
      await cancel({});
      await store.lockAccount({ address: ANN, reason: undefined, at: NOW });
    }
  });

  it('is looked for as long as any of it is being tried', async () => {
    await store.lockAccount({ address: ANN, reason: undefined, at: NOW });
    await accepted();
    await store.acquirePaths({ worker, now: NOW, limit: 10 });
    const [claimed] = await claimAll(store, worker);
    assert.ok(claimed !== undefined);
    const group = await store.reserveIds(1);
    await lock(group);
    for (const seconds of [0, 10, 20, 40]) assert.equal((await look(seconds)).moved, 0);
    await store.returnLeases({ worker, deliveries: [claimed.id] });
    assert.equal((await look(80)).moved, 1);
    // That was the last of it.
    assert.deepEqual(await look(3_600), { moved: 0, more: false });
  });

  it('stays held when what was judged beside it is cancelled alone, and is no part of an old group’s end', async () => {
    const [found] = await store.listHolds({ login: ANN, limit: 1 });
    const group = found?.id as number;
    await store.lockAccount({ address: ANN, reason: undefined, at: NOW });
    await accepted();
    // A second lock: the group that is there, for as long as one that is new.
    const later = { address: ANN, reason: 'again', at: NOW + 1_000 };
    const waiting = { group: await store.reserveIds(1), expiresAt: NOW + 1e9 };
    await store.lockAccount({ ...later, waiting });
    await cancel({ holdGroup: group });
    assert.equal((await look(1)).moved, 1);
    const again = await store.holdGroup(group);
    assert.deepEqual([again?.state, again?.recipients, again?.expiresAt], ['open', 1, NOW + 1e9]);
    await cancel({ holdGroup: group });
    await look(60);
    assert.equal(await store.holdGroup(group), undefined, 'nothing was judged in it');
  });

  it('goes into a group of its own when that which it was to join was dropped, and nowhere when that was let go', async () => {
    for (const decision of ['drop', 'release'] as const) {
      await store.lockAccount({ address: ANN, reason: undefined, at: NOW });
      await accepted();
      await accepted();
      const group = await store.reserveIds(1);
      await lock(group);
      await store.stepRecall({ group, limit: 1, at: NOW });
      const decide = { group, decision, at: NOW, by: 'op', reason: 'seen' } as const;
      assert.equal((await store.decideHold(decide))?.recipients, 1);
      await store.stepHold({ group, limit: 10, at: NOW });
      assert.equal((await look(1)).moved, decision === 'drop' ? 1 : 0);
      const rest = (await store.listHolds({ login: ANN, limit: 10 })).map(({ recipients }) => recipients);
      assert.deepEqual(rest, decision === 'drop' ? [1] : []);
      await cancel({});
      await look(60);
    }
  });

  it('unlocked before anything was taken leaves no group behind', async () => {
    await store.lockAccount({ address: ANN, reason: undefined, at: NOW });
    const group = await store.reserveIds(1);
    assert.equal(await lock(group), 'done');
    await store.lockAccount({ address: ANN, reason: undefined, at: NOW });
    assert.equal(await store.holdGroup(group), undefined);
  });
});
