import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PathKey } from '../envelope.ts';
import { aWorld, found, mx, to } from '../../../test/router-world.ts';

test('each site has one egress, named in its path, with the hops that it can reach', async () => {
  const egresses = [
    { name: 'four', ehlo: 'four.us.example', address: '192.0.2.99' },
    { name: 'six', ehlo: 'six.us.example', address: '2001:db8::99' },
  ];
  const both = found('2001:db8::1', '192.0.2.1');
  const { router } = aWorld(
    {
      'mx x.example': mx('1 a.example'),
      'a a.example': both,
      'mx y.example': mx('1 b.example'),
      'a b.example': both,
      'mx only6.example': mx('1 a6.example'),
      'a a6.example': found('2001:db8::6'),
    },
    { egresses },
  );
  assert.deepEqual(
    [to(await router.route('x.example')), to(await router.route('y.example'))].map(({ path, connect }) => [
      path,
      connect.egress,
      connect.hops.map(({ address }) => address),
    ]),
    [
      ['a.example>four', { ehlo: 'four.us.example', address: '192.0.2.99' }, ['192.0.2.1']],
      ['b.example>six', { ehlo: 'six.us.example', address: '2001:db8::99' }, ['2001:db8::1']],
    ],
  );
  assert.equal(to(await router.route('only6.example')).path, 'a6.example>six');
});

test('an egress that cannot be used gives its sites to another for a while, also those of static routes', async () => {
  const egresses = [
    { name: 'a', ehlo: 'us.example', address: '192.0.2.98' },
    { name: 'b', ehlo: 'us.example', address: '192.0.2.99' },
  ];
  const routes = [{ domain: '*.fixed.example', host: '192.0.2.2', port: 25 }];
  const zone = { 'mx x.example': mx('1 a.example'), 'a a.example': found('192.0.2.1') };
  const { router, clock } = aWorld(zone, { egresses, routes });
  const egressOf = async (domain: string): Promise<string> => {
    const { path } = to(await router.route(domain));
    assert.equal(router.known(domain, 'as configured'), path);
    return path.split('>')[1] as string;
  };
  for (const domain of ['x.example', 'y.fixed.example']) {
    const first = await egressOf(domain);
    router.avoid(first);
    assert.notEqual(await egressOf(domain), first, domain);
    router.avoid(first === 'a' ? 'b' : 'a');
    assert.equal(await egressOf(domain), first, 'with none left, the one that it always was');
    await clock.advance(4_000_000);
    assert.equal(await egressOf(domain), first, 'tried again');
  }
});

test('a site that no egress can reach is our trouble, not the end of its mail', async () => {
  const egresses = [{ name: 'four', ehlo: 'us.example', address: '192.0.2.99' }];
  const routes = [{ domain: 'fixed.example', host: '2001:db8::2', port: 25 }];
  const { router } = aWorld(
    { 'mx x.example': mx('1 a.example'), 'a a.example': found('2001:db8::1') },
    { egresses, routes },
  );
  for (const domain of ['x.example', 'fixed.example']) {
    const route = await router.route(domain);
    assert.ok(route.kind === 'unknown' && route.trouble === 'local', domain);
    assert.match(route.reply.text, /has only IPv6 addresses/);
    assert.equal(router.known(domain), undefined);
  }
});

test('while its own egress is barred, a site goes out by one that may stand in, or waits for its own', async () => {
  const egresses = ['a', 'b', 'c'].map((name) => ({ name, ehlo: 'us.example' }));
  const zone = { 'mx x.example': mx('1 a.example'), 'a a.example': found('192.0.2.1') };
  const egressOf = async (barred: string[], standIns: string[]): Promise<string> => {
    const named = (path: string): string => path.split('>')[1] as string;
    const { router } = aWorld(zone, {
      egresses,
      barred: {
        version: 1,
        bars: ({ path }) => barred.includes(named(path)),
        mayStandIn: ({ path }) => standIns.includes(named(path)),
      },
    });
    return named(to(await router.route('x.example')).path);
  };
  const own = await egressOf([], []);
  const others = ['a', 'b', 'c'].filter((name) => name !== own);
  for (const other of others) assert.equal(await egressOf([own], [other]), other);
  assert.equal(await egressOf([own], []), own);
  assert.equal(await egressOf(others, others), own, 'what others may not do is no matter');
  assert.equal(await egressOf([own, others[0] as string], others), others[1]);
});

test('whose a path is follows from its key: what stands still for a provider does so before anything was routed', async () => {
  const routes = [{ domain: 'x.example', host: '192.0.2.2', port: 2525, provider: 'gmail' }];
  const many = [1, 2, 3, 4].map((n) => `alt${n}.gmail-smtp-in.l.google.com`);
  const zone = {
    'mx g.example': mx(...[...many, 'gmail-smtp-in.l.google.com'].map((host, at) => `${at} ${host}`)),
    'a gmail-smtp-in.l.google.com': found('192.0.2.1'),
    ...Object.fromEntries(many.map((host) => [`a ${host}`, found('192.0.2.1')])),
  };
  const { router } = aWorld(zone, { routes, egresses: [{ name: 'a', ehlo: 'us.example' }] });
  const paths = ['mta5.am0.yahoodns.net>a', '192.0.2.2:2525>a+tls', 'mx.small.example>a', ''];
  assert.deepEqual(
    paths.map((path) => router.providerOf(path as PathKey)),
    ['yahoo', 'gmail', undefined, undefined],
  );
  const { path } = to(await router.route('g.example'));
  assert.match(path, /\+[0-9a-f]{16}>a$/, 'too many hosts for a key');
  const { router: another } = aWorld(zone, { egresses: [{ name: 'a', ehlo: 'us.example' }] });
  assert.equal(another.providerOf(path), 'google');
});
