/**
 * A whole mail platform and its Internet in one process, under virtual time and seeded chance. The core, the queue, the
 * delivery and the store are the real ones; the disk, the lines, the name servers, the far ends and the customers are
 * simulated. The same options give the same history, to the byte.
 *
 *     const world = await World.make(options);      customers, providers and workers are there; time stands at 0
 *     world.at(ms, 'line down', (w) => w.network.ours.set('silent'));       a script: what happens when
 *     world.every(60_000, (w) => curve.push(w.ledger.queued));              a curve
 *     await world.run(ms);                          moves time on; can be called again and again
 *     world.heal(); world.senders.stop(); await world.drain(ms);            until nothing is queued, at most so long
 *     await world.close();
 *
 * To change while it runs: `network.ours` and `provider(name).link` (`set`, `shape.octetsPerSecond`, `shape.loss`),
 * `provider(name)` (`set('up' | 'refusing' | 'silent')`, `mood`), `dns` (`fault`, `setFault`), `disk` (`health`, `setRoom`),
 * `senders` (`burst`, `stop`), `clock.jump`, `crash`. To look at: `ledger` (each delivery, what stands
 * still), `provider(name).receipts`, `history`, `digest`. Times are ms since the world began.
 */
import { type Log, silentLog } from '../base/log.ts';
import { silentMeter } from '../base/meter.ts';
import type { Classify } from '../core/delivery/classify.ts';
import type { Account } from '../core/directory/port.ts';
import type { PathKey } from '../core/envelope.ts';
import { DiskBudget } from '../core/capacity/disk.ts';
import { ArrivingContent } from '../core/intake/content.ts';
import type { Breadth } from '../core/queue/breadth.ts';
import { keepHouse } from '../core/queue/housekeeping.ts';
import { UNLIMITED } from '../core/capacity/capacity.ts';
import { assembleWorker, type WorkerCore, type WorkerOptions } from '../core/worker.ts';
import { Committer } from '../store/committer.ts';
import { createStore, type SqlStore } from '../store/store.ts';
import { piecesOf } from './body.ts';
import { budgeted } from './budgeted.ts';
import { Chance } from './chance.ts';
import { MONDAY, VirtualClock } from './clock.ts';
import { Disk } from './disk.ts';
import { Dns } from './dns.ts';
import { guardOf } from './guarded.ts';
import { Habits } from './habits.ts';
import { History } from './history.ts';
import { Ledger } from './ledger.ts';
import { Life } from './life.ts';
import type { LinkShape } from './link.ts';
import { Network } from './network.ts';
import { populate } from './population.ts';
import { Provider, type ProviderShape } from './providers.ts';
import { type Outgoing, Senders, type SendersShape, type Submitted } from './senders.ts';

export interface WorldOptions {
  readonly seed: number;
  /** Wall time at the beginning, ms since the epoch; Monday 12 March 2018, 08:00 UTC unless given. */
  readonly startsAt?: number;
  readonly workers: number;
  /** Our line to the Internet. */
  readonly ours: LinkShape;
  /** Octets on the line for each octet of a message; 1 unless given. */
  readonly octetScale?: number;
  readonly providers: readonly ProviderShape[];
  readonly senders: SendersShape;
  readonly queue?: Partial<QueueShape>;
  /** `[budget] out`: octets a second on the line that all workers together may send. */
  readonly budgetOut?: number;
  /** In place of how the core judges failures. */
  readonly way?: {
    readonly classify: Classify;
    breadth(now: () => number): Breadth;
    readonly openingMs: number;
    readonly sweepMs: number;
  };
  /** Puts something between a worker and its store; for bugs planted by tests. */
  readonly wrapStore?: (store: SqlStore) => SqlStore;
  /** Customers have habits and a past, and a guard looks at what they submit; `habits`: only the former. */
  readonly guard?: 'habits' | 'on';
  /** Keep the lines of the history, not only their digest. */
  readonly keepHistory?: boolean;
}

