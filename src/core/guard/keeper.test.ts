import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CommandLine } from '../../../test/command-line.ts';
import { inboxOf } from '../../../test/inbox.ts';
import { anAcceptance } from '../../../test/stores.ts';
import { VirtualClock } from '../../../test/virtual-clock.ts';
import { silentLog } from '../../base/log.ts';
import { systemRandom } from '../../base/random.ts';
import type { AccountId, DeliveryId, MessageId, WorkerId } from '../envelope.ts';
import { IdSupply } from '../queue/ids.ts';
import { type KeeperPorts, sweepHolds } from './keeper.ts';
import { OwnerNotices } from './notices.ts';
import { SeenTime } from './seen-time.ts';

const ANN = 'ann@here.example';
const DAY = 86_400_000;
const OPTIONS = { heldBytes: 1_000 };

interface Held {
  readonly ports: KeeperPorts;
  readonly clock: VirtualClock;
  readonly account: AccountId;
  /** Holds so many messages of one campaign; its group. */
  hold(campaign: string, count: number, of?: AccountId): Promise<number>;
  /** Subjects in the owner's mailbox. */
  told(): Promise<string[]>;
  readonly line: CommandLine;
}

async function held(t: Parameters<typeof CommandLine.open>[0]): Promise<Held> {
  const line = await CommandLine.open(t);
  const { store } = line;
  const clock = new VirtualClock();
  const at = clock.now();
  await store.addDomain({ name: 'here.example', language: 'en', createdAt: at, keys: [] });
  await store.addAccount({ address: ANN, language: 'en', password: 'x', scram: 'x', at });
  const account = (await store.account(ANN))?.id as AccountId;
  const ids = new IdSupply(store);
  await ids.fill();
  const notices = new OwnerNotices({ ids, random: systemRandom }, { hostname: 'mail.here.example' });
  return {
    line,
    clock,
    account,
    ports: {
      ...{ store, notices, clock, log: silentLog, wake: () => undefined },
      success: { compose: async () => undefined },
      seen: new SeenTime(store, clock),
    },
    async hold(campaign, count, of = account) {
      const group = await store.reserveIds(1);
      for (let index = 0; index < count; index++) {
        const acceptance = await anAcceptance(store, { recipients: [`a${index}@far.example`] });
        const now = clock.now();
        const hold = { group, campaign, reason: 'guard: rate', subject: 'Hello', expiresAt: now + 7 * DAY };
        const data = JSON.stringify({ t: now, account: ANN, to: [], terms: [['rate', 2, 40]] });
        const judged = { at: now, worker: 1 as WorkerId, account: ANN, kind: 'hold' as const, data, hold };
        await store.accept({ ...acceptance, acceptedAt: now, account: of, judged });
      }
      return group;
    },
    async told() {
      const items = await inboxOf(store, account);
      const traced = await Promise.all(
        items.map(async ({ message }) => {
          const bytes = await store.readContent({ message, offset: 0, limit: 10_000 });
          return /^Subject: (.*)\r\n/m.exec(Buffer.from(bytes).toString())?.[1] ?? '';
        }),
      );
      return traced;
    },
  };
}

test('held mail is never dropped in silence: the owner hears of it a day before, and when it is done', async (t) => {
  const { ports, clock, hold, told, line } = await held(t);
  const group = await hold('spam.example', 3);
  const sweep = (): Promise<void> => sweepHolds(ports, { heldBytes: 1e9 });
  await sweep();
  assert.deepEqual(await told(), []);
  await clock.advance(6 * DAY + 1_000);
  for (let count = 0; count < 3; count++) await sweep();
  assert.deepEqual(await told(), ['Paused mail from your account will be dropped tomorrow']);
  assert.equal((await line.store.holdGroup(group))?.state, 'open');
  await clock.advance(DAY);
  for (let count = 0; count < 3; count++) await sweep();
  assert.deepEqual((await told())[1], 'Paused mail from your account was dropped');
  assert.equal((await told()).length, 2);
  assert.equal((await line.store.holdGroup(group))?.state, 'dropped');
  assert.equal((await line.store.countQueue({ state: 'held' })).deliveries, 0);
});

