/**
 * The worker's part of the queue: which paths it owns, what it was handed by intake, and the beat that keeps its
 * leases alive. Everything durable is in the store; everything here can be lost at any moment (`states.md`).
 */
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { Meter } from '../../base/meter.ts';
import type { DeliveryId, Envelope, PathKey, WorkerId } from '../envelope.ts';
import { UNROUTED } from '../envelope.ts';
import { domainOf, type Router, tlsNeed } from '../delivery/route.ts';
import type { Attempts } from './attempts.ts';
import { PathRunner, type RunnerLimits } from './path-runner.ts';
import type { QueueStore } from './port.ts';
import type { Work } from './work.ts';

export interface DispatcherOptions extends RunnerLimits {
  readonly node: string;
  /** A worker that has not beaten for this long is dead to the others, ms. */
  readonly leaseMs: number;
}

export interface DispatcherPorts {
  readonly store: QueueStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  readonly router: Router;
  readonly attempts: Attempts;
  /** Tells the other workers that a path they may own has something ready. */
  announce(path: PathKey): void;
  /** This worker was declared dead by the others: it must end. */
  lost(): void;
}

/** Where a delivery about to be accepted belongs, and whether this worker attempts it next. */
export interface Place {
  readonly path: PathKey;
  readonly leasedBy?: WorkerId;
}

/** Paths taken over in one sweep at most: the rest is for the other workers, or the next sweep. */
const ACQUIRE = 200;
const SWEEP_MS = 2_000;
/** Domains looked up at once: a few dead name servers must not keep the mail of everybody else waiting. */
const ROUTING = { initialConnections: 64, maxConnections: 64 };
const RECONCILE_MS = 15_000;

export class Dispatcher {
  readonly worker: WorkerId;
  readonly #ports: DispatcherPorts;
  readonly #options: DispatcherOptions;
  readonly #runners = new Map<PathKey, PathRunner>();
  readonly #acquiring = new Set<PathKey>();
  #leaseUntil = 0;
  #timers: { cancel(): void }[] = [];
  #stopped = false;

  constructor(worker: WorkerId, ports: DispatcherPorts, options: DispatcherOptions) {
    this.worker = worker;
    this.#ports = ports;
    this.#options = options;
    this.#measure(ports.meter);
  }

  /** Announces the worker and begins to take paths. Rejects when the store is down. */
  async start(): Promise<void> {
    await this.#beat({ first: true });
    this.#every(this.#options.leaseMs / 3, () => this.#beat({ first: false }));
    this.#every(SWEEP_MS, () => this.#sweep());
    this.#every(RECONCILE_MS, () => this.#ports.attempts.reconcile(this.worker));
    await this.#sweep();
  }