/** As the options of `[queue]`, `[dsn]` and `[delivery]`, with their defaults. */
export interface QueueShape {
  readonly lanesMs: readonly number[];
  readonly lifetimeMs: number;
  readonly delayNoticeAfterMs: number;
  /** Of 1. */
  readonly liveShare: number;
  readonly maxConnections: number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const QUEUE: QueueShape = {
  lanesMs: [1, 2, 4, 10, 30, 120, 240].map((minutes) => minutes * MINUTE_MS),
  lifetimeMs: 5 * 24 * HOUR_MS,
  delayNoticeAfterMs: 4 * HOUR_MS,
  liveShare: 0.3,
  maxConnections: 20,
};
const NODE = 'node-1';
const LEASE_MS = 10_000;
/** A client waits this long for the answer to its message. */
const CLIENT_PATIENCE_MS = 5 * MINUTE_MS;
/** New mail is put off when less is free. */
export const DISK_BUDGET_OCTETS = 1024 ** 3;
const HELD_BYTES = 64 * 1024 * 1024;
/** A supervisor that cannot start a worker tries again after this. */
const BOOT_AGAIN_MS = 1_000;

interface Arriving {
  readonly outgoing: Outgoing;
  readonly pieces: readonly Buffer[];
}

interface Worker {
  readonly life: Life;
  readonly core: WorkerCore;
  readonly store: SqlStore;
}

export class World {
  readonly options: WorldOptions;
  readonly queue: QueueShape;
  readonly clock: VirtualClock;
  readonly chance: Chance;
  readonly disk: Disk;
  readonly dns: Dns;
  readonly network: Network;
  readonly ledger: Ledger;
  readonly senders: Senders;
  /** Copies that a client was told are kept, and whom they are for. */
  readonly promised: { readonly copy: string; readonly recipients: readonly string[] }[] = [];
  readonly #habits: Habits | undefined;
  readonly #past: History;
  readonly #providers = new Map<string, Provider>();
  readonly #workers: (Worker | undefined)[] = [];
  readonly #lives: Life[] = [];
  readonly #accounts: Account[] = [];
  /** Which worker a client meets. */
  readonly #clients: Chance;
  #incarnations = 0;
  /** The time of the last line, as it is written. */
  #said = { at: -1, text: '' };
  /** Are told when a worker dies. */
  readonly whenCrashed: ((life: Life) => void)[] = [];
  /** The machine that all workers are on. */
  readonly node = NODE;

  /** Everybody is there, and the workers have begun. */
  static async make(options: WorldOptions): Promise<World> {
    const world = new World(options);
    const accounts = await populate(world.disk, { ...options.senders, at: world.clock.now() });
    if (options.guard === 'on') await world.#habits?.remember(world.disk, accounts, world.clock.now());
    world.#accounts.push(...accounts);
    for (let index = 0; index < options.workers; index++) world.#boot(index, undefined);
    await world.clock.advance(100);
    world.senders.start();
    return world;
  }

