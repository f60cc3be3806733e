import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../../test/virtual-clock.ts';
import type { PathKey } from '../envelope.ts';
import type { Freeze, Scope } from './freeze.ts';
import { FIRST } from './sending-back.ts';
import { blocksOf, type Spread, Spreads } from './spread.ts';

const YAHOO = 'mx.yahoo.example>a' as PathKey;
const OTHER = 'mx.yahoo.example>b' as PathKey;
const HOST = 'mx.small.example>a' as PathKey;
const providerOf = (path: PathKey): string | undefined => (path.includes('yahoo') ? 'yahoo' : undefined);

function freezeOf(scope: Scope, rest: Partial<Freeze> = {}): Freeze {
  return { scope, cause: 'automatic', blame: 'reputation', since: 0, reason: 'said so', ...rest };
}

test('a spread is about blocks of our address, and of nobody else', () => {
  const freezes = [
    freezeOf('provider:yahoo>a'),
    freezeOf(`path:${OTHER}`),
    freezeOf(`path:${HOST}`),
    freezeOf('customer:bad.example>yahoo'),
    freezeOf('provider:yahoo>c', { blame: 'local' }),
    freezeOf('provider:yahoo>d', { cause: 'operator' }),
    freezeOf('provider:gmail>a'),
  ];
  const blocks = (scope: Scope): Scope[] => blocksOf({ scope }, freezes, providerOf);
  assert.deepEqual(blocks('provider:yahoo'), ['provider:yahoo>a', `path:${OTHER}`]);
  assert.deepEqual(blocks('provider:mx.small.example'), [`path:${HOST}`]);
  assert.deepEqual(blocks('provider:gmail>a'), ['provider:gmail>a'], 'of one case');
  assert.deepEqual(blocks('customer:bad.example>yahoo'), []);
});

class World {
  readonly clock = new VirtualClock();
  readonly unrouted: PathKey[] = [];
  order: Spread[] = [];
  freezes: Freeze[] = [freezeOf('provider:yahoo>a')];
  readonly spreads: Spreads;

  constructor() {
    this.spreads = new Spreads({
      clock: this.clock,
      store: {
        spreads: async (now) => this.order.filter(({ until }) => until > now),
        freezes: async () => ({ freezes: this.freezes, stoppages: [] }),
        unroute: async ({ path, limit }) => {
          this.unrouted.push(path);
          const isFirst = this.unrouted.length === 1;
          return { moved: isFirst ? limit : 3, ...(isFirst ? { last: FIRST } : {}) };
        },
        spread: async () => undefined,
        unspread: async () => true,
      },
    });
  }

  ask(): void {
    const since = this.clock.now();
    this.order = [{ scope: 'provider:yahoo', reason: 'r', by: 'op', since, until: since + 60_000 }];
  }

  async clears(path: PathKey): Promise<boolean> {
    return this.spreads.clear({ path, provider: 'yahoo' });
  }
}

test('what is blocked is barred from the order to its end, and no longer', async () => {
  const world = new World();
  const { spreads, clock } = world;
  const state = async (): Promise<readonly [boolean, number]> => {
    await spreads.refresh(providerOf);
    return [spreads.bars({ path: YAHOO, provider: 'yahoo' }), spreads.version];
  };
  assert.deepEqual(await state(), [false, 0], 'not of itself');
  world.ask();
  assert.deepEqual(await state(), [true, 1]);
  assert.deepEqual(await state(), [true, 1], 'nothing new');
  assert.equal(spreads.bars({ path: OTHER, provider: 'yahoo' }), false);
  assert.equal(spreads.bars({ path: HOST }), false);
  world.freezes.push(freezeOf('provider:yahoo>b'));
  assert.deepEqual(await state(), [true, 2]);
  assert.equal(spreads.bars({ path: OTHER, provider: 'yahoo' }), true, 'blocked as well');
  await clock.advance(60_000);
  assert.deepEqual(await state(), [false, 3]);
});

test('what waits is sent back in steps, after a change only, and what left for another comes home', async () => {
  const world = new World();
  assert.equal(await world.clears(YAHOO), false);
  world.ask();
  await world.spreads.refresh(providerOf);
  assert.equal(await world.clears(OTHER), false);
  assert.equal(await world.clears(YAHOO), true);
  assert.deepEqual(world.unrouted, [YAHOO, YAHOO], 'as long as a step is full');
  await world.clock.advance(20_000);
  assert.equal(await world.clears(YAHOO), false, 'what came back waits there');
  world.order = [];
  await world.spreads.refresh(providerOf);
  assert.equal(await world.clears(OTHER), true);
  assert.equal(await world.spreads.clear({ path: HOST }), false);
});

test('an egress that stands still for another reason is no stand-in, until it goes on', async () => {
  const world = new World();
  const { spreads } = world;
  const standsIn = async (freeze?: Freeze): Promise<readonly [boolean, number]> => {
    world.freezes = [freezeOf('provider:yahoo>a'), ...(freeze === undefined ? [] : [freeze])];
    await spreads.refresh(providerOf);
    const [other, barred] = [OTHER, YAHOO].map((path) => ({ path, provider: 'yahoo' }));
    return [spreads.mayStandIn(other as never, barred as never), spreads.version];
  };
  world.ask();
  assert.deepEqual(await standsIn(), [true, 1]);
  const other = { cause: 'operator', blame: 'local' } as const;
  assert.deepEqual(await standsIn(freezeOf('egress:b', other)), [false, 2], 'an operator froze it');
  assert.deepEqual(await standsIn(), [true, 3], 'what waits is sent back to be routed again');
  assert.equal(await world.clears(YAHOO), true);
  assert.deepEqual(await standsIn(freezeOf('provider:yahoo>b', { blame: 'path' })), [false, 4]);
  assert.deepEqual(await standsIn(freezeOf(`path:${OTHER}`, { blame: 'path' })), [false, 5], 'a dead path');
  assert.deepEqual(await standsIn(freezeOf('provider:gmail>b')), [true, 6], 'blocked elsewhere');
  assert.deepEqual(await standsIn(freezeOf('site:mx.yahoo.example')), [true, 6], 'which both are under');
  assert.equal(
    spreads.mayStandIn({ path: HOST }, { path: 'mx.small.example>b' as PathKey }),
    true,
    'of no spread',
  );
});

test('what left for another egress still comes home while others stand still and go on', async () => {
  const world = new World();
  world.ask();
  world.freezes.push(freezeOf('provider:gmail>a'));
  world.order.push({ ...(world.order[0] as Spread), scope: 'provider:gmail' });
  await world.spreads.refresh(() => undefined);
  world.order = world.order.slice(1);
  await world.spreads.refresh(providerOf);
  world.freezes.push(freezeOf('egress:b', { cause: 'operator', blame: 'local' }));
  await world.spreads.refresh(providerOf);
  assert.equal(await world.clears(OTHER), true);
});
