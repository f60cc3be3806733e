/**
 * The connections of a path that are left free for live mail. Octets are shared out by `capacity/rate.ts`, so that live mail that has a
 * connection is never kept long. But a backlog that waits for octets holds every connection while it waits, and more connections make it
 * no faster: so part of them is left free for live mail. Where the far end or the line is slow, none is: there each connection counts.
 */
import type { Connection } from '../delivery/port.ts';
import type { Eligible, Kind } from './shares.ts';

type Waiting = Pick<Connection, 'waitedMs'>;

/** A message under way: since when, monotonic ms, and how long its connection had waited by then. */
interface Carried {
  readonly connection: Waiting;
  readonly since: number;
  readonly waitedBefore: number;
}

/** How long transfers took, and waited for octets of that, ms, up to `at`. */
interface Times {
  readonly at: number;
  readonly tookMs: number;
  readonly waitedMs: number;
}

/** A backlog that waits for octets for more than this part of its time waits for our budget. */
const MOSTLY = 0.5;
/**
 * How fast what is over is forgotten, ms to one half: between two messages a connection waits for nothing, though the budget is as
 * short as before.
 */
const HALF_LIFE_MS = 2_000;
/** 20 connections of which 0.9 are for live mail leave 2, not 1.9999999999999996. */
const ROUNDING = 1e-9;

export class LiveRoom<Taken extends { readonly kind: Kind }> {
  readonly #part: number;
  readonly #monotonic: () => number;
  /** What is not live and was given to a connection, and how it is carried, once it is. */
  readonly #others = new Map<Taken, Carried | undefined>();
  #past: Times = { at: 0, tookMs: 0, waitedMs: 0 };

  /** `liveShare`: what live mail surely gets, of 1. `monotonic`: ms. */
  constructor(liveShare: number, monotonic: () => number) {
    this.#part = 1 - liveShare;
    this.#monotonic = monotonic;
  }

  /** Counts one that was given to a connection, open or not; each is followed by one `carry` or `leave`. */
  take(taken: Taken): void {
    if (taken.kind !== 'live') this.#others.set(taken, undefined);
  }

  /** It is not to be carried after all. */
  leave(taken: Taken): void {
    this.#others.delete(taken);
  }

  /** Measures a transfer; rejects as that does. */
  async carry<Outcome>(
    taken: Taken,
    connection: Waiting,
    transfer: () => Promise<Outcome>,
  ): Promise<Outcome> {
    if (!this.#others.has(taken)) return transfer();
    const carried = { connection, since: this.#monotonic(), waitedBefore: connection.waitedMs ?? 0 };
    this.#others.set(taken, carried);
    try {
      return await transfer();
    } finally {
      this.#others.delete(taken);
      this.#past = withCarried(this.#pastAt(this.#monotonic()), carried);
    }
  }

  /** What the next connection may take where there may be `connections`; one at least is never kept from the backlog. */
  eligible(connections: number): Eligible {
    const most = Math.max(1, Math.floor(connections * this.#part + ROUNDING));
    return this.#others.size >= most && this.#waitsForBudget ? 'live' : 'all';
  }

  get #waitsForBudget(): boolean {
    let times = this.#pastAt(this.#monotonic());
    for (const carried of this.#others.values())
      if (carried !== undefined) times = withCarried(times, carried);
    return times.waitedMs > times.tookMs * MOSTLY;
  }

  #pastAt(now: number): Times {
    const { at, tookMs, waitedMs } = this.#past;
    const fade = 0.5 ** ((now - at) / HALF_LIFE_MS);
    return { at: now, tookMs: tookMs * fade, waitedMs: waitedMs * fade };
  }
}

/** Up to `times.at`. */
function withCarried(times: Times, { connection, since, waitedBefore }: Carried): Times {
  const { at, tookMs, waitedMs } = times;
  const waited = (connection.waitedMs ?? 0) - waitedBefore;
  return { at, tookMs: tookMs + at - since, waitedMs: waitedMs + waited };
}