  constructor(options: WorldOptions) {
    this.options = options;
    this.queue = { ...QUEUE, ...options.queue };
    this.#past = new History({ keep: options.keepHistory === true });
    this.chance = new Chance(options.seed, 'world');
    this.#clients = this.chance.of('clients');
    this.clock = new VirtualClock(options.startsAt ?? MONDAY);
    const { clock, chance } = this;
    this.disk = new Disk(clock);
    this.dns = new Dns(clock);
    const { ours, octetScale = 1 } = options;
    this.network = new Network({ clock, chance: chance.of('network') }, { ours, octetScale });
    this.ledger = new Ledger(clock);
    this.disk.tap((...committed) => this.ledger.note(...committed));
    for (const shape of options.providers) this.#place(shape);
    const targets = options.providers.flatMap(({ domains, weight }) =>
      domains.map((domain) => ({ domain, weight: weight / domains.length })),
    );
    this.#habits = options.guard === undefined ? undefined : new Habits(chance.of('habits'), targets);
    this.senders = new Senders(options.senders, {
      ...(this.#habits === undefined ? {} : { habits: this.#habits }),
      clock,
      chance: chance.of('senders'),
      accounts: this.#accounts,
      targets,
      submit: (outgoing, copy) => this.#submit(outgoing, copy),
    });
    this.#tell();
  }

  get providers(): readonly Provider[] {
    return [...this.#providers.values()];
  }

  get accounts(): readonly Account[] {
    return this.#accounts;
  }

  provider(name: string): Provider {
    const found = this.#providers.get(name);
    if (found === undefined) throw new Error(`there is no provider named ${name}`);
    return found;
  }

  /** Of everything that happened so far. */
  get digest(): string {
    return this.#past.digest;
  }

  /** The lines of it, when they are kept. */
  get history(): readonly string[] {
    return this.#past.lines;
  }

  /** Does something at this time, ms since the world began. */
  at(ms: number, what: string, run: (world: World) => void): void {
    this.clock.after(Math.max(0, ms - this.clock.monotonic()), () => {
      this.say('script', what);
      run(this);
    });
  }

  /** Does something again and again. */
  every(ms: number, run: (world: World) => void): void {
    this.clock.after(ms, () => {
      run(this);
      this.every(ms, run);
    });
  }

  run(ms: number): Promise<void> {
    return this.clock.advance(ms);
  }

  /** Moves time on until nothing is queued and no client holds anything, at most so long; true when that is so. */
  async drain(mostMs: number): Promise<boolean> {
    const until = this.clock.monotonic() + mostMs;
    const left = (): boolean => this.ledger.queued > 0 || this.senders.holding > 0;
    while (left() && this.clock.monotonic() < until) await this.clock.advance(5_000);
    return !left();
  }

  /** Kills a worker; another takes its place after `downMs`. `told`: its supervisor knows at once that it is gone. */
  crash(index: number, { downMs = 500, told = true }: { downMs?: number; told?: boolean } = {}): void {
    const life = this.#lives[index];
    if (life === undefined || life.ended) return;
    this.say('crash', life.name);
    life.end();
    for (const tell of this.whenCrashed) tell(life);
    const before = told ? this.#workers[index]?.core.dispatcher.worker : undefined;
    this.#workers[index] = undefined;
    this.clock.after(downMs, () => this.#boot(index, before));
  }

  /** Kills the worker with this life, as `crash`. */
  crashLife(life: Life, about: { downMs?: number; told?: boolean } = {}): void {
    this.crash(this.#lives.indexOf(life), about);
  }

  /** Everything outside the workers works as it was made. */
  heal(): void {
    this.say('heal', 'everything');
    this.network.ours.set('up');
    Object.assign(this.network.ours.shape, this.options.ours);
    this.dns.heal();
    this.disk.heal();
    for (const provider of this.#providers.values()) provider.heal();
  }

  async close(): Promise<void> {
    for (const life of this.#lives) life.end();
    await this.disk.close();
  }

  /** Writes a line into the history. */
  say(kind: string, what: string): void {
    this.#past.say(this.#line(kind, what));
  }

  #line(kind: string, what: string): string {
    const now = this.clock.monotonic();
    // Much happens in one moment.
    if (now !== this.#said.at) this.#said = { at: now, text: (now / 1000).toFixed(3).padStart(11) };
    return `${this.#said.text} ${kind.padEnd(8)} ${what}`;
  }

  #place(shape: ProviderShape): void {
    const { clock, chance } = this;
    const provider = new Provider(shape, { clock, chance: chance.of(`provider ${shape.name}`) });
    const number = this.#providers.size;
    this.#providers.set(shape.name, provider);
    for (const domain of shape.domains) this.dns.add({ domain, mx: shape.mx });
    for (const [index, host] of shape.mx.entries()) {
      const address = `100.${64 + (number >> 8)}.${number & 255}.${index + 1}`;
      this.dns.place(host, address);
      this.network.place(address, provider);
    }
  }

  #boot(index: number, before: number | undefined): void {
    const life = new Life(`worker ${index}, incarnation ${++this.#incarnations}`);
    this.#lives[index] = life;
    void this.#start(index, life, before).catch((error: unknown) => {
      this.say('boot', `${life.name} cannot start: ${String(error)}`);
      life.end();
      this.clock.after(BOOT_AGAIN_MS, () => this.#boot(index, before));
    });
  }

  async #start(index: number, life: Life, before: number | undefined): Promise<void> {
    const clock = life.clock(this.clock);
    const engine = this.disk.engine(life);
    const defer = (run: () => void): void => void clock.after(0, run);
    const real = createStore(engine, new Committer(engine, { maxInFlight: 2, defer }));
    const store = this.options.wrapStore?.(real) ?? real;
    if (before !== undefined) await store.retireWorkers({ worker: before as never, now: clock.now() });
    const { way } = this.options;
    const [random, log] = [this.chance.of(life.name), this.#log(life)];
    const roomClock = this.disk.roomClock(clock);
    const room = new DiskBudget(
      { store, clock: roomClock, log: silentLog, meter: silentMeter },
      DISK_BUDGET_OCTETS,
    );
    await room.start();
    const core = await assembleWorker(
      {
        store,
        clock,
        random,
        log,
        meter: silentMeter,
        resolver: this.dns.resolver(life, () => this.network.ours.up),
        connector: budgeted(this.network.connector(life), clock, { ...this.options, ...this.queue }),
        budget: { ...UNLIMITED, full: () => room.refusal(), refusal: () => room.refusal() },
        announce: (path) => this.#announce(index, path),
        lost: () => this.crash(index),
        ...(this.options.guard === 'on' ? { guard: guardOf({ store, clock, random, log }) } : {}),
        ...(way === undefined ? {} : { classify: way.classify, breadth: way.breadth(() => clock.now()) }),
      },
      this.#workerOptions(),
    );
    await core.dispatcher.start();
    await core.guard?.start((path) => core.dispatcher.wake(path));
    keepHouse({ store, clock, log: silentLog });
    this.#workers[index] = { life, core, store };
  }

  #workerOptions(): WorkerOptions {
    const { lifetimeMs, delayNoticeAfterMs, lanesMs, liveShare, maxConnections } = this.queue;
    const { way } = this.options;
    return {
      accept: {
        hostname: 'mail.lab.example',
        maxHops: 50,
        lifetimeMs,
        delayNoticeAfterMs,
        language: 'en',
        referenceSecret: Buffer.alloc(32, 7),
      },
      returnSecret: Buffer.alloc(32, 8),
      router: {
        routes: [],
        egresses: [{ name: 'default', ehlo: 'mail.lab.example' }],
        here: { names: ['mail.lab.example'], addresses: [] },
        tls: 'opportunistic',
        port: 25,
      },
      dispatcher: {
        node: NODE,
        leaseMs: LEASE_MS,
        initialConnections: 2,
        maxConnections,
        idleConnectionMs: 5_000,
        liveShare,
        ...(way === undefined ? {} : { openingMs: way.openingMs, sweepMs: way.sweepMs }),
      },
      lanesMs,
      heldBytes: HELD_BYTES,
    };
  }

  #announce(from: number, path: PathKey): void {
    for (const [index, worker] of this.#workers.entries()) {
      if (worker === undefined || index === from) continue;
      this.clock.after(1, () => {
        if (!worker.life.ended) worker.core.dispatcher.announced(path);
      });
    }
  }

  /** A client brings its message to one of the workers. */
  async #submit(outgoing: Outgoing, copy: string): Promise<Submitted> {
    const { network } = this;
    const alive = this.#workers.filter((worker) => worker !== undefined);
    const worker = alive.length === 0 ? undefined : this.#clients.pick(alive);
    if (worker === undefined || !network.ours.up) {
      await network.sleep(1_000);
      return 'silence';
    }
    const pieces = piecesOf(outgoing, copy);
    const octets = pieces.reduce((sum, { length }) => sum + length, 0);
    await network.sleep(2 * network.ours.shape.latencyMs + network.inboundMs(octets));
    if (worker.life.ended || !network.ours.up) return 'silence';
    const came = await this.#answered(worker, { outgoing, pieces });
    if (came === 'kept') this.promised.push({ copy, recipients: outgoing.recipients });
    return came;
  }

