/** One run of a seed: a world, its faults, and whether every promise held. */
import type { SqlStore } from '../store/store.ts';
import { type BugName, withBug } from './bugs.ts';
import { Chance } from './chance.ts';
import { type Fault, faultsOf, plan } from './faults.ts';
import { internet } from './internet.ts';
import { Invariants } from './invariants.ts';
import { World, type WorldOptions } from './world.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** After everything works again the queue must be empty within this: a canary of a refusal may be four hours away. */
const DRAIN_MS = 10 * HOUR_MS;
const SECONDS = [10, 20, 40, 120, 300];

export interface Scenario {
  readonly options: WorldOptions;
  readonly faults: readonly Fault[];
  /** Customers send for so long. */
  readonly lengthMs: number;
  readonly bug?: BugName;
}

export interface Findings {
  readonly broken: readonly string[];
  readonly digest: string;
  readonly history: readonly string[];
  readonly delivered: number;
  readonly virtualMs: number;
}

export function scenarioOf(seed: number): Scenario {
  const chance = new Chance(seed, 'scenario');
  const workers = chance.whole(1, 3);
  const providers = internet(chance.whole(2, 8));
  const lengthMs = chance.whole(5, 30) * MINUTE_MS;
  const messages = chance.whole(60, 400);
  const brief = chance.is(0.15);
  const faults = faultsOf(chance, {
    count: chance.whole(1, 8),
    withinMs: lengthMs * 0.8,
    workers,
    providers: providers.map(({ name }) => name),
    domains: providers.flatMap(({ domains }) => domains),
  });
  return {
    lengthMs,
    faults,
    options: {
      seed,
      workers,
      ...(brief ? {} : budgetOf(new Chance(seed, 'budget'))),
      ours: { octetsPerSecond: 2_000_000, latencyMs: 5, loss: 0 },
      providers,
      queue: {
        lanesMs: SECONDS.map((seconds) => seconds * 1_000),
        lifetimeMs: brief ? 15 * MINUTE_MS : 12 * HOUR_MS,
        delayNoticeAfterMs: 5 * MINUTE_MS,
      },
      senders: {
        domains: chance.whole(1, 6),
        accounts: chance.whole(1, 3),
        perHour: (messages * HOUR_MS) / lengthMs,
        day: 'flat',
        octets: { from: 300, to: chance.is(0.1) ? 600_000 : 20_000 },
        recipients: 5,
        unknown: 0.02,
        full: brief ? 0.02 : 0,
        spam: 0.02,
        bad: 0.02,
      },
    },
  };
}

/** Three of ten worlds that are not brief limit what is sent: 20 to 200 kB/s. */
function budgetOf(chance: Chance): { budgetOut?: number } {
  return chance.is(0.3) ? { budgetOut: chance.whole(20_000, 200_000) } : {};
}

export async function runScenario(
  { options, faults, lengthMs, bug }: Scenario,
  about: { keepHistory?: boolean } = {},
): Promise<Findings> {
  const planted = bug === undefined ? {} : { wrapStore: (store: SqlStore) => withBug(store, bug) };
  const world = await World.make({ ...options, ...about, ...planted });
  const invariants = new Invariants(world);
  plan(world, faults);
  await world.run(lengthMs);
  world.senders.stop();
  const last = Math.max(0, ...faults.map(({ atMs, forMs = 0 }) => atMs + forMs));
  // What lasts longer ends here.
  if (last > lengthMs) await world.run(Math.min(last - lengthMs, 5 * MINUTE_MS));
  world.heal();
  const drained = await world.drain(DRAIN_MS);
  invariants.atEnd({ drained });
  const { digest, history, ledger } = world;
  const findings = {
    broken: invariants.broken,
    digest,
    history,
    delivered: ledger.delivered,
    virtualMs: world.clock.monotonic(),
  };
  await world.close();
  return findings;
}
