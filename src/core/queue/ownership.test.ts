import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settled, VirtualClock } from '../../../test/virtual-clock.ts';
import { silentLog } from '../../base/log.ts';
import type { PathKey, WorkerId } from '../envelope.ts';
import { Ownership } from './ownership.ts';
import type { PathRunner } from './path-runner.ts';

const ME = 1 as WorkerId;
const OTHER = 2 as WorkerId;

/** A worker beside another one, and the owners that the store has; a path with mail and no owner is there for anybody. */
function aWorker() {
  const clock = new VirtualClock();
  const owners = new Map<PathKey, WorkerId | undefined>();
  const counts = { others: 0 };
  const ended: PathKey[] = [];
  const announced: PathKey[] = [];
  /** What a release waits for, before it is written. */
  let releasing = async (): Promise<void> => {};
  const rowsOf = (worker: WorkerId) =>
    [...owners].filter(([, owner]) => owner === worker).map(([path]) => ({ path, dueLanes: [] }));
  const paths = new Ownership(
    { worker: ME, node: 'n1' },
    {
      store: {
        acquirePaths: async ({ worker, only }) => {
          const wanted = only === undefined ? [...owners.keys()] : [only];
          const free = wanted.filter((path) => (owners.get(path) ?? worker) === worker);
          for (const path of free) owners.set(path, worker);
          return free.map((path) => ({ path }));
        },
        ownedPaths: async ({ worker }) => rowsOf(worker),
        releasePath: async ({ worker, path }) => {
          await releasing();
          if (owners.get(path) === worker) owners.set(path, undefined);
        },
        workers: async () => [
          { worker: ME, node: 'n1', paths: rowsOf(ME).length },
          { worker: OTHER, node: 'n1', paths: counts.others },
        ],
      },
      clock,
      log: silentLog,
      make: ({ path }) => aRunner(path),
      begin() {},
      ended: (path) => void ended.push(path),
      announce: (path) => void announced.push(path),
      isCutOff: () => false,
    },
  );
  const owns = (...names: string[]): void => {
    for (const name of names) owners.set(name as PathKey, ME);
  };
  return {
    clock,
    owners,
    paths,
    ended,
    announced,
    owns,
    whileReleasing: (wait: () => Promise<void>) => {
      releasing = wait;
    },
  };
}

interface FakeRunner extends PathRunner {
  closed: boolean;
}

function aRunner(path: PathKey): PathRunner {
  const runner = { path, connections: 0, waiting: 0, closed: false, wake() {} };
  return Object.assign(runner, { close: () => void (runner.closed = true) }) as unknown as FakeRunner;
}

const names = (paths: Ownership): string[] => [...paths.runners()].map(({ path }) => path);

test('a path without an owner is taken when it has something, and one of another is announced', async () => {
  const { paths, owners, announced } = aWorker();
  owners.set('theirs' as PathKey, OTHER);
  paths.wake('free' as PathKey);
  paths.wake('theirs' as PathKey);
  await settled();
  assert.deepEqual([names(paths), announced], [['free'], ['theirs']]);
});

test('what the store gives to another has no runner any more, and what it gives to us has one', async () => {
  const { paths, owners, owns, ended } = aWorker();
  owns('a', 'b');
  await paths.follow();
  const [first] = paths.runners() as Iterable<FakeRunner>;
  owners.set('a' as PathKey, OTHER);
  owns('c');
  await paths.follow();
  assert.deepEqual([names(paths), ended, first?.closed], [['b', 'c'], ['a'], true]);
});

test('more than its share is handed over, and left to the others for two of their sweeps', async () => {
  const { paths, clock, owns } = aWorker();
  owns('a', 'b', 'c', 'd', 'e', 'f');
  await paths.follow();
  await paths.handOver();
  const left = names(paths);
  assert.equal(left.length, 3);
  await paths.takeOver();
  assert.deepEqual(names(paths), left);
  await clock.advance(4_000);
  await paths.takeOver();
  assert.equal(names(paths).length, 6);
});

test('a clock that is set back does not leave them to the others for longer', async () => {
  const { paths, clock, owns } = aWorker();
  owns('a', 'b', 'c', 'd', 'e', 'f');
  await paths.follow();
  await paths.handOver();
  clock.jump(-3_600_000);
  await clock.advance(4_000);
  await paths.takeOver();
  assert.equal(names(paths).length, 6);
});

test('a runner that was let go by a sweep meanwhile is not taken for the one that came after it', async () => {
  const { paths, clock, owns, whileReleasing } = aWorker();
  owns('a', 'b', 'c', 'd', 'e', 'f');
  await paths.follow();
  whileReleasing(() => new Promise((resolve) => void clock.after(100, resolve)));
  const handingOver = paths.handOver();
  await settled();
  const b = paths.of('b' as PathKey) as FakeRunner;
  const letting = paths.letGo(b);
  await settled();
  whileReleasing(async () => {});
  owns('b');
  await paths.follow();
  const again = paths.of('b' as PathKey) as FakeRunner;
  assert.notEqual(again, b);
  await clock.advance(1_000);
  await Promise.all([handingOver, letting]);
  assert.ok(again.closed || paths.of('b' as PathKey) === again, 'it runs, and nobody has it');
});
