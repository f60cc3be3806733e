import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settled, VirtualClock } from '../../../test/virtual-clock.ts';
import { silentLog } from '../../base/log.ts';
import type { Verdict } from '../delivery/classify.ts';
import type { PathKey, RemoteReply, Stage } from '../envelope.ts';
import type { CaseHold, CaseStore, ProviderCase } from '../reputation/case.ts';
import type { Freeze, Scope } from './freeze.ts';
import { ProviderDesk } from './provider-desk.ts';
import type { PathRunner } from './path-runner.ts';
import type { ClaimedDelivery } from './port.ts';

const HOUR_MS = 3_600_000;
const SITES = ['mta5.am0.yahoodns.net>a', 'mta6.am0.yahoodns.net>a', 'mta7.am0.yahoodns.net>a'] as PathKey[];
const FAR = 'mx.far.example>a' as PathKey;
const STREAM: Scope = 'provider:yahoo>a';

/** Whom all mail is for. */
const TO = '"try in 2 days"@yahoo.com';

interface Runner {
  readonly path: PathKey;
  active: number;
  level: number;
  waiting: number;
  draining: boolean;
}

/** The desk of one worker; `cases` are in the store that it shares with others. */
function aDesk(cases: ProviderCase[] = [], provider = 'yahoo') {
  const clock = new VirtualClock();
  const freezes: Freeze[] = [];
  const held: CaseHold[] = [];
  const closed: Scope[] = [];
  const tenants: { domain: string; tenant: string }[] = [];
  const runners: Runner[] = [...SITES, FAR].map((path) => ({
    path,
    active: 0,
    level: 4,
    waiting: 0,
    draining: false,
  }));
  const customerOf = (path: PathKey, customer: string): Scope =>
    `customer:${customer}>${path === FAR ? 'mx.far.example' : 'yahoo'}`;
  const providerDesk = new ProviderDesk({
    store: {
      cases: async () => [...cases],
      tenants: async () => [...tenants],
      noteCase: async () => {},
      keepCaseLevel: async () => {},
      closeCase: async ({ scope }: { scope: Scope }) => void closed.push(scope),
    } as unknown as CaseStore,
    clock,
    log: silentLog,
    feedback: { told() {} },
    providerOf: (path) => (path === FAR ? undefined : provider),
    runners: () => runners as unknown as PathRunner[],
    over: (path, customer) =>
      freezes.filter(({ scope }) =>
        [path === FAR ? `path:${FAR}` : STREAM, customerOf(path, customer)].includes(scope),
      ),
    async hold(request) {
      held.push(request);
      freezes.push(request.freeze);
    },
    async thaw(scope) {
      const at = freezes.findIndex((one) => one.scope === scope);
      if (at >= 0) freezes.splice(at, 1);
    },
  });
  const hear = (
    customer: string,
    verdict: Verdict,
    about: { path?: PathKey; stage?: Stage; text?: string } = {},
  ) => {
    const { path = SITES[0] as PathKey, stage = 'mail', text = '[TSS04] try again later' } = about;
    const reply: RemoteReply = { stage, code: 421, text, afterMs: 1 };
    return providerDesk.heard(
      {
        path,
        customer: `${customer}/1`,
        recipient: { address: TO },
        message: { envelope: { reversePath: `u@${customer}` } },
      } as ClaimedDelivery,
      verdict,
      reply,
    );
  };
  return { providerDesk, clock, cases, tenants, held, freezes, closed, runners, hear };
}

const REFUSED: Verdict = {
  kind: 'path-trouble',
  blame: 'reputation',
  reading: { class: 'ip-throttled', rule: 'yahoo/slowed-address' },
  about: { scope: 'ip', confidence: 'high' },
};
const TAKEN: Verdict = { kind: 'delivered' };

function aCase(about: Partial<ProviderCase>): ProviderCase {
  return {
    id: 1,
    scope: STREAM,
    provider: 'yahoo',
    egress: 'a',
    blame: 'reputation',
    class: 'ip-throttled',
    state: 'returning',
    openedAt: 0,
    changedAt: 0,
    pauseMs: 2 * HOUR_MS,
    level: 12,
    renewed: 0,
    ...about,
  };
}

