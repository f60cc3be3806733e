import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../../test/virtual-clock.ts';
import { silentLog } from '../../base/log.ts';
import type { NoticeAbout, NoticeKind } from '../delivery/outcome.ts';
import type { AccountId, DeliveryId, PathKey, RemoteReply, WorkerId } from '../envelope.ts';
import type { Freeze } from './freeze.ts';
import type { Freezer } from './freezer.ts';
import type { Acceptance, ClaimedDelivery, LastReply, QueueStore, Settlement } from './port.ts';
import { Telling } from './telling.ts';

const HOUR_MS = 3_600_000;
const OURS: Freeze = { scope: 'node:n1', cause: 'automatic', blame: 'local', since: 5, reason: 'no route' };
const THEIRS: Freeze = { ...OURS, scope: 'path:x>a', blame: 'path' };

function aDelivery(id: number, about: Partial<ClaimedDelivery> & { account?: number }): ClaimedDelivery {
  const { account, ...rest } = about;
  return {
    id: id as DeliveryId,
    path: 'x>a' as PathKey,
    customer: 'here.example/-',
    recipient: { address: `r${id}@far.example` },
    was: 'ready',
    dueAt: 0,
    lane: 0,
    expiresAt: 100 * HOUR_MS,
    delayTold: false,
    message: {
      id,
      envelope: { reversePath: `s${account ?? id}@here.example` },
      ...(account === undefined ? {} : { account: account as AccountId }),
    },
    ...rest,
  } as ClaimedDelivery;
}

/** One sweep over these, while this stands still. */
async function told(deliveries: readonly ClaimedDelivery[], freeze: Freeze | undefined) {
  const clock = new VirtualClock();
  const settled: Settlement[] = [];
  const composed: [NoticeKind, number, number | undefined][] = [];
  const abouts: NoticeAbout[] = [];
  const telling = new Telling(1 as WorkerId, {
    store: { claimToTell: async () => deliveries } as unknown as QueueStore,
    clock,
    log: silentLog,
    freezer: {
      expiryOf: (delivery: ClaimedDelivery) => clock.now() + delivery.expiresAt - HOUR_MS,
      over: () => (freeze === undefined ? [] : [freeze]),
    } as unknown as Freezer,
    notices: {
      async compose(kind: NoticeKind, about: NoticeAbout) {
        const { delivery, stop } = about;
        if (delivery.recipient.notify?.includes('NEVER')) return undefined;
        composed.push([kind, delivery.id, stop?.since]);
        abouts.push(about);
        return { deliveries: [] } as unknown as Acceptance;
      },
    },
    settle: async (settlement) => void settled.push(settlement),
  });
  await telling.sweep();
  return { settled, composed, abouts };
}

test('while the fault is ours each account has one notice about all its mail; elsewhere each message has its own', async () => {
  const deliveries = [
    aDelivery(1, { account: 7 }),
    aDelivery(2, { account: 7 }),
    aDelivery(3, { account: 8 }),
    aDelivery(4, {}),
  ];
  const ours = await told(deliveries, OURS);
  assert.deepEqual(ours.composed, [
    ['delayed', 1, 5],
    ['delayed', 3, 5],
    ['delayed', 4, 5],
  ]);
  assert.deepEqual(
    ours.settled.map(({ delayTold, blame, noticeOnce }) => [delayTold, blame, noticeOnce]),
    [
      [true, 'local', 'node:n1 5 7'],
      [true, 'local', undefined],
      [true, 'local', 'node:n1 5 8'],
      [true, 'local', 'node:n1 5 s4@here.example'],
    ],
  );
  for (const freeze of [THEIRS, undefined]) {
    const theirs = await told(deliveries, freeze);
    assert.deepEqual(
      theirs.composed.map(([, id, all]) => [id, all]),
      [1, 2, 3, 4].map((id) => [id, undefined]),
    );
  }
});

test('a message whose sender wants no notice does not use up the one of its account', async () => {
  const silent = { address: 'r@far.example', notify: ['NEVER'] as const };
  const deliveries = [aDelivery(1, { account: 7, recipient: silent }), aDelivery(2, { account: 7 })];
  assert.deepEqual((await told(deliveries, OURS)).composed, [['delayed', 2, 5]]);
});

