/**
 * The disk that the workers of a node share: the real SQLite engine in memory, under virtual time. One transaction at a
 * time, each takes as long as a sync takes; between the commit and its answer there is a moment in which a worker can
 * die. What was committed stays.
 */
import type { Clock } from '../base/clock.ts';
import { SqliteEngine } from '../store/sqlite/engine.ts';
import type { Call, Engine, Outcome } from '../store/sql/sql.ts';
import type { Life } from './life.ts';

/** What ails it; each can be changed at any time. */
export interface DiskHealth {
  /** How long a sync takes, ms. */
  syncMs: number;
  /** Every write fails. */
  full: boolean;
  /** Of the next commits this many are kept, but their answers say that they failed. */
  answersLost: number;
}

/** Is told of every operation that was committed, in order. */
export type DiskTap = (call: Call, value: unknown, life: Life) => void;

interface Job {
  readonly calls: readonly Call[];
  readonly life: Life;
  readonly resolve: (outcomes: Outcome[]) => void;
  readonly reject: (error: Error) => void;
}

const READ_MS = 0.1;

export class Disk {
  readonly health: DiskHealth = { syncMs: 2, full: false, answersLost: 0 };
  readonly #clock: Clock;
  readonly #engine: SqliteEngine;
  readonly #taps: DiskTap[] = [];
  #jobs: Job[] = [];
  #busy = false;
  /** Is called between the next commit and its answer, once. */
  beforeAnswer: ((life: Life) => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#engine = new SqliteEngine(':memory:');
    this.#engine.migrate();
  }

  tap(tap: DiskTap): void {
    this.#taps.push(tap);
  }

  /** What a query gives; for checks, not for workers. */
  rows(text: string): Record<string, unknown>[] {
    return this.#engine.rows(text);
  }

  /** Before time begins: writes at once. Rejects when one fails. */
  async prepare(calls: readonly Call[]): Promise<void> {
    for (const outcome of await this.#engine.transact(calls)) if (!outcome.ok) throw outcome.error;
  }

  /** The engine as one incarnation of a worker has it. */
  engine(life: Life): Engine {
    return {
      transact: (calls) => life.hears(this.#write(calls, life)),
      read: (call) => life.hears(this.#read(call)),
      space: async () => undefined,
      close: async () => undefined,
    };
  }

  close(): Promise<void> {
    return this.#engine.close();
  }

  #read(call: Call): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#clock.after(READ_MS, () => void this.#engine.read(call).then(resolve, reject));
    });
  }

  #write(calls: readonly Call[], life: Life): Promise<Outcome[]> {
    return new Promise((resolve, reject) => {
      this.#jobs.push({ calls, life, resolve, reject });
      this.#next();
    });
  }

  #next(): void {
    const job = this.#busy ? undefined : this.#jobs.shift();
    if (job === undefined) return;
    this.#busy = true;
    this.#clock.after(this.health.syncMs, () => void this.#commit(job));
  }

  async #commit(job: Job): Promise<void> {
    const { calls, life } = job;
    // The process that asked for it is gone, and with it what was not committed.
    const outcomes = life.ended ? [] : await this.#outcomes(calls);
    if (!life.ended) this.#tell(calls, outcomes, life);
    const lost = this.health.answersLost > 0 && !life.ended;
    if (lost) this.health.answersLost--;
    this.#clock.after(0, () => {
      const between = this.beforeAnswer;
      this.beforeAnswer = undefined;
      between?.(life);
      if (lost) job.reject(new Error('the connection to the store was lost'));
      else job.resolve(outcomes);
      this.#busy = false;
      this.#next();
    });
  }

  async #outcomes(calls: readonly Call[]): Promise<Outcome[]> {
    if (this.health.full)
      return calls.map(() => ({ ok: false, error: new Error('database or disk is full') }));
    return this.#engine.transact(calls);
  }

  #tell(calls: readonly Call[], outcomes: readonly Outcome[], life: Life): void {
    for (const [index, call] of calls.entries()) {
      const outcome = outcomes[index];
      if (outcome?.ok) for (const tap of this.#taps) tap(call, outcome.value, life);
    }
  }
}