test('a decision that was cut short is carried out', async (t) => {
  const { ports, clock, hold, line } = await held(t);
  const group = await hold('news.example', 5);
  const at = clock.now();
  await line.store.decideHold({ group, decision: 'release', at, by: 'op', reason: 'fine' });
  await line.store.stepHold({ group, limit: 2, at });
  await Promise.all([sweepHolds(ports, OPTIONS), sweepHolds(ports, OPTIONS)]);
  assert.equal((await line.store.holdGroup(group))?.state, 'released');
  assert.equal((await line.store.countQueue({ state: 'ready' })).deliveries, 5);
});

test('an account of which too much is held can no longer send, and its owner is told why', async (t) => {
  const { ports, hold, told, line } = await held(t);
  await hold('a.example', 5);
  await hold('b.example', 5);
  for (let count = 0; count < 2; count++) await sweepHolds(ports, OPTIONS);
  assert.match((await line.store.account(ANN))?.lockedReason ?? '', /too much of its mail is held/);
  assert.deepEqual(await told(), ['Your account can no longer send mail: too much of it is paused']);
});

test('whatever was held, as long as it was: its lifetime begins when it is let go', async (t) => {
  const { ports, clock, hold, line } = await held(t);
  const group = await hold('slow.example', 1);
  const [before] = await line.store.listQueue({ filter: { holdGroup: group, state: 'held' }, limit: 1 });
  await clock.advance(5 * DAY);
  await line.store.decideHold({ group, decision: 'release', at: clock.now(), by: 'op', reason: 'fine' });
  await sweepHolds(ports, OPTIONS);
  const [after] = await line.store.listQueue({ filter: { message: before?.message as MessageId }, limit: 1 });
  assert.equal((after?.expiresAt ?? 0) - clock.now(), (before?.expiresAt ?? 0) - (before?.acceptedAt ?? 0));
});

test('whose account was removed, its held mail is dropped all the same, and nobody waits for it', async (t) => {
  const { ports, clock, hold, told, line } = await held(t);
  const ben = {
    address: 'ben@here.example',
    language: 'en',
    password: 'x',
    scram: 'x',
    at: clock.now(),
  } as const;
  await line.store.addAccount(ben);
  const gone = (await line.store.account(ben.address))?.id as AccountId;
  const [first, second] = [await hold('gone.example', 2, gone), await hold('spam.example', 1)];
  await line.store.removeAccount({ address: ben.address, withMail: true, at: 1 });
  await clock.advance(6 * DAY + 1_000);
  await sweepHolds(ports, OPTIONS);
  assert.equal((await line.store.holdGroup(first))?.warned, true);
  assert.deepEqual(await told(), ['Paused mail from your account will be dropped tomorrow']);
  await clock.advance(DAY);
  await sweepHolds(ports, OPTIONS);
  for (const group of [first, second]) assert.equal((await line.store.holdGroup(group))?.state, 'dropped');
  assert.equal((await line.store.holdGroup(first))?.notice, undefined);
  assert.equal((await line.store.countQueue({ state: 'held' })).deliveries, 0);
});

test('a group that fails stands in no other one’s way', async (t) => {
  const { ports, clock, hold, told, line } = await held(t);
  const broken = await hold('broken.example', 1);
  await hold('spam.example', 1);
  await clock.advance(6 * DAY + 1_000);
  const store = new Proxy(line.store, {
    get: (target, name) =>
      name === 'warnHold'
        ? async (request: Parameters<typeof target.warnHold>[0]) => {
            if (request.group === broken) throw new Error('it fails');
            return target.warnHold(request);
          }
        : Reflect.get(target, name),
  });
  await sweepHolds({ ...ports, store }, OPTIONS);
  assert.deepEqual(await told(), ['Paused mail from your account will be dropped tomorrow']);
});

test('after a time in which nobody could be told, held mail is kept for a day more', async (t) => {
  const { ports, clock, hold, told, line } = await held(t);
  const group = await hold('spam.example', 1);
  await clock.advance(9 * DAY);
  for (let count = 0; count < 2; count++) await sweepHolds(ports, OPTIONS);
  assert.deepEqual(await told(), ['Paused mail from your account will be dropped tomorrow']);
  const kept = await line.store.holdGroup(group);
  assert.deepEqual([kept?.state, (kept?.expiresAt ?? 0) - clock.now()], ['open', DAY]);
  await clock.advance(DAY + 1_000);
  await sweepHolds(ports, OPTIONS);
  assert.equal((await line.store.holdGroup(group))?.state, 'dropped');
});

