import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settled, VirtualClock } from '../../../test/virtual-clock.ts';
import { silentLog } from '../../base/log.ts';
import type { DeliveryId, PathKey } from '../envelope.ts';
import type { Candidate } from '../reputation/canary.ts';
import type { CaseEvent, CaseHold } from '../reputation/case.ts';
import type { CanaryOutcome } from './attempt-outcome.ts';
import { Breadth } from './breadth.ts';
import type { Freeze, Stoppage } from './freeze.ts';
import { Freezer, type FreezerPorts } from './freezer.ts';
import type { PathRunner } from './path-runner.ts';
import type { QueueStore } from './port.ts';

/** What stands still, and what did: shared by the workers of a test. */
class Standstill {
  freezes: Freeze[] = [];
  readonly stoppages: Stoppage[] = [];
  /** What was written into cases, and which were closed. */
  readonly noted: string[] = [];
  /** The next read is answered when this has come. */
  late: Promise<void> | undefined;

  get store(): Pick<QueueStore, 'thawDue' | 'freezes' | 'freeze' | 'thaw' | 'takeCanary'> {
    return {
      thawDue: async () => [],
      freezes: async () => {
        const read = { freezes: [...this.freezes], stoppages: [...this.stoppages] };
        const { late } = this;
        this.late = undefined;
        await late;
        return read;
      },
      freeze: async (freeze) => {
        this.freezes.push(freeze);
        return freeze;
      },
      thaw: async ({ scope, at }) => {
        const found = this.freezes.find((one) => one.scope === scope);
        this.freezes = this.freezes.filter((one) => one !== found);
        if (found !== undefined)
          this.stoppages.push({ scope, blame: found.blame, from: found.since, to: at });
        return found;
      },
      takeCanary: async ({ scope, dueAt, next }) => {
        const one = this.freezes.find((freeze) => freeze.scope === scope);
        if (one?.canary?.at !== dueAt) return false;
        this.freezes = this.freezes.map((freeze) => (freeze === one ? { ...one, canary: next } : freeze));
        return true;
      },
    };
  }
}

/** A worker whose paths go to one host each; `mail` says which of them have any. */
function aWorker(clock: VirtualClock, standstill: Standstill, hosts: readonly string[]) {
  const breadth = new Breadth(() => clock.now());
  const mail = new Set<string>();
  const works = new Set<string>();
  /** Those that answer, and refuse. */
  const answers = new Set<string>();
  /** Those that a worker dies with. */
  const hangs = new Set<string>();
  const tried: string[] = [];
  const letters = { isNone: false, waiting: 0 };
  /** Canaries that are to find the path busy. */
  const busy: CanaryOutcome[] = [];
  const pathOf = (host: string): PathKey => `${host}>default` as PathKey;
  const runners = hosts.map((host) => ({
    path: pathOf(host),
    freeze() {},
    thaw() {},
    setApart() {},
    async canary(): Promise<CanaryOutcome> {
      const missed = busy.shift();
      if (missed !== undefined) return missed;
      tried.push(host);
      if (hangs.has(host)) return new Promise(() => {});
      if (works.has(host) || answers.has(host)) breadth.succeeded(host, 'connect');
      return works.has(host) ? 'good' : 'failed';
    },
  }));
  const freezer = new Freezer('n1', {
    store: {
      ...standstill.store,
      healths: async () => [],
      hold: async ({ freeze }: CaseHold) => standstill.store.freeze(freeze),
      noteCase: async ({ event }: { event: CaseEvent }) => void standstill.noted.push(event.kind),
      closeCase: async ({ scope }: { scope: string }) => void standstill.noted.push(`closed ${scope}`),
      canaryCandidates: async () => (letters.isNone ? [] : [A_LETTER]),
      listPaths: async () => hosts.map((host) => ({ path: pathOf(host) })),
      countWaiting: async ({ paths }: { paths: readonly PathKey[] }) => ({
        deliveries: paths.length === 0 ? 0 : letters.waiting,
        trying: 0,
      }),
      nextDue: async (path: PathKey) => (mail.has(path.split('>')[0] as string) ? 0 : undefined),
    } as unknown as FreezerPorts['store'],
    clock,
    log: silentLog,
    breadth,
    providerOf: () => undefined,
    runners: () => runners as unknown as PathRunner[],
    refreshing: async () => {},
    metBy: async () => [],
  });
  const failAll = async (): Promise<void> => {
    for (const host of hosts) breadth.failed(host, 'connect');
    await freezer.judge();
  };
  /** A sweep every two seconds. */
  const sweeps = async (ms: number): Promise<void> => {
    for (let spent = 0; spent < ms; spent += 2_000) {
      await clock.advance(2_000);
      await freezer.refresh();
      await freezer.canaries();
      await settled();
    }
  };
  return { letters, breadth, freezer, mail, works, answers, hangs, tried, busy, pathOf, failAll, sweeps };
}

