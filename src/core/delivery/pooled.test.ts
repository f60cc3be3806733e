import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PathKey } from '../envelope.ts';
import { PooledRouter } from './pooled.ts';
import { type Need, needOf, type Route, type Router } from './route.ts';

function routerTo(egress: string, avoided: string[]): Router {
  const path = (domain: string, need: Need): PathKey => `${domain}>${egress} ${need}` as PathKey;
  return {
    providerOf: (asked) => (asked.includes(`>${egress}`) ? egress : undefined),
    known: path,
    avoid: (which) => void avoided.push(`${egress} ${which}`),
    route: async (domain, need): Promise<Route> =>
      domain === 'six.example' && egress === 'pool'
        ? { kind: 'unknown', trouble: 'local', reply: { stage: 'route', text: 'no IPv6', afterMs: 0 } }
        : ({ kind: 'to', path: path(domain, need) } as Route),
  };
}

test('what is doubted goes by the pool, and nothing else does', async () => {
  const avoided: string[] = [];
  const router = new PooledRouter(routerTo('main', avoided), routerTo('pool', avoided));
  const pathOf = async (domain: string, need: Need): Promise<string> => {
    const route = await router.route(domain, need);
    return route.kind === 'to' ? route.path : route.kind;
  };
  for (const [need, egress] of [
    ['as configured', 'main'],
    ['verified', 'main'],
    ['doubted', 'pool'],
    ['doubted, verified', 'pool'],
  ] as const) {
    assert.equal(router.known('x.example', need), `x.example>${egress} ${need}`);
    assert.equal(await pathOf('x.example', need), `x.example>${egress} ${need}`);
  }
  assert.equal(
    await pathOf('six.example', 'doubted'),
    'six.example>main doubted',
    'the pool cannot go there',
  );
  assert.equal(router.providerOf('x>pool' as PathKey), 'pool');
  router.avoid('pool');
  assert.deepEqual(avoided, ['main pool', 'pool pool']);
});

test('an envelope says what its route needs', () => {
  const envelope = { reversePath: '', bodyType: '7BIT', smtpUtf8: false } as const;
  assert.equal(needOf({ ...envelope, requireTls: false }), 'as configured');
  assert.equal(needOf({ ...envelope, requireTls: true }), 'verified');
  assert.equal(needOf({ ...envelope, requireTls: false, doubted: true }), 'doubted');
  assert.equal(needOf({ ...envelope, requireTls: true, doubted: true }), 'doubted, verified');
});
