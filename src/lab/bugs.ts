/**
 * Bugs to plant: a lab that does not find these proves nothing. Each is put between a worker and its store, which is all
 * that it takes to break a promise; the product knows nothing of them.
 */
import type { ClaimedDelivery } from '../core/queue/port.ts';
import type { SqlStore } from '../store/store.ts';

type Bug = (store: SqlStore) => Partial<SqlStore>;

/** Trouble of a path counts as an attempt of the delivery. */
const countsTrouble: Bug = (store) => ({
  settle: (settlement) =>
    store.settle(settlement.blame === 'path' ? { ...settlement, attempted: true } : settlement),
});

/** What stands still is not seen, and goes on being tried. */
const blindToFreezes: Bug = () => ({ freezes: async () => ({ freezes: [], stoppages: [] }) });

/** 250 is said before the store has synced. */
const answersEarly: Bug = (store) => ({
  async accept(acceptance) {
    void store.accept(acceptance).catch(() => undefined);
  },
});

/** What a worker had under way when it died is forgotten. */
const forgetsTheDead: Bug = (store) => ({
  async retireWorkers(which) {
    const leases = which.worker === undefined ? [] : await store.leases(which.worker);
    const retired = await store.retireWorkers(which);
    for (const delivery of leases)
      await store.changeQueue({
        kind: 'cancel',
        filter: { delivery },
        reason: 'its worker died',
        at: which.now,
        limit: 1,
      });
    return retired;
  },
});

/** Of what comes out of the store the youngest leaves first. */
const youngestFirst: Bug = (store) => ({
  claim: async (request) =>
    (await store.claim(request)).map((deliveries) =>
      deliveries.map((one) => (one.was === 'ready' ? { ...one, dueAt: -one.dueAt } : one)),
    ),
});

/** Turns go by message: who sends the most has the most. */
const noTurns: Bug = (store) => {
  const alone = (deliveries: readonly ClaimedDelivery[]): ClaimedDelivery[] =>
    deliveries.map((delivery) => ({ ...delivery, customer: `of-${delivery.id}.example/1` }));
  return {
    claim: async (request) => (await store.claim(request)).map(alone),
    async claimInTurn(request) {
      const { deliveries, turn } = await store.claimInTurn(request);
      return { deliveries: alone(deliveries), turn };
    },
  };
};

export const BUGS = {
  'counts-trouble': countsTrouble,
  'blind-to-freezes': blindToFreezes,
  'answers-early': answersEarly,
  'forgets-the-dead': forgetsTheDead,
  'youngest-first': youngestFirst,
  'no-turns': noTurns,
} as const satisfies Record<string, Bug>;

export type BugName = keyof typeof BUGS;

export function isBug(name: string): name is BugName {
  return Object.hasOwn(BUGS, name);
}

/** The store with this bug in it. */
export function withBug(store: SqlStore, bug: BugName): SqlStore {
  return { ...store, ...BUGS[bug](store) };
}
