/** What can go wrong, as values: chosen by the seed, told in words, and left out one by one when a failure is shrunk. */
import type { Chance } from './chance.ts';
import { HEALTHY } from './disk.ts';
import type { World } from './world.ts';

export interface Fault {
  /** Names it in a plan; stays the same when others are left out. */
  readonly number: number;
  /** ms since the world began. */
  readonly atMs: number;
  readonly what: string;
  begin(world: World): void;
  /** After this long it ends, ms. */
  readonly forMs?: number;
  end?(world: World): void;
}

type Sketch = Omit<Fault, 'number' | 'atMs'>;
type Kind = (
  chance: Chance,
  about: { workers: number; providers: readonly string[]; domains: readonly string[] },
) => Sketch;

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;

/** Between them, evenly over the logarithm: seconds are as likely as minutes. */
function long(chance: Chance, fromMs: number, toMs: number): number {
  return Math.round(fromMs * (toMs / fromMs) ** chance.float());
}

function minutes(ms: number): string {
  return ms < MINUTE_MS ? `${Math.round(ms / SECOND_MS)} s` : `${(ms / MINUTE_MS).toFixed(1)} min`;
}

const crash: Kind = (chance, { workers }) => {
  const index = chance.whole(0, workers - 1);
  const about = { downMs: long(chance, 200, 60 * SECOND_MS), told: chance.is(0.5) };
  return {
    what: `worker ${index} dies, another comes after ${minutes(about.downMs)}${about.told ? '' : ', and nobody is told'}`,
    begin: (world) => world.crash(index, about),
  };
};

const crashBeforeAnswer: Kind = (chance) => {
  const skip = chance.whole(0, 10);
  return {
    what: `a worker dies between a commit and its answer, the ${skip + 1}th from now`,
    begin(world) {
      const arm = (left: number): void => {
        world.disk.beforeAnswer = (life) => (left > 0 ? arm(left - 1) : world.crashLife(life));
      };
      arm(skip);
    },
  };
};

const power: Kind = (_, { workers }) => ({
  what: 'all workers die at once',
  begin(world) {
    for (let index = 0; index < workers; index++) world.crash(index, { downMs: 3 * SECOND_MS, told: true });
  },
});

const answersLost: Kind = (chance) => {
  const count = chance.whole(1, 5);
  return {
    what: `${count} commits are kept and their answers lost`,
    begin: ({ disk }) => void (disk.health.answersLost += count),
  };
};

const fullDisk: Kind = (chance) => ({
  what: 'the disk is full',
  forMs: long(chance, 2 * SECOND_MS, 5 * MINUTE_MS),
  begin: ({ disk }) => void (disk.health.full = true),
  end: ({ disk }) => void (disk.health.full = false),
});

const shortDisk: Kind = (chance) => {
  const freeBytes = chance.whole(100, 900) * 1024 ** 2;
  return {
    what: `the disk has ${freeBytes} octets left, less than its budget`,
    forMs: long(chance, 10 * SECOND_MS, 10 * MINUTE_MS),
    begin: ({ disk }) => disk.setRoom(freeBytes),
    end: ({ disk }) => disk.setRoom(),
  };
};

const slowDisk: Kind = (chance) => {
  const syncMs = long(chance, 20, 1_500);
  return {
    what: `each sync takes ${syncMs} ms`,
    forMs: long(chance, 10 * SECOND_MS, 5 * MINUTE_MS),
    begin: ({ disk }) => void (disk.health.syncMs = syncMs),
    end: ({ disk }) => void (disk.health.syncMs = HEALTHY.syncMs),
  };
};

const clockStep: Kind = (chance) => {
  const ms = long(chance, 2 * SECOND_MS, 30 * MINUTE_MS) * (chance.is(0.5) ? 1 : -1);
  return { what: `the wall clock jumps by ${ms} ms`, begin: ({ clock }) => clock.jump(ms) };
};

const ourLine: Kind = (chance) => {
  const state = chance.is(0.7) ? 'silent' : 'unreachable';
  return {
    what: `our line is down (${state})`,
    forMs: long(chance, 5 * SECOND_MS, 20 * MINUTE_MS),
    begin: ({ network }) => network.ours.set(state),
    end: ({ network }) => network.ours.set('up'),
  };
};

const thinLine: Kind = (chance) => {
  const octetsPerSecond = long(chance, 2_000, 100_000);
  const loss = chance.is(0.5) ? 0 : chance.between(0.001, 0.3);
  return {
    what: `our line carries ${octetsPerSecond} octets a second and loses ${(loss * 100).toFixed(1)} %`,
    forMs: long(chance, 30 * SECOND_MS, 10 * MINUTE_MS),
    begin: ({ network }) => void Object.assign(network.ours.shape, { octetsPerSecond, loss }),
    end: ({ network, options }) => void Object.assign(network.ours.shape, options.ours),
  };
};

