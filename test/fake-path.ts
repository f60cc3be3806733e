/** A path runner with everything around it faked, for its tests: a store, connections, and a virtual clock. */
import assert from 'node:assert/strict';
import { VirtualClock } from './virtual-clock.ts';
import type { Asking, Connection } from '../src/core/delivery/port.ts';
import type { DeliveryId, MessageId, PathKey } from '../src/core/envelope.ts';
import type { Opened, TransferOutcome, Trouble } from '../src/core/queue/attempt-outcome.ts';
import { PathRunner } from '../src/core/queue/path-runner.ts';
import type { RunnerLimits, RunnerPorts } from '../src/core/queue/runner-ports.ts';
import type { ClaimedMessage } from '../src/core/queue/port.ts';
import type { Batch, Work } from '../src/core/queue/work.ts';

let lastId = 0;

export function message(): ClaimedMessage {
  return { id: ++lastId as MessageId, sizeBytes: 1_000 } as ClaimedMessage;
}

export function aWork(of: ClaimedMessage = message(), customer = 'x.example/1'): Work {
  const recipient = { address: 'a@far.example' };
  return { delivery: { id: ++lastId as DeliveryId, message: of, recipient, customer, lane: 0 } } as Work;
}

/** Where each delivery is; a move that is not legal is an error. */
export class FakeStore {
  readonly all: Work[] = [];
  ready: Work[] = [];
  /** From before the cut. */
  old: Work[] = [];
  readonly settled: Work[] = [];
  readonly #leased = new Set<Work>();
  readonly #wasOld = new Set<Work>();
  #underWay = 0;

  add(count: number): void {
    this.put(Array.from({ length: count }, () => aWork()));
  }

  put(works: readonly Work[]): void {
    this.all.push(...works);
    this.ready.push(...works);
  }

  /** A delivery that is leased from the start. */
  take(work: Work): void {
    this.all.push(work);
    this.#leased.add(work);
  }

  claim(limit: number, from = this.ready): Work[] {
    const works = from.splice(0, limit);
    if (from === this.old) for (const work of works) this.#wasOld.add(work);
    for (const work of works) this.#leased.add(work);
    return works;
  }

