import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../../test/virtual-clock.ts';
import { silentLog } from '../../base/log.ts';
import type { Meter } from '../../base/meter.ts';
import { silentMeter } from '../../base/meter.ts';
import type { Verdict } from '../delivery/classify.ts';
import type { Egress } from '../delivery/egress.ts';
import type { PathKey } from '../envelope.ts';
import { endOfDay, utcDay } from '../../base/calendar.ts';
import { allowanceOf, chunkOf, OTHERS, PROVIDER_ALLOWANCES, warmUpStep } from '../reputation/warm-up.ts';
import type { Freeze, Scope } from './freeze.ts';
import { NOTHING_BARRED } from './spread.ts';
import { detours, type WarmUpPorts, WarmUps } from './warm-ups.ts';

const DAY_MS = 86_400_000;
const FIRST = PROVIDER_ALLOWANCES[0] as number;
const YAHOO = { path: 'mx.yahoo.example>new' as PathKey, provider: 'yahoo' };
const SMALL = { path: 'mx.small.example>new' as PathKey };
const REFUSED = { kind: 'path-trouble', blame: 'reputation' } as const satisfies Verdict;

/** A store with the rules of the real one, in memory, and what it was asked. */
class World {
  readonly clock = new VirtualClock();
  readonly since = utcDay(this.clock.now());
  readonly taken = new Map<string, number>();
  readonly refused = new Set<string>();
  freezes: Freeze[] = [];
  readonly thawed: Scope[] = [];
  unrouted: PathKey[] = [];
  questions = 0;
  away = false;
  readonly store: WarmUpPorts['store'] = {
    takeWarmUp: async ({ egress, provider, day, since, count }) => {
      this.questions++;
      if (this.away) throw new Error('away');
      const refusedDays = [...this.refused].filter((one) => Number(one.split(' ')[1]) < day).length;
      const allowance = allowanceOf(provider, warmUpStep({ day, since }, { refusedDays }));
      if (allowance === undefined) return {};
      const key = `${provider}>${egress} ${day}`;
      const before = this.taken.get(key) ?? 0;
      const granted = Math.min(chunkOf(allowance, count), allowance - before);
      this.taken.set(key, before + granted);
      return { granted };
    },
    noteWarmUpRefusal: async ({ provider, egress, day }) => {
      if (this.away) throw new Error('away');
      this.refused.add(`${provider}>${egress} ${day}`);
    },
    warmUps: async () => [],
    forgetWarmUps: async () => 0,
    freezes: async () => ({ freezes: this.freezes, stoppages: [] }),
    thaw: async ({ scope }) => {
      this.thawed.push(scope);
      this.freezes = this.freezes.filter((one) => one.scope !== scope);
      return undefined;
    },
    unroute: async ({ path }) => {
      this.unrouted.push(path);
      return { moved: 1 };
    },
  };

  worker(egresses: Partial<Egress>[] = [], meter: Meter = silentMeter): WarmUps {
    const all = [{ name: 'new', ehlo: 'us.example', address: '192.0.2.1', since: this.since }, ...egresses];
    const stop = async (freeze: Freeze): Promise<void> => {
      this.freezes = [...this.freezes.filter(({ scope }) => scope !== freeze.scope), freeze];
    };
    const { store, clock } = this;
    return new WarmUps(
      { store, clock, log: silentLog, meter, stop },
      { egresses: all as Egress[], pool: 'pool' },
    );
  }
}

/** Takes until nothing is left. */
async function drain(warmUps: WarmUps, where: typeof YAHOO | typeof SMALL, each = 1): Promise<number> {
  for (let sum = 0; ; ) {
    const some = await warmUps.take(where, each);
    sum += some;
    if (some < each) return sum;
  }
}