  /** Ends: attempts under way have `graceMs` to finish; what is in memory goes back to the store. */
  async stop(graceMs: number): Promise<void> {
    this.#stopped = true;
    for (const timer of this.#timers) timer.cancel();
    for (const runner of this.#runners.values()) runner.close();
    const deadline = this.#ports.clock.monotonic() + graceMs;
    while (this.#busy() && this.#ports.clock.monotonic() < deadline) await this.#pause(50);
    await this.#ports.store.retireWorkers({ worker: this.worker, now: this.#ports.clock.now() });
  }

  /** Says where a delivery goes. Every call is followed by `committed` or `dropped` with the same place. */
  place(recipient: { address: string; delivery: DeliveryId }, envelope: Envelope): Place {
    const domain = domainOf(recipient.address);
    const need = tlsNeed(envelope);
    const path = this.#ports.router.known(domain, need);
    if (path === undefined) {
      void this.#ports.router.route(domain, need);
      return { path: UNROUTED };
    }
    const runner = this.#runners.get(path);
    if (!runner?.reserve()) return { path };
    this.#ports.attempts.known(recipient.delivery);
    return { path, leasedBy: this.worker };
  }

  /** The delivery is on disk: a leased one goes out now, a ready one is told to its owner. */
  committed(place: Place, work: Work): void {
    const runner = this.#runners.get(place.path);
    if (place.leasedBy !== undefined && runner !== undefined)
      runner.arrive(this.#ports.attempts.bounded(work));
    else this.wake(place.path);
  }

  /** The delivery was not accepted after all. */
  dropped(place: Place, delivery: DeliveryId): void {
    if (place.leasedBy === undefined) return;
    this.#ports.attempts.unknown(delivery);
    this.#runners.get(place.path)?.arrive(undefined);
  }

  /** A path has something ready: told by intake here, or by another worker. */
  wake(path: PathKey): void {
    const runner = this.#runners.get(path);
    if (runner !== undefined) runner.wake();
    else void this.#acquire(path);
  }

  /** As `wake`, told by another worker: only its owner cares. */
  heard(path: PathKey): void {
    this.#runners.get(path)?.wake();
  }

  /** Looks at the store now: an operator changed something. */
  nudge(): Promise<void> {
    for (const runner of this.#runners.values()) runner.endRest();
    return this.#sweep().catch((error: unknown) => this.#complain(error));
  }

  get paths(): ReadonlyMap<PathKey, PathRunner> {
    return this.#runners;
  }

  async #acquire(path: PathKey): Promise<void> {
    if (this.#acquiring.has(path) || this.#stopped) return;
    this.#acquiring.add(path);
    try {
      const now = this.#ports.clock.now();
      const got = await this.#ports.store.acquirePaths({ worker: this.worker, now, limit: 1, only: path });
      for (const row of got) this.#own(row.path, row.state);
      if (got.length === 0) this.#ports.announce(path);
    } catch (error) {
      // The sweep asks again.
      this.#ports.log.warn({ path, error: String(error) }, 'could not take a path');
    } finally {
      this.#acquiring.delete(path);
    }
  }

  #own(path: PathKey, state: 'open' | 'frozen'): void {
    if (this.#stopped) return;
    let runner = this.#runners.get(path);
    if (runner === undefined) {
      const limits = path === UNROUTED ? { ...this.#options, ...ROUTING } : this.#options;
      runner = new PathRunner(path, this.#runnerPorts(), limits);
      this.#runners.set(path, runner);
    }
    if (state === 'frozen') runner.freeze();
    else runner.wake();
  }

  #runnerPorts(): ConstructorParameters<typeof PathRunner>[1] {
    const { attempts, clock, store } = this.#ports;
    return {
      claim: (path, limit) => attempts.claim(this.worker, path, limit),
      nextDue: (path) => store.nextDue(path).catch(() => clock.now() + SWEEP_MS),
      connect: (work) => attempts.connect(this.worker, work),
      transfer: (connection, works) => attempts.transfer(this.worker, connection, works),
      giveBack: (works) => attempts.giveBack(this.worker, works),
      mayAttempt: () => clock.monotonic() < this.#leaseUntil,
      after: (ms, run) => clock.after(ms, run),
      now: () => clock.now(),
    };
  }

  async #beat(options: { first: boolean }): Promise<void> {
    const { clock, store } = this.#ports;
    const begun = clock.monotonic();
    const alive = await store.heartbeat({
      worker: this.worker,
      node: this.#options.node,
      now: clock.now(),
      ttlMs: this.#options.leaseMs,
      first: options.first,
    });
    if (!alive) return this.#ports.lost();
    // A margin, so that we stop before the others may begin.
    this.#leaseUntil = begun + this.#options.leaseMs * 0.8;
  }

  async #sweep(): Promise<void> {
    const { clock, store } = this.#ports;
    const now = clock.now();
    await store.retireWorkers({ expiredBefore: now, now });
    await store.thawDue(now);
    await this.#followStore();
    for (const row of await store.acquirePaths({ worker: this.worker, now: clock.now(), limit: ACQUIRE })) {
      this.#own(row.path, row.state);
    }
    for (const runner of this.#runners.values()) {
      if (runner.quiet) await this.#letGo(runner);
      else runner.wake();
    }
  }

  /** An operator freezes and thaws in the store; a path that is no longer ours there is not ours here. */
  async #followStore(): Promise<void> {
    const before = new Set(this.#runners.keys());
    const owned = new Map(
      (await this.#ports.store.ownedPaths(this.worker)).map(({ path, state }) => [path, state]),
    );
    for (const path of before) {
      const runner = this.#runners.get(path);
      const state = owned.get(path);
      if (state === 'frozen') runner?.freeze();
      else if (state === 'open') runner?.thaw();
      else {
        runner?.close();
        this.#runners.delete(path);
      }
    }
  }

  async #letGo(runner: PathRunner): Promise<void> {
    this.#runners.delete(runner.path);
    this.#ports.attempts.forget(runner.path);
    runner.close();
    await this.#ports.store.releasePath({ worker: this.worker, path: runner.path });
  }

  #every(ms: number, run: () => Promise<void>): void {
    const again = (): void => {
      if (this.#stopped) return;
      this.#timers = [
        ...this.#timers.filter((timer) => timer !== current),
        (current = this.#ports.clock.after(ms, tick)),
      ];
    };
    const tick = (): void => {
      run()
        .catch((error: unknown) => this.#complain(error))
        .finally(again);
    };
    let current: { cancel(): void } | undefined;
    again();
  }

  #measure(meter: Meter): void {
    const sum = (count: (runner: PathRunner) => number): number =>
      [...this.#runners.values()].reduce((total, runner) => total + count(runner), 0);
    meter.gauge({
      name: 'relais_paths',
      help: 'Paths that this worker owns.',
      read: () => this.#runners.size,
    });
    meter.gauge({
      name: 'relais_connections_out',
      help: 'Connections to other hosts.',
      read: () => sum((runner) => runner.connections),
    });
    meter.gauge({
      name: 'relais_deliveries_in_memory',
      help: 'Deliveries leased and not under way yet.',
      read: () => sum((runner) => runner.waiting),
    });
  }

  #complain(error: unknown): void {
    this.#ports.log.warn({ error: String(error) }, 'the store did not answer');
  }

  #busy(): boolean {
    return [...this.#runners.values()].some((runner) => runner.connections > 0);
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#ports.clock.after(ms, resolve);
    });
  }
}
