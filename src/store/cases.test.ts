/** Holds, their cases and their canaries, on every store. */
import assert from 'node:assert/strict';
import { before, it } from 'node:test';
import { claimDue } from '../../test/claim.ts';
import { anAcceptance, done, NOW, newWorker, onEveryStore, PATH } from '../../test/stores.ts';
import { type PathKey, type RemoteReply, UNROUTED, type WorkerId } from '../core/envelope.ts';
import type { Scope } from '../core/queue/freeze.ts';
import { FIRST } from '../core/queue/sending-back.ts';
import { type CaseHold, MOST_REPLIES, type ProviderCase } from '../core/reputation/case.ts';
import type { SqlStore } from './store.ts';

const REPLY: RemoteReply = { stage: 'mail', code: 421, text: '[TSS04] é', afterMs: 3 };

function hold(scope: Scope, at: number, pauseMs = 100): CaseHold {
  return {
    freeze: {
      scope,
      cause: 'automatic',
      blame: 'reputation',
      since: at,
      reason: REPLY.text,
      canary: { at: at + pauseMs, everyMs: pauseMs },
      reply: REPLY,
    },
    about: { provider: 'yahoo', egress: 'a', blame: 'reputation', class: 'ip-throttled', pauseMs, level: 7 },
    replies: [{ at, customer: 'bad.example', path: PATH, reply: REPLY, class: 'ip-throttled', rule: 'r' }],
  };
}

