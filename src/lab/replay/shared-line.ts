/**
 * The line that mail shares with a neighbour service and with customers who read their mail, minute by minute.
 *
 * The way of 2018: nobody has a budget. What is offered beyond the capacity is lost, to everybody alike; connections
 * through such loss do not come about, are slow, or break. The way of Relais: mail keeps to its budget. Of what mail may
 * use, readers come first (design, promise 7) and deliveries get the rest, at most `[budget] out`, which the core itself
 * enforces; when readers need all of it nothing is left for deliveries, which then reach nobody.
 *
 * Readers are a demand on the line here and no sessions, and the core does not count yet what is sent to them: that they keep to
 * the budget is the lab's doing.
 */
import type { World } from '../world.ts';
import type { Step } from './ideal.ts';
import { levelAt, type Scenario } from './scenario.ts';
import type { Way } from './way.ts';

/** Octets a second in the replay: the real host's over its scale. */
export interface Demand {
  readonly capacity: number;
  readonly neighbour: number;
  readonly readers: number;
  /** Of deliveries. */
  readonly out: number;
  /** Of mail in all. */
  readonly mail: number;
}

/** What came through in a minute, of what was wanted; octets. */
export interface LineMinute {
  readonly neighbourWanted: number;
  readonly neighbourGot: number;
  readonly readersWanted: number;
  readonly readersGot: number;
  readonly mailGot: number;
}

const TICK_MS = 5_000;
const TICKS_A_MINUTE = 60_000 / TICK_MS;
/** Deliveries have nothing worth the name when they have less than this part of their budget. */
const NOTHING = 0.002;
/** A packet is sent so often in the time that a far end waits for it (after 1, 3, 7 and 15 s), ... */
const PACKET_TRIES = 5;
/** ... and so many must be answered until a message is through. */
const ROUND_TRIPS = 10;
/** A transfer through so much loss is slow, and one through more never ends. */
const MOST_LOSS = 0.99;

export function demandAt(scenario: Scenario, atMs: number): Demand {
  let [capacity, budget] = [scenario.line.capacityOctets, scenario.budget.mailOctets];
  let returning = 0;
  for (const event of scenario.events) {
    if (event.atMs > atMs) break;
    const over = event.forMs > 0 && event.atMs + event.forMs <= atMs;
    if ((event.what === 'capacity' && !over) || (event.what === 'move' && over)) capacity = event.rateOctets;
    if (event.what === 'budget' && !over) budget = event.rateOctets;
    if (event.what === 'returning' && !over) returning += event.rateOctets;
  }
  const { scale } = scenario;
  return {
    capacity: capacity / scale,
    mail: budget / scale,
    out: scenario.budget.outOctets / scale,
    neighbour: levelAt(scenario.neighbour, atMs, scenario) / scale,
    readers: (levelAt(scenario.readers, atMs, scenario) + returning) / scale,
  };
}

/** What the line leaves to deliveries when mail keeps to its budget, octets a second; 0: nothing worth the name. */
export function leftForDeliveries({ capacity, mail, out, neighbour, readers }: Demand): number {
  const left = Math.min(out, Math.min(mail, capacity - neighbour) - readers);
  return left < out * NOTHING ? 0 : left;
}

/** The capacity that deliveries have, for the ideal: from the scenario alone. */
export function capacitySteps(scenario: Scenario): Step[] {
  const steps: Step[] = [];
  const down = scenario.events.filter(({ what }) => what === 'line-down' || what === 'move');
  for (let fromMs = 0; fromMs < scenario.lengthMs; fromMs += TICK_MS) {
    const isDown = down.some(({ atMs, forMs }) => fromMs >= atMs && fromMs < atMs + forMs);
    const octetsPerSecond = isDown ? 0 : leftForDeliveries(demandAt(scenario, fromMs));
    if (steps.at(-1)?.octetsPerSecond !== octetsPerSecond) steps.push({ fromMs, octetsPerSecond });
  }
  return steps;
}

export class SharedLine {
  readonly minutes: LineMinute[] = [];
  readonly #world: World;
  readonly #scenario: Scenario;
  readonly #apply: (demand: Demand, usedOctets: number) => LineMinute;
  #carried = 0;
  #ticks: LineMinute[] = [];

  constructor(world: World, scenario: Scenario, way: Way) {
    this.#world = world;
    this.#scenario = scenario;
    this.#apply =
      way === 'relais'
        ? (demand, used) => this.#budgeted(demand, used)
        : (demand, used) => this.#open(demand, used);
    world.network.ours.fair = way === 'relais';
    // What customers send us is not what is short.
    world.network.inbound.shape.octetsPerSecond = scenario.line.capacityOctets;
    this.#tick();
    world.every(TICK_MS, () => this.#tick());
  }

  #tick(): void {
    const { ours } = this.#world.network;
    const used = ((ours.carried - this.#carried) * 1000) / TICK_MS;
    this.#carried = ours.carried;
    const got = this.#apply(demandAt(this.#scenario, this.#world.clock.monotonic()), used);
    if (this.#ticks.push(got) < TICKS_A_MINUTE) return;
    this.minutes.push(sumOf(this.#ticks));
    this.#ticks = [];
  }

  /** Mail takes what it likes, and so does everybody. */
  #open({ capacity, neighbour, readers }: Demand, used: number): LineMinute {
    const { ours } = this.#world.network;
    const offered = neighbour + readers + used;
    const part = Math.min(1, capacity / offered);
    const loss = Math.min(MOST_LOSS, 1 - part);
    ours.setCapacity(loss > 0 ? capacity : Math.max(capacity - neighbour - readers, capacity * NOTHING));
    ours.shape.loss = loss;
    for (const { mood } of this.#world.providers) mood.losses = 1 - (1 - loss ** PACKET_TRIES) ** ROUND_TRIPS;
    return octetsOf(
      { neighbour, readers },
      { neighbour: neighbour * part, readers: readers * part, mail: used },
    );
  }

  /** Mail keeps to its budget. */
  #budgeted(demand: Demand, used: number): LineMinute {
    const { ours } = this.#world.network;
    const { capacity, mail, neighbour, readers } = demand;
    const left = leftForDeliveries(demand);
    const readersGot = Math.min(readers, mail);
    if (left > 0) ours.setCapacity(Math.max(left, capacity - neighbour - readersGot));
    ours.shape.loss = left > 0 ? 0 : 1;
    // A budget that is larger than what the neighbour leaves is no protection, and shows.
    const part = Math.min(1, capacity / (neighbour + readersGot + used));
    return octetsOf(
      { neighbour, readers },
      { neighbour: neighbour * part, readers: readersGot * part, mail: used },
    );
  }
}

function octetsOf(
  wanted: { neighbour: number; readers: number },
  got: { neighbour: number; readers: number; mail: number },
): LineMinute {
  const seconds = TICK_MS / 1000;
  return {
    neighbourWanted: wanted.neighbour * seconds,
    neighbourGot: got.neighbour * seconds,
    readersWanted: wanted.readers * seconds,
    readersGot: got.readers * seconds,
    mailGot: got.mail * seconds,
  };
}

function sumOf(ticks: readonly LineMinute[]): LineMinute {
  const sum = (of: (tick: LineMinute) => number): number =>
    ticks.reduce((total, tick) => total + of(tick), 0);
  return {
    neighbourWanted: sum((tick) => tick.neighbourWanted),
    neighbourGot: sum((tick) => tick.neighbourGot),
    readersWanted: sum((tick) => tick.readersWanted),
    readersGot: sum((tick) => tick.readersGot),
    mailGot: sum((tick) => tick.mailGot),
  };
}
