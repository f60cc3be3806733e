import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../../test/virtual-clock.ts';
import type { PathKey } from '../envelope.ts';
import type { ClaimedDelivery, TurnRequest } from './port.ts';
import { Window, type WindowPorts } from './window.ts';
import type { Work } from './work.ts';

/** Deliveries are numbered in the order in which they came. */
function work(id: number, customer: string): Work {
  return { delivery: { id, customer, message: { id, sizeBytes: 1_000 } } as unknown as ClaimedDelivery };
}

/**
 * A window on a path with this backlog, after the thaw. `claimed`: what a claim brings of it and of the live mail, which is
 * nothing unless given.
 */
async function thawed(backlog: readonly Work[], claimed?: { backlog: Work[]; live: Work[] }) {
  const clock = new VirtualClock();
  const store = [...backlog];
  const given: Work[] = [];
  const take = (works: readonly Work[]): Work[] => {
    for (const one of works) store.splice(store.indexOf(one), 1);
    return [...works];
  };
  const ports: WindowPorts = {
    // The store is slow to give the backlog: what is asked for by name is there first.
    claim: (parts) =>
      new Promise((resolve) => {
        const worksOf = ({ lane, since }: (typeof parts)[number]): Work[] =>
          lane > 0 ? [] : ((since > 0 ? claimed?.live : claimed?.backlog) ?? []);
        clock.after(1_000, () => resolve(parts.map(worksOf)));
      }),
    claimInTurn: async ({ only, each, turn }: Pick<TurnRequest, 'only' | 'each' | 'turn'>) => ({
      works: take(store.filter(({ delivery }) => delivery.customer === only).slice(0, each)),
      turn,
    }),
    nextDue: async () => undefined,
    giveBack: (works) => void given.push(...works),
    after: (ms, run) => clock.after(ms, run),
    now: () => clock.now(),
    changed() {},
  };
  const window = new Window('mx.far.example>a' as PathKey, ports, { liveShare: 0.3, lanes: 2 });
  window.cut();
  await clock.advance(10_000);
  window.cut();
  const taken = (): string[] => {
    const order: string[] = [];
    for (let next = window.take(1); next !== undefined; next = window.take(1))
      order.push(`${next.kind} ${next.works[0]?.delivery.id}`);
    return order;
  };
  return { clock, window, given, taken };
}

test('live mail goes after what its own account has waiting, which goes as live mail does', async () => {
  const { clock, window, taken } = await thawed([
    work(1, 'a.example/1'),
    work(2, 'b.example/1'),
    work(3, 'a.example/1'),
  ]);
  window.push(work(10, 'a.example/1'));
  window.push(work(11, 'c.example/1'));
  assert.equal(window.quiet, false);
  await clock.advance(10);
  const order = taken();
  assert.deepEqual([...order].sort(), ['live 1', 'live 10', 'live 11', 'live 3']);
  const own = order.filter((one) => one !== 'live 11');
  assert.deepEqual(own, ['live 1', 'live 3', 'live 10']);
});

test('an account with more than is claimed at once sends its live mail when that has gone', async () => {
  const many = Array.from({ length: 150 }, (_, index) => work(index + 1, 'a.example/1'));
  const { clock, window, given, taken } = await thawed(many);
  const live = work(1_000, 'a.example/1');
  window.push(live);
  await clock.advance(10);
  assert.deepEqual(given, [live]);
  assert.equal(taken().length, 100);
});

test('live mail that comes with or during the claim that brings the backlog of its account goes after it', async () => {
  const backlog = [work(1, 'a.example/1')];
  const { clock, window, taken } = await thawed([], { backlog, live: [work(10, 'a.example/1')] });
  window.fill();
  await clock.advance(500);
  window.push(work(11, 'a.example/1'));
  await clock.advance(1_000);
  assert.deepEqual(taken(), ['live 1', 'live 10', 'live 11']);
});

