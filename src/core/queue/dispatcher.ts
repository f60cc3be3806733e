/**
 * The worker's part of the queue: what intake hands over to it, and the sweep that looks at all the rest. `ownership.ts` has
 * the paths, `lease.ts` the beat that keeps its leases alive. Everything durable is in the store; everything here can be
 * lost at any moment (`states.md`).
 */
import type { Clock, Timer } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { repeat } from '../../base/repeat.ts';
import type { Meter } from '../../base/meter.ts';
import type { DeliveryId, Envelope, PathKey, RemoteReply, WorkerId } from '../envelope.ts';
import { UNROUTED } from '../envelope.ts';
import { domainOf, needOf, type Router } from '../delivery/route.ts';
import type { WaitingStore } from './admin.ts';
import type { Attempts } from './attempts.ts';
import type { Notices } from '../delivery/outcome.ts';
import type { Verdict } from '../delivery/classify.ts';
import type { WorkerBudget } from '../capacity/capacity.ts';
import type { Breadth } from './breadth.ts';
import { Drains } from './drains.ts';
import { domainOfCustomer } from './customer.ts';
import type { Freeze } from './freeze.ts';
import type { Feedback } from '../reputation/feedback.ts';
import type { Recalls } from './recalls.ts';
import type { Suppressions } from '../reputation/suppression.ts';
import { Freezer } from './freezer.ts';
import { ProviderDesk } from './provider-desk.ts';
import { Lease, LOOK_EVERY, type LeaseOptions } from './lease.ts';
import { Ownership, type OwnershipPorts } from './ownership.ts';
import type { Opened, Trouble } from './attempt-outcome.ts';
import { PathRunner } from './path-runner.ts';
import type { RunnerLimits, RunnerPorts } from './runner-ports.ts';
import type { ClaimedDelivery, PathRow, QueueStore, Settlement } from './port.ts';
import type { Spreads } from './spread.ts';
import { Telling } from './telling.ts';
import type { Work } from './work.ts';

export interface DispatcherOptions extends RunnerLimits, LeaseOptions {
  /** It looks so often at what the store has that nobody told it of, ms; 2 s unless given. */
  readonly sweepMs?: number;
}

export interface DispatcherPorts {
  readonly store: QueueStore & WaitingStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  readonly router: Router;
  readonly attempts: Attempts;
  readonly breadth: Breadth;
  readonly notices: Notices;
  /** Addresses that nothing is sent to. */
  readonly suppressions: Pick<Suppressions, 'refresh'>;
  /** Accounts of which nothing is sent. */
  readonly recalls: Recalls;
  /** What of blocked streams leaves by another egress. */
  readonly spreads: Pick<Spreads, 'refresh' | 'clear'>;
  /** Is told of refusals. */
  readonly feedback: Feedback;
  /** What mail may use of this machine. */
  readonly budget: Pick<WorkerBudget, 'easeOff' | 'mostConnections' | 'state'>;
  /** Tells the other workers that a path they may own has something ready. */
  announce(path: PathKey): void;
  /** This worker was declared dead by the others: it must end. */
  lost(): void;
}

/** Where a delivery about to be accepted belongs, and whether this worker attempts it next. */
export interface Placement {
  readonly path: PathKey;
  readonly leasedBy?: WorkerId;
}

const SWEEP_MS = 2_000;
/** Domains looked up at once: a few dead name servers must not keep the mail of everybody else waiting. */
const ROUTING = { initialConnections: 256, maxConnections: 256 };
/** Connections of a path that no crowd keeps from being opened. */
const SPARED = 2;
const RECONCILE_MS = 15_000;
const LEARN_MS = 5_000;
/** Addresses that nothing is sent to are read again; at once when an operator changed something. */
const SUPPRESSED_MS = 300_000;
const BALANCE_MS = 5_000;

export class Dispatcher {
  readonly worker: WorkerId;
  readonly #ports: DispatcherPorts;
  readonly #options: DispatcherOptions;
  readonly #lease: Lease;
  readonly #paths: Ownership;
  readonly #freezer: Freezer;
  readonly #desk: ProviderDesk;
  readonly #telling: Telling;
  readonly #drains: Drains;
  readonly #timers: Timer[] = [];
  #beating: Timer | undefined;

