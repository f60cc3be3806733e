import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settled, VirtualClock } from '../../../test/virtual-clock.ts';
import { silentLog } from '../../base/log.ts';
import { silentMeter } from '../../base/meter.ts';
import type { PathKey, WorkerId } from '../envelope.ts';
import { Breadth } from './breadth.ts';
import { Dispatcher, type DispatcherPorts } from './dispatcher.ts';

const WORKER = 1 as WorkerId;
const PATH = 'mx.far.example>default' as PathKey;
const LEASE_MS = 10_000;

/** A delivery as it is claimed. */
function aDelivery(id: number, customer = 'a.example/1') {
  return { delivery: { id, path: PATH, customer, message: { id, sizeBytes: 1 } } };
}

interface Around {
  readonly left: ReturnType<typeof aDelivery>[];
  readonly maxConnections?: number;
  /** What a transaction waits for. */
  readonly transferred: Promise<void>;
  readonly attempts?: object;
  readonly recalls?: object;
  readonly mostConnections?: number;
}

/** A dispatcher that owns one path, with what is `left` on it. */
function aDispatcher({ left, transferred, maxConnections = 1, ...around }: Around) {
  const clock = new VirtualClock();
  const beats: number[] = [];
  const retired: number[] = [];
  const dispatcher = new Dispatcher(
    WORKER,
    {
      store: {
        beats: async () => [],
        heartbeat: async () => beats.push(clock.monotonic()) > 0,
        retireWorkers: async ({ worker }: { worker?: WorkerId }) =>
          worker === undefined ? 0 : retired.push(clock.monotonic()),
        ownedPaths: async () => [{ path: PATH, dueLanes: [0] }],
        acquirePaths: async () => [],
        freezes: async () => ({ freezes: [], stoppages: [] }),
        healths: async () => [],
        cases: async () => [],
        tenants: async () => [],
        thawDue: async () => [],
        workers: async () => [],
        claimToTell: async () => [],
        nextDue: async () => undefined,
        keepPace: async () => {},
        countBacklog: async () => 0,
      },
      attempts: {
        claim: async (_worker: WorkerId, _path: PathKey, parts: readonly unknown[]) =>
          parts.map((_, index) => (index === 0 ? left.splice(0) : [])),
        claimInTurn: async ({ turn }: { turn: unknown }) => ({ works: [], turn }),
        connect: async () => ({ kind: 'open', connection: { usable: true, maxRecipients: 1, close() {} } }),
        transfer: async () => {
          await transferred;
          return { kind: 'good' };
        },
        giveBack: async () => {},
        reconcile: async () => {},
        ...around.attempts,
      },
      router: { providerOf: () => undefined },
      suppressions: { refresh: async () => {} },
      recalls: { refresh: async () => {}, customers: [], ...around.recalls },
      spreads: { refresh: async () => {}, clear: async () => false },
      budget: {
        easeOff: () => undefined,
        mostConnections: around.mostConnections ?? Number.POSITIVE_INFINITY,
        state: { level: 0, budget: '', used: 0 },
      },
      ...{ clock, log: silentLog, meter: silentMeter, breadth: new Breadth(() => clock.now()) },
      ...{ notices: {}, feedback: {}, announce() {}, lost() {} },
    } as unknown as DispatcherPorts,
    {
      ...{ node: 'n1', leaseMs: LEASE_MS, initialConnections: maxConnections, maxConnections },
      ...{ idleConnectionMs: 1_000, liveShare: 0.3, lanes: 1 },
    },
  );
  return { dispatcher, clock, beats, retired };
}

test('a worker that stops keeps its lease alive until its attempts have ended', async () => {
  let ends = (): void => {};
  const transferred = new Promise<void>((resolve) => {
    ends = resolve;
  });
  const { dispatcher, clock, beats, retired } = aDispatcher({ left: [aDelivery(1)], transferred });
  await dispatcher.start();
  await settled();
  const stopping = dispatcher.stop(3 * LEASE_MS);
  await clock.advance(2 * LEASE_MS);
  ends();
  await clock.advance(1_000);
  await stopping;
  const gaps = [...beats.slice(1), ...retired].map((at, index) => at - (beats[index] as number));
  assert.ok(Math.max(...gaps) < LEASE_MS, `${Math.max(...gaps)} ms between two beats`);
  assert.ok((retired[0] as number) > 2 * LEASE_MS, 'it waited for the attempt');
  const before = beats.length;
  await clock.advance(60_000);
  assert.equal(beats.length, before, 'it beats no more');
});

test('where our own way out bears no more connections a path has one for live mail beside another, and no more', async () => {
  for (const [mostConnections, expected] of [
    [1, 2],
    [5, 5],
    [100, 8],
  ] as const) {
    let opened = 0;
    const connection = { usable: true, maxRecipients: 1, close() {} };
    const { dispatcher } = aDispatcher({
      left: Array.from({ length: 20 }, (_, index) => aDelivery(index + 1)),
      maxConnections: 8,
      transferred: new Promise(() => {}),
      attempts: {
        async connect() {
          opened++;
          return { kind: 'open', connection };
        },
      },
      mostConnections,
    });
    await dispatcher.start();
    await settled();
    assert.equal(opened, expected);
  }
});

test('what is in memory of an account that is stopped is held at the next look, and the rest goes back', async () => {
  const [stopped, other] = ['a.example/1', 'b.example/2'];
  const recalled: number[][] = [];
  const returned: number[] = [];
  const customers: string[] = [];
  const left = [aDelivery(1, other), aDelivery(2, stopped), aDelivery(3, stopped), aDelivery(4, other)];
  type Works = readonly ReturnType<typeof aDelivery>[];
  const { dispatcher, clock } = aDispatcher({
    left,
    transferred: new Promise(() => {}),
    recalls: { customers },
    attempts: {
      recall: async (_worker: WorkerId, works: Works) => {
        recalled.push(works.map(({ delivery }) => delivery.id));
        return works.slice(1);
      },
      giveBack: async (_worker: WorkerId, works: Works) => {
        returned.push(...works.map(({ delivery }) => delivery.id));
      },
    },
  });
  await dispatcher.start();
  await settled();
  assert.deepEqual(recalled, []);
  customers.push(stopped);
  await clock.advance(2_000);
  assert.deepEqual([recalled, returned], [[[2, 3]], [3]]);
});
