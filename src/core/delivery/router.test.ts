import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  NO_ANSWER,
  NO_DATA,
  SERVFAIL,
  type World,
  aWorld,
  found,
  hosts,
  mx,
  to,
} from '../../../test/router-world.ts';
import type { Route } from './route.ts';

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
  ['null MX twice', { 'mx x.example': mx('0 ', '10 .') }, '5.1.10'],
  [
    'a mail host that stands at the loopback of whoever asks',
    { 'mx x.example': mx('1 a.example'), 'a a.example': found('127.0.0.1', '::1', '::ffff:127.0.0.1') },
    '5.4.4',
  ],
  ['a loopback address', {}, '5.4.6'],
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
    const domain = what === 'a loopback address' ? '[127.0.0.1]' : 'x.example';
    const route = await aWorld(zone).router.route(domain);
    assert.ok(route.kind === 'nowhere', what);
    assert.equal(route.reply.enhanced, enhanced, what);
    assert.ok(route.reply.text.includes(domain), what);
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

test('a null MX beside others is none (RFC 7505 section 3)', async () => {
  const { router, asked } = aWorld({
    'mx x.example': mx('0 .', '10 a.example'),
    'a a.example': found('192.0.2.1'),
  });
  const route = to(await router.route('x.example'));
  assert.deepEqual(hosts(route), ['a.example 192.0.2.1']);
  assert.equal(route.path, 'a.example>e');
  assert.deepEqual(asked, ['mx x.example', 'a a.example']);
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

test('a long set of hosts has the same name whatever the order, the preferences, and how many are looked at', async () => {
  const names = Array.from({ length: 20 }, (_, index) => `host-${index}.some-mail-host.example`);
  const zone: World['zone'] = {};
  for (const name of names) zone[`a ${name}`] = found('192.0.2.1');
  zone['mx x.example'] = mx(...names.map((name, index) => `${index} ${name}`));
  zone['mx y.example'] = mx(...names.map((name, index) => `${100 - index} ${name}`));
  zone['mx z.example'] = mx(...names.map((name) => `10 ${name}`).reverse(), `20 ${names[3]}`);
  const { router } = aWorld(zone);
  const paths = new Set<string>();
  for (const domain of ['x.example', 'y.example', 'z.example'])
    paths.add(to(await router.route(domain)).path);
  assert.equal(paths.size, 1);
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
  const { router, asked, clock } = aWorld({
    'mx x.example': mx('1 a.example'),
    'a a.example': found('192.0.2.1'),
  });
  await Promise.all(Array.from({ length: 100 }, () => router.route('x.example')));
  assert.deepEqual(asked, ['mx x.example', 'a a.example']);
  assert.equal(clock.timers, 0);
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
  const { router, asked } = aWorld({});
  const v4 = to(await router.route('[192.0.2.1]'));
  assert.deepEqual(v4.connect.hops, [{ host: '192.0.2.1', address: '192.0.2.1', port: 25 }]);
  assert.equal(to(await router.route('[IPv6:2001:db8::1]')).connect.hops[0]?.address, '2001:db8::1');
  assert.deepEqual(asked, []);
});

test('a lookup that failed is not repeated for half a minute, and says the same', async () => {
  const { router, clock, asked, zone } = aWorld({
    'mx x.example': SERVFAIL,
    'a a.example': found('192.0.2.1'),
  });
  const first = await router.route('x.example');
  await clock.advance(29_999);
  assert.deepEqual(await router.route('x.example'), first);
  assert.deepEqual(asked, ['mx x.example']);
  zone['mx x.example'] = mx('1 a.example');
  await clock.advance(1);
  assert.equal(to(await router.route('x.example')).path, 'a.example>e');
});

test('domains whose one mail host cannot be looked up ask for it once', async () => {
  const { router, asked } = aWorld({
    'mx x.example': mx('1 a.example'),
    'mx y.example': mx('1 a.example'),
    'mx z.example': mx('1 a.example'),
    'a a.example': NO_ANSWER,
  });
  await Promise.all(['x.example', 'y.example'].map((domain) => router.route(domain)));
  assert.equal((await router.route('z.example')).kind, 'unknown');
  assert.equal(asked.filter((question) => question === 'a a.example').length, 1);
});

test('a host that could not be looked up is asked for again soon, also when others could', async () => {
  const { router, clock, zone } = aWorld({
    'mx x.example': mx('1 a.example', '2 b.example'),
    'a a.example': NO_ANSWER,
    'a b.example': found('192.0.2.2'),
  });
  assert.deepEqual(hosts(await router.route('x.example')), ['b.example 192.0.2.2']);
  zone['a a.example'] = found('192.0.2.1');
  await clock.advance(30_000);
  assert.deepEqual(hosts(await router.route('x.example')), ['a.example 192.0.2.1', 'b.example 192.0.2.2']);
});

test('nobody waits long for a silent name server, and an answer that comes late is kept', async () => {
  const { router, clock, late, zone } = aWorld({ 'a a.example': found('192.0.2.1') });
  late['mx x.example'] = 20_000;
  zone['mx x.example'] = mx('1 a.example');
  const first = router.route('x.example');
  await clock.advance(3_000);
  assert.deepEqual(await Promise.race([first, 'still waiting']), {
    kind: 'unknown',
    trouble: 'local',
    reply: { stage: 'route', text: 'looking up the MX of x.example: no answer yet', afterMs: 0 },
  });
  // Who asks now does not wait at all.
  assert.equal((await router.route('x.example')).kind, 'unknown');
  await clock.advance(17_000);
  assert.equal(router.known('x.example'), 'a.example>e');
  assert.equal(clock.timers, 0);
});

const BACK: readonly (readonly [what: string, domain: string, zone: World['zone']])[] = [
  ['the MX is called as we are', 'x.example', { 'mx x.example': mx('1 us.example') }],
  [
    'the MX stands where we do',
    'x.example',
    { 'mx x.example': mx('1 a.example'), 'a a.example': found('192.0.2.99') },
  ],
  [
    'in IPv6, written differently',
    'x.example',
    { 'mx x.example': mx('1 a.example'), 'a a.example': found('2001:db8::99', '2001:db8::1') },
  ],
  [
    'as IPv4 within IPv6',
    'x.example',
    { 'mx x.example': mx('1 a.example'), 'a a.example': found('::ffff:192.0.2.99') },
  ],
  [
    'there is no MX, and its address is ours',
    'x.example',
    { 'mx x.example': NO_DATA, 'a x.example': found('192.0.2.99') },
  ],
  ['it is our name', 'us.example', { 'mx us.example': NO_DATA, 'a us.example': found('192.0.2.7') }],
  ['it is our address', '[192.0.2.99]', {}],
  ['it is our address, in IPv6', '[IPv6:2001:db8:0:0::99]', {}],
  [
    'only those after us are others',
    'x.example',
    {
      'mx x.example': mx('5 us.example', '5 a.example', '6 b.example'),
      'a a.example': found('192.0.2.1'),
      'a b.example': found('192.0.2.2'),
    },
  ],
  [
    'those before us have no address',
    'x.example',
    { 'mx x.example': mx('1 a.example', '2 us.example'), 'a a.example': NO_DATA },
  ],
];

test('mail for a domain that leads back to us waits, and says so (RFC 5321 5.1)', async () => {
  for (const [what, domain, zone] of BACK) {
    const { router } = aWorld(zone);
    const route = await router.route(domain);
    assert.ok(route.kind === 'unknown' && route.trouble === 'remote', what);
    assert.ok(route.reply.text.startsWith(`mail for ${domain} comes back to this host: `), what);
    assert.equal(route.reply.enhanced, '4.4.6', what);
    assert.equal(router.known(domain), undefined, what);
  }
});

test('as one of several MX hosts we hand on to those preferred to us, and to no others (RFC 5321 5.1)', async () => {
  const { router, asked } = aWorld({
    'mx x.example': mx('1 a.example', '2 us.example', '2 b.example', '3 c.example'),
    'mx y.example': mx('1 a.example', '2 b.example', '3 c.example'),
    'a a.example': found('192.0.2.1'),
    'a b.example': found('192.0.2.2', '192.0.2.99'),
    'a c.example': found('192.0.2.3'),
  });
  const x = to(await router.route('x.example'));
  assert.deepEqual(hosts(x), ['a.example 192.0.2.1']);
  assert.deepEqual(asked, ['mx x.example', 'a a.example']);
  assert.equal(to(await router.route('y.example')).path, x.path);
});

test('a static route may lead to our own address', async () => {
  const routes = [{ domain: '*', host: '192.0.2.99', port: 2626 }];
  const { router } = aWorld({}, { routes });
  assert.deepEqual(hosts(await router.route('x.example')), ['192.0.2.99 192.0.2.99']);
});

test('so many mail hosts that not all are looked at do not end the mail', async () => {
  const lines = Array.from({ length: 40 }, (_, n) => `${n + 1} h${n}.example`);
  const zone = { 'mx x.example': mx(...lines), 'a h39.example': found('192.0.2.1') };
  const { router } = aWorld(zone);
  const route = await router.route('x.example');
  assert.ok(route.kind === 'unknown' && route.trouble === 'remote');
  assert.match(route.reply.text, /first 16 mail hosts/);
});

test('a route names the provider when every MX host is its own', async () => {
  const { router } = aWorld({
    'mx x.example': mx('1 aspmx.l.google.com', '5 alt1.aspmx.l.google.com'),
    'mx y.example': mx('1 aspmx.l.google.com', '5 a.example'),
    'a aspmx.l.google.com': found('192.0.2.1'),
  });
  const [x, y] = [to(await router.route('x.example')), to(await router.route('y.example'))];
  assert.deepEqual([x.provider, y.provider], ['google', undefined]);
});

test('static routes to one host are one path, and it keeps one provider, whoever is routed there', async () => {
  const hop = { host: '127.0.0.1', port: 2626 };
  const routes = [
    { domain: 'postfix.example', ...hop },
    { domain: 'yahoo.com', ...hop, provider: 'yahoo' },
    { domain: 'other.example', host: '127.0.0.1', port: 2627 },
  ];
  for (const domains of [
    ['yahoo.com', 'postfix.example'],
    ['postfix.example', 'yahoo.com'],
  ]) {
    const { router } = aWorld({}, { routes });
    for (const domain of domains) {
      const { path, provider } = to(await router.route(domain));
      assert.deepEqual([path, provider, router.providerOf(path)], ['127.0.0.1:2626>e', 'yahoo', 'yahoo']);
    }
    assert.equal(to(await router.route('other.example')).provider, undefined);
  }
});
