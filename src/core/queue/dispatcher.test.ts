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

test('a worker that stops keeps its lease alive until its attempts have ended', async () => {
  const clock = new VirtualClock();
  const beats: number[] = [];
  const retired: number[] = [];
  let ends = (): void => {};
  const transferred = new Promise<void>((resolve) => {
    ends = resolve;
  });
  const work = { delivery: { id: 1, path: PATH, customer: 'a.example/1', message: { id: 2, sizeBytes: 1 } } };
  const left = [work];
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
      },
      router: { providerOf: () => undefined },
      suppressions: { refresh: async () => {} },
      recalls: { refresh: async () => {}, customers: [] } as never,
      spreads: { refresh: async () => {}, clear: async () => false },
      budget: { easeOff: () => undefined, state: { level: 0, budget: '', used: 0 } },
      ...{ clock, log: silentLog, meter: silentMeter, breadth: new Breadth(() => clock.now()) },
      ...{ notices: {}, feedback: {}, announce() {}, lost() {} },
    } as unknown as DispatcherPorts,
    {
      ...{ node: 'n1', leaseMs: LEASE_MS, initialConnections: 1, maxConnections: 1 },
      ...{ idleConnectionMs: 1_000, liveShare: 0.3, lanes: 1 },
    },
  );
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
