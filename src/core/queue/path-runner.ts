/**
 * One path in the hands of its owner: a bounded window of leased deliveries, a few connections that take from it, and
 * the pace. Single-threaded by design: whatever is true of a path is decided here and nowhere else.
 */
import type { Connection } from '../delivery/port.ts';
import type { PathKey } from '../envelope.ts';
import type { Work } from './work.ts';

/** Deliveries in memory per path at most: the rest of a backlog stays in the store. */
const WINDOW = 1000;
/** When the window falls under this, more is claimed. */
const LOW_WATER = 200;
/** Deliveries claimed at once. */
const CLAIM = 400;
/** How long a path rests after its n-th failure in a row to connect: 5 s doubling to 5 min. */
const FIRST_REST_MS = 5_000;
const LONGEST_REST_MS = 300_000;

export interface RunnerLimits {
  readonly initialConnections: number;
  readonly maxConnections: number;
  readonly idleConnectionMs: number;
}

/** What a runner asks of the dispatcher. */
export interface RunnerPorts {
  claim(path: PathKey, limit: number): Promise<Work[]>;
  /** When the next delivery of this path becomes due; undefined when nothing waits. */
  nextDue(path: PathKey): Promise<number | undefined>;
  /** Opens a connection for this delivery; settles it and says how long to rest when that fails. */
  connect(work: Work): Promise<Connection | 'failed' | 'settled'>;
  /** One transaction and the settling of its deliveries. Never rejects. */
  transfer(connection: Connection, works: readonly Work[]): Promise<TransferOutcome>;
  /** Gives back what will not be attempted now. */
  giveBack(works: readonly Work[]): void;
  /** May an attempt begin: is our lease on the path surely alive? */
  mayAttempt(): boolean;
  after(ms: number, run: () => void): { cancel(): void };
  now(): number;
}

/** `stale`: a reused connection had been closed by the far end; nothing was tried and the deliveries are unchanged. */
export type TransferOutcome = 'good' | 'trouble' | 'cut' | 'stale';

interface IdleConnection {
  readonly connection: Connection;
  give(works: Work[] | undefined): void;
}

export class PathRunner {
  readonly path: PathKey;
  readonly #ports: RunnerPorts;
  readonly #limits: RunnerLimits;
  #window: Work[] = [];
  #head = 0;
  #reserved = 0;
  /** The store may have due deliveries of this path that are not in the window. */
  #mayHaveMore = true;
  #claiming = false;
  #connections = 0;
  #opening = 0;
  #limit: number;
  #idle: IdleConnection[] = [];
  #restUntil = 0;
  #failures = 0;
  #timer: { cancel(): void } | undefined;
  #state: 'open' | 'frozen' | 'closed' = 'open';

  constructor(path: PathKey, ports: RunnerPorts, limits: RunnerLimits) {
    this.path = path;
    this.#ports = ports;
    this.#limits = limits;
    this.#limit = limits.initialConnections;
  }

  get waiting(): number {
    return this.#window.length - this.#head;
  }

  get connections(): number {
    return this.#connections;
  }

  /** Nothing in memory, nothing under way, nothing known to be due. */
  get quiet(): boolean {
    return (
      this.waiting === 0 &&
      this.#reserved === 0 &&
      this.#connections === 0 &&
      !this.#mayHaveMore &&
      !this.#claiming
    );
  }