onEveryStore('holds', (open) => {
  let store: SqlStore;
  let worker: WorkerId;

  before(async () => {
    ({ store } = await open());
    worker = await newWorker(store);
  });

  /** The open one of its scope, once it is held. */
  async function caseOf(wanted: CaseHold): Promise<ProviderCase> {
    await store.hold(wanted);
    const all = await store.cases({ since: NOW, limit: 100 });
    const found = all.find(({ scope, state }) => scope === wanted.freeze.scope && state !== 'closed');
    assert.ok(found !== undefined);
    return found;
  }

  it('counts whose mail met a far end before a block, also what waits there since, and nothing that came after', async () => {
    const path = 'mx.counted.example>a' as PathKey;
    const refusal = { ...REPLY, remote: 'mx.counted.example' };
    const at = NOW;
    for (const [customer, reply, acceptedAt] of [
      ['took.example/1', undefined, at - 2],
      ['put.off.example/2', refusal, at - 1],
      ['put.off.example/2', refusal, at],
      ['never.tried.example/3', REPLY, at],
      ['after.example/4', refusal, at + 1],
      ['before.example/5', refusal, at - 100],
    ] as const) {
      const input = {
        ...(await anAcceptance(store, { recipients: ['a@b.example'], path, customer })),
        acceptedAt,
      };
      await store.accept(input);
      await store.acquirePaths({ worker, now: NOW + 10, limit: 1, only: path });
      const [delivery] = await claimDue(store, { worker, path, now: at + 10, limit: 1 });
      assert.ok(delivery !== undefined, customer);
      const taken = done(delivery, worker);
      const next = { state: 'waiting', lane: 1, dueAt: at + 9_999 } as const;
      await store.settle(reply === undefined ? taken : { ...taken, reply, next });
    }
    const counted = await store.recentVolumes({ paths: [path], since: at - 50, until: at, limit: 10 });
    assert.deepEqual(counted, [
      { customer: 'put.off.example/2', deliveries: 2 },
      { customer: 'took.example/1', deliveries: 1 },
    ]);
  });

  it('opens a case with a hold, brings it back with the thaw, renews it, and closes it', async () => {
    const scope: Scope = 'provider:yahoo>a';
    const frozen = await store.hold(hold(scope, NOW));
    assert.deepEqual(frozen, hold(scope, NOW).freeze);
    const [opened, ...more] = await store.cases({ since: NOW, limit: 10 });
    assert.deepEqual(
      [opened?.state, opened?.provider, opened?.egress, opened?.pauseMs, opened?.level, more.length],
      ['held', 'yahoo', 'a', 100, 7, 0],
    );
    await store.thaw({ scope, cause: 'automatic', at: NOW + 10 });
    const id = opened?.id as number;
    assert.equal((await store.providerCase(id))?.state, 'returning');
    await store.keepCaseLevel({ id, level: 9 });
    await store.keepCaseLevel({ id, level: 8 });
    await store.hold(hold(scope, NOW + 20, 200));
    const renewed = await store.providerCase(id);
    assert.deepEqual(
      [renewed?.state, renewed?.pauseMs, renewed?.level, renewed?.renewed, renewed?.openedAt],
      ['held', 200, 9, 1, NOW],
    );
    await store.thaw({ scope, cause: 'automatic', at: NOW + 30 });
    await store.closeCase({ scope, at: NOW + 40, why: 'mail flows again' });
    await store.noteCase({ scope, event: { at: NOW + 50, kind: 'retry', detail: {} } });
    const told = (await store.caseEvents(id)).map(({ at, kind }) => [at - NOW, kind]);
    assert.deepEqual(told.sort(), [
      [0, 'held'],
      [0, 'reply'],
      [10, 'returning'],
      [20, 'renewed'],
      [20, 'reply'],
      [30, 'returning'],
      [40, 'closed'],
    ]);
    assert.equal((await store.cases({ since: NOW + 40, limit: 10 })).length, 1);
    assert.equal((await store.cases({ since: NOW + 41, limit: 10 })).length, 0);
    await store.hold(hold(scope, NOW + 60));
    assert.equal((await store.cases({ since: NOW, limit: 10 })).length, 2, 'another block is another case');
    assert.equal(await store.forgetCases(NOW + 41), 1);
    assert.deepEqual(await store.caseEvents(id), []);
    await store.thaw({ scope, cause: 'automatic', at: NOW + 70 });
  });

  it('ends a case that was open for another reason: what was said for that is no evidence of the new one', async () => {
    const scope: Scope = 'customer:own.example>yahoo';
    const own = hold(scope, NOW);
    const sender = { blame: 'sender', class: 'auth-failure' } as const;
    const { id: first } = await caseOf({
      ...own,
      freeze: { ...own.freeze, blame: 'sender' },
      about: { ...own.about, ...sender, customer: 'own.example' },
    });
    await store.thaw({ scope, cause: 'automatic', at: NOW + 10 });
    const second = await caseOf(hold(scope, NOW + 20));
    assert.notEqual(second.id, first);
    assert.deepEqual([second.blame, second.renewed], ['reputation', 0]);
    assert.equal((await store.providerCase(first))?.state, 'closed');
    assert.equal((await store.caseEvents(second.id)).filter(({ kind }) => kind === 'reply').length, 1);
  });

  it('says who let a hold go, and takes the pause that was cut short for the last one', async () => {
    const scope: Scope = 'provider:gmx>a';
    for (const [by, pauseMs] of [
      [undefined, 50],
      [{ by: 'ana', reason: 'é' }, 100],
    ] as const) {
      await store.hold(hold(scope, NOW));
      await store.thaw({ scope, cause: 'automatic', at: NOW + 1, ...(by === undefined ? {} : { by }) });
      const all = await store.cases({ since: NOW, limit: 10 });
      const one: ProviderCase | undefined = all.find((found) => found.scope === scope);
      assert.equal(one?.pauseMs, pauseMs, 'the next is twice as long');
      const detail = (await store.caseEvents(one?.id as number)).findLast(
        ({ kind }) => kind === 'returning',
      )?.detail;
      assert.deepEqual([detail?.by, detail?.why], [by?.by, by?.reason]);
    }
    await store.closeCase({ scope, at: NOW + 2, why: 'x' });
  });

  it('keeps what an operator has spread until its end, and tells it in the case', async () => {
    const [scope, block]: [Scope, Scope] = ['provider:gmail', 'provider:gmail>a'];
    await store.hold(hold(block, NOW));
    const order = { scope, reason: 'é', by: 'op', since: NOW, until: NOW + 100 };
    await store.spread({ ...order, cases: [block] });
    await store.spread({ ...order, until: NOW + 50, cases: [block] });
    assert.deepEqual(await store.spreads(NOW + 1), [{ ...order, until: NOW + 50 }], 'one of a scope');
    assert.deepEqual(await store.spreads(NOW + 50), []);
    const end = { scope, by: 'op', reason: 'enough', cases: [block] };
    assert.equal(await store.unspread({ ...end, at: NOW + 50 }), false, 'it was over');
    assert.equal(await store.unspread({ ...end, at: NOW + 49 }), true);
    assert.equal(await store.unspread({ ...end, at: NOW + 49 }), false, 'once');
    const found = (await store.cases({ since: NOW, limit: 10 })).find((one) => one.scope === block);
    const told = await store.caseEvents(found?.id as number);
    assert.deepEqual(
      told.flatMap(({ kind, detail }) => (/spread/.test(kind) ? [[kind, detail.why, detail.until]] : [])),
      [
        ['spread', 'é', NOW + 100],
        ['spread', 'é', NOW + 50],
        ['unspread', 'enough', undefined],
      ],
    );
    await store.thaw({ scope: block, cause: 'automatic', at: NOW + 70 });
  });

  it('sends back to be routed what stands on a path, its place by age untouched', async () => {
    const path = 'mx.spread.example>a' as PathKey;
    await store.accept(
      await anAcceptance(store, { recipients: ['a@x.example', 'b@x.example', 'c@x.example'], path }),
    );
    const some = await store.unroute({ path, limit: 2, after: FIRST });
    assert.equal(some.moved, 2);
    assert.ok(some.last !== undefined);
    const rest = await store.unroute({ path, limit: 2, after: some.last });
    assert.equal(rest.moved, 1);
    assert.ok(rest.last !== undefined);
    assert.deepEqual(await store.unroute({ path, limit: 2, after: rest.last }), { moved: 0 });
    await store.acquirePaths({ worker, now: NOW, limit: 1, only: UNROUTED });
    const parts = [{ lane: 0, since: 0, before: NOW + 1, limit: 10 }];
    const [claimed] = await store.claim({ worker, path: UNROUTED, parts });
    assert.deepEqual(
      claimed?.map(({ was, dueAt, lane, attempts }) => [was, dueAt, lane, attempts]),
      Array(3).fill(['ready', NOW, 0, 0]),
    );
  });

  it('holds the same thing once, whoever does it, and keeps so many replies', async () => {
    const scope: Scope = 'customer:bad.example>yahoo';
    await Promise.all([1, 2, 3].map((at) => store.hold(hold(scope, NOW + at))));
    const mine = (await store.cases({ since: NOW, limit: 10 })).filter((one) => one.scope === scope);
    assert.equal(mine.length, 1);
    const event = { at: NOW, kind: 'reply', detail: { customer: 'bad.example', reply: REPLY } } as const;
    for (let n = 0; n < MOST_REPLIES; n++) await store.noteCase({ scope, event });
    const events = await store.caseEvents(mine[0]?.id as number);
    assert.equal(events.filter(({ kind }) => kind === 'reply').length, MOST_REPLIES);
    assert.deepEqual(events.find(({ kind }) => kind === 'reply')?.detail.reply, REPLY);
  });

  it('has what was said of a narrower case in the wider one as well, and names that in the narrower', async () => {
    const narrow: Scope = 'customer:one.example>aol';
    const wide: Scope = 'provider:aol>a';
    await store.hold(hold(narrow, NOW));
    await store.hold(hold(wide, NOW + 5));
    for (let twice = 0; twice < 2; twice++)
      await store.closeCase({ scope: narrow, at: NOW + 6, why: 'it is all of it', into: wide });
    const all = await store.cases({ since: NOW, limit: 100 });
    const idOf = (scope: Scope): number => all.find((one) => one.scope === scope)?.id as number;
    const told = async (scope: Scope) =>
      (await store.caseEvents(idOf(scope))).map(({ at, kind, detail }) => [at - NOW, kind, detail.into]);
    assert.deepEqual((await told(narrow)).sort(), [
      [0, 'held', undefined],
      [0, 'reply', undefined],
      [6, 'closed', idOf(wide)],
    ]);
    assert.deepEqual((await told(wide)).sort(), [
      [0, 'reply', undefined],
      [5, 'held', undefined],
      [5, 'reply', undefined],
    ]);
    await store.closeCase({ scope: wide, at: NOW + 7, why: 'mail flows again' });
    for (const scope of [narrow, wide]) await store.thaw({ scope, cause: 'automatic', at: NOW + 8 });
  });

  it('claims around customers that stand still', async () => {
    const path = 'around>a' as PathKey;
    await store.acquirePaths({ worker, now: NOW, limit: 1, only: path });
    for (const customer of ['a.example/1', 'bad.example/2', 'bad.example/3', 'c.example/4'])
      await store.accept(await anAcceptance(store, { recipients: ['x@far.example'], path, customer }));
    const turn = { domain: '', customers: {} };
    const part = { worker, path, lane: 0, since: 0, before: NOW + 1, turn, domains: 10, each: 10 };
    const { deliveries } = await store.claimInTurn({ ...part, except: ['bad.example'] });
    assert.deepEqual(deliveries.map(({ customer }) => customer).sort(), ['a.example/1', 'c.example/4']);
  });

  it('proposes canaries of others than those to avoid, or of one customer, and leases the one chosen', async () => {
    const path = 'canary>a' as PathKey;
    await store.acquirePaths({ worker, now: NOW, limit: 1, only: path });
    const put = async (customer: string): Promise<void> =>
      store.accept(await anAcceptance(store, { recipients: ['x@far.example'], path, customer }));
    await put('good.example/1');
    for (let n = 0; n < 60; n++) await put('bad.example/2');
    const request = { path, now: NOW, avoid: ['bad.example'] };
    const proposed = await store.canaryCandidates(request);
    const good = proposed.filter(({ customer }) => customer === 'good.example/1');
    assert.equal(good.length, 1, 'found behind many of the other');
    assert.deepEqual([good[0]?.submitted, good[0]?.refused], [false, false]);
    const own = await store.canaryCandidates({ path, now: NOW, avoid: [], only: 'bad.example' });
    assert.ok(own.length > 0 && own.every(({ customer }) => customer === 'bad.example/2'));
    assert.deepEqual(await store.canaryCandidates({ ...request, now: NOW - 1 }), []);
    const delivery = good[0]?.delivery as never;
    assert.equal((await store.claimOne({ worker, path, delivery }))?.customer, 'good.example/1');
    assert.equal(await store.claimOne({ worker, path, delivery }), undefined, 'it is leased');
  });

  it('suppresses an address that is refused for sure again days later, and forgets it', async () => {
    const DAY_MS = 86_400_000;
    const refuse = (address: string, at: number) => store.countRefusal({ address, reason: 'no user', at });
    assert.equal((await refuse('a@far.example', NOW)).since, undefined);
    assert.equal((await refuse('a@far.example', NOW + DAY_MS)).since, undefined, 'too soon');
    const at = NOW + 2 * DAY_MS;
    const gone = await refuse('a@far.example', at);
    assert.deepEqual([gone.since, gone.failures, gone.expiresAt], [at, 3, at + 90 * DAY_MS]);
    assert.equal((await refuse('a@far.example', at + 1)).since, at, 'since then, not since now');
    await refuse('b@far.example', NOW);
    const anew = await refuse('b@far.example', NOW + 61 * DAY_MS);
    assert.deepEqual([anew.failures, anew.since], [1, undefined], 'what is past counts no more');
    const entry = {
      address: 'c@far.example',
      reason: 'moved é',
      by: 'ana',
      failures: 0,
      firstAt: NOW,
      lastAt: NOW,
      since: NOW,
      expiresAt: NOW + 10,
    };
    await store.suppress(entry);
    const listed = await store.suppressions({ now: NOW, limit: 10, only: 'suppressed' });
    assert.deepEqual(
      listed.map(({ address }) => address),
      ['a@far.example', 'c@far.example'],
    );
    assert.deepEqual(listed[1], entry);
    assert.equal((await store.suppressions({ now: NOW, limit: 10, only: 'all' })).length, 3);
    assert.equal((await store.suppressions({ now: NOW + 10, limit: 10, only: 'suppressed' })).length, 1);
    assert.equal(await store.unsuppress('a@far.example'), true);
    assert.equal(await store.unsuppress('a@far.example'), false);
    assert.equal(await store.forgetSuppressions(NOW + 11), 1);
  });

  it('adds a report to the story of a message, and says whose it is', async () => {
    const customer = 'here.example/5';
    const sent = await anAcceptance(store, { recipients: ['Bob@far.example'], customer });
    await store.accept(sent);
    const { message } = sent;
    const report = { kind: 'reported', reason: 'far: failed 5.1.1', recipient: 'bob@far.example' } as const;
    assert.deepEqual(await store.keepReport({ message, at: NOW + 5, report }), { customer });
    const [traced] = await store.trace({ message, limit: 1 });
    const event = traced?.events.at(-1);
    assert.deepEqual(
      [event?.kind, event?.at, event?.delivery, event?.detail.reason],
      ['reported', NOW + 5, sent.deliveries[0]?.id, 'far: failed 5.1.1'],
    );
    assert.equal(await store.keepReport({ message: 1 as never, at: NOW, report }), undefined);
  });

  it('gives those of providers first, when there are too many', async () => {
    const scopes: Scope[] = ['provider:orange>a', 'path:mx1.far.example>a', 'path:mx2.far.example>a'];
    for (const [index, scope] of scopes.entries()) {
      const { about, ...rest } = hold(scope, NOW + index);
      const provider = index === 0 ? 'orange' : `mx${index}.far.example`;
      await store.hold({ ...rest, about: { ...about, provider } });
    }
    const named = async (limit: number) =>
      (await store.cases({ since: Number.MAX_SAFE_INTEGER, limit }))
        .map(({ provider }) => provider)
        .filter((provider) => provider !== 'yahoo');
    const all = (await store.cases({ since: Number.MAX_SAFE_INTEGER, limit: 100 })).length;
    assert.deepEqual(await named(all), ['mx2.far.example', 'mx1.far.example', 'orange']);
    assert.deepEqual(await named(all - 1), ['mx2.far.example', 'orange']);
  });
});
