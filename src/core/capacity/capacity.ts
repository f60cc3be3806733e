/**
 * What mail may use of this machine and its network (`[budget]`), and what follows when it comes near: who waits, who is
 * put off, and in which order (`strain.ts`). Everything that is put off is told so with a 4xx, before it costs anything.
 */
import type { Clock, Timer } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { repeat } from '../../base/repeat.ts';
import type { Meter } from '../../base/meter.ts';
import { type Refusal, refuse } from '../intake/reply.ts';
import type { ClientFacts } from '../intake/session.ts';
import { Connections } from './connections.ts';
import { DiskBudget, type DiskBudgetPorts } from './disk.ts';
import { Latency } from './latency.ts';
import { Memory } from './memory.ts';
import { Rate } from './rate.ts';
import { type Gauge, Strain, type StrainState } from './strain.ts';

export interface CapacityOptions {
  /** Octets of messages a second; no limit unless given. */
  readonly outBytesPerSecond?: number;
  readonly inBytesPerSecond?: number;
  /** In and out together. */
  readonly connections: number;
  /** Octets of messages that arrive, in memory. */
  readonly memoryBytes: number;
  readonly diskFreeBytes: number;
  readonly storeLatencyMs: number;
  readonly loopLagMs: number;
  /** What live mail surely gets of the way out, of 1. */
  readonly liveShare: number;
}

export interface CapacityPorts {
  readonly store: DiskBudgetPorts['store'];
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
}

/** What of a client decides whether it waits. */
export type Who = Pick<ClientFacts, 'kind' | 'mayRelay'>;

/** What intake asks of the budgets. */
export interface IntakeBudget {
  /** Why nothing new of this client can be kept now, however far it has sent it. */
  full(who: Who): Refusal | undefined;
  /** Whether a client that connects now is sent away at once: that costs least. */
  turnsAway(who: Who): boolean;
  /** Why no message of this client is taken now; to be asked before one is sent. */
  refusal(who: Who): Refusal | undefined;
  /** What a client that may send waits for first. */
  delay(who: Who): Promise<void> | undefined;
  /** Content came from a client: what it waits for before more is read. */
  pace(who: Who, bytes: number): Promise<void> | undefined;
  readonly memory: Pick<Memory, 'hold' | 'free'>;
  /** Of what the store is asked for while a client waits. */
  readonly latency: Pick<Latency, 'measure'>;
}

/** What a worker asks of them. */
export interface WorkerBudget extends IntakeBudget {
  /** What a connection waits for between two messages of a backlog. */
  easeOff(): Promise<void> | undefined;
  /** With more connections out than these far ends would give up before their message has its turn on the way out. */
  readonly mostConnections: number;
  /** How near it is to its budgets, for operators. */
  readonly state: StrainState;
}

/** What strangers get of the way in while customers send as well; of 1. */
const STRANGERS_SHARE = 0.4;
/** Part of a budget that strangers can use up at most: short of where customers feel it. */
const STRANGERS_MOST = 0.95;
/** A way in on which one waits as long as this is used up, ms. */
const WAIT_MS = 2_000;
/** How long a submission waits while submissions are slowed, and a connection between two messages of a backlog. */
const SLOWED_MS = 1_000;
/** Far ends wait five minutes for what comes next (RFC 5321 4.5.3.2.7), and some less, ms. */
const CROWDED_MS = 90_000;
/** How often the event loop is asked whether it is late. */
const TICK_MS = 50;
/** It was late until so many ticks passed in time. */
const TICKS_REMEMBERED = 20;

// RFC 3463: X.3.2, not accepting network messages now; the sender keeps the message and tries again.
const BUSY = refuse(451, '4.3.2', 'This server is busy; please try again later');
const OUT_OF_MEMORY = refuse(452, '4.3.1', 'This server is short of memory; please try again later');

export class Capacity implements WorkerBudget {
  readonly connections: Connections;
  readonly memory: Memory;
  readonly latency: Latency;
  /** Absent when there is no limit. */
  readonly out: Rate<'live' | 'backlog'> | undefined;
  readonly #in: Rate<'customer' | 'stranger'> | undefined;
  readonly #disk: DiskBudget;
  readonly #strain: Strain;
  readonly #clock: Clock;
  readonly #lags: number[] = [];
  #tick: Timer | undefined;