  /** Takes a place for a delivery about to be committed as leased; false when it must be committed as ready. */
  reserve(): boolean {
    if (this.#state !== 'open' || this.waiting + this.#reserved >= WINDOW || this.#resting()) return false;
    this.#reserved++;
    return true;
  }

  /** The reserved delivery is committed, or not after all. */
  arrive(work: Work | undefined): void {
    this.#reserved--;
    if (work === undefined) return;
    if (this.#state !== 'open') this.#ports.giveBack([work]);
    else {
      this.#window.push(work);
      this.#go();
    }
  }

  /** The store has something for this path. */
  wake(): void {
    this.#mayHaveMore = true;
    this.#go();
  }

  /** Somebody has reason to think that it works again: one connection tries now. */
  endRest(): void {
    this.#restUntil = 0;
    this.wake();
  }

  /** Stops attempts at once; what is in memory goes back to the store as it was. */
  freeze(): void {
    if (this.#state === 'open') this.#stop('frozen');
  }

  thaw(): void {
    if (this.#state !== 'frozen') return;
    this.#state = 'open';
    this.#restUntil = 0;
    this.wake();
  }

  /** Ends the runner: attempts under way finish, everything else goes back. */
  close(): void {
    this.#stop('closed');
  }

  #stop(state: 'frozen' | 'closed'): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#timer?.cancel();
    this.#ports.giveBack(this.#window.splice(0).slice(this.#head));
    this.#head = 0;
    for (const idle of this.#idle.splice(0)) idle.give(undefined);
  }

  #resting(): boolean {
    return this.#restUntil > this.#ports.now();
  }

  #go(): void {
    if (this.#state !== 'open' || !this.#ports.mayAttempt()) return;
    if (this.#resting()) return this.#later(this.#restUntil - this.#ports.now());
    if (this.waiting < LOW_WATER && this.#mayHaveMore) void this.#refill();
    while (this.waiting > 0 && this.#idle.length > 0) {
      const idle = this.#idle.pop() as IdleConnection;
      idle.give(idle.connection.usable ? this.#take(idle.connection.maxRecipients) : undefined);
    }
    // A path in trouble is asked again by one connection, not by all of them.
    const limit = this.#failures > 0 ? 1 : Math.floor(this.#limit);
    while (this.waiting > this.#opening && this.#connections < limit) void this.#open();
  }

  #later(ms: number): void {
    this.#timer?.cancel();
    this.#timer = this.#ports.after(ms, () => {
      this.#timer = undefined;
      this.wake();
    });
  }

  async #refill(): Promise<void> {
    if (this.#claiming) return;
    this.#claiming = true;
    this.#mayHaveMore = false;
    const works = await this.#ports.claim(this.path, CLAIM);
    this.#claiming = false;
    if (this.#state !== 'open') return this.#ports.giveBack(works);
    for (const work of works) this.#window.push(work);
    if (works.length === CLAIM) this.#mayHaveMore = true;
    else await this.#watchNextDue();
    this.#go();
  }

  async #watchNextDue(): Promise<void> {
    const due = await this.#ports.nextDue(this.path);
    if (due === undefined || this.#state !== 'open' || this.#mayHaveMore) return;
    this.#later(Math.max(due - this.#ports.now(), 50));
  }

  /** The next deliveries of one message, oldest first. */
  #take(max: number): Work[] {
    const first = this.#window[this.#head] as Work;
    const works: Work[] = [];
    while (this.#head < this.#window.length && works.length < max) {
      const work = this.#window[this.#head] as Work;
      if (work.delivery.message.id !== first.delivery.message.id) break;
      works.push(work);
      this.#head++;
    }
    if (this.#head > 256 && this.#head * 2 > this.#window.length) {
      this.#window = this.#window.slice(this.#head);
      this.#head = 0;
    }
    if (this.waiting < LOW_WATER && this.#mayHaveMore) void this.#refill();
    return works;
  }

  async #open(): Promise<void> {
    this.#connections++;
    this.#opening++;
    const [first] = this.#take(1);
    const opened = await this.#ports.connect(first as Work);
    this.#opening--;
    if (typeof opened === 'string') {
      this.#connections--;
      if (opened === 'failed') this.#rest();
      this.#go();
      return;
    }
    // Connecting may have taken minutes.
    if (this.#state !== 'open' || !this.#ports.mayAttempt()) {
      this.#connections--;
      opened.close();
      return this.#ports.giveBack([first as Work]);
    }
    await this.#serve(opened, this.#withNext(first as Work, opened.maxRecipients));
    this.#connections--;
    opened.close();
    this.#go();
  }

  /** The other recipients of the same message, when they are next in line. */
  #withNext(first: Work, max: number): Work[] {
    const next = this.#window[this.#head];
    if (max <= 1 || next?.delivery.message.id !== first.delivery.message.id) return [first];
    return [first, ...this.#take(max - 1)];
  }

  async #serve(connection: Connection, first: Work[]): Promise<void> {
    let works: Work[] | undefined = first;
    while (works !== undefined) {
      const outcome: TransferOutcome = await this.#ports.transfer(connection, works);
      if (outcome === 'stale') return this.#putBack(works);
      this.#outcome(outcome);
      if (!connection.usable || this.#state !== 'open' || !this.#ports.mayAttempt()) return;
      if (this.#connections > Math.floor(this.#limit) || this.#resting()) return;
      works = this.waiting > 0 ? this.#take(connection.maxRecipients) : await this.#idleUntilWork(connection);
    }
  }

  /** Untried after all: first in line again, or back to the store when the runner has ended or rests. */
  #putBack(works: readonly Work[]): void {
    if (this.#state !== 'open' || this.#resting()) this.#ports.giveBack(works);
    else this.#window.splice(this.#head, 0, ...works);
  }

  #idleUntilWork(connection: Connection): Promise<Work[] | undefined> {
    return new Promise((resolve) => {
      const timer = this.#ports.after(this.#limits.idleConnectionMs, () => {
        this.#idle = this.#idle.filter((other) => other !== idle);
        resolve(undefined);
      });
      const idle: IdleConnection = {
        connection,
        give: (works) => {
          timer.cancel();
          resolve(works);
        },
      };
      this.#idle.push(idle);
    });
  }

  /** Slow start by one for each success, up to the ceiling; halved by trouble. */
  #outcome(outcome: 'good' | 'trouble' | 'cut'): void {
    if (outcome === 'good') {
      this.#failures = 0;
      if (this.#limit >= this.#limits.maxConnections) return;
      this.#limit = Math.min(this.#limit + 1, this.#limits.maxConnections);
      this.#go();
    } else {
      this.#limit = Math.max(this.#limit / 2, 1);
      // Cut in the dialogue about one message: that message waits, the path goes on.
      if (outcome === 'trouble') this.#rest();
    }
  }

  #rest(): void {
    // Connections that fail together are one failure.
    if (this.#state !== 'open' || this.#resting()) return;
    const ms = Math.min(FIRST_REST_MS * 2 ** this.#failures, LONGEST_REST_MS);
    this.#failures++;
    this.#restUntil = this.#ports.now() + ms;
    // What was in the window goes back as it was: a path that rests holds nothing.
    this.#ports.giveBack(this.#window.splice(0).slice(this.#head));
    this.#head = 0;
    this.#mayHaveMore = true;
    this.#later(ms);
  }
}
