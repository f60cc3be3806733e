/** What every store must do for the guard; as `contract.test.ts`, on all of them. */
import assert from 'node:assert/strict';
import { before, it } from 'node:test';
import { inboxOf } from '../../test/inbox.ts';
import { anAcceptance, claimAll, done, newWorker, NOW, onEveryStore, PATH } from '../../test/stores.ts';
import type { AccountId, DeliveryId, WorkerId } from '../core/envelope.ts';
import { accountState, type Judged } from '../core/guard/port.ts';
import type { Acceptance, ClaimedDelivery } from '../core/queue/port.ts';
import type { SqlStore } from './store.ts';

const ANN = 'ann@here.example';
const WEEK = 7 * 86_400_000;

onEveryStore("the guard's part of the store", (open) => {
  let store: SqlStore;
  let worker: WorkerId;
  let account: AccountId;

  before(async () => {
    ({ store } = await open());
    worker = await newWorker(store);
    await store.acquirePaths({ worker, now: NOW, limit: 1, only: PATH });
    await store.addDomain({ name: 'here.example', language: 'fr', createdAt: NOW, keys: [] });
    await store.addAccount({ address: ANN, language: 'fr', password: 'x', scram: 'x', at: NOW });
    account = (await store.account(ANN))?.id as AccountId;
  });

  const judged = (about: Partial<Judged>): Judged => ({
    at: NOW,
    worker,
    account: ANN,
    kind: 'pass',
    data: JSON.stringify({ t: NOW, account: ANN, to: ['x'] }),
    ...about,
  });

  /** Held, to two addresses elsewhere and one mailbox here. */
  async function held(
    campaign: string,
    about: { stop?: string; notices?: boolean; event?: object } = {},
  ): Promise<Acceptance> {
    const group = await store.reserveIds(2);
    const message = await anAcceptance(store, { recipients: ['a@far.example', 'b@far.example'] });
    const hold = {
      group,
      campaign,
      reason: 'guard: rate',
      subject: 'Öffnen',
      expiresAt: NOW + WEEK,
      ...(about.stop === undefined ? {} : { stop: about.stop }),
    };
    const notice = async (): Promise<Acceptance> => ({
      ...(await anAcceptance(store, { recipients: [] })),
      copies: [{ id: (await store.reserveIds(1)) as DeliveryId, account, address: ANN }],
    });
    const held: Acceptance = {
      ...message,
      account,
      copies: [{ id: (group + 1) as DeliveryId, account, address: ANN }],
      judged: judged({
        kind: about.stop === undefined ? 'hold' : 'stop',
        data: JSON.stringify({ t: NOW, account: ANN, to: ['x'], ...about.event }),
        hold,
      }),
      ...(about.notices === true
        ? {
            holdNotices: {
              held: { key: `guard-held ${account} ${campaign}`, notice: await notice() },
              stopped: await notice(),
            },
          }
        : {}),
    };
    await store.accept(held);
    return held;
  }

  const inbox = async (): Promise<number> => (await inboxOf(store, account)).length;

  it('keeps what was judged, for whoever reads on from a line', async () => {
    const from = await store.endOfGuardLog();
    await store.accept({
      ...(await anAcceptance(store, { recipients: ['c@far.example'] })),
      judged: judged({}),
    });
    const other = (await store.reserveIds(1)) as WorkerId;
    await store.noteGuard([
      judged({ worker: other, kind: 'pool' }),
      judged({ worker: other, account: 'eve' }),
    ]);
    const { lines, own, more } = await store.tailGuard({ after: from, worker, limit: 10 });
    assert.deepEqual(
      lines.map(({ account: of, kind }) => [of, kind]),
      [
        [ANN, 'pool'],
        ['eve', 'pass'],
      ],
    );
    assert.deepEqual([own.length, more], [1, false]);
    assert.ok((own[0] ?? 0) > from && (own[0] ?? 0) < (lines[0]?.id ?? 0));
    const part = await store.tailGuard({ after: from, worker, limit: 2 });
    assert.deepEqual([part.lines.length, part.own, part.more], [1, own, true]);
    assert.equal(await store.endOfGuardLog(), lines.at(-1)?.id);
    const last = lines.at(-1)?.id ?? 0;
    const gaps = [last - 1];
    const again = await store.tailGuard({ after: last, gaps, worker, limit: 10 });
    assert.deepEqual(
      again.lines.map(({ id }) => id),
      [last - 1],
    );
    const many = Array.from({ length: 120 }, (_, index) => last - 119 + index).filter((id) => id > 0);
    const found = await store.tailGuard({ after: last, gaps: many, worker, limit: 10 });
    assert.deepEqual(
      found.lines.map(({ id }) => id),
      [...own, ...lines.map(({ id }) => id)],
    );
    const log = await store.guardLog({ account: ANN, limit: 1 });
    assert.equal(log[0]?.kind, 'pool');
    const counts = await store.countGuardLog(NOW);
    assert.ok(counts.some(({ kind, lines: count }) => kind === 'pass' && count >= 2));
    await claimAll(store, worker);
  });

  it('counts what went through of an account since then, and nothing else', async () => {
    const other = (await store.reserveIds(1)) as WorkerId;
    const [passer, at] = ['passer@here.example', NOW + 5];
    const line = (kind: Judged['kind'], when = at): Judged =>
      judged({ worker: other, account: passer, kind, at: when });
    await store.noteGuard([line('pass', NOW), line('pass'), line('pool'), line('hold'), line('stop')]);
    await store.noteGuard([judged({ worker: other, at })]);
    assert.equal(await store.countPassed({ account: passer, since: at }), 2);
    assert.equal(await store.countPassed({ account: passer, since: at + WEEK }), 0);
    assert.equal(await store.countPassed({ account: 'nobody', since: at }), 0);
    // Of what is known, it counts once some of it has left.
    const letter = await anAcceptance(store, { recipients: ['a@far.example', 'b@far.example'] });
    await store.accept({ ...letter, judged: line('pass') });
    assert.equal(await store.countPassed({ account: passer, since: at }), 2);
    const [one, two] = await claimAll(store, worker);
    for (const delivery of [one, two] as ClaimedDelivery[]) {
      await store.settle(done(delivery, worker));
      assert.equal(await store.countPassed({ account: passer, since: at }), 3);
    }
  });

  it('holds a message whole, its local copies too, one group for a campaign', async () => {
    const before = await inbox();
    const one = await held('one.example');
    await held('one.example');
    assert.equal((await claimAll(store, worker)).length, 0);
    assert.equal(await inbox(), before);
    const [group] = await store.listHolds({ login: ANN, limit: 10 });
    assert.deepEqual(
      [group?.id, group?.messages, group?.recipients, group?.state, group?.subject, group?.campaign],
      [one.judged?.hold?.group, 2, 6, 'open', 'Öffnen', 'one.example'],
    );
    const [traced] = await store.trace({ message: one.message, limit: 1 });
    assert.equal(traced?.deliveries.filter(({ holdGroup }) => holdGroup === group?.id).length, 3);
  });

  it('releases in steps; what was held gets back its time, and its place', async () => {
    const one = await held('two.example');
    const group = one.judged?.hold?.group ?? 0;
    const at = NOW + 3_600_000;
    const before = await inbox();
    const decide = { group, decision: 'release', at, by: 'op', reason: 'fine' } as const;
    const from = await store.endOfGuardLog();
    assert.equal((await store.decideHold(decide))?.state, 'releasing');
    assert.equal(await store.decideHold(decide), undefined, 'once');
    const [line] = (await store.tailGuard({ after: from, worker, limit: 10 })).lines;
    assert.deepEqual([line?.kind, JSON.parse(line?.data ?? '{}').count], ['released', 3]);
    const steps = [];
    for (
      let step = await store.stepHold({ group, limit: 2, at });
      ;
      step = await store.stepHold({ group, limit: 2, at })
    ) {
      steps.push(step.moved);
      if (step.done) break;
    }
    assert.deepEqual(steps, [2, 1]);
    const claimed = await claimAll(store, worker);
    assert.equal(claimed.length, 2);
    assert.deepEqual(
      claimed.map(({ dueAt, expiresAt }) => [dueAt, expiresAt]),
      Array(2).fill([NOW, one.expiresAt + 3_600_000]),
    );
    assert.equal(await inbox(), before + 1);
    assert.equal((await store.holdGroup(group))?.state, 'released');
    assert.notEqual((await held('two.example')).judged?.hold?.group, group);
    const [open] = (await store.listHolds({ login: ANN, limit: 10 })).filter(
      ({ campaign }) => campaign === 'two.example',
    );
    assert.notEqual(open?.id, group, 'what comes later is another group');
  });

  it('drops with a notice, and lets the bytes go', async () => {
    const one = await held('three.example');
    const group = one.judged?.hold?.group ?? 0;
    const before = await inbox();
    const notice: Acceptance = {
      ...(await anAcceptance(store, { recipients: [] })),
      copies: [{ id: (await store.reserveIds(1)) as DeliveryId, account, address: ANN }],
    };
    await store.decideHold({ group, decision: 'drop', at: NOW + 5, by: 'op', reason: 'spam', notice });
    assert.equal((await store.stepHold({ group, limit: 100, at: NOW + 5 })).moved, 3);
    assert.equal((await store.stepHold({ group, limit: 100, at: NOW + 5 })).moved, 0);
    assert.equal(await inbox(), before + 1, 'the notice, and no copy');
    assert.equal((await store.readContent({ message: one.message, offset: 0, limit: 1 })).length, 0);
    const [traced] = await store.trace({ message: one.message, limit: 1 });
    assert.deepEqual([...new Set(traced?.deliveries.map(({ state }) => state))], ['cancelled']);
    assert.equal(traced?.events.at(-1)?.detail.notice, notice.message);
  });

  it('writes down what the texts of a group are known by, of whatever is decided about it', async () => {
    for (const decision of ['drop', 'release'] as const) {
      const campaign = `texts-${decision}.example`;
      const texts = [['one', '~1', '~2'], ['one', '~1', '~2'], ['two', '~3', '~4'], []];
      let group = 0;
      for (const [fingerprint, ...bands] of texts)
        group = (await held(campaign, { event: { fingerprint, bands } })).judged?.hold?.group ?? 0;
      const [first] = await store.listHolds({ limit: 1 });
      assert.deepEqual([first?.campaign, first?.messages, group > 0], [campaign, 4, true]);
      await store.decideHold({ group: first?.id ?? 0, decision, at: NOW, by: 'op', reason: 'seen' });
      const [line] = await store.guardLog({ account: ANN, limit: 1 });
      assert.equal(line?.kind, decision === 'drop' ? 'dropped' : 'released');
      const known = (JSON.parse(line?.data ?? '{}') as { texts: string[] }).texts;
      assert.deepEqual(known.sort(), ['one', 'two', '~1', '~2', '~3', '~4']);
      await store.stepHold({ group: first?.id ?? 0, limit: 100, at: NOW });
    }
    await claimAll(store, worker);
  });

  it('an operator may release one held message alone', async () => {
    const one = await held('four.example');
    const before = await inbox();
    const filter = { message: one.message };
    const done = await store.changeQueue({
      kind: 'release',
      filter,
      reason: 'fine',
      at: NOW + 60_000,
      limit: 10,
    });
    assert.equal(done.changed, 3);
    assert.equal(await inbox(), before + 1);
    const group = await store.holdGroup(one.judged?.hold?.group ?? 0);
    assert.deepEqual([group?.messages, group?.recipients, group?.sizeBytes], [0, 0, 0]);
    // With the last of it the group is decided about.
    assert.deepEqual(
      [group?.state, group?.decidedBy, group?.reason],
      ['released', 'relais queue release', 'fine'],
    );
    assert.equal((await claimAll(store, worker))[0]?.expiresAt, one.expiresAt + 60_000);
  });

  it('what an operator holds by hand is in no group any more', async () => {
    const one = await held('byhand.example');
    await held('byhand.example');
    const group = one.judged?.hold?.group ?? 0;
    const about = { filter: { message: one.message }, reason: 'asked by the customer', limit: 10 };
    await store.changeQueue({ kind: 'release', at: NOW + 1_000, ...about });
    assert.equal((await store.changeQueue({ kind: 'hold', at: NOW + 2_000, ...about })).changed, 2);
    await store.decideHold({ group, decision: 'drop', at: NOW + 3_000, by: 'op', reason: 'spam' });
    // All three of the other one.
    assert.equal((await store.stepHold({ group, limit: 10, at: NOW + 3_000 })).moved, 3);
    assert.equal((await store.countQueue({ message: one.message, state: 'held' })).deliveries, 2);
    await store.changeQueue({ kind: 'release', at: NOW + 4_000, ...about });
    assert.equal((await claimAll(store, worker)).length, 2);
  });

  it('tells the owner once for each key, stops the account once, and unlocking is a line of the log', async () => {
    const before = await inbox();
    for (let count = 0; count < 3; count++) await held('five.example', { notices: true });
    assert.equal(await inbox(), before + 1);
    // What is held after a decision is news.
    const six = (await held('six.example')).judged?.hold?.group ?? 0;
    await store.decideHold({ group: six, decision: 'drop', at: NOW, by: 'op', reason: 'spam' });
    await store.stepHold({ group: six, limit: 100, at: NOW });
    for (let count = 0; count < 2; count++) await held('five.example', { notices: true });
    assert.equal(await inbox(), before + 2);
    for (let count = 0; count < 2; count++) await held('five.example', { stop: 'stolen', notices: true });
    assert.equal(await inbox(), before + 3);
    assert.equal((await store.account(ANN))?.lockedReason, 'stolen');
    await store.lockAccount({ address: ANN, reason: undefined, at: NOW + WEEK });
    assert.equal((await store.guardLog({ account: ANN, limit: 1 }))[0]?.kind, 'unlocked');
  });

  it('keeps words with NUL in them, which strangers may write', async () => {
    const one = await held('nul\0.example');
    const group = await store.holdGroup(one.judged?.hold?.group ?? 0);
    assert.match(group?.campaign ?? '', /^nul.\.example$/s);
    assert.equal((await held('nul\0.example')).judged?.hold?.campaign, 'nul\0.example');
    assert.equal((await store.holdGroup(group?.id ?? 0))?.messages, 2);
  });

  it('puts what there are too many campaigns of into one group', async () => {
    for (let count = 0; count < 20; count++) await held(`many${count}.example`);
    const groups = await store.listHolds({ login: ANN, limit: 100 });
    assert.ok(groups.length <= 9, `${groups.length}`);
    assert.ok((groups.find(({ campaign }) => campaign === 'other')?.messages ?? 0) > 5);
  });

  it('says what is due: to warn about, to end, to finish, and of whom too much is held', async () => {
    const one = await held('five.example');
    const due = (endBefore: number, warnBefore: number) =>
      store.dueHolds({ endBefore, warnBefore, limit: 100 });
    assert.equal((await due(NOW, NOW)).length, 0);
    const [warned] = await due(NOW, NOW + WEEK + 1);
    assert.equal(warned?.language, 'fr');
    const notice = { ...(await anAcceptance(store, { recipients: [] })), copies: [] };
    assert.equal(
      await store.warnHold({ group: warned?.id ?? 0, until: NOW + WEEK, seenMs: 0, notice }),
      true,
    );
    assert.equal(
      await store.warnHold({ group: warned?.id ?? 0, until: NOW + WEEK, seenMs: 0, notice }),
      false,
    );
    assert.ok((await due(NOW + WEEK + 1, 0)).length > 0);
    const [full] = await store.overfullHolds({ bytes: 100, limit: 10 });
    assert.deepEqual([full?.login, full?.language], [ANN, 'fr']);
    assert.deepEqual(await store.overfullHolds({ bytes: 1e9, limit: 10 }), []);
    const other = { ...(await anAcceptance(store, { recipients: [] })), copies: [] };
    const recalled = { group: full?.groups[0]?.id ?? 0, customer: 'nobody/1' };
    const stop = { account, reason: 'full', at: NOW, notice: other, recalled };
    assert.equal(await store.stopAccount(stop), true);
    assert.equal(await store.stopAccount(stop), false);
    assert.deepEqual(await store.overfullHolds({ bytes: 100, limit: 10 }), []);
    assert.ok(one.judged?.hold !== undefined);
  });

  it('keeps what is known of accounts, the newer unless told, and forgets with the account', async () => {
    const state = (upTo: number) => ({
      name: accountState('eve@here.example'),
      upTo,
      bytes: Buffer.from([upTo]),
    });
    await store.keepGuardStates({ states: [state(1)], at: NOW, unlessSince: NOW + 1 });
    await store.keepGuardStates({ states: [state(2)], at: NOW + 1, unlessSince: NOW });
    assert.deepEqual(
      (await store.guardStates({ after: '', limit: 10 })).map(({ upTo }) => upTo),
      [1],
    );
    await store.keepGuardStates({ states: [state(3)], at: NOW + 1, unlessSince: NOW + 1 });
    const [kept] = await store.guardStates({ after: '', limit: 10 });
    assert.deepEqual([kept?.upTo, [...(kept?.bytes ?? [])]], [3, [3]]);
    await store.addAccount({
      address: 'eve@here.example',
      language: 'en',
      password: 'x',
      scram: 'x',
      at: NOW,
    });
    await store.removeAccount({ address: 'eve@here.example', withMail: true, at: 1 });
    assert.deepEqual(await store.guardStates({ after: '', limit: 10 }), []);
  });

  it('forgets old lines and groups that are decided', async () => {
    assert.equal(await store.forgetGuardLog({ before: NOW, limit: 1_000 }), 0);
    const forgotten = await store.forgetGuardLog({ before: NOW + 2 * WEEK, limit: 5 });
    assert.equal(forgotten, 5);
    while ((await store.forgetGuardLog({ before: NOW + 2 * WEEK, limit: 100 })) > 0);
    const states = (await store.listHolds({ all: true, limit: 100 })).map(({ state }) => state);
    assert.ok(states.length > 0 && states.every((state) => state === 'open'));
  });
});