  constructor(ports: CapacityPorts, options: CapacityOptions) {
    const { clock } = ports;
    const { outBytesPerSecond, inBytesPerSecond, liveShare } = options;
    this.#clock = clock;
    this.#disk = new DiskBudget(ports, options.diskFreeBytes);
    this.connections = new Connections(options.connections);
    this.memory = new Memory(options.memoryBytes);
    this.latency = new Latency(clock);
    if (outBytesPerSecond !== undefined)
      this.out = new Rate(clock, outBytesPerSecond, { live: liveShare, backlog: 1 - liveShare });
    if (inBytesPerSecond !== undefined) {
      const weights = { customer: 1 - STRANGERS_SHARE, stranger: STRANGERS_SHARE };
      this.#in = new Rate(clock, inBytesPerSecond, weights);
    }
    this.#strain = new Strain(ports, this.#gauges(options));
  }

  #gauges(options: CapacityOptions): Gauge[] {
    return [
      { name: 'connections', used: () => this.connections.used },
      { name: 'memory', used: () => this.memory.used },
      { name: 'in', used: () => this.#inUsed },
      { name: 'storeLatency', used: () => this.latency.ms / options.storeLatencyMs },
      { name: 'loopLag', used: () => Math.max(0, ...this.#lags) / options.loopLagMs },
    ];
  }

  /** Looks once, then again and again. */
  async start(): Promise<void> {
    this.#watchLoop();
    this.#strain.start();
    await this.#disk.start();
  }

  stop(): void {
    this.#tick?.cancel();
    this.#strain.stop();
    this.#disk.stop();
  }

  /** Strangers who wait shut out strangers, never customers. */
  get #inUsed(): number {
    if (this.#in === undefined) return 0;
    const strangers = Math.min(this.#in.waitMs('stranger') / WAIT_MS, STRANGERS_MOST);
    return Math.max(this.#in.waitMs('customer') / WAIT_MS, strangers);
  }

  get mostConnections(): number {
    return CROWDED_MS / (this.out?.messageMs ?? 0);
  }

  get state(): StrainState {
    return this.#strain.state;
  }

  full(who: Who): Refusal | undefined {
    const most = isStranger(who) ? STRANGERS_MOST : 1;
    return this.#disk.refusal() ?? (this.memory.used >= most ? OUT_OF_MEMORY : undefined);
  }

  turnsAway(who: Who): boolean {
    const { level } = this.#strain;
    return level >= 4 || (level >= 2 && isStranger(who));
  }

  refusal(who: Who): Refusal | undefined {
    return this.full(who) ?? (this.turnsAway(who) ? BUSY : undefined);
  }

  delay(who: Who): Promise<void> | undefined {
    return this.#strain.level >= 3 && !isStranger(who) ? this.#pause() : undefined;
  }

  pace(who: Who, bytes: number): Promise<void> | undefined {
    this.#disk.spend(bytes);
    return this.#in?.take(standingOf(who), bytes);
  }

  easeOff(): Promise<void> | undefined {
    return this.#strain.level >= 1 ? this.#pause() : undefined;
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      this.#clock.after(SLOWED_MS, resolve);
    });
  }

  /** A timer that fires late tells how long whatever else there is to do would wait. */
  #watchLoop(): void {
    let due = this.#clock.monotonic() + TICK_MS;
    const run = (): void => {
      const now = this.#clock.monotonic();
      this.#lags.push(Math.max(0, now - due));
      if (this.#lags.length > TICKS_REMEMBERED) this.#lags.shift();
      due = now + TICK_MS;
    };
    this.#tick = repeat(this.#clock, { everyMs: TICK_MS, run });
  }
}

/** What somebody is, as far as the connection tells. */
export function standingOf({ kind, mayRelay }: Who): 'customer' | 'stranger' {
  return kind === 'mx' && !mayRelay ? 'stranger' : 'customer';
}

function isStranger(who: Who): boolean {
  return standingOf(who) === 'stranger';
}

/** Budgets that are never near: for tests, and for worlds that have none. */
export const UNLIMITED: WorkerBudget = {
  full: () => undefined,
  turnsAway: () => false,
  refusal: () => undefined,
  delay: () => undefined,
  pace: () => undefined,
  memory: { hold() {}, free() {} },
  latency: { measure: (ask) => ask() },
  easeOff: () => undefined,
  mostConnections: Number.POSITIVE_INFINITY,
  state: { level: 0, budget: '', used: 0 },
};
