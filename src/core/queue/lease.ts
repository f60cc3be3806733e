/**
 * The lease of a worker on all that it has: the beat that prolongs it, until when it surely holds, and which of the others
 * have let theirs run out. In the store a beat is a number that rises, and no time: clocks of servers differ, and are set. Each
 * worker measures by its own clock, one that nobody sets, how long it saw the number of another stand still.
 */
import type { Clock } from '../../base/clock.ts';
import type { WorkerId } from '../envelope.ts';
import type { WorkerBudget } from '../capacity/capacity.ts';
import type { Breadth } from './breadth.ts';
import type { Beat, QueueStore } from './port.ts';

/** What of a lease surely holds, of 1: this worker stops before the others may begin. */
const SURE = 0.8;
/** Who did not beat for this part of a lease, of 1, is dead to the others. */
const DEAD = 0.9;
/** How often one looks whether the others live (`retireOthers`), of a lease. */
export const LOOK_EVERY = 0.2;
/**
 * What one look adds to that silence at most, of a lease: a look that comes somewhat late. While nobody could look, as the store was
 * away, nobody could beat.
 */
const MOST_SILENCE = LOOK_EVERY * 1.25;

export interface LeaseOptions {
  readonly node: string;
  /** A worker that has not beaten for this long is dead to the others, ms. */
  readonly leaseMs: number;
}

export interface LeasePorts {
  readonly store: Pick<QueueStore, 'beats' | 'heartbeat' | 'retireWorkers'>;
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
  #isOver = false;
  #lookedAt: number | undefined;
  /** The last beat that was seen of each of the others, and for how long, ms. */
  #seen = new Map<WorkerId, Beat & { readonly forMs: number }>();

  constructor(worker: WorkerId, ports: LeasePorts, options: LeaseOptions) {
    this.#worker = worker;
    this.#ports = ports;
    this.#options = options;
  }

  /** Whether it surely holds: an attempt may begin. */
  get holds(): boolean {
    return !this.#isOver && this.#ports.clock.monotonic() < this.#holdsUntil;
  }

  /** From now on nothing is begun, and what is under way sends no content. */
  end(): void {
    this.#isOver = true;
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
      first,
      health: breadth.health(),
      strain: budget.state,
    });
    if (!alive) {
      this.end();
      return this.#ports.lost();
    }
    this.#holdsUntil = begun + leaseMs * SURE;
  }

  /** Declares those dead whose lease has run out: what they had goes to the others. Rejects when the store is down. */
  async retireOthers(): Promise<void> {
    const { clock, store } = this.#ports;
    const asked = clock.monotonic();
    const beats = await store.beats();
    const { leaseMs } = this.#options;
    const passed = Math.min(asked - (this.#lookedAt ?? asked), leaseMs * MOST_SILENCE);
    this.#lookedAt = clock.monotonic();
    const seen = beats
      .filter(({ worker }) => worker !== this.#worker)
      .map((beat) => {
        const known = this.#seen.get(beat.worker);
        return { ...beat, forMs: known?.beat === beat.beat ? known.forMs + passed : 0 };
      });
    this.#seen = new Map(seen.map((one) => [one.worker, one]));
    const silent = seen.filter(({ forMs }) => forMs >= leaseMs * DEAD);
    await store.retireWorkers({
      silent: silent.map(({ worker, beat }) => ({ worker, beat })),
      now: clock.now(),
    });
  }
}
