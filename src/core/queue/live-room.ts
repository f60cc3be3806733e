/**
 * The connections of a path that are left for live mail while our own budget is what its backlog waits for. Live mail has its octets for
 * sure (`core/capacity/rate.ts`); without room it would wait for a connection, all of which would be held by messages that wait for
 * theirs, and one more of those makes none of them faster. Where the far end, or the line, is what takes long, there is no such room:
 * the backlog would be slower for it.
 */
import type { Connection } from '../delivery/port.ts';
import type { Kind } from './shares.ts';

type Waiting = Pick<Connection, 'waitedMs'>;

/** A message under way: since when, monotonic ms, and how long its connection had waited by then. */
interface Carried {
  readonly connection: Waiting;
  readonly since: number;
  readonly waitedBefore: number;
}

/** Times, ms, of transfers that are over. */
interface Past {
  readonly at: number;
  readonly tookMs: number;
  readonly waitedMs: number;
}

/** A backlog that waits for octets for more than this part of its time waits for our budget. */
const MOSTLY = 0.5;
/** What is over counts half as much after so long, ms: between two messages nobody waits, and the budget is as short as before. */
const HALF_MS = 2_000;
/** 20 connections of which 0.9 are for live mail leave 2, not 1.9999999999999996. */
const ROUNDING = 1e-9;

export class LiveRoom<Taken extends { readonly kind: Kind }> {
  readonly #part: number;
  readonly #monotonic: () => number;
  /** What is not live and was given to a connection, and how it is carried, once it is. */
  readonly #others = new Map<Taken, Carried | undefined>();
  #past: Past = { at: 0, tookMs: 0, waitedMs: 0 };

  /** `liveShare`: what live mail surely gets, of 1. `monotonic`: ms. */
  constructor(liveShare: number, monotonic: () => number) {
    this.#part = 1 - liveShare;
    this.#monotonic = monotonic;
  }

  /** Is given to a connection, or to one that is to be opened; it leaves with `carry`, or with `leave`. */
  take(taken: Taken): void {
    if (taken.kind !== 'live') this.#others.set(taken, undefined);
  }

  /** Is not to be carried after all. */
  leave(taken: Taken): void {
    this.#others.delete(taken);
  }

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
      this.#past = plus(this.#pastAt(this.#monotonic()), carried);
    }
  }

  /** What the next may take, where there may be so many connections: one is never left for nothing. */
  among(connections: number): 'all' | 'live' {
    const most = Math.max(1, Math.floor(connections * this.#part + ROUNDING));
    return this.#others.size >= most && this.#waitsForBudget ? 'live' : 'all';
  }

  get #waitsForBudget(): boolean {
    let sum = this.#pastAt(this.#monotonic());
    for (const carried of this.#others.values()) if (carried !== undefined) sum = plus(sum, carried);
    return sum.waitedMs > sum.tookMs * MOSTLY;
  }

  #pastAt(now: number): Past {
    const { at, tookMs, waitedMs } = this.#past;
    const fade = 0.5 ** ((now - at) / HALF_MS);
    return { at: now, tookMs: tookMs * fade, waitedMs: waitedMs * fade };
  }
}

function plus(past: Past, { connection, since, waitedBefore }: Carried): Past {
  const { at, tookMs, waitedMs } = past;
  return {
    at,
    tookMs: tookMs + at - since,
    waitedMs: waitedMs + (connection.waitedMs ?? 0) - waitedBefore,
  };
}
