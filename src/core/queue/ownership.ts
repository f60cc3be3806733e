/**
 * The paths that a worker owns, each with its runner: how it takes them, and how it lets them go. Who owns what is true in
 * the store; what is here follows that, and can be behind it by a sweep.
 */
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { PathKey, WorkerId } from '../envelope.ts';
import { surplus } from './balance.ts';
import type { PathRunner } from './path-runner.ts';
import type { PathRow, QueueStore } from './port.ts';

/** Paths taken over in one sweep at most: the rest is for the other workers, or the next sweep. */
const ACQUIRE = 200;
/** For so long a path that was handed over is left to the others, ms: two of their sweeps. */
const YIELD_MS = 4_000;
/** Paths handed over at once, at most. */
const HAND_OVER = 100;

export interface OwnershipPorts {
  readonly store: Pick<QueueStore, 'acquirePaths' | 'ownedPaths' | 'releasePath' | 'workers'>;
  readonly clock: Clock;
  readonly log: Log;
  /** The runner of a path that this worker owns from now on. */
  make(row: PathRow): PathRunner;
  /** It goes, or stands still, as its path does. */
  begin(runner: PathRunner): void;
  /** Its runner has ended. */
  ended(path: PathKey): void;
  /** Tells the other workers that a path that one of them may own has something ready. */
  announce(path: PathKey): void;
  /** Whether a node stands still by its own fault. */
  isCutOff(node: string): boolean;
}

export class Ownership {
  readonly #worker: WorkerId;
  readonly #node: string;
  readonly #ports: OwnershipPorts;
  readonly #runners = new Map<PathKey, PathRunner>();
  readonly #acquiring = new Set<PathKey>();
  /** No longer ours; their connections end with what they are about. */
  readonly #leaving = new Set<PathRunner>();
  /**
   * Paths that others were found to own, until the next sweep: these are told, and the store is not asked about each
   * message. Should one have let its path go meanwhile, that sweep finds what came for it.
   */
  readonly #foreign = new Set<PathKey>();
  /** Paths handed over, and until when they are left to the others, monotonic ms. */
  readonly #yielded = new Map<PathKey, number>();
  /** Cut off while others are not: it takes over nothing, and tries with what its own clients bring. */
  #standsAside = false;
  #closed = false;

  constructor(about: { worker: WorkerId; node: string }, ports: OwnershipPorts) {
    this.#worker = about.worker;
    this.#node = about.node;
    this.#ports = ports;
  }

  get size(): number {
    return this.#runners.size;
  }

  of(path: PathKey): PathRunner | undefined {
    return this.#runners.get(path);
  }

  /** In the order in which they came; what comes or goes meanwhile is seen. */
  runners(): IterableIterator<PathRunner> {
    return this.#runners.values();
  }

  /** Connections are open, of paths that it has or had. */
  get isBusy(): boolean {
    return [...this.#runners.values(), ...this.#leaving].some((runner) => runner.connections > 0);
  }

  /** A path has something ready: its owner is told, and one without an owner is taken. */
  wake(path: PathKey): void {
    const runner = this.#runners.get(path);
    if (runner !== undefined) runner.wake();
    else if (this.#foreign.has(path)) this.#ports.announce(path);
    else void this.#acquire(path);
  }

  async #acquire(path: PathKey): Promise<void> {
    // What is left to the others they find when they sweep.
    if (this.#acquiring.has(path) || this.#closed || this.#yields(path)) return;
    this.#acquiring.add(path);
    const { store, clock, log } = this.#ports;
    try {
      const got = await store.acquirePaths({
        worker: this.#worker,
        now: clock.now(),
        limit: 1,
        only: path,
      });
      for (const row of got) this.#own(row);
      if (got.length > 0) return;
      this.#foreign.add(path);
      this.#ports.announce(path);
    } catch (error) {
      // The sweep asks again.
      log.warn({ path, error: String(error) }, 'could not take a path');
    } finally {
      this.#acquiring.delete(path);
    }
  }

  #own(row: PathRow): void {
    if (this.#closed) return;
    let runner = this.#runners.get(row.path);
    if (runner === undefined) {
      runner = this.#ports.make(row);
      this.#runners.set(row.path, runner);
    }
    this.#ports.begin(runner);
  }

  /** Others may have let their paths go: the store is asked again. */
  forgetOthers(): void {
    this.#foreign.clear();
  }

  /**
   * Has what the store says that it has, also when an answer of it was lost. Resolves to the lanes of each path in which
   * something is due. Rejects when the store is down.
   */
  async follow(): Promise<ReadonlyMap<PathKey, readonly number[]>> {
    const before = [...this.#runners.values()];
    const rows = await this.#ports.store.ownedPaths({
      worker: this.#worker,
      now: this.#ports.clock.now(),
    });
    const owned = new Set(rows.map(({ path }) => path));
    for (const runner of before) if (!owned.has(runner.path) && this.#has(runner)) this.#end(runner);
    for (const row of rows) if (!this.#runners.has(row.path) && !this.#yields(row.path)) this.#own(row);
    return new Map(rows.map(({ path, dueLanes }) => [path, dueLanes]));
  }

  /**
   * Takes paths that have work and no owner, unless this worker has just left some to the others. Rejects when the store is
   * down.
   */
  async takeOver(): Promise<void> {
    const { store, clock } = this.#ports;
    for (const path of this.#yielded.keys()) if (!this.#yields(path)) this.#yielded.delete(path);
    if (this.#standsAside || this.#yielded.size > 0) return;
    const rows = await store.acquirePaths({ worker: this.#worker, now: clock.now(), limit: ACQUIRE });
    for (const row of rows) this.#own(row);
  }

  #yields(path: PathKey): boolean {
    return (this.#yielded.get(path) ?? 0) > this.#ports.clock.monotonic();
  }

  /**
   * Leaves to the other workers what is more than this one's share, those first that have the least under way. Rejects when
   * the store is down.
   */
  async handOver(): Promise<void> {
    const { clock, log, store } = this.#ports;
    const shares = await store.workers();
    const isCutOff = (node: string): boolean => this.#ports.isCutOff(node);
    this.#standsAside = isCutOff(this.#node) && shares.some(({ node }) => !isCutOff(node));
    const count = surplus(this.#worker, shares, isCutOff);
    if (count === 0) return;
    const least = [...this.#runners.values()].sort(
      (a, b) => a.connections - b.connections || a.waiting - b.waiting,
    );
    log.info({ paths: count }, 'others take over some paths');
    for (const runner of least.slice(0, Math.min(count, HAND_OVER))) {
      if (!this.#has(runner)) continue;
      this.#yielded.set(runner.path, clock.monotonic() + YIELD_MS);
      await this.letGo(runner);
    }
  }

  /** Ends a runner, and its path has no owner. Rejects when the store is down: the next sweep has it again. */
  async letGo(runner: PathRunner): Promise<void> {
    this.#end(runner);
    await this.#ports.store.releasePath({ worker: this.#worker, path: runner.path });
  }

  /** Of runners that were listed before something was waited for: its path may have ended, and begun anew with another. */
  #has(runner: PathRunner): boolean {
    return this.#runners.get(runner.path) === runner;
  }

  #end(runner: PathRunner): void {
    this.#runners.delete(runner.path);
    this.#ports.ended(runner.path);
    runner.close();
    for (const one of this.#leaving) if (one.connections === 0) this.#leaving.delete(one);
    if (runner.connections > 0) this.#leaving.add(runner);
  }

  /** Takes no path any more; attempts under way go on, everything else goes back. */
  close(): void {
    this.#closed = true;
    for (const runner of this.#runners.values()) runner.close();
  }
}