test('the first customer is held alone, the third shows that it is us, and one case takes over', async () => {
  const desk = aDesk();
  assert.equal(desk.hear('a.example', REFUSED), 'apart');
  assert.equal(desk.hear('b.example', REFUSED), 'apart');
  await settled();
  assert.equal(desk.hear('c.example', REFUSED), undefined);
  await settled();
  assert.deepEqual(
    desk.held.map(({ freeze }) => freeze.scope),
    ['customer:a.example>yahoo', 'customer:b.example>yahoo', STREAM],
  );
  assert.deepEqual(desk.closed, ['customer:b.example>yahoo', 'customer:a.example>yahoo']);
  assert.deepEqual(
    desk.freezes.map(({ scope }) => scope),
    [STREAM],
  );
  assert.equal(desk.held[2]?.about.level, 12, 'what all its paths bore together');
  assert.equal(desk.hear('d.example', REFUSED), undefined);
  assert.equal(desk.held.length, 3, 'what is under way then is put down to the same hold');
});

test('who stands still for its own sake keeps that case when our address is refused, and counts among those who met that', async () => {
  const desk = aDesk();
  const unsigned: Verdict = {
    kind: 'deferred',
    blame: 'sender',
    reading: { class: 'auth-failure', rule: 'microsoft/unsigned' },
    about: { scope: 'account-domain', confidence: 'high' },
  };
  for (let n = 0; n < 3; n++) desk.hear('a.example', unsigned);
  await settled();
  assert.deepEqual(
    desk.held.map(({ freeze, about }) => [freeze.scope, about.blame]),
    [['customer:a.example>yahoo', 'sender']],
  );
  assert.equal(desk.hear('a.example', REFUSED), 'apart');
  assert.equal(desk.held.length, 1);
  desk.hear('b.example', REFUSED);
  await settled();
  assert.equal(desk.hear('c.example', REFUSED), undefined);
  await settled();
  const [, , wide] = desk.held;
  assert.deepEqual([wide?.freeze.scope, desk.closed], [STREAM, ['customer:b.example>yahoo']]);
  assert.deepEqual(
    wide?.replies.map((one) => one.class),
    ['ip-throttled', 'ip-throttled'],
    'b had its own in its case',
  );
});

test('who asks for less is not held, nor is anybody by a word that is not sure', () => {
  const desk = aDesk();
  const rate: Verdict = { ...REFUSED, about: { scope: 'rate', confidence: 'high' } };
  const vague: Verdict = { ...REFUSED, about: { scope: 'ip', confidence: 'low' } };
  const theirs: Verdict = {
    ...REFUSED,
    blame: 'path',
    about: { scope: 'remote-outage', confidence: 'high' },
  };
  for (const verdict of [rate, vague, theirs])
    for (const customer of ['a.example', 'b.example', 'c.example', 'd.example'])
      assert.equal(desk.hear(customer, verdict), undefined);
  assert.deepEqual(desk.held, []);
});

test('a path that is refused again and again stands still with all of its provider', () => {
  const desk = aDesk();
  const reply: RemoteReply = { stage: 'connect', code: 421, text: 'try again in 24 hours', afterMs: 1 };
  desk.providerDesk.failed(SITES[1] as PathKey, { blame: 'reputation', reply });
  desk.providerDesk.failed(FAR, { blame: 'reputation', reply });
  assert.deepEqual(
    desk.held.map(({ freeze, about }) => [freeze.scope, about.provider, about.pauseMs]),
    [
      [STREAM, 'yahoo', 24 * HOUR_MS],
      [`path:${FAR}`, 'mx.far.example', 24 * HOUR_MS],
    ],
  );
});