test('who was told of a delay is told of the end, and each of its own', async () => {
  const over = { expiresAt: 0, delayTold: true };
  const { composed, settled } = await told(
    [aDelivery(1, { account: 7, ...over }), aDelivery(2, { account: 7, ...over })],
    OURS,
  );
  assert.deepEqual(
    composed.map(([kind, id]) => [kind, id]),
    [
      ['expired', 1],
      ['expired', 2],
    ],
  );
  assert.ok(settled.every(({ next, noticeOnce }) => next.state === 'expired' && noticeOnce === undefined));
});

test('a message that a provider refuses has one notice, however many of its recipients wait for it', async () => {
  const refused: Freeze = { ...OURS, scope: 'provider:yahoo>a', blame: 'reputation', reason: '[TSS04]' };
  const message = aDelivery(1, {}).message;
  const { settled } = await told([aDelivery(1, {}), aDelivery(2, { message }), aDelivery(3, {})], refused);
  assert.deepEqual(
    settled.map(({ noticeOnce, blame }) => [noticeOnce, blame]),
    [1, 1, 3].map((id) => [`provider:yahoo>a message ${id}`, 'reputation']),
  );
});

test('a reason that one of us wrote, and words that others heard, are not told to a sender', async () => {
  const heard: RemoteReply = {
    stage: 'mail',
    code: 550,
    enhanced: '5.7.1',
    text: 'mail of other@customer.example refused (S3150)',
    remote: 'mx.far.example [192.0.2.1]:25',
    afterMs: 3,
  };
  const frozen: readonly Freeze[] = [
    { ...OURS, cause: 'operator', by: 'ana', reason: 'customer Dupont did not pay' },
    { ...OURS, scope: 'provider:outlook>a', blame: 'reputation', reason: heard.text, reply: heard },
    { ...THEIRS, reason: heard.text, reply: heard },
  ];
  for (const freeze of frozen) {
    for (const over of [{}, { expiresAt: 0 }]) {
      const { abouts, settled } = await told([aDelivery(1, over)], freeze);
      assert.deepEqual(
        abouts.map(({ reply, saidToDomain, triedAt, blame }) => [reply, saidToDomain, triedAt, blame]),
        [[undefined, undefined, undefined, freeze.blame]],
      );
      assert.deepEqual(
        settled.map(({ reply, blame }) => [reply, blame]),
        [[undefined, freeze.blame]],
      );
    }
  }
  // What its own domain heard is for whoever manages that.
  const theirs: Freeze = { ...OURS, scope: 'customer:here.example>outlook', blame: 'sender', reply: heard };
  const [about] = (await told([aDelivery(1, {})], theirs)).abouts;
  assert.deepEqual([about?.reply, about?.saidToDomain], [undefined, heard]);
});

test('what a delivery met itself is told to its sender, with when that was', async () => {
  const last: LastReply = {
    stage: 'rcpt',
    code: 450,
    text: 'later',
    remote: 'mx.far.example [192.0.2.1]:25',
    afterMs: 3,
    blame: 'recipient',
    at: 77,
  };
  const open = await told([aDelivery(1, { last })], undefined);
  assert.deepEqual(
    open.abouts.map(({ reply, triedAt, blame }) => [reply?.text, triedAt, blame]),
    [['later', 77, 'recipient']],
  );
  // It stands in its row already, with its own moment.
  assert.equal(open.settled[0]?.reply, undefined);
  // It does not say why it stands still now; that it was tried stays true.
  const still = await told([aDelivery(1, { last })], THEIRS);
  assert.deepEqual(
    still.abouts.map(({ reply, triedAt, blame }) => [reply, triedAt, blame]),
    [[undefined, 77, 'path']],
  );
  const { remote: _, ...unmet } = last;
  const untried = await told([aDelivery(1, { last: { ...unmet, stage: 'route' } })], undefined);
  assert.equal(untried.abouts[0]?.triedAt, undefined);
});