const A_LETTER: Candidate = {
  delivery: 1 as DeliveryId,
  customer: 'a.example/1',
  sizeBytes: 1,
  acceptedAt: 0,
  submitted: true,
  refused: false,
};
const hosts = (count: number): string[] => Array.from({ length: count }, (_, n) => `mx.d${n}.example`);

test('a node that stands still sends its canaries where there is mail', async () => {
  const clock = new VirtualClock();
  const standstill = new Standstill();
  const worker = aWorker(clock, standstill, hosts(40));
  worker.mail.add('mx.d1.example');
  await worker.failAll();
  assert.equal(standstill.freezes[0]?.scope, 'node:n1');
  await worker.sweeps(30_000);
  assert.deepEqual(new Set(worker.tried), new Set(['mx.d1.example']));
  worker.works.add('mx.d1.example');
  await worker.sweeps(130_000);
  assert.deepEqual(standstill.freezes, []);
});

test('a read of what stands still that is answered late does not undo a newer one', async () => {
  const standstill = new Standstill();
  const worker = aWorker(new VirtualClock(), standstill, hosts(1));
  const path = worker.pathOf('mx.d0.example');
  let answer = (): void => {};
  standstill.late = new Promise((resolve) => {
    answer = resolve;
  });
  const early = worker.freezer.refresh();
  await settled();
  const reply = { stage: 'connect', text: 'no route', afterMs: 5 } as const;
  await worker.freezer.freezePath(path, { blame: 'path', reply });
  await worker.freezer.refresh();
  answer();
  await early;
  assert.equal(worker.freezer.over(path).length, 1);
});

test('far ends that are dead on their own account do not keep a node still: the next turn asks others', async () => {
  for (const count of [4, 6, 50, 100, 200, 250]) {
    const clock = new VirtualClock();
    const standstill = new Standstill();
    const worker = aWorker(clock, standstill, hosts(count));
    for (const host of hosts(count)) worker.mail.add(host);
    await worker.failAll();
    worker.works.add('mx.d0.example');
    await worker.sweeps(60_000 * (count + 2));
    assert.deepEqual(standstill.freezes, [], `${count} paths`);
  }
});

test('what a far end asks of us holds until it takes mail, and it is not asked often', async () => {
  const clock = new VirtualClock();
  const standstill = new Standstill();
  const worker = aWorker(clock, standstill, hosts(1));
  const reply = {
    stage: 'mail',
    code: 530,
    text: 'Must issue a STARTTLS command first',
    afterMs: 5,
  } as const;
  worker.answers.add('mx.d0.example');
  await worker.freezer.freezePath(worker.pathOf('mx.d0.example'), { blame: 'path', reply });
  await worker.sweeps(3_600_000);
  assert.equal(standstill.freezes.length, 1);
  assert.ok(worker.tried.length >= 5 && worker.tried.length <= 20, `${worker.tried.length} tries`);
  worker.works.add('mx.d0.example');
  await worker.sweeps(310_000);
  assert.deepEqual(standstill.freezes, []);
});

