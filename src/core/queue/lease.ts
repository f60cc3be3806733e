/**
 * The lease of a worker on all that it has: the beat that prolongs it, until when it surely holds, and which of the others
 * have let theirs run out. It is a time of the wall clock in the store, which all workers see alike; how long it holds for
 * this worker is measured by a clock that nobody sets.
 */
import type { Clock } from '../../base/clock.ts';
import type { WorkerId } from '../envelope.ts';
import type { WorkerBudget } from '../capacity/capacity.ts';
import type { Breadth } from './breadth.ts';
import type { QueueStore } from './port.ts';

/** What of a lease surely holds, of 1: this worker stops before the others may begin. */
const SURE = 0.8;
/** The wall clock was set when it moved by more than this part of a lease, of 1, against the one that nobody sets. */
const SET = 0.1;

export interface LeaseOptions {
  readonly node: string;
  /** A worker that has not beaten for this long is dead to the others, ms. */
  readonly leaseMs: number;
}

export interface LeasePorts {
  readonly store: Pick<QueueStore, 'heartbeat' | 'retireWorkers'>;
  readonly clock: Clock;
  readonly breadth: Pick<Breadth, 'health'>;
  readonly budget: Pick<WorkerBudget, 'state'>;
  /** This worker was declared dead by the others: it must end. */
  lost(): void;
}

export class Lease {
  readonly #worker: WorkerId;
  readonly #ports: LeasePorts;
  readonly #options: LeaseOptions;
  /** Monotonic ms, as the next. */
  #holdsUntil = 0;
  #judgesFrom = 0;
  /** How far the wall clock is ahead of the other, ms. */
  #ahead: number;

  constructor(worker: WorkerId, ports: LeasePorts, options: LeaseOptions) {
    this.#worker = worker;
    this.#ports = ports;
    this.#options = options;
    this.#ahead = ports.clock.now() - ports.clock.monotonic();
  }

  /** Whether it surely holds: an attempt may begin. */
  get holds(): boolean {
    return this.#ports.clock.monotonic() < this.#holdsUntil;
  }

  /** Announces this worker. Rejects when the store is down. */
  begin(): Promise<void> {
    return this.#beat({ first: true });
  }

  /** Prolongs it; to be done several times in the time of a lease. Rejects when the store is down. */
  prolong(): Promise<void> {
    return this.#beat({ first: false });
  }

  async #beat({ first }: { first: boolean }): Promise<void> {
    const { clock, store, breadth, budget } = this.#ports;
    const { node, leaseMs } = this.#options;
    const begun = clock.monotonic();
    const alive = await store.heartbeat({
      worker: this.#worker,
      node,
      now: clock.now(),
      ttlMs: leaseMs,
      first,
      health: breadth.health(),
      strain: budget.state,
    });
    if (!alive) return this.#ports.lost();
    this.#holdsUntil = begun + leaseMs * SURE;
  }

  /** Declares those dead whose lease has run out: what they had goes to the others. Rejects when the store is down. */
  async retireOthers(): Promise<void> {
    const { clock, store } = this.#ports;
    const now = clock.now();
    await store.retireWorkers({ now, ...(this.#mayJudge() ? { expiredBefore: now } : {}) });
  }

  /** By a clock that was just set nobody is judged until all have beaten by it: set ahead, it would be past every lease. */
  #mayJudge(): boolean {
    const { clock } = this.#ports;
    const { leaseMs } = this.#options;
    const now = clock.monotonic();
    const ahead = clock.now() - now;
    if (Math.abs(ahead - this.#ahead) > leaseMs * SET) this.#judgesFrom = now + leaseMs;
    this.#ahead = ahead;
    return now >= this.#judgesFrom;
  }
}
