/**
 * The disk that the workers of a node share: the real SQLite engine without a sync, under virtual time. One transaction at a
 * time, each takes as long as a sync takes; between the commit and its answer there is a moment in which a worker can
 * die. What was committed stays.
 */
import type { Clock, Timer } from '../base/clock.ts';
import { SqliteEngine } from '../store/sqlite/engine.ts';
import type { Call, Engine, Outcome, Transacted } from '../store/sql/sql.ts';
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
  readonly resolve: (transacted: Transacted) => void;
  readonly reject: (error: Error) => void;
}

const READ_MS = 0.1;
/**
 * A file without a name, which nobody else can open and which goes with us. What is not in use goes there: a database that is
 * all in memory looks through all of its pages at many a commit, so that each costs more the more there is. Larger pages would
 * gain nothing, and each that a transaction touches is copied.
 */
const SETTINGS =
  'PRAGMA page_size = 4096; PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA cache_size = -4096; PRAGMA foreign_keys = OFF;';
/** Twice what a healthy sync takes is no disturbance yet; this is. */
const SLOW_MS = 50;
const TOTAL_BYTES = 100 * 1024 ** 3;
const NOTHING: Transacted = { outcomes: [], changed: [] };
export const HEALTHY: DiskHealth = { syncMs: 2, full: false, answersLost: 0 };

export class Disk {
  readonly health: DiskHealth = { ...HEALTHY };
  /** Are told when a commit meets a disk that does not write, or is slow, or loses its answer. */
  readonly whenSick: (() => void)[] = [];
  /** When that was last. */
  sickAt = Number.NEGATIVE_INFINITY;
  readonly #clock: Clock;
  readonly #engine: SqliteEngine;
  readonly #taps: DiskTap[] = [];
  #jobs: Job[] = [];
  #busy = false;
  #room = { freeBytes: TOTAL_BYTES / 2, freeSince: 0 };
  #watching: (() => void)[] = [];
  /** Is called between the next commit and its answer, once. */
  beforeAnswer: ((life: Life) => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#engine = new SqliteEngine('', { settings: SETTINGS });
    this.#engine.migrate();
  }

  /** What is free, and since when it is so much. */
  get room(): { readonly freeBytes: number; readonly freeSince: number } {
    return this.#room;
  }

  /** Half of it, unless given. */
  setRoom(freeBytes = TOTAL_BYTES / 2): void {
    this.#room = { freeBytes, freeSince: this.#clock.monotonic() };
    for (const watcher of this.#watching.splice(0)) watcher();
  }

  /** Well, and half empty. */
  heal(): void {
    Object.assign(this.health, HEALTHY);
    this.setRoom();
  }

  /** A clock for who looks at the room again and again: it runs only when there is something new to be seen. */
  roomClock(clock: Clock): Clock {
    return {
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      after: (delayMs, fn) => {
        let timer: Timer | undefined;
        const look = (): void => void (timer = clock.after(delayMs, fn));
        this.#watching.push(look);
        const cancel = (): void => {
          timer?.cancel();
          this.#watching = this.#watching.filter((one) => one !== look);
        };
        return { cancel };
      },
    };
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
    for (const outcome of (await this.#engine.transact(calls)).outcomes) if (!outcome.ok) throw outcome.error;
  }

  /** The engine as one incarnation of a worker has it. */
  engine(life: Life): Engine {
    return {
      transact: (calls) => life.hears(this.#write(calls, life)),
      read: (call) => life.hears(this.#read(call)),
      space: async () => ({
        freeBytes: this.#room.freeBytes,
        totalBytes: TOTAL_BYTES,
        freeFiles: 0,
        files: 0,
      }),
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

  #write(calls: readonly Call[], life: Life): Promise<Transacted> {
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
    const { full, syncMs, answersLost } = this.health;
    if (full || syncMs > SLOW_MS || answersLost > 0) this.#sick();
    // The process that asked for it is gone, and with it what was not committed.
    const transacted = life.ended ? NOTHING : await this.#transact(calls);
    if (!life.ended) this.#tell(calls, transacted.outcomes, life);
    const lost = this.health.answersLost > 0 && !life.ended;
    if (lost) this.health.answersLost--;
    const answer = (): void => {
      if (lost) job.reject(new Error('the connection to the store was lost'));
      else job.resolve(transacted);
      this.#busy = false;
      this.#next();
    };
    const between = this.beforeAnswer;
    if (between === undefined) return answer();
    this.beforeAnswer = undefined;
    this.#clock.after(0, () => {
      between(life);
      answer();
    });
  }

  #sick(): void {
    this.sickAt = this.#clock.monotonic();
    for (const tell of this.whenSick) tell();
  }

  async #transact(calls: readonly Call[]): Promise<Transacted> {
    if (this.health.full) {
      const error = new Error('database or disk is full');
      return { outcomes: calls.map(() => ({ ok: false, error })), changed: [] };
    }
    return this.#engine.transact(calls);
  }

  #tell(calls: readonly Call[], outcomes: readonly Outcome[], life: Life): void {
    for (const [index, call] of calls.entries()) {
      const outcome = outcomes[index];
      if (outcome?.ok) for (const tap of this.#taps) tap(call, outcome.value, life);
    }
  }
}