test('with no mail anywhere no turn is spent, and the first mail is tried at once', async () => {
  const clock = new VirtualClock();
  const standstill = new Standstill();
  const worker = aWorker(clock, standstill, hosts(5));
  await worker.failAll();
  await worker.sweeps(600_000);
  assert.deepEqual(worker.tried, []);
  worker.mail.add('mx.d2.example');
  worker.works.add('mx.d2.example');
  await worker.sweeps(2_000);
  assert.deepEqual(standstill.freezes, []);
});

test('what failed before a thaw, whoever thawed, does not freeze again; what fails after it does', async () => {
  const clock = new VirtualClock();
  const standstill = new Standstill();
  const [one, two] = [aWorker(clock, standstill, hosts(5)), aWorker(clock, standstill, hosts(5))];
  await one.failAll();
  for (const host of hosts(5)) two.breadth.failed(host, 'connect');
  await clock.advance(1_000);
  await one.freezer.refresh();
  await two.freezer.refresh();
  await standstill.store.thaw({ scope: 'node:n1', cause: 'automatic', at: clock.now() });
  for (const { freezer } of [one, two]) {
    await freezer.refresh();
    await freezer.judge();
  }
  assert.deepEqual(standstill.freezes, []);
  await clock.advance(1_000);
  await two.failAll();
  assert.equal(standstill.freezes.length, 1);
});

test('a provider is tried after the whole pause; who died with the canary keeps it no longer than a canary takes', async () => {
  const HOUR_MS = 3_600_000;
  for (const [dies, after] of [
    [false, 4],
    [true, 0.5],
  ] as const) {
    const clock = new VirtualClock();
    const worker = aWorker(clock, new Standstill(), hosts(1));
    const now = clock.now();
    const reply = { stage: 'mail', code: 421, text: 'blocked', afterMs: 5 } as const;
    const canary = { at: now + 2 * HOUR_MS, everyMs: 2 * HOUR_MS };
    const freeze = { scope: `path:${worker.pathOf('mx.d0.example')}`, cause: 'automatic' } as const;
    await worker.freezer.hold({
      freeze: { ...freeze, blame: 'reputation', since: now, reason: 'blocked', canary, reply },
    } as unknown as CaseHold);
    if (dies) worker.hangs.add('mx.d0.example');
    await worker.sweeps(2 * HOUR_MS + 4_000);
    assert.equal(worker.tried.length, 1);
    await worker.sweeps(after * HOUR_MS - 60_000);
    assert.equal(worker.tried.length, 1, 'not yet');
    await worker.sweeps(120_000);
    assert.equal(worker.tried.length, 2, dies ? 'after a canary' : 'after twice the pause');
  }
});

test('what a warm-up has stopped tries nothing, for its own sake or another, and all else goes on', async () => {
  const clock = new VirtualClock();
  const standstill = new Standstill();
  const [first = '', second = ''] = hosts(2);
  const { freezer, works, mail, tried, pathOf, sweeps } = aWorker(clock, standstill, [first, second]);
  for (const host of [first, second]) {
    works.add(host);
    mail.add(host);
  }
  await freezer.freezePath(pathOf(first), {
    blame: 'path',
    reply: { stage: 'connect', text: 'no answer', afterMs: 0 },
  });
  const stop: Freeze = {
    scope: 'provider:others>default',
    cause: 'warm-up',
    blame: 'local',
    since: clock.now(),
    reason: 'spent',
    until: clock.now() + 3_600_000,
  };
  const stopping = freezer.stop(stop);
  assert.deepEqual(freezer.over(pathOf(second)), [stop], 'at once');
  await stopping;
  await sweeps(600_000);
  assert.deepEqual(tried, []);
  standstill.freezes = standstill.freezes.filter(({ cause }) => cause !== 'warm-up');
  await sweeps(600_000);
  assert.deepEqual(tried, [first]);
});