test('what comes back has one connection for all its sites, and one more for each message that is taken', async () => {
  const desk = aDesk([aCase({})]);
  await desk.providerDesk.refresh();
  const [one, two] = desk.runners as [Runner, Runner];
  assert.equal(desk.providerDesk.mayOpen(two.path), true);
  one.active = 1;
  assert.equal(desk.providerDesk.mayOpen(two.path), false, 'another site of the same provider');
  assert.equal(desk.providerDesk.mayOpen(FAR), true);
  desk.hear('a.example', TAKEN);
  assert.equal(desk.providerDesk.mayOpen(two.path), true);
  two.active = 1;
  assert.equal(desk.providerDesk.mayOpen(two.path), false);
  for (let n = 0; n < 11; n++) desk.hear('a.example', TAKEN);
  one.active = 11;
  assert.equal(desk.providerDesk.mayOpen(two.path), false, 'twelve is what it bore before');
  for (let n = 0; n < 6; n++) desk.hear('a.example', TAKEN);
  assert.equal(desk.providerDesk.mayOpen(two.path), false, 'past that it grows by one a round');
});

test('the first renewed refusal stops it again, whoever it is said to, and for twice as long', async () => {
  const desk = aDesk([aCase({})]);
  await desk.providerDesk.refresh();
  const vague: Verdict = { ...REFUSED, about: { scope: 'ip', confidence: 'medium' } };
  assert.equal(desk.hear('a.example', vague), undefined);
  assert.deepEqual([desk.held[0]?.freeze.scope, desk.held[0]?.about.pauseMs], [STREAM, 4 * HOUR_MS]);
  assert.equal(desk.providerDesk.mayOpen(SITES[0] as PathKey), true, 'the freeze is what stops it');
});

test('a block that comes back within the day has the next longer pause', async () => {
  const desk = aDesk([aCase({ state: 'closed' })]);
  await desk.providerDesk.refresh();
  desk.hear('a.example', REFUSED, { stage: 'banner' });
  assert.equal(desk.held[0]?.about.pauseMs, 4 * HOUR_MS);
});

test('a block that explains a longer one of a customer is no shorter', async () => {
  const customer = { scope: 'customer:a.example>yahoo', customer: 'a.example', state: 'held' } as const;
  const desk = aDesk([aCase({ ...customer, pauseMs: 4 * HOUR_MS })]);
  await desk.providerDesk.refresh();
  for (const name of ['b.example', 'c.example', 'd.example']) desk.hear(name, REFUSED);
  const wide = desk.held.find(({ freeze }) => freeze.scope === STREAM);
  assert.equal(wide?.about.pauseMs, 4 * HOUR_MS);
});

test('a case is closed when some was taken and nothing waits, or when it has gone well for long', async () => {
  const desk = aDesk([aCase({ changedAt: new VirtualClock().now() })]);
  const [one] = desk.runners as [Runner];
  one.waiting = 5;
  await desk.providerDesk.refresh();
  await desk.providerDesk.tidy();
  desk.hear('a.example', TAKEN);
  await desk.providerDesk.tidy();
  assert.deepEqual(desk.closed, [], 'five wait');
  one.waiting = 0;
  await desk.providerDesk.tidy();
  assert.deepEqual(desk.closed, [STREAM]);
  const later = aDesk([aCase({ changedAt: 0 })]);
  await later.providerDesk.refresh();
  await later.providerDesk.tidy();
  assert.deepEqual(later.closed, [STREAM]);
});

test('strangers who make up domains to send from do not fill the book: past two hundred a delivery waits for itself', () => {
  const desk = aDesk();
  const unsigned: Verdict = {
    kind: 'deferred',
    blame: 'sender',
    reading: { class: 'auth-failure', rule: 'google/unauthenticated' },
    about: { scope: 'account-domain', confidence: 'high' },
  };
  for (let n = 0; n < 300; n++)
    for (let count = 0; count < 2; count++) desk.hear(`c${n}.example`, unsigned, { stage: 'end-of-data' });
  assert.equal(desk.held.length, 200);
  assert.equal(desk.hear('x.example', unsigned, { path: FAR }), undefined);
  assert.equal(desk.hear('x.example', unsigned, { path: FAR }), 'apart', 'elsewhere there is room');
});