  constructor(worker: WorkerId, ports: DispatcherPorts, options: DispatcherOptions) {
    this.worker = worker;
    this.#ports = ports;
    this.#options = options;
    const { store, clock, log, breadth, router, notices } = ports;
    this.#lease = new Lease(worker, ports, options);
    this.#paths = new Ownership({ worker, node: options.node }, this.#ownershipPorts());
    this.#freezer = new Freezer(options.node, {
      store,
      clock,
      log,
      breadth,
      providerOf: (path) => router.providerOf(path),
      runners: () => this.#paths.runners(),
      refreshing: () => this.#desk.refresh(),
      metBy: (scope) => this.#desk.metBy(scope),
    });
    this.#desk = new ProviderDesk({
      store,
      clock,
      log,
      feedback: ports.feedback,
      providerOf: (path) => router.providerOf(path),
      runners: () => this.#paths.runners(),
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
    this.#beating = this.#repeat(this.#options.leaseMs / 3, () => this.#lease.prolong());
    this.#every(this.#options.leaseMs * LOOK_EVERY, () => this.#lease.retireOthers());
    this.#every(this.#options.sweepMs ?? SWEEP_MS, () => this.#sweep());
    this.#every(RECONCILE_MS, () => this.#ports.attempts.reconcile(this.worker));
    this.#every(LEARN_MS, () => this.#keepPaces());
    this.#every(LEARN_MS, () => this.#desk.tidy());
    this.#every(BALANCE_MS, () => this.#paths.handOver());
    this.#every(SUPPRESSED_MS, () => this.#ports.suppressions.refresh());
    await this.#ports.suppressions.refresh();
    await this.#sweep();
    this.#telling.start();
  }

  /** Ends: attempts under way have `graceMs` to finish; what is in memory goes back to the store. Rejects when that is down. */
  async stop(graceMs: number): Promise<void> {
    this.#telling.stop();
    for (const timer of this.#timers) timer.cancel();
    this.#paths.close();
    const deadline = this.#ports.clock.monotonic() + graceMs;
    while (this.#paths.isBusy && this.#ports.clock.monotonic() < deadline) await this.#pause(50);
    // Not before: to the others a worker that no longer beats is dead, and they would try again what it still tries.
    this.#beating?.cancel();
    this.#lease.end();
    await this.#ports.store.retireWorkers({ worker: this.worker, now: this.#ports.clock.now() });
  }

  /** Says where a delivery goes. Every call is followed by `committed` or `dropped` with the same place. */
  place(
    recipient: { address: string; delivery: DeliveryId; customer: string },
    envelope: Envelope,
  ): Placement {
    const domain = domainOf(recipient.address);
    const need = needOf(envelope);
    const path = this.#ports.router.known(domain, need);
    if (path === undefined) {
      void this.#ports.router.route(domain, need);
      return { path: UNROUTED };
    }
    const runner = this.#paths.of(path);
    if (this.#isApart(path, recipient.customer) || !runner?.reserve()) return { path };
    this.#ports.attempts.known(recipient.delivery);
    return { path, leasedBy: this.worker };
  }

  /** The delivery is on disk: a leased one goes out now, a ready one is told to its owner. */
  committed(place: Placement, work: Work): void {
    if (place.leasedBy === undefined) {
      if (this.#paths.of(place.path) === undefined || !this.#isApart(place.path, work.delivery.customer))
        this.wake(place.path);
      return;
    }
    const runner = this.#paths.of(place.path);
    if (runner !== undefined) runner.arrive(this.#ports.attempts.bounded(work));
    // The path was handed over meanwhile.
    else this.#giveBack([work]);
  }

  /** The delivery was not accepted after all. */
  dropped(place: Placement, delivery: DeliveryId): void {
    if (place.leasedBy === undefined) return;
    this.#ports.attempts.unknown(delivery);
    this.#paths.of(place.path)?.arrive(undefined);
  }

  /** A path has something ready: told by intake here, or by another worker. */
  wake(path: PathKey): void {
    this.#paths.wake(path);
  }

  /** As `wake`, told by another worker: only its owner cares. */
  announced(path: PathKey): void {
    this.#paths.of(path)?.wake();
  }

  /** Looks at the store now: an operator changed something. */
  nudge(): Promise<void> {
    for (const runner of this.#paths.runners()) runner.endRest();
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
    return this.#desk.heard(delivery, verdict, reply);
  }

  /** Mail of this customer stands still there. */
  #isApart(path: PathKey, customer: string): boolean {
    const domains = this.#freezer.customersApart(path);
    return domains.length > 0 && domains.includes(domainOfCustomer(customer));
  }

  #ownershipPorts(): OwnershipPorts {
    const { store, clock, log } = this.#ports;
    return {
      store,
      clock,
      log,
      make: (row) => this.#runnerOf(row),
      begin: (runner) => this.#begin(runner),
      ended: (path) => this.#drains.forget(path),
      announce: (path) => this.#ports.announce(path),
      isCutOff: (node) => this.#freezer.isCutOff(node),
    };
  }

  #runnerOf({ path, pace }: PathRow): PathRunner {
    const limits = path === UNROUTED ? { ...this.#options, ...ROUTING } : this.#options;
    const level = pace === undefined ? {} : { level: pace.level };
    return new PathRunner(path, this.#runnerPorts(), { limits, ...level });
  }

  #begin(runner: PathRunner): void {
    runner.setApart(this.#freezer.customersApart(runner.path));
    if (this.#freezer.over(runner.path).length > 0) runner.freeze();
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
      connect: (work, asking) => this.#judged(attempts.connect(worker, work, asking)),
      transfer: (connection, batch) => attempts.transfer(worker, connection, batch),
      giveBack: (works) => this.#giveBack(works),
      easeOff: () => this.#ports.budget.easeOff(),
      mayAttempt: () => this.#lease.holds,
      mayOpen: (path) => this.#mayOpen(path),
      failed: (path, trouble) => this.#failed(path, trouble),
      after: (ms, run) => clock.after(ms, run),
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
    };
  }

  /**
   * One connection more. Where what is under way takes our own budget too long each path has two, of which live mail has one; looking
   * up where mail goes takes none of it.
   */
  #mayOpen(path: PathKey): boolean {
    const isSpared = path === UNROUTED || (this.#paths.of(path)?.active ?? 0) < SPARED;
    return (isSpared || !this.#isCrowded) && this.#desk.mayOpen(path);
  }

  get #isCrowded(): boolean {
    let left = this.#ports.budget.mostConnections;
    if (left === Number.POSITIVE_INFINITY) return false;
    for (const { path, active } of this.#paths.runners())
      if (path !== UNROUTED) {
        left -= active;
        if (left <= 0) return true;
      }
    return false;
  }

  /** What stands still is due, and not to be claimed: each sweep looks for the rest. */
  async #nextDue(path: PathKey): Promise<number | undefined> {
    const { store, clock } = this.#ports;
    const next = clock.now() + SWEEP_MS;
    if (this.#freezer.customersApart(path).length > 0) return next;
    return store.nextDue(path).catch(() => next);
  }

  #failed(path: PathKey, trouble: Trouble): void {
    if (trouble.blame === 'reputation') this.#desk.failed(path, trouble);
    else void this.#freezer.freezePath(path, trouble).catch((error: unknown) => this.#complain(error));
  }

  /** A claim may have passed over what was on its way back: it is looked for when it is there. */
  #giveBack(works: readonly Work[]): void {
    const [first] = works;
    if (first === undefined) return;
    const { path } = first.delivery;
    void this.#ports.attempts.giveBack(this.worker, works).then(() => this.#paths.of(path)?.wake());
  }

  /** Whoever cannot connect may show that the fault is ours. */
  async #judged(connecting: Promise<Opened>): Promise<Opened> {
    const opened = await connecting;
    if (opened.kind !== 'open') await this.#freezer.judge().catch((error: unknown) => this.#complain(error));
    return opened;
  }

  async #sweep(): Promise<void> {
    this.#paths.forgetOthers();
    await this.#recall();
    const due = await this.#paths.follow();
    await this.#freezer.refresh();
    await this.#paths.takeOver();
    await this.#freezer.judge();
    await this.#freezer.canaries();
    await this.#spread();
    for (const runner of this.#paths.runners()) {
      // Mail of a customer that stands still is there, and not in sight.
      const isApart = this.#freezer.customersApart(runner.path).length > 0;
      if (runner.quiet && !isApart) await this.#paths.letGo(runner);
      else runner.look(due.get(runner.path) ?? []);
    }
  }

  /** What stopped accounts have in memory here is held; what a person let go goes on from where it was. */
  async #recall(): Promise<void> {
    const { attempts, recalls } = this.#ports;
    await recalls.refresh();
    for (const customer of recalls.customers)
      for (const runner of this.#paths.runners()) {
        const works = runner.takeOf(customer);
        if (works.length > 0) this.#giveBack(await attempts.recall(this.worker, works));
      }
  }

  /** What waits on blocked paths goes where it may go instead, when an operator asked for that. */
  async #spread(): Promise<void> {
    const { router, spreads } = this.#ports;
    const providerOf = (path: PathKey): string | undefined => router.providerOf(path);
    await spreads.refresh(providerOf);
    for (const path of [...this.#paths.runners()].map((runner) => runner.path)) {
      const provider = path === UNROUTED ? undefined : providerOf(path);
      if (
        path === UNROUTED ||
        !(await spreads.clear({ path, ...(provider === undefined ? {} : { provider }) }))
      )
        continue;
      this.wake(UNROUTED);
    }
  }

  /** Keeps what the paths have learnt, and how long their backlogs will take. */
  async #keepPaces(): Promise<void> {
    for (const runner of this.#paths.runners()) {
      const pace = await this.#drains.paceOf(runner);
      if (pace === undefined) continue;
      const provider = this.#ports.router.providerOf(runner.path);
      const known = provider === undefined ? {} : { provider };
      const at = this.#ports.clock.now();
      await this.#ports.store.keepPace({ worker: this.worker, path: runner.path, pace, at, ...known });
    }
  }

  #every(everyMs: number, run: () => Promise<void>): void {
    this.#timers.push(this.#repeat(everyMs, run));
  }

  #repeat(everyMs: number, run: () => Promise<void>): Timer {
    return repeat(this.#ports.clock, { everyMs, run, failed: (error) => this.#complain(error) });
  }

  #measure(meter: Meter): void {
    const sum = (count: (runner: PathRunner) => number): number =>
      [...this.#paths.runners()].reduce((total, runner) => total + count(runner), 0);
    meter.gauge({
      name: 'relais_paths',
      help: 'Paths that this worker owns.',
      read: () => this.#paths.size,
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

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#ports.clock.after(ms, resolve);
    });
  }
}