test('a clock that is set back does not put off the canaries until it has caught up', async () => {
  const clock = new VirtualClock();
  const standstill = new Standstill();
  const worker = aWorker(clock, standstill, hosts(3));
  for (const host of hosts(3)) {
    worker.mail.add(host);
    worker.works.add(host);
  }
  await worker.failAll();
  assert.equal(standstill.freezes.length, 1);
  clock.jump(-3_600_000);
  await worker.sweeps(20_000);
  assert.deepEqual(standstill.freezes, []);
});

/** What keeps a customer's mail to a host, and when it is tried next. */
function holdOf(customer: string, host: string, at: number): CaseHold {
  const everyMs = 2 * 3_600_000;
  const reply = { stage: 'mail', code: 550, text: 'S3150', afterMs: 5 } as const;
  const freeze: Freeze = {
    scope: `customer:${customer}>${host}`,
    cause: 'automatic',
    blame: 'reputation',
    since: at,
    reason: reply.text,
    canary: { at, everyMs },
    reply,
  };
  return { freeze } as unknown as CaseHold;
}

test('of several cases at one path each has its own try, one after the other', async () => {
  const standstill = new Standstill();
  const clock = new VirtualClock();
  const worker = aWorker(clock, standstill, hosts(1));
  for (const customer of ['a.example', 'b.example', 'c.example'])
    await worker.freezer.hold(holdOf(customer, 'mx.d0.example', clock.now()));
  worker.works.add('mx.d0.example');
  await worker.sweeps(2_000);
  assert.deepEqual([worker.tried.length, standstill.freezes.length], [1, 2]);
  await worker.sweeps(4_000);
  assert.deepEqual([worker.tried.length, standstill.freezes.length], [3, 0]);
});

test('a canary that could not be tried is tried soon again, and its pause is no longer for it', async () => {
  for (const missed of ['busy', 'none'] as const) {
    const standstill = new Standstill();
    const clock = new VirtualClock();
    const worker = aWorker(clock, standstill, hosts(1));
    await worker.freezer.hold(holdOf('a.example', 'mx.d0.example', clock.now()));
    worker.busy.push(missed, missed);
    await worker.sweeps(2_000);
    assert.deepEqual(worker.tried, []);
    const { canary } = standstill.freezes[0] ?? {};
    assert.deepEqual([canary?.at, canary?.everyMs], [clock.now() + 5_000, 2 * 3_600_000]);
    await worker.sweeps(14_000);
    assert.equal(worker.tried.length, 1, missed);
    assert.deepEqual(standstill.noted, ['tried'], 'what was not tried is not told');
    assert.ok((standstill.freezes[0]?.canary?.at ?? 0) > clock.now() + 3_600_000, 'refused: the whole pause');
  }
});

test('a hold under which no mail is left for days ends by itself, and not while its server has just begun', async () => {
  const standstill = new Standstill();
  const clock = new VirtualClock();
  const { freeze } = holdOf('a.example', 'mx.d0.example', clock.now() - 3 * 86_400_000);
  standstill.freezes.push(freeze);
  const worker = aWorker(clock, standstill, hosts(1));
  worker.letters.isNone = true;
  await worker.sweeps(60_000);
  assert.equal(standstill.freezes.length, 1);
  await worker.sweeps(10 * 60_000);
  assert.deepEqual([standstill.freezes, standstill.noted], [[], [`closed ${freeze.scope}`]]);
});

test('a hold under which mail waits that may not try does not end by itself', async () => {
  const standstill = new Standstill();
  const clock = new VirtualClock();
  const { freeze } = holdOf('a.example', 'mx.d0.example', clock.now() - 3 * 86_400_000);
  standstill.freezes.push(freeze);
  const worker = aWorker(clock, standstill, hosts(1));
  Object.assign(worker.letters, { isNone: true, waiting: 1 });
  await worker.sweeps(20 * 60_000);
  assert.equal(standstill.freezes.length, 1);
  assert.ok((standstill.freezes[0]?.canary?.at ?? 0) > clock.now() - 3 * 86_400_000, 'looked at again later');
});