test('two workers and many connections send what the day allows, and not one more', async () => {
  const world = new World();
  await world.clock.advance(9 * DAY_MS);
  const workers = [world.worker(), world.worker()];
  const sent = await Promise.all(workers.flatMap((one) => [1, 3, 20].map((each) => drain(one, YAHOO, each))));
  assert.equal(
    sent.reduce((sum, one) => sum + one, 0),
    PROVIDER_ALLOWANCES[9],
  );
  assert.equal(await drain(workers[0] as WarmUps, SMALL), allowanceOf(OTHERS, 10), 'others have their own');
});

test('a worker that dies loses less than a chunk', async () => {
  const world = new World();
  await world.clock.advance(9 * DAY_MS);
  await world.worker().take(YAHOO, 1);
  const chunk = chunkOf(PROVIDER_ALLOWANCES[9] as number, 1);
  assert.equal(await drain(world.worker(), YAHOO), (PROVIDER_ALLOWANCES[9] as number) - chunk);
});

test('what is spent stands still until the day ends, by one freeze of ours without a canary', async () => {
  const world = new World();
  const one = world.worker();
  assert.equal(await drain(one, YAHOO), FIRST);
  assert.equal(await one.may(YAHOO), false);
  const [stop, ...more] = world.freezes;
  assert.deepEqual(more, []);
  assert.deepEqual(
    { ...stop, reason: '', since: 0 },
    {
      scope: 'provider:yahoo>new',
      cause: 'warm-up',
      blame: 'local',
      since: 0,
      reason: '',
      until: endOfDay(world.since),
    },
  );
  assert.equal(await one.may(SMALL), true);
  await drain(one, SMALL);
  assert.equal(world.freezes[1]?.scope, 'provider:others>new');
  await world.clock.advance(endOfDay(world.since) - world.clock.now());
  assert.equal(await drain(one, YAHOO), PROVIDER_ALLOWANCES[1], 'the next day');
});

test('a clock that goes back comes to a day that is spent, and one that goes on to another', async () => {
  const world = new World();
  const one = world.worker();
  await drain(one, YAHOO);
  const went = (days: number): void => world.clock.jump(days * DAY_MS);
  went(3);
  await one.take(YAHOO, 10);
  went(-3);
  assert.equal(await one.take(YAHOO, 1), 0, 'nothing of another day is left over');
  went(-5);
  assert.equal(await drain(one, YAHOO), FIRST, 'before its beginning it is the first day');
  went(8);
  assert.equal(await drain(one, YAHOO), (PROVIDER_ALLOWANCES[3] as number) - 10);
});

test('a stop of a day that has not come ends when the clock is right again', async () => {
  const world = new World();
  const one = world.worker();
  world.clock.jump(5 * DAY_MS);
  await drain(one, YAHOO);
  world.clock.jump(-5 * DAY_MS);
  await one.refresh();
  assert.deepEqual(world.thawed, ['provider:yahoo>new']);
});

test('a day on which our address was refused does not count, once, and it is kept when the store is back', async () => {
  const world = new World();
  const one = world.worker();
  one.heard(YAHOO, { kind: 'deferred', blame: 'sender' });
  one.heard(YAHOO, { ...REFUSED, about: { scope: 'ip', confidence: 'low' } });
  one.heard({ ...YAHOO, path: 'mx.yahoo.example>warm' as PathKey }, REFUSED);
  one.heard(YAHOO, { kind: 'delivered' });
  await one.refresh();
  assert.equal(world.refused.size, 0);
  world.away = true;
  one.heard(YAHOO, REFUSED);
  await one.refresh().catch(() => undefined);
  assert.equal(world.refused.size, 0);
  world.away = false;
  await one.refresh();
  assert.equal(world.refused.size, 1);
  await world.clock.advance(DAY_MS);
  assert.equal(await drain(one, YAHOO), FIRST, 'the allowance of the day before');
});