test('a customer that another worker held at the same moment is put down to the whole as well', async () => {
  const own = aCase({ id: 2, scope: 'customer:a.example>yahoo', customer: 'a.example', state: 'held' });
  const desk = aDesk([aCase({ state: 'held' }), own]);
  await desk.providerDesk.refresh();
  await desk.providerDesk.tidy();
  assert.deepEqual(desk.closed, ['customer:a.example>yahoo']);
});

test('where sites answer each for itself, the second that refuses us does not let the first go', async () => {
  const desk = aDesk([], 'microsoft365');
  for (const path of SITES.slice(0, 2)) desk.hear('a.example', REFUSED, { path, stage: 'banner' });
  await settled();
  await desk.providerDesk.tidy();
  assert.deepEqual(
    desk.held.map(({ freeze }) => freeze.scope),
    SITES.slice(0, 2).map((path) => `path:${path}`),
  );
  assert.deepEqual(desk.closed, []);
});

test('how long to wait is not taken from an address that is said back', () => {
  const desk = aDesk();
  desk.hear('a.example', REFUSED, { text: `[TSS04] <${TO}> try in 2 days@yahoo.com` });
  desk.hear('b.example', REFUSED, { text: `[TSS04] <${TO}> try again in 3 hours` });
  assert.deepEqual(
    desk.held.map(({ about }) => about.pauseMs),
    [2 * HOUR_MS, 3 * HOUR_MS],
  );
});

test('a case whose last message was the canary is closed once nothing waits; one that an operator let go is not', async () => {
  const scope: Scope = 'customer:a.example>yahoo';
  for (const isTaken of [true, false]) {
    const own = { scope, customer: 'a.example', changedAt: new VirtualClock().now() } as const;
    const desk = aDesk([aCase({ ...own, state: 'held' })]);
    await desk.providerDesk.refresh();
    if (isTaken) desk.hear('a.example', TAKEN);
    desk.cases.splice(0, 1, aCase({ ...own, state: 'returning' }));
    await desk.providerDesk.refresh();
    const [one] = desk.runners as [Runner];
    one.waiting = 1;
    for (let look = 0; look < 5; look++) await desk.providerDesk.tidy();
    one.waiting = 0;
    for (let look = 0; look < 2; look++) await desk.providerDesk.tidy();
    assert.deepEqual(desk.closed, [], 'what waits may not be in memory yet');
    await desk.providerDesk.tidy();
    assert.deepEqual(desk.closed, isTaken ? [scope] : []);
  }
});

test('domains of one tenant are one customer, also where another worker held some; who loses it counts apart again', async () => {
  const desk = aDesk();
  for (const domain of ['a.example', 'b.example', 'c.example', 'd.example'])
    desk.tenants.push({ domain, tenant: 'acme' });
  const own = { customer: 'd.example', scope: 'customer:d.example>yahoo', state: 'held' } as const;
  desk.cases.push(aCase(own));
  await desk.providerDesk.refresh();
  for (const customer of ['a.example', 'b.example', 'c.example', 'other.example'])
    assert.equal(desk.hear(customer, REFUSED), 'apart', customer);
  assert.ok(desk.held.every(({ freeze }) => freeze.scope !== STREAM));
  assert.equal(
    desk.hear('third.example', REFUSED),
    undefined,
    'three that have nothing to do with each other',
  );
  assert.equal(desk.held.at(-1)?.freeze.scope, STREAM);

  const later = aDesk();
  later.tenants.push({ domain: 'a.example', tenant: 'acme' }, { domain: 'b.example', tenant: 'acme' });
  await later.providerDesk.refresh();
  later.tenants.splice(0);
  await later.clock.advance(60_000);
  await later.providerDesk.refresh();
  for (const customer of ['a.example', 'b.example', 'c.example']) later.hear(customer, REFUSED);
  assert.equal(later.held.at(-1)?.freeze.scope, STREAM);
});