  #answered(worker: Worker, about: Arriving): Promise<Submitted> {
    return new Promise((resolve) => {
      const patience = this.clock.after(CLIENT_PATIENCE_MS, () => resolve('silence'));
      const forget = worker.life.onEnd(() => {
        patience.cancel();
        resolve('silence');
      });
      void this.#accept(worker, about).then((kept) => {
        patience.cancel();
        forget();
        // An answer that comes when nobody listens any more is no answer.
        if (!worker.life.ended) resolve(kept ? 'kept' : 'refused');
      });
    });
  }

  async #accept({ core, store }: Worker, about: Arriving): Promise<boolean> {
    const { account, recipients } = about.outgoing;
    const content = new ArrivingContent({
      store,
      ids: core.ids,
      now: () => this.clock.now(),
      memory: UNLIMITED.memory,
    });
    try {
      for (const piece of about.pieces) await content.push(piece);
    } catch {
      return false;
    }
    const result = await core.acceptor.accept({
      client: {
        kind: 'submission',
        address: about.outgoing.manner?.client ?? '198.51.100.7',
        mayRelay: false,
        esmtp: true,
        account,
      },
      envelope: { reversePath: account.address, bodyType: '7BIT', smtpUtf8: false, requireTls: false },
      recipients: recipients.map((address) => ({ address, targets: { accounts: [], forwards: [address] } })),
      content,
    });
    return result.ok;
  }

  #log(life: Life): Log {
    if (this.options.keepHistory !== true) return silentLog;
    const write = (level: string) => (fields: object, sentence: string) => {
      const line = this.#line(level, `${life.name}: ${sentence} ${JSON.stringify(fields)}`);
      if (!life.ended) this.#past.remark(line);
    };
    return { debug() {}, info: write('info'), warn: write('warn'), error: write('error') };
  }

  /** What goes into the history. */
  #tell(): void {
    this.network.taps.push({
      connects: (provider, life) => this.say('connect', `${provider.shape.name} from ${life.name}`),
      begins() {},
      took: (copy, { to, provider }) => this.say('took', `${provider.shape.name} ${copy} for ${to}`),
    });
    this.ledger.taps.push({
      settled: ({ next, blame, attempted, reply }, entry) =>
        this.say(
          'settle',
          `${entry.copy} for ${entry.address}: ${next.state} ${blame ?? ''} ${reply?.stage ?? ''} ${attempted}`,
        ),
      stands: (kind, { freeze: { scope, blame, reason } }) => this.say(kind, `${scope} ${blame}: ${reason}`),
    });
  }
}
