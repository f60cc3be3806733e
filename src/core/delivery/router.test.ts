import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../../test/virtual-clock.ts';
import type { Hop } from './port.ts';
import type { Route } from './route.ts';
import { type DnsAnswer, DnsRouter, type Resolver, type RouterOptions } from './router.ts';

type Mx = DnsAnswer<{ host: string; preference: number }>;

const NO_DATA = { kind: 'no-data' } as const;
const NO_NAME = { kind: 'no-name' } as const;
const SERVFAIL = { kind: 'failed', why: 'SERVFAIL', trouble: 'remote' } as const;
const NO_ANSWER = { kind: 'failed', why: 'no answer in time', trouble: 'local' } as const;

const found = <T>(...records: T[]): DnsAnswer<T> => ({ kind: 'found', records, ttlSeconds: 300 });

/** `10 mx.example` as a record. */
function mx(...lines: string[]): Mx {
  return found(
    ...lines.map((line) => ({ preference: Number.parseInt(line, 10), host: line.split(' ')[1] ?? '' })),
  );
}

interface World {
  readonly router: DnsRouter;
  readonly clock: VirtualClock;
  readonly asked: string[];
  readonly zone: Record<string, DnsAnswer<never> | Mx | DnsAnswer<string>>;
}

/** A resolver over `mx NAME` and `a NAME` entries; what has none does not exist. */
function aWorld(zone: World['zone'], options: Partial<RouterOptions> = {}): World {
  const clock = new VirtualClock();
  const asked: string[] = [];
  const ask = async <T>(key: string): Promise<DnsAnswer<T>> => {
    asked.push(key);
    return (zone[key] ?? NO_NAME) as DnsAnswer<T>;
  };
  const resolver: Resolver = { mx: (domain) => ask(`mx ${domain}`), addresses: (host) => ask(`a ${host}`) };
  const egress = { name: 'e', ehlo: 'us.example' };
  const router = new DnsRouter(
    { resolver, clock },
    { routes: [], egress, tls: 'opportunistic', port: 25, ...options },
  );
  return { router, clock, asked, zone };
}

function to(route: Route): Extract<Route, { kind: 'to' }> {
  assert.equal(route.kind, 'to');
  return route as Extract<Route, { kind: 'to' }>;
}

const hosts = (route: Route): string[] =>
  to(route).connect.hops.map(({ host, address }: Hop) => `${host} ${address}`);

test('MX hosts in the order of preference, and of each first IPv6', async () => {
  const { router } = aWorld({
    'mx x.example': mx('20 b.example', '10 z.example', '20 aa.example'),
    'a z.example': found('2001:db8::1', '192.0.2.1'),
    'a b.example': found('192.0.2.2'),
    'a aa.example': found('192.0.2.3'),
  });
  const route = await router.route('x.example');
  assert.deepEqual(hosts(route), [
    'z.example 2001:db8::1',
    'z.example 192.0.2.1',
    'aa.example 192.0.2.3',
    'b.example 192.0.2.2',
  ]);
  assert.equal(to(route).path, 'aa.example,b.example,z.example>e');
  assert.deepEqual(to(route).connect.egress, { ehlo: 'us.example' });
});

test('without MX a domain is its own mail host (RFC 5321 5.1)', async () => {
  const { router, asked } = aWorld({ 'mx x.example': NO_DATA, 'a x.example': found('192.0.2.1') });
  assert.deepEqual(hosts(await router.route('x.example')), ['x.example 192.0.2.1']);
  assert.deepEqual(asked, ['mx x.example', 'a x.example']);
});

const NOWHERE: readonly (readonly [what: string, zone: World['zone'], enhanced: string])[] = [
  ['null MX (RFC 7505)', { 'mx x.example': mx('0 ') }, '5.1.10'],
  ['null MX written as a dot', { 'mx x.example': mx('0 .') }, '5.1.10'],
  ['no such domain', {}, '5.1.2'],
  ['neither MX nor address', { 'mx x.example': NO_DATA, 'a x.example': NO_DATA }, '5.4.4'],
  [
    'MX hosts without addresses',
    { 'mx x.example': mx('1 a.example', '2 b.example'), 'a a.example': NO_DATA },
    '5.4.4',
  ],
];

test('mail to nowhere is final only when DNS said so', async () => {
  for (const [what, zone, enhanced] of NOWHERE) {
    const route = await aWorld(zone).router.route('x.example');
    assert.ok(route.kind === 'nowhere', what);
    assert.equal(route.reply.enhanced, enhanced, what);
    assert.ok(route.reply.text.includes('x.example'), what);
  }
});

const UNKNOWN: readonly (readonly [what: string, zone: World['zone'], trouble: 'local' | 'remote'])[] = [
  ['SERVFAIL for the MX', { 'mx x.example': SERVFAIL }, 'remote'],
  ['no resolver answers', { 'mx x.example': NO_ANSWER }, 'local'],
  [
    'the address of the only host fails',
    { 'mx x.example': mx('1 a.example'), 'a a.example': SERVFAIL },
    'remote',
  ],
  [
    'one host has none, the other fails',
    { 'mx x.example': mx('1 a.example', '2 b.example'), 'a b.example': NO_ANSWER },
    'local',
  ],
];

test('a lookup that failed decides nothing', async () => {
  for (const [what, zone, trouble] of UNKNOWN) {
    const { router } = aWorld(zone);
    const route = await router.route('x.example');
    assert.ok(route.kind === 'unknown' && route.trouble === trouble, what);
    assert.equal(router.known('x.example'), undefined, what);
  }
});