test('a clock that jumps ahead drops nothing: a day of the warning has to be seen to pass', async (t) => {
  const { ports, clock, hold, told, line } = await held(t);
  const group = await hold('spam.example', 1);
  const sweep = (): Promise<void> => sweepHolds(ports, { heldBytes: 1e9 });
  await sweep();
  clock.jump(30 * DAY);
  await sweep();
  assert.deepEqual(await told(), ['Paused mail from your account will be dropped tomorrow']);
  await clock.advance(DAY / 4);
  await sweep();
  // Again, and the process begins anew: what it saw before is kept, what the clock says is not believed.
  clock.jump(30 * DAY);
  const seen = new SeenTime(line.store, clock);
  const anew = (): Promise<void> => sweepHolds({ ...ports, seen }, { heldBytes: 1e9 });
  await anew();
  assert.equal((await line.store.holdGroup(group))?.state, 'open');
  await clock.advance(DAY / 2);
  await anew();
  assert.equal((await line.store.holdGroup(group))?.state, 'open');
  assert.equal((await told()).length, 1);
  await clock.advance(DAY / 4 + 1_000);
  await anew();
  assert.deepEqual((await told())[1], 'Paused mail from your account was dropped');
});

test('time is seen in whole milliseconds, whatever the clock measures in and whatever was kept before', async (t) => {
  const { clock, line } = await held(t);
  const parts = { now: () => clock.now(), monotonic: () => clock.monotonic() + 0.27915 };
  const [before, seen] = [new SeenTime(line.store, clock), new SeenTime(line.store, parts)];
  await before.ms();
  await clock.advance(90_000);
  const name = 'guard-seen-time';
  await line.store.keepSetting({
    name,
    value: JSON.stringify({ ms: 5.5, wall: clock.now() - 90_000 }),
    ifAbsent: false,
  });
  assert.equal(await seen.ms(), 90_005);
  assert.equal(JSON.parse((await line.store.setting(name)) ?? '').ms, 90_005);
});

test('time that several processes saw at once is counted once, and a clock set back takes nothing away', async (t) => {
  const { clock, line } = await held(t);
  const [one, other] = [new SeenTime(line.store, clock), new SeenTime(line.store, clock)];
  await one.ms();
  for (let minute = 0; minute < 60; minute++) {
    await clock.advance(60_000);
    await Promise.all([one.ms(), other.ms()]);
  }
  assert.equal(await one.ms(), 3_600_000);
  clock.jump(-DAY);
  await clock.advance(60_000);
  assert.equal(await one.ms(), 3_600_000);
  await clock.advance(60_000);
  assert.equal(await other.ms(), 3_660_000);
});

test('who asked to hear of success hears it of a copy that was held, once, when it is released', async (t) => {
  const { ports, account, told, line } = await held(t);
  const group = await line.store.reserveIds(2);
  const at = ports.clock.now();
  const hold = { group, campaign: 'c', reason: 'guard: rate', subject: 'Hello', expiresAt: at + DAY };
  const data = JSON.stringify({ t: at, account: ANN, to: [] });
  await line.store.accept({
    ...(await anAcceptance(line.store, { recipients: [] })),
    account,
    copies: [{ id: (group + 1) as DeliveryId, account, address: ANN, notify: ['SUCCESS'] }],
    judged: { at, worker: 1 as WorkerId, account: ANN, kind: 'hold', data, hold },
  });
  const asked: string[] = [];
  const success: KeeperPorts['success'] = {
    async compose(kind, { delivery }) {
      asked.push(`${kind} ${delivery.recipient.address}`);
      return ports.notices.compose('released', {
        account: { id: account, address: ANN, language: 'en' },
        ...{ at, groups: [group], subject: 's', reason: '', messages: 1, since: at, until: at },
      });
    },
  };
  const sweep = (): Promise<void> => sweepHolds({ ...ports, success }, OPTIONS);
  await sweep();
  assert.deepEqual(asked, []);
  await line.store.decideHold({ group, decision: 'release', at, by: 'op', reason: 'fine' });
  for (let count = 0; count < 3; count++) await sweep();
  assert.deepEqual(asked, [`delivered ${ANN}`]);
  assert.ok((await told()).includes('Your paused mail is on its way'));
});