test('an egress without a beginning costs no question, nor does one whose warm-up is over', async () => {
  const world = new World();
  const one = world.worker([{ name: 'warm' }]);
  const warm = { path: 'mx.yahoo.example>warm' as PathKey };
  assert.equal(one.may(warm), true, 'at once');
  assert.equal(await one.take(warm, 5_000), 5_000);
  assert.equal(world.questions, 0);
  await world.clock.advance(40 * DAY_MS);
  assert.equal(await one.take(YAHOO, 5_000_000), 5_000_000);
  assert.equal(one.may(YAHOO), true);
  assert.equal(world.questions, 1, 'one a day');
});

test('nothing goes uncounted while the store is away, and it is no stop', async () => {
  const world = new World();
  const one = world.worker();
  world.away = true;
  await assert.rejects(async () => one.may(YAHOO));
  await assert.rejects(one.take(YAHOO, 1));
  assert.deepEqual(world.freezes, []);
  world.away = false;
  assert.equal(await one.take(YAHOO, 1), 1);
});

test('what was not sent after all can be sent', async () => {
  const world = new World();
  const one = world.worker();
  assert.equal(await one.take(YAHOO, FIRST), FIRST);
  one.putBack(YAHOO, 1);
  assert.equal(await drain(one, YAHOO), 1);
});

test('what is more goes by one that is warm, of the same family and pool, and open', async () => {
  const world = new World();
  const others = ['warm', 'six', 'pool', 'newer'];
  const one = world.worker([
    { name: 'warm', address: '192.0.2.2' },
    { name: 'six', address: '2001:db8::1' },
    { name: 'pool', address: '192.0.2.3' },
    { name: 'newer', address: '192.0.2.4', since: world.since },
  ]);
  const both = detours({ ...NOTHING_BARRED, refresh: async () => undefined, clear: async () => false }, one);
  const by = (egress: string) => ({ ...YAHOO, path: `mx.yahoo.example>${egress}` as PathKey });
  const standIns = (): string[] => others.filter((name) => both.mayStandIn(by(name), YAHOO));
  assert.deepEqual([both.bars(YAHOO), both.version], [false, 0]);
  await drain(one, YAHOO);
  assert.deepEqual([both.bars(YAHOO), both.bars(by('warm')), both.bars(SMALL)], [true, false, false]);
  assert.equal(both.version, 1);
  assert.deepEqual(standIns(), ['warm']);
  assert.equal(await both.clear(YAHOO), true);
  assert.equal(await both.clear(by('warm')), false);
  assert.deepEqual(world.unrouted, [YAHOO.path]);
  world.freezes.push({ scope: 'egress:warm', cause: 'operator', blame: 'local', since: 0, reason: 'r' });
  await both.refresh(() => undefined);
  assert.deepEqual(standIns(), []);
  assert.equal(await both.clear(YAHOO), false, 'no row is touched for nothing');
  await world.clock.advance(DAY_MS);
  await both.refresh(() => undefined);
  assert.deepEqual([both.bars(YAHOO), both.version], [false, 3]);
});

test('with no other egress the answers of the router stay as they are', async () => {
  const one = new World().worker();
  await drain(one, YAHOO);
  assert.deepEqual([one.version, await one.clear(YAHOO)], [0, false]);
});

test('a worker that begins lets what was stopped before try its allowance, and gives out nothing twice', async () => {
  const world = new World();
  await drain(world.worker(), YAHOO);
  assert.equal(world.freezes.length, 1);
  await world.clock.advance(1_000);
  const again = world.worker();
  await again.refresh();
  assert.deepEqual(world.thawed, ['provider:yahoo>new']);
  assert.equal(await drain(again, YAHOO), 0, 'the day has no more');
  assert.equal(world.freezes.length, 1, 'it stands still again');
  await again.refresh();
  assert.equal(world.thawed.length, 1);
  const elsewhere: Freeze = { ...(world.freezes[0] as Freeze), scope: 'provider:yahoo>other', since: 0 };
  world.freezes.push(elsewhere);
  await world.worker().refresh();
  assert.ok(world.freezes.includes(elsewhere), 'an egress of another server is not ours to judge');
});