  giveBack(works: readonly Work[]): void {
    for (const work of works) {
      assert.ok(this.#leased.delete(work), 'given back what is not leased');
      (this.#wasOld.has(work) ? this.old : this.ready).push(work);
    }
    for (const works of [this.old, this.ready]) works.sort((a, b) => a.delivery.id - b.delivery.id);
  }

  settle(works: readonly Work[]): void {
    for (const work of works) {
      assert.ok(this.#leased.delete(work), 'settled what is not leased');
      this.settled.push(work);
    }
  }

  /** The deliveries are on their way here or in the hands of a connection until `finished`. */
  begun(works: readonly Work[]): void {
    for (const work of works) assert.ok(this.#leased.has(work), 'attempted without a lease');
    this.#underWay += works.length;
  }

  finished(works: readonly Work[]): void {
    this.#underWay -= works.length;
  }

  /** Leased, and neither being claimed nor being attempted. */
  held(): number {
    return this.#leased.size - this.#underWay;
  }

  get underWay(): number {
    return this.#underWay;
  }
}

export interface FakeOptions {
  readonly backlog?: number;
  /** Of these, how many are from before the cut; the others are live mail. */
  readonly old?: number;
  /** The part of the time of a transfer for which our own budget keeps it waiting. */
  readonly waits?: () => number;
  readonly limits?: Partial<RunnerLimits>;
  readonly maxRecipients?: number;
  /** How long each of these takes. Without: it settles at once. */
  readonly claimMs?: number | (() => number);
  readonly connectMs?: number | (() => number);
  readonly transferMs?: number | (() => number);
  readonly closeMs?: number;
  readonly connect?: () => Promise<'open' | 'failed' | 'refused' | 'settled' | 'deferred'>;
  readonly transfer?: (works: readonly Work[]) => TransferOutcome['kind'];
}

/** Of a transfer whose connection waits for our own budget. */
const PIECES = 10;

const TROUBLE: Trouble = {
  blame: 'path',
  reply: { stage: 'connect', text: 'connection refused', afterMs: 1 },
};

const TOO_MANY: Trouble = {
  blame: 'path',
  reply: { stage: 'banner', code: 421, text: 'too many connections', afterMs: 1 },
};

interface FakeConnection extends Connection {
  usable: boolean;
  waitedMs: number;
  /** Since when it carries what it carries, ms. */
  since: number | undefined;
}

export class Fake {
  readonly clock = new VirtualClock();
  readonly store = new FakeStore();
  readonly transfers: (readonly Work[])[] = [];
  /** Why the runner asked to be frozen, each time. */
  readonly frozen: Trouble[] = [];
  readonly runner: PathRunner;
  readonly #options: FakeOptions;
  readonly #connections = new Set<FakeConnection>();
  readonly #connecting = new Set<Work>();
  opened = 0;
  closed = 0;
  mayAttempt = true;
  nextDueAt?: number;

  constructor(options: FakeOptions) {
    this.#options = options;
    this.store.add(options.backlog ?? 0);
    this.store.old = this.store.ready.splice(0, options.old ?? 0);
    const limits = {
      initialConnections: 2,
      maxConnections: 20,
      idleConnectionMs: 5_000,
      liveShare: 0.3,
      lanes: 2,
      ...options.limits,
    };
    this.runner = new PathRunner('mx.far.example>a' as PathKey, this.#ports(), { limits });
  }

  /** The far end closes every connection it has. */
  breakIdle(): void {
    for (const connection of this.#connections) connection.usable = false;
  }

  #ports(): RunnerPorts {
    const { clock, store } = this;
    return {
      claim: async (_path, parts) => {
        // Nothing is in a slow lane.
        const claimed = parts.map(({ lane, before, limit }) => {
          if (lane !== 0) return [];
          return store.claim(limit, before > clock.now() ? store.ready : store.old);
        });
        store.begun(claimed.flat());
        await this.#pause(this.#options.claimMs);
        store.finished(claimed.flat());
        return claimed;
      },
      claimInTurn: async (_path, { turn, lane, since, each, only }) => {
        // A canary asks for live mail from the beginning; nobody who sends now has a backlog.
        const works = lane === 0 && since === 0 && only === undefined ? store.claim(each) : [];
        return { works, turn };
      },
      claimOne: async () => undefined,
      mayOpen: () => true,
      failed: (_path, trouble) => this.frozen.push(trouble),
      nextDue: async () => this.nextDueAt,
      connect: (work, asking) => this.#connect(work, asking),
      transfer: (connection, batch) => this.#transfer(connection, batch),
      giveBack: (works) => {
        this.#leaves(works);
        store.giveBack(works);
      },
      easeOff: () => undefined,
      mayAttempt: () => this.mayAttempt,
      after: (ms, run) => clock.after(ms, run),
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
    };
  }

  async #connect(work: Work, asking?: Asking): Promise<Opened> {
    this.opened++;
    this.store.begun([work]);
    this.#connecting.add(work);
    const connectMs = msOf(this.#options.connectMs);
    // Its route is found first.
    await Promise.resolve();
    asking?.asked();
    const abandoned = new Promise<'abandoned'>((resolve) =>
      asking?.signal.addEventListener('abort', () => resolve('abandoned')),
    );
    const answered = this.#pause(connectMs).then(() => this.#options.connect?.() ?? 'open');
    const outcome = await Promise.race([answered, abandoned]);
    const isOurs = this.#connecting.has(work);
    this.#leaves([work]);
    if (outcome === 'abandoned') return { kind: 'settled' };
    if (outcome === 'open') return { kind: 'open', connection: this.#open() };
    if (outcome === 'settled') {
      // That shows before its far end is asked: nobody else has it by then.
      if (isOurs) this.store.settle([work]);
      return { kind: 'settled' };
    }
    if (outcome === 'deferred') return { kind: 'deferred', settle: () => this.store.settle([work]) };
    const trouble = outcome === 'refused' ? TOO_MANY : TROUBLE;
    return { kind: 'failed', ...trouble, settle: () => this.store.giveBack([work]) };
  }

  /** No longer in the hands of a connection that is being opened. */
  #leaves(works: readonly Work[]): void {
    for (const work of works) if (this.#connecting.delete(work)) this.store.finished([work]);
  }

  #open(): Connection {
    const { clock } = this;
    const connection = {
      usable: true,
      waitedMs: 0,
      get silentMs() {
        return this.since === undefined ? 0 : clock.monotonic() - this.since;
      },
      maxRecipients: this.#options.maxRecipients ?? 100,
      close: () => {
        this.closed++;
        this.#connections.delete(connection);
        return this.#pause(this.#options.closeMs);
      },
    } as FakeConnection;
    this.#connections.add(connection);
    return connection;
  }

  async #transfer(connection: Connection, { works }: Batch): Promise<TransferOutcome> {
    this.transfers.push(works);
    this.#leaves(works);
    this.store.begun(works);
    const carrier = connection as FakeConnection;
    carrier.since = this.clock.monotonic();
    await this.#carry(carrier);
    carrier.since = undefined;
    const kind = this.#options.transfer?.(works) ?? 'good';
    this.store.finished(works);
    if (kind === 'good') this.store.settle(works);
    else if (kind !== 'stale') this.store.giveBack(works);
    return kind === 'trouble' || kind === 'cut' ? { kind, ...TROUBLE } : { kind };
  }

  /** In pieces, so that what it waited is known while it waits. */
  async #carry(connection: FakeConnection): Promise<void> {
    const { transferMs, waits } = this.#options;
    if (waits === undefined) return this.#pause(transferMs);
    const ms = (typeof transferMs === 'function' ? transferMs() : transferMs) ?? 0;
    for (let piece = 0; piece < PIECES; piece++) {
      await this.#pause(ms / PIECES);
      connection.waitedMs += (ms / PIECES) * waits();
    }
  }

  async #pause(takes: number | (() => number) | undefined): Promise<void> {
    const ms = msOf(takes);
    if (ms !== undefined) await new Promise<void>((resolve) => void this.clock.after(ms, resolve));
  }
}

function msOf(takes: number | (() => number) | undefined): number | undefined {
  return typeof takes === 'function' ? takes() : takes;
}

export function aRunner(options: FakeOptions): Fake {
  return new Fake(options);
}
