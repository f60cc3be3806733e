import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '../../base/log.ts';
import { VirtualClock } from '../../lab/clock.ts';
import type { SendEvent } from './event.ts';
import { type Decision, Guard } from './guard.ts';
import { type OrderedRelaxation, WIRES } from './relaxation.ts';
import { Relaxations } from './relaxations.ts';

const START = Date.UTC(2026, 0, 5);
const HOUR = 3_600_000;

/** One worker, and a store that two may share. */
class Bench {
  readonly clock = new VirtualClock(START);
  readonly guard = new Guard();
  readonly ended: { id: number; why: string }[] = [];
  standing: OrderedRelaxation[];
  readonly relaxations: Relaxations;
  out = 0;

  constructor(about: Partial<OrderedRelaxation>) {
    const scope = { kind: 'domain', domain: 'a.test' } as const;
    const times = { from: START, to: START + 2 * HOUR };
    const counts = { letOut: 0, refused: 0, wires: WIRES };
    this.standing = [{ id: 7, scope, factor: 2, reason: 'r', author: 'op', ...times, ...counts, ...about }];
    const store = {
      relaxations: async () => this.standing,
      endRelaxation: async ({ id, why }: { id: number; why: string }) => {
        this.ended.push({ id, why });
        this.standing = this.standing.filter((one) => one.id !== id);
        return true;
      },
    };
    this.relaxations = new Relaxations({ guard: this.guard, store, clock: this.clock, log: silentLog });
  }

  send(event: Partial<SendEvent>): Decision {
    const at = this.clock.now();
    const full = { at, account: 'ann@a.test', to: [`x${this.out++}@y.example`], ...event };
    const decision = this.guard.decide(full);
    const counted = this.relaxations.decided(full, decision);
    assert.equal(counted !== undefined, decision.relaxed !== undefined, 'what it changed says so');
    return decision;
  }
}

test('by its time: the very next message is judged as ever', async () => {
  const bench = new Bench({ wires: { ...WIRES, letOut: 1_000 } });
  await bench.relaxations.start();
  const decisions = Array.from({ length: 40 }, () => bench.send({}));
  assert.ok(decisions.some(({ relaxed }) => relaxed !== undefined));
  await bench.clock.advance(2 * HOUR);
  assert.equal(bench.send({}).relaxed, undefined);
  assert.notEqual(bench.send({}).outcome, 'pass');
  bench.relaxations.stop();
});

test('by what it lets out: at once here, and in the store', async () => {
  const bench = new Bench({ wires: { ...WIRES, letOut: 2 } });
  await bench.relaxations.start();
  const relaxed = Array.from({ length: 60 }, () => bench.send({})).filter((one) => one.relaxed !== undefined);
  assert.equal(relaxed.length, 2);
  await bench.clock.advance(1_000);
  assert.deepEqual(bench.ended, [{ id: 7, why: 'letOut' }]);
  bench.relaxations.stop();
});

test('a message to more than it may still let out waits as if nothing were relaxed', async () => {
  for (const [letOut, leaves] of [
    [1_000, true],
    [50, false],
  ] as const) {
    const bench = new Bench({ wires: { ...WIRES, letOut } });
    await bench.relaxations.start();
    const crowds = [0, 1, 2, 3].map((of) =>
      Array.from({ length: 60 }, (_, index) => `s${index}@z${of}.example`),
    );
    const relaxed = crowds.map((to) => bench.send({ to })).some((decision) => decision.relaxed !== undefined);
    assert.equal(relaxed, leaves, `a wire at ${letOut}`);
    bench.relaxations.stop();
  }
});

test('by a campaign over several accounts, whoever of them is relaxed', async () => {
  const bench = new Bench({});
  await bench.relaxations.start();
  for (const name of ['ann', 'ben', 'cat', 'dan'])
    for (let index = 0; index < 3; index++)
      bench.send({ account: `${name}@a.test`, fingerprint: 'same', linkDomains: ['pills.example'] });
  await bench.clock.advance(1_000);
  assert.deepEqual(bench.ended, [{ id: 7, why: 'accounts' }]);
  bench.relaxations.stop();
});

test('by the store, when another worker or a person ended it; a store that is down ends nothing and begins nothing', async () => {
  const bench = new Bench({});
  await bench.relaxations.start();
  bench.standing = [];
  await bench.clock.advance(1_000);
  assert.ok(Array.from({ length: 40 }, () => bench.send({})).every(({ relaxed }) => relaxed === undefined));
  bench.relaxations.stop();
});

test('a relaxed signal changes a decision, and the decision says which', async () => {
  const home = { ip: '192.0.2.1', asn: 1, country: 'FR' };
  const bench = new Bench({
    scope: { kind: 'signal', signal: 'new-recipients' },
    to: START + 40 * 24 * HOUR,
  });
  await bench.relaxations.start();
  for (let day = 0; day < 20; day++) {
    await bench.clock.advance(24 * HOUR);
    bench.send({ ...home, to: ['friend@z.example'] });
  }
  const decisions = Array.from({ length: 60 }, () =>
    bench.send({ ip: '198.51.100.9', asn: 9, country: 'BR' }),
  );
  assert.ok(decisions.some(({ relaxed }) => relaxed?.scope.kind === 'signal'));
  assert.ok(
    decisions.some(({ outcome }) => outcome === 'hold'),
    'and the floor holds',
  );
  bench.relaxations.stop();
});