const resolver: Kind = (chance) => {
  const fault = chance.pick(['servfail', 'silence'] as const);
  return {
    what: `our resolver fails (${fault})`,
    forMs: long(chance, 10 * SECOND_MS, 15 * MINUTE_MS),
    begin: ({ dns }) => void (dns.fault = fault),
    end: ({ dns }) => void (dns.fault = undefined),
  };
};

const domain: Kind = (chance, { domains }) => {
  const fault = chance.pick(['servfail', 'silence'] as const);
  const name = chance.pick(domains);
  return {
    what: `the name servers of ${name} fail (${fault})`,
    forMs: long(chance, 10 * SECOND_MS, 20 * MINUTE_MS),
    begin: ({ dns }) => dns.setFault(name, fault),
    end: ({ dns }) => dns.setFault(name, undefined),
  };
};

const down: Kind = (chance, { providers }) => {
  const name = chance.pick(providers);
  const state = chance.pick(['refusing', 'silent'] as const);
  return {
    what: `${name} is down (${state})`,
    forMs: long(chance, 5 * SECOND_MS, 30 * MINUTE_MS),
    begin: (world) => world.provider(name).set(state),
    end: (world) => world.provider(name).set('up'),
  };
};

const mood: Kind = (chance, { providers }) => {
  const name = chance.pick(providers);
  const [what, change] = chance.pick([
    ['refuses us', { blocked: true }],
    ['takes few', { perMinute: chance.whole(1, 10) }],
    ['greylists', { greylistMs: chance.whole(10, 120) * SECOND_MS }],
    ['is a tarpit', { tarpitMs: chance.whole(1, 60) * SECOND_MS }],
    ['breaks off', { cuts: chance.between(0.05, 0.6) }],
    ['takes few connections', { connections: chance.whole(1, 3) }],
    ['is slow', { slowness: chance.between(3, 30) }],
    ['judges us', { reputation: { complaints: 0.003, unknown: 0.1, perHour: 200, forMs: 20 * MINUTE_MS } }],
  ] as const);
  return {
    what: `${name} ${what} (${JSON.stringify(change)})`,
    forMs: long(chance, 20 * SECOND_MS, 30 * MINUTE_MS),
    begin: (world) => void Object.assign(world.provider(name).mood, change),
    end: (world) => world.provider(name).heal(),
  };
};

const burst: Kind = (chance) => {
  const account = chance.whole(0, 99);
  const about = { count: chance.whole(20, 250), overMs: long(chance, 500, MINUTE_MS) };
  return {
    what: `account ${account} sends ${about.count} messages within ${minutes(about.overMs)}`,
    begin: ({ senders }) => senders.burst(account, about),
  };
};

/** One account sends to a far end as much as keeps it busy for minutes, and everybody else a little. */
const rush: Kind = (chance, { providers }) => {
  const name = chance.pick(providers);
  const account = chance.whole(0, 99);
  const mood = { slowness: chance.between(3, 40), connections: chance.whole(1, 8) };
  const burst = { count: chance.whole(50, 250), overMs: long(chance, 500, MINUTE_MS) };
  const withinMs = long(chance, MINUTE_MS, 10 * MINUTE_MS);
  return {
    what: `account ${account} sends ${burst.count} messages to ${name} (${JSON.stringify(mood)}), and everybody one`,
    forMs: withinMs,
    begin(world) {
      const { mood: now, shape } = world.provider(name);
      const [domain = ''] = shape.domains;
      Object.assign(now, mood);
      world.senders.burst(account, { ...burst, domain });
      world.senders.everybody({ domain, withinMs });
    },
    end: (world) => world.provider(name).heal(),
  };
};

const KINDS: readonly { readonly weight: number; readonly make: Kind }[] = [
  { weight: 3, make: crash },
  { weight: 2, make: crashBeforeAnswer },
  { weight: 1, make: power },
  { weight: 2, make: answersLost },
  { weight: 2, make: fullDisk },
  { weight: 2, make: slowDisk },
  { weight: 1, make: shortDisk },
  { weight: 1, make: clockStep },
  { weight: 3, make: ourLine },
  { weight: 2, make: thinLine },
  { weight: 2, make: resolver },
  { weight: 2, make: domain },
  { weight: 4, make: down },
  { weight: 6, make: mood },
  { weight: 3, make: burst },
  { weight: 4, make: rush },
];

/** The faults of a seed, within this time. */
export function faultsOf(
  chance: Chance,
  about: {
    count: number;
    withinMs: number;
    workers: number;
    providers: readonly string[];
    domains: readonly string[];
  },
): Fault[] {
  return Array.from({ length: about.count }, (_, number) => {
    const one = chance.of(`fault ${number}`);
    const atMs = one.whole(0, about.withinMs);
    return { number, atMs, ...one.weighted(KINDS).make(one, about) };
  });
}

/** Lets them happen. */
export function plan(world: World, faults: readonly Fault[]): void {
  for (const { number, atMs, what, forMs, begin, end } of faults) {
    world.at(atMs, `fault ${number}: ${what}`, begin);
    if (forMs !== undefined && end !== undefined) world.at(atMs + forMs, `fault ${number} ends`, end);
  }
}
