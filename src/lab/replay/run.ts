/** A scenario in the lab's world, once, in one of the two ways; what comes of it can be handed to another thread. */
import { OCTET_SCALE, SCALED_OCTETS } from '../body.ts';
import { CLASSIC } from '../classic.ts';
import { World, type WorldOptions } from '../world.ts';
import { france } from './france.ts';
import { type Fact, Recorder, type Standing } from './record.ts';
import { mailLevels, type ReplayEvent, type Scenario } from './scenario.ts';
import { type LineMinute, SharedLine } from './shared-line.ts';
import type { Way } from './way.ts';

export interface Ran {
  readonly way: Way;
  readonly providers: readonly string[];
  readonly facts: readonly Fact[];
  /** Providers that refused us for our reputation, by their index. */
  readonly refusing: readonly number[];
  readonly lost: number;
  readonly duplicates: number;
  /** Messages that customers could not hand over by the end. */
  readonly held: number;
  readonly minutes: readonly LineMinute[];
  readonly standings: readonly Standing[];
  /** Of everything that happened, to the byte. */
  readonly digest: string;
}

const MOST_ACCOUNTS_IN_A_DOMAIN = 8;
/** One, because a budget is shared out evenly between workers, whatever each has to do. */
const WORKERS = 1;
/** To one site, in both ways: so many that in the way of 2018 each message is tried when its time comes. */
const CONNECTIONS = 45;
const HOURS_A_DAY = 24;

export async function runWay(scenario: Scenario, way: Way, seed: number): Promise<Ran> {
  const world = await World.make(optionsOf(scenario, way, seed));
  const recorder = new Recorder(world);
  const line = new SharedLine(world, scenario, way);
  for (const event of scenario.events) plan(world, scenario, event);
  await world.run(scenario.lengthMs);
  const ran: Ran = {
    way,
    providers: world.providers.map(({ shape }) => shape.name),
    facts: recorder.facts(),
    refusing: [...recorder.refusing],
    lost: recorder.lost(),
    duplicates: recorder.duplicates(),
    held: world.senders.holding,
    minutes: line.minutes,
    standings: recorder.standings,
    digest: world.digest,
  };
  await world.close();
  return ran;
}

function optionsOf(scenario: Scenario, way: Way, seed: number): WorldOptions {
  const { mail, scale, line, startsAt } = scenario;
  const accounts = Math.max(MOST_ACCOUNTS_IN_A_DOMAIN, Math.round(mail.mailboxes / scale));
  return {
    seed,
    startsAt,
    workers: WORKERS,
    ours: { octetsPerSecond: line.capacityOctets / scale, latencyMs: 5, loss: 0 },
    octetScale: OCTET_SCALE,
    providers: france(mail.smallHosts),
    // In 2018 what watched how customers send was relaxed, to drain faster.
    ...(way === 'classic'
      ? { way: CLASSIC, guard: 'habits' }
      : { budgetOut: scenario.budget.outOctets / scale, guard: 'on' }),
    queue: { maxConnections: CONNECTIONS },
    senders: {
      domains: Math.ceil(accounts / MOST_ACCOUNTS_IN_A_DOMAIN),
      accounts: MOST_ACCOUNTS_IN_A_DOMAIN,
      perHour: mail.messagesPerDay / scale / HOURS_A_DAY,
      day: mailLevels(scenario),
      // As measured in data/traffic: a tenth of the accounts sends half, four messages of five have one recipient.
      skew: 6,
      recipients: 7,
      octets: SCALED_OCTETS,
      unknown: 0.01,
      full: 0.003,
      spam: 0,
      bad: 0.001,
    },
  };
}

/** What happens at one moment, and its end. */
function plan(world: World, scenario: Scenario, event: ReplayEvent): void {
  const { atMs, forMs } = event;
  const begin = (what: string, run: () => void): void => world.at(atMs, what, run);
  const end = (what: string, run: () => void): void => world.at(atMs + forMs, what, run);
  const provider = (): string => event.provider ?? '';
  switch (event.what) {
    case 'capacity':
    case 'budget':
    case 'returning':
      // The shared line looks these up.
      return;
    case 'line-down':
      begin('our line is down', () => world.network.ours.set('silent'));
      return end('our line is up', () => world.network.ours.set('up'));
    case 'provider-down':
      begin(`${provider()} is down`, () => world.provider(provider()).set('silent'));
      return end(`${provider()} is up`, () => world.provider(provider()).set('up'));
    case 'provider-blocks':
      begin(`${provider()} refuses us`, () => void (world.provider(provider()).mood.blocked = true));
      return end(`${provider()} takes us`, () => void (world.provider(provider()).mood.blocked = false));
    case 'resolver-dead':
      begin('our resolver is dead', () => void (world.dns.fault = 'silence'));
      return end('our resolver works', () => void (world.dns.fault = undefined));
    case 'disk-full':
      begin('the disk is full', () => void (world.disk.health.full = true));
      return end('the disk has room', () => void (world.disk.health.full = false));
    case 'one-customer':
      return begin('one customer sends much', () => oneCustomer(world, scenario, event));
    case 'botnet':
      return begin('a botnet sends', () => botnet(world, scenario, event));
    case 'move':
      return begin('the platform moves', () => move(world, event));
    default:
      event.what satisfies never;
  }
}

function oneCustomer(world: World, { scale }: Scenario, { messages, forMs }: ReplayEvent): void {
  world.senders.burst(0, { count: Math.round(messages / scale), overMs: forMs, as: { kind: 'm' } });
}

/**
 * Spam to lists that are old: many of their addresses are gone. All of its accounts are here, each with fewer spams than it
 * really sent: what a guard lets out it lets out at their beginning.
 */
function botnet(world: World, { scale }: Scenario, { messages, accounts, forMs }: ReplayEvent): void {
  const through = Math.min(accounts, world.accounts.length);
  const apart = Math.floor(world.accounts.length / through);
  const all = Math.round(messages / scale);
  for (let index = 0; index < through; index++) {
    const count = Math.floor(((index + 1) * all) / through) - Math.floor((index * all) / through);
    world.senders.burst(index * apart, { count, overMs: forMs, as: { kind: 'spam', unknown: 0.15 } });
  }
}

/** The workers stop at one site and start at the other, with the same store and another line. */
function move(world: World, { forMs }: ReplayEvent): void {
  world.network.ours.set('unreachable');
  for (let index = 0; index < world.options.workers; index++) world.crash(index, { downMs: forMs });
  world.clock.after(forMs, () => world.network.ours.set('up'));
}