test('live mail that comes with the backlog of its account goes after it', async () => {
  const backlog = [work(1, 'a.example/1')];
  const { clock, window, taken } = await thawed([], { backlog, live: [work(10, 'a.example/1')] });
  window.fill();
  await clock.advance(1_500);
  assert.deepEqual(taken(), ['live 1', 'live 10']);
});

test('what stood still meanwhile goes back', async () => {
  const { clock, window, given, taken } = await thawed([work(1, 'a.example/1')]);
  window.push(work(10, 'a.example/1'));
  window.empty();
  await clock.advance(10);
  assert.deepEqual(given.map(({ delivery }) => delivery.id).sort(), [1, 10]);
  assert.deepEqual(taken(), []);
});

test('mail of customers that stand still goes back, and is neither claimed nor taken until they go on', async () => {
  const { clock, window, given, taken } = await thawed([]);
  window.push(work(1, 'bad.example/1'));
  window.push(work(2, 'a.example/1'));
  await clock.advance(10);
  window.setApart(['bad.example']);
  assert.deepEqual(given.map(({ delivery }) => delivery.id).sort(), [1, 2], 'all of it: others come again');
  window.push(work(3, 'bad.example/2'));
  window.push(work(4, 'a.example/1'));
  await clock.advance(10);
  assert.equal(given.at(-1)?.delivery.id, 3);
  assert.deepEqual(taken(), ['live 4']);
  window.setApart([]);
  window.push(work(5, 'bad.example/1'));
  await clock.advance(10);
  assert.deepEqual(taken(), ['live 5']);
});

test('however many customers stand still, one look round finds that nobody else has anything', async () => {
  const clock = new VirtualClock();
  const apart = Array.from({ length: 60 }, (_, index) => `c${String(index).padStart(2, '0')}.example`);
  let claims = 0;
  const ports: WindowPorts = {
    claim: async (parts) => parts.map(() => []),
    claimInTurn: async ({ turn, domains }: Pick<TurnRequest, 'turn' | 'domains'>) => {
      claims++;
      const from = apart.findIndex((domain) => domain > turn.domain);
      const rest = from < 0 ? [] : apart.slice(from, from + domains);
      const domain = rest.length < domains ? '' : (rest.at(-1) as string);
      return { works: [], turn: { domain, customers: {} } };
    },
    nextDue: async () => undefined,
    giveBack: () => undefined,
    after: (ms, run) => clock.after(ms, run),
    now: () => clock.now(),
    // As the path's runner does, until it is clear that it would not end.
    changed: () => void (claims < 500 && window.fill()),
  };
  const window: Window = new Window('mx.far.example>a' as PathKey, ports, { liveShare: 0.3, lanes: 2 });
  window.setApart(apart);
  window.fill();
  await clock.advance(10_000);
  assert.ok(claims > 0 && claims < 50, `${claims} claims`);
  assert.equal(window.quiet, true);
});

test('a look asks for the lanes in which something is due, the slowest for those that there are no more', async () => {
  const clock = new VirtualClock();
  const asked: string[] = [];
  const ports: WindowPorts = {
    claim: async (parts) => {
      asked.push(
        parts
          .map(
            ({ lane, since, orSlower }) =>
              `${lane}${since > 0 ? ' live' : ''}${orSlower === true ? '+' : ''}`,
          )
          .join(),
      );
      return parts.map(() => []);
    },
    claimInTurn: async ({ turn }: Pick<TurnRequest, 'turn'>) => ({ works: [], turn }),
    nextDue: async () => undefined,
    giveBack: () => undefined,
    after: (ms, run) => clock.after(ms, run),
    now: () => clock.now(),
    changed: () => window.fill(),
  };
  const window: Window = new Window('mx.far.example>a' as PathKey, ports, { liveShare: 0.3, lanes: 2 });
  window.cut();
  for (const lanes of [[], [], [1], [0], [9]]) {
    window.look(lanes);
    window.fill();
    await clock.advance(1_000);
  }
  assert.deepEqual(asked, ['0 live,0,1,2+', '1', '0 live,0', '2+']);
});
