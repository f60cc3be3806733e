/**
 * The worker's part of the queue: which paths it owns, what it was handed by intake, and the beat that keeps its
 * leases alive. Everything durable is in the store; everything here can be lost at any moment (`states.md`).
 */
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { repeat } from '../../base/repeat.ts';
import type { Meter } from '../../base/meter.ts';
import type { DeliveryId, Envelope, PathKey, RemoteReply, WorkerId } from '../envelope.ts';
import { UNROUTED } from '../envelope.ts';
import { domainOf, needOf, type Router } from '../delivery/route.ts';
import type { Attempts } from './attempts.ts';
import type { Notices } from '../delivery/outcome.ts';
import type { Verdict } from '../delivery/classify.ts';
import type { WorkerBudget } from '../capacity/capacity.ts';
import type { Breadth } from './breadth.ts';
import { surplus } from './balance.ts';
import { Drains } from './drains.ts';
import { domainOfCustomer, type Freeze } from './freeze.ts';
import type { Feedback } from '../reputation/feedback.ts';
import type { Suppressions } from '../reputation/suppression.ts';
import { Freezer } from './freezer.ts';
import { Holds } from './holds.ts';
import { Lease, type LeaseOptions } from './lease.ts';
import { type Opened, PathRunner, type RunnerLimits, type RunnerPorts, type Trouble } from './path-runner.ts';
import type { ClaimedDelivery, PathRow, QueueStore, Settlement } from './port.ts';
import type { Spreads } from './spread.ts';
import { Telling } from './telling.ts';
import type { Work } from './work.ts';

export interface DispatcherOptions extends RunnerLimits, LeaseOptions {
  /** It looks so often at what the store has that nobody told it of, ms; 2 s. */
  readonly sweepMs?: number;
}

export interface DispatcherPorts {
  readonly store: QueueStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  readonly router: Router;
  readonly attempts: Attempts;
  readonly breadth: Breadth;
  readonly notices: Notices;
  /** Addresses that nothing is sent to. */
  readonly suppressions: Pick<Suppressions, 'refresh'>;
  /** What of blocked streams leaves by another egress. */
  readonly spreads: Pick<Spreads, 'refresh' | 'clear'>;
  /** Is told of refusals. */
  readonly feedback: Feedback;
  /** What mail may use of this machine. */
  readonly budget: Pick<WorkerBudget, 'easeOff' | 'state'>;
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
const ROUTING = { initialConnections: 256, maxConnections: 256 };
const RECONCILE_MS = 15_000;
const LEARN_MS = 5_000;
/** Addresses that nothing is sent to are read again; at once when an operator changed something. */
const SUPPRESSED_MS = 300_000;
const BALANCE_MS = 5_000;
/** For so long a path that was handed over is left to the others: two of their sweeps. */
const YIELD_MS = 2 * SWEEP_MS;
/** Paths handed over at once, at most. */
const HAND_OVER = 100;

export class Dispatcher {
  readonly worker: WorkerId;
  readonly #ports: DispatcherPorts;
  readonly #options: DispatcherOptions;
  readonly #runners = new Map<PathKey, PathRunner>();
  readonly #acquiring = new Set<PathKey>();
  /** No longer ours; their connections end with what they are about. */
  readonly #leaving = new Set<PathRunner>();
  /**
   * Paths that others were found to own, until the next sweep: these are told, and the store is not asked about each
   * message. Should one have let its path go meanwhile, that sweep finds what came for it.
   */
  readonly #foreign = new Set<PathKey>();
  /** Paths handed over, and until when they are left to the others. */
  readonly #yielded = new Map<PathKey, number>();
  readonly #lease: Lease;
  readonly #freezer: Freezer;
  readonly #holds: Holds;
  readonly #telling: Telling;
  readonly #drains: Drains;
  /** Cut off while others are not: it takes over nothing, and tries with what its own clients bring. */
  #standsAside = false;
  readonly #timers: { cancel(): void }[] = [];
  #stopped = false;

