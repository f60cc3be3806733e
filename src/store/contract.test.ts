/** What every store must do. The same suite runs on SQLite in place, SQLite in its thread, and a real PostgreSQL. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { before, it } from 'node:test';
import { claimDue } from '../../test/claim.ts';
import {
  anAcceptance,
  claimAll,
  done,
  NOW,
  newWorker,
  onEveryStore,
  PATH,
  staged,
} from '../../test/stores.ts';
import type { DeliveryId, PathKey, WorkerId } from '../core/envelope.ts';
import type { Health } from '../core/queue/breadth.ts';
import type { Freeze } from '../core/queue/freeze.ts';
import type { ClaimedDelivery, Settlement, Turn } from '../core/queue/port.ts';
import type { SqlStore } from './store.ts';

onEveryStore('the store contract', (open) => {
  let store: SqlStore;
  let worker: WorkerId;

  before(async () => {
    ({ store } = await open());
    worker = await newWorker(store);
    await store.acquirePaths({ worker, now: NOW, limit: 1, only: PATH });
  });

  it('gives ids that are unique and grow', async () => {
    const blocks = await Promise.all([store.reserveIds(10), store.reserveIds(10), store.reserveIds(1)]);
    const sorted = [...blocks].sort((a, b) => a - b) as [number, number, number];
    assert.ok(sorted[1] - sorted[0] >= 1 && new Set(blocks).size === 3);
  });

  it('keeps a message and gives it to the owner of its path, once', async () => {
    const message = await anAcceptance(store, { recipients: ['a@far.example', 'b@far.example'] });
    await store.accept(message);
    const claimed = await claimAll(store, worker);
    const mine = claimed.filter((delivery) => delivery.message.id === message.message);
    assert.deepEqual(mine.map((delivery) => delivery.recipient.address).sort(), [
      'a@far.example',
      'b@far.example',
    ]);
    assert.deepEqual(mine[0]?.message.envelope, message.envelope);
    assert.deepEqual(Buffer.from(mine[0]?.message.prefix as Uint8Array), message.prefix);
    assert.equal((await claimAll(store, worker)).length, 0);
  });

  it('gives the bytes back exactly, and lets them go with the last delivery', async () => {
    const bytes = randomBytes(70_000);
    const message = await anAcceptance(store, { recipients: ['a@far.example', 'b@far.example'], bytes });
    await store.accept(message);
    const [one, two] = (await claimAll(store, worker)) as [ClaimedDelivery, ClaimedDelivery];
    const read = await store.readContent({ message: one.message.id, offset: 0, limit: 100_000 });
    assert.deepEqual(Buffer.from(read), bytes);
    const middle = await store.readContent({ message: one.message.id, offset: 65_000, limit: 1000 });
    assert.deepEqual(Buffer.from(middle), bytes.subarray(65_000, 66_000));
    assert.equal(await store.settle(done(one, worker)), 'settled');
    assert.equal((await store.readContent({ message: one.message.id, offset: 0, limit: 10 })).length, 10);
    assert.equal(await store.receivedBytes(one.message.id), bytes.length);
    assert.equal(await store.settle(done(two, worker)), 'settled');
    assert.equal((await store.readContent({ message: one.message.id, offset: 0, limit: 10 })).length, 0);
    assert.equal(await store.receivedBytes(one.message.id), undefined);
  });

  it('keeps a large body in pieces, of each message its own, and reads any part of it', async () => {
    const pieces = [randomBytes(300_000), randomBytes(300_000), randomBytes(17)];
    for (let round = 0; round < 2; round++) await store.accept(await staged(store, pieces));
    const whole = Buffer.concat(pieces);
    const [one, two] = (await claimAll(store, worker)) as [ClaimedDelivery, ClaimedDelivery];
    const parts: Uint8Array[] = [];
    for (let offset = 0; offset < whole.length; offset += 256_000) {
      parts.push(await store.readContent({ message: one.message.id, offset, limit: 256_000 }));
    }
    assert.ok(Buffer.concat(parts).equals(whole));
    await store.settle(done(one, worker));
    assert.equal(
      (await store.readContent({ message: two.message.id, offset: 599_999, limit: 100 })).length,
      18,
    );
    await store.settle(done(two, worker));
    assert.equal((await store.readContent({ message: two.message.id, offset: 0, limit: 1 })).length, 0);
  });

  it('sweeps what was staged and never accepted', async () => {
    const stage = await store.reserveIds(1);
    await store.stage({ stage, seq: 0, bytes: randomBytes(100), at: NOW - 3_600_000 });
    assert.equal(await store.sweepStages(NOW - 1_800_000), 1);
    assert.equal(await store.sweepStages(NOW - 1_800_000), 0);
  });

  it('settles a lease only for the worker that holds it', async () => {
    await store.accept(await anAcceptance(store, { recipients: ['a@far.example'] }));
    const [delivery] = (await claimAll(store, worker)) as [ClaimedDelivery];
    const stranger = await newWorker(store);
    assert.equal(await store.settle(done(delivery, stranger)), 'lost');
    assert.equal(await store.settle(done(delivery, worker)), 'settled');
    assert.equal(await store.settle(done(delivery, worker)), 'lost');
  });

  it('gives a deferred delivery again when it is due, in its lane, and not before', async () => {
    await store.accept(await anAcceptance(store, { recipients: ['a@far.example'] }));
    const [delivery] = (await claimAll(store, worker)) as [ClaimedDelivery];
    const deferred: Settlement = {
      ...done(delivery, worker),
      next: { state: 'waiting', dueAt: NOW + 60_000, lane: 1 },
      blame: 'recipient',
    };
    await store.settle(deferred);
    assert.equal((await claimAll(store, worker, NOW + 59_999)).length, 0);
    assert.equal(await store.nextDue(PATH), NOW + 60_000);
    const dueLanes = async (now: number): Promise<readonly number[] | undefined> =>
      (await store.ownedPaths({ worker, now })).find(({ path }) => path === PATH)?.dueLanes;
    assert.deepEqual([await dueLanes(NOW + 59_999), await dueLanes(NOW + 60_000)], [[], [1]]);
    const [again] = (await claimAll(store, worker, NOW + 60_000)) as [ClaimedDelivery];
    assert.equal(again.id, delivery.id);
    assert.equal(again.lane, 1);
    assert.equal(again.attempts, 1);
    await store.settle(done(again, worker));
  });

  it('gives a path to one owner, and what a dead owner held to the next', async () => {
    const path = 'mx.other.example>a' as PathKey;
    const dying = await newWorker(store);
    await store.accept(await anAcceptance(store, { recipients: ['a@other.example'], path }));
    assert.equal((await store.acquirePaths({ worker: dying, now: NOW, limit: 10 })).length, 1);
    const [owned] = await store.ownedPaths({ worker: dying, now: NOW });
    assert.deepEqual([owned?.path, owned?.dueLanes], [path, [0]]);
    assert.equal((await store.acquirePaths({ worker, now: NOW, limit: 10 })).length, 0);
    assert.equal((await claimDue(store, { worker, path, now: NOW, limit: 10 })).length, 0);
    const [held] = (await claimDue(store, { worker: dying, path, now: NOW, limit: 10 })) as [ClaimedDelivery];
    assert.equal(await store.retireWorkers({ worker: dying, now: NOW }), 1);
    assert.equal(await store.heartbeat({ worker: dying, node: 'n', first: false }), false);
    assert.equal(await store.settle(done(held, dying)), 'lost');
    assert.equal((await store.acquirePaths({ worker, now: NOW, limit: 10 })).length, 1);
    const [taken] = (await claimDue(store, { worker, path, now: NOW, limit: 10 })) as [ClaimedDelivery];
    assert.equal(taken.id, held.id);
    await store.settle(done(taken, worker));
    await store.releasePath({ worker, path });
  });

  it('gives the paths with due work first, however many others sleep', async () => {
    const sleeper = await newWorker(store);
    for (let index = 0; index < 30; index++) {
      const path = `a${index}.asleep.example>a` as PathKey;
      await store.accept({
        ...(await anAcceptance(store, { recipients: ['s@far.example'], path })),
        acceptedAt: NOW + 60_000,
      });
    }
    const due = 'z.due.example>a' as PathKey;
    await store.accept(await anAcceptance(store, { recipients: ['d@far.example'], path: due }));
    const got = await store.acquirePaths({ worker: sleeper, now: NOW, limit: 5 });
    assert.deepEqual(
      got.map(({ path }) => path),
      [due],
    );
    const later = await store.acquirePaths({ worker: sleeper, now: NOW + 60_000, limit: 100 });
    assert.equal(later.length, 30);
    for (const { path } of [...got, ...later]) {
      const claimed = await claimDue(store, { worker: sleeper, path, now: NOW + 60_000, limit: 10 });
      for (const delivery of claimed) await store.settle(done(delivery, sleeper));
      await store.releasePath({ worker: sleeper, path });
    }
  });

  it('gives back what was leased to a worker after it was retired', async () => {
    const path = 'mx.ghost.example>a' as PathKey;
    const ghost = await newWorker(store);
    await store.retireWorkers({ worker: ghost, now: NOW });
    const late = await anAcceptance(store, { recipients: ['g@far.example'], path });
    await store.accept({
      ...late,
      deliveries: late.deliveries.map((one) => ({ ...one, leasedBy: ghost })),
    });
    assert.deepEqual(await store.leases(ghost), [late.deliveries[0]?.id]);
    await store.retireWorkers({ now: NOW });
    assert.deepEqual(await store.leases(ghost), []);
    await store.acquirePaths({ worker, now: NOW, limit: 1, only: path });
    const [delivery] = (await claimDue(store, { worker, path, now: NOW, limit: 1 })) as [ClaimedDelivery];
    await store.settle(done(delivery, worker));
    await store.releasePath({ worker, path });
  });

  it('refuses a message whose pieces were swept while it arrived', async () => {
    const message = await staged(store, [randomBytes(1_000), randomBytes(1_000)]);
    await store.sweepStages(NOW + 1);
    await assert.rejects(store.accept(message), /swept/);
    assert.equal((await claimAll(store, worker)).length, 0);
  });

  it('an operation that fails fails alone', async () => {
    const good = await anAcceptance(store, { recipients: ['a@far.example'] });
    const twice = await anAcceptance(store, { recipients: ['b@far.example'] });
    const results = await Promise.allSettled([store.accept(twice), store.accept(good), store.accept(twice)]);
    assert.deepEqual(results.map((result) => result.status).sort(), ['fulfilled', 'fulfilled', 'rejected']);
    const claimed = await claimAll(store, worker);
    assert.deepEqual(
      claimed.map((delivery) => delivery.message.id).sort(),
      [good.message, twice.message].sort(),
    );
    for (const delivery of claimed) await store.settle(done(delivery, worker));
  });

  it('changes what a filter says, in batches, and tells the changes apart by their reason', async () => {
    const path = 'mx.held.example>a' as PathKey;
    const message = await anAcceptance(store, {
      recipients: ['a@held.example', 'b@held.example', 'c@held.example'],
      path,
    });
    await store.accept(message);
    const filter = { path };
    const hold = { kind: 'hold', filter, reason: 'looks odd', at: NOW, limit: 2 } as const;
    assert.deepEqual(await store.countChange(hold), {
      deliveries: 3,
      messages: 1,
      senders: 1,
      oldestAt: NOW,
    });
    const first = await store.changeQueue(hold);
    assert.deepEqual(first, { changed: 2, paths: [path], last: message.deliveries[1]?.id });
    assert.equal(
      (await store.changeQueue({ ...hold, after: first.last as DeliveryId, reason: 'another' })).changed,
      1,
    );
    assert.equal((await store.changeQueue(hold)).changed, 0);
    const release = { ...hold, kind: 'release', filter: { path, holdReason: 'looks odd' } } as const;
    assert.equal((await store.countChange(release)).deliveries, 2);
    assert.equal((await store.changeQueue(release)).changed, 2);
    const left = await store.listQueue({ filter: { path, state: 'held' }, limit: 10 });
    assert.deepEqual(
      left.map(({ recipient, holdReason }) => [recipient, holdReason]),
      [['c@held.example', 'another']],
    );
    const [traced] = await store.trace({ message: message.message, limit: 1 });
    assert.equal(traced?.deliveries[2]?.holdReason, 'another');
    assert.equal(traced?.expiresAt, message.expiresAt);
    assert.equal((await store.changeQueue({ ...hold, kind: 'cancel', limit: 10 })).changed, 3);
  });

  it('counts what is on a path, and keeps what its owner learnt', async () => {
    const path = 'mx.frozen.example>a' as PathKey;
    assert.equal(await store.path(path), undefined);
    assert.deepEqual(await store.listPaths(path), []);
    await store.accept(
      await anAcceptance(store, { recipients: ['a@frozen.example', 'b@frozen.example'], path }),
    );
    await store.acquirePaths({ worker, now: NOW, limit: 1, only: path });
    const pace = { level: 7, drain: { at: NOW, left: 2, perSecond: 0.5, endsAt: NOW + 4_000 } };
    await store.keepPace({ worker, path, provider: 'google', pace, at: NOW });
    const row = { path, owner: worker, provider: 'google', pace };
    assert.deepEqual(await store.path(path), row);
    assert.equal(await store.countBacklog(path), 2);
    // What its owner has in hand is still before it.
    const [leased] = await store.claim({
      worker,
      path,
      parts: [{ lane: 0, since: 0, before: NOW + 1, limit: 1 }],
    });
    assert.deepEqual([leased?.length, await store.countBacklog(path)], [1, 2]);
    await store.returnLeases({ worker, deliveries: leased?.map(({ id }) => id) ?? [] });
    assert.equal(await store.countBacklog('mx.unheard.example>a' as PathKey), 0);
    assert.deepEqual(await store.listPaths(path), [
      { ...row, ready: 2, waiting: 0, leased: 0, held: 0, oldestAt: NOW },
    ]);
    assert.deepEqual((await store.listPaths(undefined)).filter((one) => one.path === path).length, 1);
    assert.equal(
      (await store.changeQueue({ kind: 'cancel', filter: { path }, reason: 'done', at: NOW, limit: 10 }))
        .changed,
      2,
    );
  });

  it('keeps one row for a freeze, and how long it lasted', async () => {
    const scope = 'provider:google' as const;
    const freeze: Freeze = { scope, cause: 'operator', blame: 'local', since: NOW, reason: 'a move' };
    assert.deepEqual(await store.freeze(freeze), freeze);
    const again = { ...freeze, since: NOW + 5, reason: 'still', by: 'ana', until: NOW + 60 };
    assert.deepEqual(await store.freeze(again), { ...again, since: NOW });
    const automatic: Freeze = {
      ...freeze,
      cause: 'automatic',
      blame: 'path',
      canary: { at: NOW + 10, everyMs: 10 },
      reply: { stage: 'connect', text: 'refused', afterMs: 1 },
    };
    await store.freeze(automatic);
    assert.equal((await store.freezes(0)).freezes.length, 2);
    assert.deepEqual(await store.thaw({ scope, cause: 'operator', at: NOW + 20 }), {
      ...again,
      since: NOW,
    });
    assert.equal(await store.thaw({ scope, cause: 'operator', at: NOW + 20 }), undefined);
    const now = await store.freezes(0);
    assert.deepEqual(now.freezes, [automatic]);
    assert.deepEqual(now.stoppages, [{ scope, blame: 'local', from: NOW, to: NOW + 20 }]);
    assert.deepEqual((await store.freezes(NOW + 20)).stoppages, []);
    await store.thaw({ scope, cause: 'automatic', at: NOW + 30 });
    assert.equal((await store.freezes(0)).stoppages.length, 1, 'the clock ran on while the far end was dead');
    await store.freeze({ ...freeze, until: NOW + 50 });
    assert.deepEqual(await store.thawDue(NOW + 49), []);
    assert.equal((await store.thawDue(NOW + 50)).length, 1);
    assert.equal(await store.forgetStoppages(NOW + 100), 2);
  });

  it('gives the turn to send a canary to one', async () => {
    const scope = 'all';
    const canary = { at: NOW, everyMs: 10 };
    await store.freeze({ scope, cause: 'automatic', blame: 'local', since: NOW, reason: 'ours', canary });
    const next = { at: NOW + 20, everyMs: 20 };
    const turns = await Promise.all(
      [1, 2, 3].map(() => store.takeCanary({ scope, cause: 'automatic', dueAt: NOW, next })),
    );
    assert.deepEqual(turns.filter(Boolean), [true]);
    assert.deepEqual((await store.freezes(0)).freezes[0]?.canary, next);
    await store.thaw({ scope, cause: 'automatic', at: NOW });
    await store.forgetStoppages(NOW + 1);
  });

  it('gives customers their turn, whoever has how much', async () => {
    const path = 'mx.turns.example>a' as PathKey;
    await store.acquirePaths({ worker, now: NOW, limit: 1, only: path });
    const put = async (customer: string, count: number): Promise<void> => {
      const recipients = Array.from({ length: count }, (_, n) => `${n}@turns.example`);
      await store.accept(await anAcceptance(store, { recipients, path, customer }));
    };
    await put('big.example/1', 30);
    await put('big.example/2', 2);
    await put('big.example.org/1', 1);
    await put('small.example/-', 2);
    const request = { worker, path, lane: 0, since: 0, before: NOW + 1, domains: 2, each: 3 };
    let turn: Turn = { domain: '', customers: {} };
    const rounds: string[] = [];
    for (let round = 0; round < 5; round++) {
      const got = await store.claimInTurn({ ...request, turn });
      turn = got.turn;
      rounds.push(got.deliveries.map(({ customer }) => customer.replace('.example', '')).join(' '));
      for (const delivery of got.deliveries) await store.settle(done(delivery, worker));
    }
    assert.deepEqual(rounds, [
      'big.org/1 big/1 big/1 big/1',
      'small/- small/-',
      'big/2 big/2',
      // Nobody comes after: the first has its turn again.
      'big/1 big/1 big/1',
      'big/1 big/1 big/1',
    ]);
    const own = await store.claimInTurn({ ...request, turn, only: 'big.example/1', each: 2 });
    assert.deepEqual(
      own.deliveries.map(({ customer }) => customer),
      ['big.example/1', 'big.example/1'],
    );
    for (const delivery of own.deliveries) await store.settle(done(delivery, worker));
    const nobody = await store.claimInTurn({ ...request, turn, only: 'big.example/2' });
    assert.deepEqual(nobody, { deliveries: [], turn });
    const filter = { path };
    await store.changeQueue({ kind: 'cancel', filter, reason: 'done', at: NOW, limit: 100 });
  });

  it('gives what is to be told to its sender, and not before', async () => {
    const path = 'mx.told.example>a' as PathKey;
    const message = await anAcceptance(store, { recipients: ['a@told.example'], path });
    await store.accept({ ...message, tellAt: NOW + 1_000 });
    assert.deepEqual(await store.claimToTell({ worker, now: NOW + 999, limit: 10 }), []);
    const [delivery] = (await store.claimToTell({ worker, now: NOW + 1_000, limit: 10 })) as [
      ClaimedDelivery,
    ];
    assert.deepEqual([delivery.was, delivery.dueAt, delivery.delayTold], ['ready', NOW, false]);
    const told: Settlement = {
      delivery: delivery.id,
      message: delivery.message.id,
      worker,
      at: NOW + 1_000,
      attempted: false,
      next: { state: 'ready' },
      delayTold: true,
      tellAt: NOW + 5_000,
    };
    assert.equal(await store.settle(told), 'settled');
    assert.deepEqual(await store.claimToTell({ worker, now: NOW + 4_999, limit: 10 }), []);
    const [again] = (await store.claimToTell({ worker, now: NOW + 5_000, limit: 10 })) as [ClaimedDelivery];
    assert.equal(again.delayTold, true);
    await store.settle(done(again, worker));
  });

  it('tells of a notice of delay as that, and of no try', async () => {
    const path = 'mx.late.example>a' as PathKey;
    const message = await anAcceptance(store, { recipients: ['a@late.example', 'b@late.example'], path });
    await store.accept({ ...message, tellAt: NOW });
    const due = await store.claimToTell({ worker, now: NOW, limit: 10 });
    assert.equal(due.length, 2);
    for (const [
      index,
      {
        id: delivery,
        message: { id },
      },
    ] of due.entries()) {
      const notice =
        index === 0 ? { notice: await anAcceptance(store, { recipients: ['s@x.example'], path }) } : {};
      const about = { delivery, message: id, worker, at: NOW, attempted: false, blame: 'path' } as const;
      const next = { state: 'ready' } as const;
      await store.settle({ ...about, next, delayTold: true, tellAt: NOW + 9_000, ...notice });
    }
    const [told] = await store.trace({ message: message.message, limit: 1 });
    assert.deepEqual(
      told?.events.slice(1).map(({ kind, delivery, detail }) => [kind, delivery, detail.blame, detail.reply]),
      [['delay-told', due[0]?.id, 'path', undefined]],
    );
    await store.changeQueue({ kind: 'cancel', filter: { path }, reason: 'done', at: NOW, limit: 100 });
  });

  it('keeps a notice that is owed once one time, and the outcome each time', async () => {
    const path = 'mx.once.example>a' as PathKey;
    await store.acquirePaths({ worker, now: NOW, limit: 1, only: path });
    const message = await anAcceptance(store, { recipients: ['a@x.example', 'b@x.example'], path });
    await store.accept(message);
    const part = { lane: 0, since: 0, before: NOW + 1, limit: 10 };
    const [deliveries = []] = await store.claim({ worker, path, parts: [part] });
    const notices: number[] = [];
    for (const delivery of deliveries) {
      const notice = await anAcceptance(store, { recipients: ['s@far.example'], path });
      notices.push(notice.message);
      const settlement = { ...done(delivery, worker), notice, noticeOnce: 'node:a 1 7' };
      assert.equal(await store.settle(settlement), 'settled');
    }
    const kept = await Promise.all(notices.map((id) => store.trace({ message: id as never, limit: 1 })));
    assert.deepEqual(
      kept.map(({ length }) => length),
      [1, 0],
    );
    await store.changeQueue({ kind: 'cancel', filter: { path }, reason: 'done', at: NOW, limit: 100 });
  });

  it('tells the workers of a node what each has seen', async () => {
    const [one, two] = [await newWorker(store, 'node-a'), await newWorker(store, 'node-b')];
    const health: Health = {
      okAt: { connect: NOW, dns: NOW },
      failing: [{ group: 'far.example', kind: 'connect', since: NOW, lastAt: NOW }],
    };
    for (const [of, node] of [
      [one, 'node-a'],
      [two, 'node-b'],
    ] as const)
      await store.heartbeat({ worker: of, node, first: false, health });
    assert.deepEqual(await store.healths('node-a'), [health]);
    assert.deepEqual(await store.healths('node-c'), []);
    const nodes = new Map((await store.workers()).map(({ worker: of, node }) => [of, node]));
    assert.deepEqual([nodes.get(one), nodes.get(two)], ['node-a', 'node-b']);
    await store.retireWorkers({ node: 'node-a', now: NOW });
    await store.retireWorkers({ node: 'node-b', now: NOW });
  });

  it('takes a thousand messages at once', async () => {
    const messages = await Promise.all(
      Array.from({ length: 1000 }, () => anAcceptance(store, { recipients: ['a@far.example'] })),
    );
    await Promise.all(messages.map((message) => store.accept(message)));
    const claimed = await claimAll(store, worker);
    assert.equal(claimed.length, 1000);
    const results = await Promise.all(claimed.map((delivery) => store.settle(done(delivery, worker))));
    assert.ok(results.every((result) => result === 'settled'));
  });
});