test('one host whose address fails does not keep mail from the others', async () => {
  const { router } = aWorld({
    'mx x.example': mx('1 a.example', '2 b.example'),
    'a a.example': SERVFAIL,
    'a b.example': found('192.0.2.2'),
  });
  assert.deepEqual(hosts(await router.route('x.example')), ['b.example 192.0.2.2']);
});

test('domains with the same MX hosts share one path, whatever the order and the preferences', async () => {
  const addresses = { 'a a.example': found('192.0.2.1'), 'a b.example': found('192.0.2.2') };
  const { router } = aWorld({
    ...addresses,
    'mx one.example': mx('10 a.example', '20 b.example'),
    'mx two.example': mx('5 b.example', '5 a.example'),
    'mx three.example': mx('10 a.example'),
  });
  const [one, two, three] = await Promise.all(
    ['one.example', 'two.example', 'three.example'].map((domain) => router.route(domain)),
  );
  assert.equal(to(one as Route).path, to(two as Route).path);
  assert.notEqual(to(one as Route).path, to(three as Route).path);
});

test('a long set of hosts has a short name of its own', async () => {
  const names = Array.from({ length: 12 }, (_, index) => `a-rather-long-host-name-${index}.example`);
  const zone: World['zone'] = {};
  for (const name of names) zone[`a ${name}`] = found('192.0.2.1');
  zone['mx x.example'] = mx(...names.map((name) => `10 ${name}`));
  zone['mx y.example'] = mx(...names.slice(0, 11).map((name) => `10 ${name}`));
  const { router } = aWorld(zone);
  const [x, y] = [to(await router.route('x.example')).path, to(await router.route('y.example')).path];
  assert.ok(x.length < 80 && y.length < 80 && x !== y);
});

test('a zone cannot make us knock for ever', async () => {
  const zone: World['zone'] = {
    'mx x.example': mx(...Array.from({ length: 500 }, (_, index) => `${index} h${index}.example`)),
  };
  for (let index = 0; index < 500; index++)
    zone[`a h${index}.example`] = found(...Array.from({ length: 50 }, () => '192.0.2.1'));
  const { router, asked } = aWorld(zone);
  assert.equal(to(await router.route('x.example')).connect.hops.length, 8);
  assert.equal(asked.length, 17);
});

test('an answer is kept for its time to live, and its path is still known when it is old', async () => {
  const { router, clock, asked, zone } = aWorld({
    'mx x.example': mx('1 a.example'),
    'a a.example': found('192.0.2.1'),
    'a b.example': found('192.0.2.2'),
  });
  assert.equal(router.known('x.example'), undefined);
  const first = to(await router.route('x.example'));
  assert.equal(router.known('x.example'), first.path);
  await clock.advance(299_000);
  await router.route('x.example');
  assert.equal(asked.length, 2);
  zone['mx x.example'] = mx('1 b.example');
  await clock.advance(1_000);
  assert.equal(router.known('x.example'), first.path);
  assert.deepEqual(hosts(await router.route('x.example')), ['b.example 192.0.2.2']);
  assert.equal(router.known('x.example'), 'b.example>e');
});

test('the time to live has a floor and a ceiling', async () => {
  for (const [ttlSeconds, keptMs] of [
    [0, 30_000],
    [1_000_000, 3_600_000],
  ] as const) {
    const records = [{ host: 'a.example', preference: 1 }];
    const { router, clock, asked } = aWorld({
      'mx x.example': { kind: 'found', records, ttlSeconds },
      'a a.example': found('192.0.2.1'),
    });
    await router.route('x.example');
    await clock.advance(keptMs - 1);
    await router.route('x.example');
    assert.equal(asked.length, 2);
    await clock.advance(1);
    await router.route('x.example');
    assert.equal(asked.length, 4);
  }
});

test('many who ask at once ask DNS once', async () => {
  const { router, asked } = aWorld({ 'mx x.example': mx('1 a.example'), 'a a.example': found('192.0.2.1') });
  await Promise.all(Array.from({ length: 100 }, () => router.route('x.example')));
  assert.deepEqual(asked, ['mx x.example', 'a a.example']);
});

test('static routes: the first that matches wins, and DNS is not asked', async () => {
  const routes = [
    { domain: 'x.example', host: 'one.example', port: 25 },
    { domain: '*.x.example', host: '2001:db8::2', port: 26 },
    { domain: '*', host: '192.0.2.3', port: 2626 },
  ];
  const { router, asked } = aWorld({}, { routes });
  const paths = ['x.example', 'sub.x.example', 'a.b.x.example', 'notx.example', '[192.0.2.9]'].map((domain) =>
    router.known(domain),
  );
  assert.deepEqual(paths, [
    'one.example:25>e',
    '[2001:db8::2]:26>e',
    '[2001:db8::2]:26>e',
    '192.0.2.3:2626>e',
    '192.0.2.3:2626>e',
  ]);
  assert.deepEqual(to(await router.route('sub.x.example')).connect.hops, [
    { host: '2001:db8::2', address: '2001:db8::2', port: 26 },
  ]);
  assert.deepEqual(asked, []);
});

test('an address literal is its own mail host (RFC 5321 4.1.3), and DNS is not asked', async () => {
  const { router, asked } = aWorld({}, { egress: { name: 'e', ehlo: 'us.example', address: '192.0.2.99' } });
  const v4 = to(await router.route('[192.0.2.1]'));
  assert.deepEqual(v4.connect.hops, [{ host: '192.0.2.1', address: '192.0.2.1', port: 25 }]);
  assert.deepEqual(v4.connect.egress, { ehlo: 'us.example', address: '192.0.2.99' });
  assert.equal(to(await router.route('[IPv6:2001:db8::1]')).connect.hops[0]?.address, '2001:db8::1');
  assert.deepEqual(asked, []);
});