  constructor(worker: WorkerId, ports: DispatcherPorts, options: DispatcherOptions) {
    this.worker = worker;
    this.#ports = ports;
    this.#options = options;
    const { store, clock, log, breadth, router, notices } = ports;
    this.#lease = new Lease(worker, ports, options);
    this.#freezer = new Freezer(options.node, {
      store,
      clock,
      log,
      breadth,
      providerOf: (path) => router.providerOf(path),
      runners: () => this.#runners.values(),
      refreshing: () => this.#holds.refresh(),
      metBy: (scope) => this.#holds.metBy(scope),
    });
    this.#holds = new Holds({
      store,
      clock,
      log,
      feedback: ports.feedback,
      providerOf: (path) => router.providerOf(path),
      runners: () => this.#runners.values(),
      over: (path, customer) => this.#freezer.over(path, customer),
      hold: (request) => this.#freezer.hold(request),
      thaw: (scope) => this.#freezer.thaw(scope),
    });
    this.#drains = new Drains(store, clock);
    const settle = (settlement: Settlement): Promise<void> => ports.attempts.settle(settlement);
    this.#telling = new Telling(worker, { store, clock, log, notices, settle, freezer: this.#freezer });
    this.#measure(ports.meter);
  }

  /** Announces the worker and begins to take paths. Rejects when the store is down. */
  async start(): Promise<void> {
    await this.#lease.begin();
    this.#every(this.#options.leaseMs / 3, () => this.#lease.prolong());
    this.#every(this.#options.sweepMs ?? SWEEP_MS, () => this.#sweep());
    this.#every(RECONCILE_MS, () => this.#ports.attempts.reconcile(this.worker));
    this.#every(LEARN_MS, () => this.#keepPaces());
    this.#every(LEARN_MS, () => this.#holds.tidy());
    this.#every(BALANCE_MS, () => this.#handOver());
    this.#every(SUPPRESSED_MS, () => this.#ports.suppressions.refresh());
    await this.#ports.suppressions.refresh();
    await this.#sweep();
    this.#telling.start();
  }

  /** Ends: attempts under way have `graceMs` to finish; what is in memory goes back to the store. */
  async stop(graceMs: number): Promise<void> {
    this.#stopped = true;
    this.#telling.stop();
    for (const timer of this.#timers) timer.cancel();
    for (const runner of this.#runners.values()) runner.close();
    const deadline = this.#ports.clock.monotonic() + graceMs;
    while (this.#busy() && this.#ports.clock.monotonic() < deadline) await this.#pause(50);
    await this.#ports.store.retireWorkers({ worker: this.worker, now: this.#ports.clock.now() });
  }

  /** Says where a delivery goes. Every call is followed by `committed` or `dropped` with the same place. */
  place(recipient: { address: string; delivery: DeliveryId; customer: string }, envelope: Envelope): Place {
    const domain = domainOf(recipient.address);
    const need = needOf(envelope);
    const path = this.#ports.router.known(domain, need);
    if (path === undefined) {
      void this.#ports.router.route(domain, need);
      return { path: UNROUTED };
    }
    const runner = this.#runners.get(path);
    if (this.#isApart(path, recipient.customer) || !runner?.reserve()) return { path };
    this.#ports.attempts.known(recipient.delivery);
    return { path, leasedBy: this.worker };
  }

  /** The delivery is on disk: a leased one goes out now, a ready one is told to its owner. */
  committed(place: Place, work: Work): void {
    if (place.leasedBy === undefined) {
      if (!this.#runners.has(place.path) || !this.#isApart(place.path, work.delivery.customer))
        this.wake(place.path);
      return;
    }
    const runner = this.#runners.get(place.path);
    if (runner !== undefined) runner.arrive(this.#ports.attempts.bounded(work));
    // The path was handed over meanwhile.
    else this.#giveBack([work]);
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
    else if (this.#foreign.has(path)) this.#ports.announce(path);
    else void this.#acquire(path);
  }

  /** As `wake`, told by another worker: only its owner cares. */
  announced(path: PathKey): void {
    this.#runners.get(path)?.wake();
  }

  /** Looks at the store now: an operator changed something. */
  nudge(): Promise<void> {
    for (const runner of this.#runners.values()) runner.endRest();
    const look = Promise.all([this.#ports.suppressions.refresh(), this.#sweep()]);
    return look.then(() => undefined).catch((error: unknown) => this.#complain(error));
  }

  /** When a delivery's lifetime ends as things stand (`freezer.ts`). */
  expiryOf(delivery: ClaimedDelivery, at: number): number {
    return this.#freezer.expiryOf(delivery, at);
  }

  readonly standStill = (freeze: Freeze): Promise<void> => this.#freezer.stop(freeze);

  /** What came of a delivery; `apart`: mail of its customer stands still there, and the path goes on. */
  heard(delivery: ClaimedDelivery, verdict: Verdict, reply: RemoteReply): 'apart' | undefined {
    return this.#holds.heard(delivery, verdict, reply);
  }

  /** Mail of this customer stands still there. */
  #isApart(path: PathKey, customer: string): boolean {
    const domains = this.#freezer.customersApart(path);
    return domains.length > 0 && domains.includes(domainOfCustomer(customer));
  }

  async #acquire(path: PathKey): Promise<void> {
    if (this.#acquiring.has(path) || this.#stopped) return;
    // The others sweep.
    if (this.#yields(path)) return;
    this.#acquiring.add(path);
    try {
      const now = this.#ports.clock.now();
      const got = await this.#ports.store.acquirePaths({ worker: this.worker, now, limit: 1, only: path });
      for (const row of got) this.#own(row);
      if (got.length > 0) return;
      this.#foreign.add(path);
      this.#ports.announce(path);
    } catch (error) {
      // The sweep asks again.
      this.#ports.log.warn({ path, error: String(error) }, 'could not take a path');
    } finally {
      this.#acquiring.delete(path);
    }
  }

  #own({ path, pace }: PathRow): void {
    if (this.#stopped) return;
    let runner = this.#runners.get(path);
    if (runner === undefined) {
      const limits = path === UNROUTED ? { ...this.#options, ...ROUTING } : this.#options;
      const level = pace === undefined ? {} : { level: pace.level };
      runner = new PathRunner(path, this.#runnerPorts(), { limits, ...level });
      this.#runners.set(path, runner);
    }
    runner.setApart(this.#freezer.customersApart(path));
    if (this.#freezer.over(path).length > 0) runner.freeze();
    else runner.wake();
  }

  #runnerPorts(): RunnerPorts {
    const { attempts, clock } = this.#ports;
    const { worker } = this;
    return {
      claim: (path, parts) => attempts.claim(worker, path, parts),
      claimInTurn: (path, request) => attempts.claimInTurn({ worker, path, ...request }),
      claimOne: (path, delivery) => attempts.claimOne(worker, path, delivery),
      nextDue: (path) => this.#nextDue(path),
      connect: (work) => this.#judged(attempts.connect(worker, work)),
      transfer: (connection, batch) => attempts.transfer(worker, connection, batch),
      giveBack: (works) => this.#giveBack(works),
      easeOff: () => this.#ports.budget.easeOff(),
      mayAttempt: () => this.#lease.holds,
      mayOpen: (path) => this.#holds.mayOpen(path),
      failed: (path, trouble) => this.#failed(path, trouble),
      after: (ms, run) => clock.after(ms, run),
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
    };
  }

  /** What stands still is due, and not to be claimed: each sweep looks for the rest. */
  async #nextDue(path: PathKey): Promise<number | undefined> {
    const { store, clock } = this.#ports;
    const next = clock.now() + SWEEP_MS;
    if (this.#freezer.customersApart(path).length > 0) return next;
    return store.nextDue(path).catch(() => next);
  }

  #failed(path: PathKey, trouble: Trouble): void {
    if (trouble.blame === 'reputation') this.#holds.failed(path, trouble);
    else void this.#freezer.freezePath(path, trouble).catch((error: unknown) => this.#complain(error));
  }

  /** A claim may have passed over what was on its way back: it is looked for when it is there. */
  #giveBack(works: readonly Work[]): void {
    const [first] = works;
    if (first === undefined) return;
    const { path } = first.delivery;
    void this.#ports.attempts.giveBack(this.worker, works).then(() => this.#runners.get(path)?.wake());
  }

  /** Whoever cannot connect may show that the fault is ours. */
  async #judged(connecting: Promise<Opened>): Promise<Opened> {
    const opened = await connecting;
    if (opened.kind !== 'open') await this.#freezer.judge().catch((error: unknown) => this.#complain(error));
    return opened;
  }

  async #sweep(): Promise<void> {
    this.#foreign.clear();
    await this.#lease.retireOthers();
    const due = await this.#dropLost(this.#ports.clock.now());
    await this.#freezer.refresh();
    await this.#takeOver();
    await this.#freezer.judge();
    await this.#freezer.canaries();
    await this.#spread();
    for (const runner of this.#runners.values()) {
      // Mail of a customer that stands still is there, and not in sight.
      const isApart = this.#freezer.customersApart(runner.path).length > 0;
      if (runner.quiet && !isApart) await this.#letGo(runner);
      else runner.look(due.get(runner.path) ?? []);
    }
  }

  /** What waits on blocked paths goes where it may go instead, when an operator asked for that. */
  async #spread(): Promise<void> {
    const { router, spreads } = this.#ports;
    const providerOf = (path: PathKey): string | undefined => router.providerOf(path);
    await spreads.refresh(providerOf);
    for (const path of [...this.#runners.keys()]) {
      const provider = path === UNROUTED ? undefined : providerOf(path);
      if (
        path === UNROUTED ||
        !(await spreads.clear({ path, ...(provider === undefined ? {} : { provider }) }))
      )
        continue;
      this.wake(UNROUTED);
    }
  }

  /** Takes paths that have work and no owner, unless this worker has just left some to the others. */
  async #takeOver(): Promise<void> {
    const now = this.#ports.clock.now();
    for (const [path, until] of this.#yielded) if (until <= now) this.#yielded.delete(path);
    if (this.#standsAside || this.#yielded.size > 0) return;
    const rows = await this.#ports.store.acquirePaths({ worker: this.worker, now, limit: ACQUIRE });
    for (const row of rows) this.#own(row);
  }

  #yields(path: PathKey): boolean {
    return (this.#yielded.get(path) ?? 0) > this.#ports.clock.now();
  }

  /** Leaves to the other workers what is more than this one's share, those first that have the least under way. */
  async #handOver(): Promise<void> {
    const { clock, log, store } = this.#ports;
    const shares = await store.workers();
    const isCutOff = (node: string): boolean => this.#freezer.isCutOff(node);
    this.#standsAside = isCutOff(this.#options.node) && shares.some(({ node }) => !isCutOff(node));
    const count = surplus(this.worker, shares, isCutOff);
    if (count === 0) return;
    const least = [...this.#runners.values()].sort(
      (a, b) => a.connections - b.connections || a.waiting - b.waiting,
    );
    log.info({ paths: count }, 'others take over some paths');
    for (const runner of least.slice(0, Math.min(count, HAND_OVER))) {
      this.#yielded.set(runner.path, clock.now() + YIELD_MS);
      await this.#letGo(runner);
    }
  }

  /** What the store says of who owns what is true, also when an answer of it was lost. Resolves to the lanes in which something is due. */
  async #dropLost(now: number): Promise<Map<PathKey, readonly number[]>> {
    const before = [...this.#runners];
    const rows = await this.#ports.store.ownedPaths({ worker: this.worker, now });
    const owned = new Set(rows.map(({ path }) => path));
    for (const [path, runner] of before) {
      if (owned.has(path)) continue;
      runner.close();
      this.#runners.delete(path);
      this.#leave(runner);
    }
    for (const row of rows) if (!this.#runners.has(row.path) && !this.#yields(row.path)) this.#own(row);
    return new Map(rows.map(({ path, dueLanes }) => [path, dueLanes]));
  }

  #leave(runner: PathRunner): void {
    for (const one of this.#leaving) if (one.connections === 0) this.#leaving.delete(one);
    if (runner.connections > 0) this.#leaving.add(runner);
  }

  /** Keeps what the paths have learnt, and how long their backlogs will take. */
  async #keepPaces(): Promise<void> {
    for (const runner of this.#runners.values()) {
      const pace = await this.#drains.paceOf(runner);
      if (pace === undefined) continue;
      const provider = this.#ports.router.providerOf(runner.path);
      const known = provider === undefined ? {} : { provider };
      const at = this.#ports.clock.now();
      await this.#ports.store.keepPace({ worker: this.worker, path: runner.path, pace, at, ...known });
    }
  }

  async #letGo(runner: PathRunner): Promise<void> {
    this.#runners.delete(runner.path);
    this.#drains.forget(runner.path);
    runner.close();
    this.#leave(runner);
    await this.#ports.store.releasePath({ worker: this.worker, path: runner.path });
  }

  #every(everyMs: number, run: () => Promise<void>): void {
    this.#timers.push(repeat(this.#ports.clock, { everyMs, run, failed: (error) => this.#complain(error) }));
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
    return [...this.#runners.values(), ...this.#leaving].some((runner) => runner.connections > 0);
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#ports.clock.after(ms, resolve);
    });
  }
}
