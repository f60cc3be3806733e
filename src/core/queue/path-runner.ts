/**
 * One path in the hands of its owner: the deliveries in memory, a few connections that take from them, and the pace.
 * Single-threaded by design: whatever is true of a path is decided here and nowhere else.
 */
import type { Connection } from '../delivery/port.ts';
import type { DeliveryId, PathKey } from '../envelope.ts';
import type { CanaryOutcome, Opened, TransferOutcome, Trouble } from './attempt-outcome.ts';
import type { FreezeBlame } from './freeze.ts';
import { LiveRoom } from './live-room.ts';
import { Pace } from './pace.ts';
import type { Failing, Turn } from './port.ts';
import { Rests } from './rests.ts';
import type { RunnerLimits, RunnerPorts } from './runner-ports.ts';
import type { Eligible, Kind } from './shares.ts';
import { NEW_TURN, Window, type WindowPorts } from './window.ts';
import type { Batch, Work } from './work.ts';

const OPENING_MS = 10_000;
/** A canary that has no answer for so long, ms, does not keep the next from trying; so many of them may wait. */
const NEXT_CANARY_MS = 9_000;
const MOST_CANARIES = 4;

interface Taken {
  readonly kind: Kind;
  /** Grows in place: `LiveRoom` knows it by identity. */
  works: readonly Work[];
}

/** A connection that is being opened, and what for; that is gone when another connection was faster. */
interface Opening {
  readonly begunAt: number;
  taken: Taken | undefined;
}

interface IdleConnection {
  readonly connection: Connection;
  give(taken: Taken | undefined): void;
}

export class PathRunner {
  readonly path: PathKey;
  readonly #ports: RunnerPorts;
  readonly #limits: RunnerLimits;
  readonly #window: Window;
  readonly #pace: Pace;
  #connections = 0;
  /** Canaries under way: they stand beside the connections, because one may wait long for a far end that never answers. */
  #canaries = 0;
  readonly #openings = new Set<Opening>();
  readonly #room: LiveRoom<Taken>;
  #idle: IdleConnection[] = [];
  readonly #rests = new Rests();
  /** What it rested for last. */
  #trouble: Trouble | undefined;
  /** Connections were refused, and others that were asked for then have no answer yet. */
  #slowing = false;
  /** The same where none was open before: whether it bears any is not known yet, and no more are asked for until it is. */
  #refusing: Trouble | undefined;
  /** Of such it rests for: one that is open after all ends that. */
  #refused: Trouble | undefined;
  #goodAt = 0;
  #canaryAt = 0;
  #canaryTurn: Turn = NEW_TURN;
  #thawedAt = 0;
  #timer: { cancel(): void } | undefined;
  #state: 'open' | 'frozen' | 'closed' = 'open';
  #delivered = 0;

  /** `level`: connections that the path bore before, when that is known. */
  constructor(path: PathKey, ports: RunnerPorts, about: { limits: RunnerLimits; level?: number }) {
    this.path = path;
    this.#ports = ports;
    this.#limits = about.limits;
    this.#pace = new Pace(about.limits, about.level);
    this.#room = new LiveRoom(about.limits.liveShare, ports.monotonic);
    const windowPorts: WindowPorts = {
      ...ports,
      claim: (parts) => ports.claim(path, parts),
      claimInTurn: (request) => ports.claimInTurn(path, request),
      changed: () => this.#go(),
    };
    this.#window = new Window(path, windowPorts, about.limits);
    this.#window.cut();
  }

  get waiting(): number {
    return this.#window.size;
  }

  get connections(): number {
    return this.#connections + this.#canaries;
  }

  /** Connections that it is known to bear. */
  get level(): number {
    return this.#pace.level;
  }

  /** Deliveries of transactions that went well, since it began. */
  get delivered(): number {
    return this.#delivered;
  }

  get draining(): boolean {
    return this.#state === 'open' && !this.#window.drained;
  }

  /** What failed last, when nothing went well since and it does not stand still yet. */
  get failing(): Failing | undefined {
    if (this.#state !== 'open' || !this.#rests.inTrouble || this.#trouble === undefined) return undefined;
    const at = this.#ports.now();
    return { at, nextAt: at + this.#restMs, reply: this.#trouble.reply };
  }

  /** Nothing in memory, nothing under way, nothing known to be due. */
  get quiet(): boolean {
    return this.connections === 0 && this.#window.quiet;
  }

  /** Takes a place for a delivery about to be committed as leased; false when it must be committed as ready. */
  reserve(): boolean {
    return this.#state === 'open' && !this.#resting() && this.#window.reserve();
  }

  /** The reserved delivery is committed, or not after all. */
  arrive(work: Work | undefined): void {
    this.#window.release();
    if (work === undefined) return;
    if (this.#state !== 'open') this.#ports.giveBack([work]);
    else {
      this.#window.push(work);
      this.#go();
    }
  }

  /** The store has something for this path. */
  wake(): void {
    this.#window.wake();
    this.#go();
  }

  /** The store has something due in these lanes. Goes on with what is in memory, should something have kept it from that. */
  look(lanes: readonly number[]): void {
    this.#window.look(lanes);
    this.#go();
  }

  /** Somebody has reason to think that it works again: one connection tries now. */
  endRest(): void {
    this.#rests.end();
    this.wake();
  }

  /** The customers' domains whose mail here stands still, while that of others goes on. */
  setApart(domains: readonly string[]): void {
    this.#window.setApart(domains);
    if (this.#state === 'open') this.#go();
  }

  /** An account is stopped: what it has in memory is not tried any more. */
  takeOf(customer: string): readonly Work[] {
    return this.#window.takeOf(customer);
  }

  /** Stops attempts at once; what is in memory goes back to the store as it was. */
  freeze(): void {
    if (this.#state === 'open') this.#stop('frozen');
  }

  /** Goes on with one connection; what waited is the backlog. */
  thaw(): void {
    if (this.#state !== 'frozen') return;
    this.#state = 'open';
    this.#thawedAt = this.#ports.monotonic();
    this.#rests.reset();
    this.#refusing = undefined;
    this.#pace.restart();
    this.#window.cut();
    this.#go();
  }

  /** Ends the runner: attempts under way finish, everything else goes back. */
  close(): void {
    this.#stop('closed');
  }

  /**
   * One real message on a frozen path: of customers in turn, so that it is not always the same that fails, or the one that
   * was chosen, which may be of a customer who stands still on an open path. `blame`: whose fault the freeze is; while it
   * is ours, a canary that fails shows nothing about its message.
   */
  async canary(blame: FreezeBlame, chosen?: DeliveryId): Promise<CanaryOutcome> {
    // One that waits for an answer may be waiting for a network that was down when it asked.
    const now = this.#ports.monotonic();
    const tooSoon = this.#canaries > 0 && now < this.#canaryAt + NEXT_CANARY_MS;
    if (this.#state === 'closed' || (this.#state === 'open' && chosen === undefined)) return 'none';
    if (tooSoon || this.#canaries >= MOST_CANARIES || !this.#ports.mayAttempt()) return 'busy';
    this.#canaryAt = now;
    this.#canaries++;
    try {
      const work = await (chosen === undefined
        ? this.#nextCanary()
        : this.#ports.claimOne(this.path, chosen));
      if (work === undefined) return 'none';
      const opened = await this.#ports.connect(work);
      if (opened.kind === 'settled') return 'none';
      if (opened.kind !== 'open') {
        opened.settle();
        return opened.kind === 'failed' ? 'failed' : 'none';
      }
      // Connecting may have taken minutes, as for any other.
      if (!this.#ports.mayAttempt()) {
        opened.connection.close();
        this.#ports.giveBack([work]);
        return 'busy';
      }
      const outcome = await this.#ports.transfer(opened.connection, {
        ...this.#batch({ kind: 'live', works: [work] }),
        ...(blame === 'local' ? {} : { canary: true }),
      });
      opened.connection.close();
      return outcome.kind === 'good' ? 'good' : 'failed';
    } finally {
      this.#canaries--;
    }
  }

  /** The oldest of the customer whose turn it is, from the fastest lane that has anything due. */
  async #nextCanary(): Promise<Work | undefined> {
    const before = this.#ports.now() + 1;
    const { lanes } = this.#limits;
    for (let lane = 0; lane <= lanes; lane++) {
      // Past the last customer the round begins anew.
      for (const turn of [this.#canaryTurn, NEW_TURN]) {
        const part = { lane, orSlower: lane === lanes, since: 0, before, turn, domains: 1, each: 1 };
        const claimed = await this.#ports.claimInTurn(this.path, part);
        this.#canaryTurn = claimed.turn;
        if (claimed.works[0] !== undefined) return claimed.works[0];
      }
    }
    return undefined;
  }

  #stop(state: 'frozen' | 'closed'): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#timer?.cancel();
    this.#window.empty();
    for (const idle of this.#idle.splice(0)) idle.give(undefined);
  }

  /** What is being opened since then takes its time. */
  get #lateBefore(): number {
    return this.#ports.monotonic() - (this.#limits.openingMs ?? OPENING_MS);
  }

  /** How long it still rests, ms. */
  get #restMs(): number {
    return this.#rests.leftMs(this.#ports.monotonic());
  }

  #resting(): boolean {
    return this.#restMs > 0;
  }

  #go(): void {
    if (this.#state !== 'open' || !this.#ports.mayAttempt()) return;
    this.#seeRefused();
    if (this.#resting()) return this.#later(this.#restMs);
    this.#window.fill();
    for (let eligible = this.#eligible; this.#hasWork(eligible); eligible = this.#eligible) {
      const idle = this.#idle.pop();
      if (idle === undefined) break;
      idle.give(idle.connection.usable ? this.#take(idle.connection.maxRecipients, eligible) : undefined);
    }
    // A path in trouble is asked again by one connection, not by all of them.
    const limit = this.#rests.inTrouble ? 1 : this.#pace.connections;
    while (this.#connections < limit && this.#refusing === undefined && this.#ports.mayOpen(this.path)) {
      const eligible = this.#eligible;
      if (!this.#hasMore(eligible)) break;
      void this.#open(eligible);
    }
  }

  #later(ms: number): void {
    this.#timer?.cancel();
    this.#timer = this.#ports.after(ms, () => {
      this.#timer = undefined;
      this.wake();
    });
  }

  async #open(eligible: Eligible): Promise<void> {
    // What waits for another that is being opened stays with that: with this one it would wait anew.
    const taken = this.#next(1, eligible);
    const first = taken?.works[0];
    if (taken === undefined || first === undefined) return;
    this.#connections++;
    const opening: Opening = { begunAt: this.#ports.monotonic(), taken };
    this.#openings.add(opening);
    const opened = await this.#ports.connect(first);
    this.#openings.delete(opening);
    if (opened.kind !== 'open' && opening.taken !== undefined) this.#room.leave(opening.taken);
    if (opened.kind === 'open') {
      if (this.#resting() && this.#trouble === this.#refused) this.#rests.end();
      this.#seeRefused();
      await this.#opened(opened.connection, opening);
    } else if (opened.kind === 'failed') this.#failed(opened, opening);
    else {
      this.#connections--;
      // Otherwise another connection has it, and what became of it.
      if (opened.kind === 'deferred' && opening.taken !== undefined) opened.settle();
    }
    this.#go();
  }

  /** Connecting may have taken minutes: the path may stand still by now, and another connection may have taken the work. */
  async #opened(connection: Connection, { taken }: Opening): Promise<void> {
    if (this.#state === 'open' && this.#ports.mayAttempt()) {
      const most = connection.maxRecipients;
      await this.#serve(connection, taken === undefined ? this.#take(most) : this.#more(taken, most));
    } else if (taken !== undefined) {
      this.#room.leave(taken);
      this.#ports.giveBack(taken.works);
    }
    this.#connections--;
    connection.close();
  }

  /** With more of the same message, as many as a transaction takes. */
  #more(taken: Taken, most: number): Taken {
    const [first] = taken.works;
    if (first !== undefined) taken.works = [first, ...this.#window.takeMore(taken.kind, first, most - 1)];
    return taken;
  }

  #failed(trouble: Extract<Opened, { kind: 'failed' }>, { begunAt, taken }: Opening): void {
    this.#connections--;
    // What was tried before a thaw says nothing about the time after it.
    const counts = begunAt >= this.#thawedAt;
    // While other connections serve, one that is refused says that they are too many; otherwise the path is in trouble. Which
    // of the two it is shows when those that were opened with it are open, or not.
    const others = counts && this.#connections > 0 && trouble.reply.code !== undefined;
    if (others && this.#serving > 0) this.#bears(this.#serving);
    else if (others) this.#refusing = trouble;
    else if (counts) {
      if (!this.#resting()) this.#pace.slowed();
      this.#rest(trouble);
    }
    if (taken === undefined) return;
    if (others) this.#putBack(taken);
    else trouble.settle();
  }

  /** The next work of a connection: first what has waited long for another that is being opened. */
  #take(max: number, eligible = this.#eligible): Taken | undefined {
    const late = this.#late;
    if (late === undefined) return this.#next(max, eligible);
    const { taken } = late;
    late.taken = undefined;
    return taken;
  }

  #next(max: number, eligible: Eligible): Taken | undefined {
    const taken = this.#window.take(max, eligible);
    if (taken !== undefined) this.#room.take(taken);
    return taken;
  }

  /** What the next connection may take, of as many as there may be: the pace, or where no more may be opened those that there are. */
  get #eligible(): Eligible {
    const { connections } = this.#pace;
    const isFull = connections > this.#connections && !this.#ports.mayOpen(this.path);
    return this.#room.eligible(isFull ? this.#connections : connections);
  }

  /** Whether there is any that a connection may take: in memory, or waiting for another that takes its time. */
  #hasWork(eligible: Eligible): boolean {
    return this.#window.sizeFor(eligible) > 0 || this.#late !== undefined;
  }

  /** The first that is being opened for so long that another connection may take what it is for. */
  get #late(): Opening | undefined {
    // The order of the set is that of their beginning.
    for (const opening of this.#openings) {
      if (opening.begunAt > this.#lateBefore) return undefined;
      if (opening.taken !== undefined) return opening;
    }
    return undefined;
  }

  /** Whether another is to be opened: for more than those being opened will take; beside a backlog that waits, for each live message. */
  #hasMore(eligible: Eligible): boolean {
    return this.#window.sizeFor(eligible) > (eligible === 'all' ? this.#openings.size : 0);
  }

  async #serve(connection: Connection, first: Taken | undefined): Promise<void> {
    let taken = first;
    while (taken !== undefined) {
      const batch = this.#batch(taken);
      const outcome = await this.#room.carry(taken, connection, () =>
        this.#ports.transfer(connection, batch),
      );
      if (outcome.kind === 'stale') return this.#putBack(taken);
      this.#outcome(outcome, taken.works.length);
      if (taken.kind !== 'live') await this.#ports.easeOff();
      if (!connection.usable || this.#state !== 'open' || !this.#ports.mayAttempt()) return;
      // Those that are being opened take nobody's place.
      if (this.#serving > this.#pace.connections || this.#resting()) return;
      taken = this.#take(connection.maxRecipients) ?? (await this.#idleUntilWork(connection));
    }
  }

  /** Untried after all: first in line again, or back to the store when the runner has ended or rests. */
  #putBack({ kind, works }: Taken): void {
    if (this.#state !== 'open' || this.#resting()) this.#ports.giveBack(works);
    else this.#window.putBack(kind, works);
  }

  #idleUntilWork(connection: Connection): Promise<Taken | undefined> {
    return new Promise((resolve) => {
      const timer = this.#ports.after(this.#limits.idleConnectionMs, () => {
        this.#idle = this.#idle.filter((other) => other !== idle);
        resolve(undefined);
      });
      const idle: IdleConnection = {
        connection,
        give: (taken) => {
          timer.cancel();
          resolve(taken);
        },
      };
      this.#idle.push(idle);
    });
  }

  #batch({ kind, works }: Taken): Batch {
    return { works, urgency: kind === 'live' ? 'live' : 'backlog', pathGoodAt: this.#goodAt };
  }

  #outcome(outcome: TransferOutcome, deliveries: number): void {
    switch (outcome.kind) {
      case 'good':
        this.#rests.good();
        this.#delivered += deliveries;
        this.#goodAt = this.#ports.now();
        this.#pace.succeeded(this.#ports.monotonic());
        return this.#go();
      case 'cut':
        // In the dialogue about one message: that message goes back, the path goes on with less.
        this.#pace.slowed();
        return this.#rests.cut() ? this.#rest(outcome) : undefined;
      case 'trouble':
        this.#pace.slowed();
        return this.#rest(outcome);
      case 'apart':
        return this.#go();
      case 'stale':
        return;
      default:
        outcome satisfies never;
    }
  }

  /** Connections that are open. */
  get #serving(): number {
    return this.#connections - this.#openings.size;
  }

  /** All that were asked for together are open or not, or it takes its time with them: it bears those that are open. */
  #seeRefused(): void {
    const trouble = this.#refusing;
    if (trouble === undefined || [...this.#openings].some(({ begunAt }) => begunAt > this.#lateBefore))
      return;
    this.#refusing = undefined;
    if (this.#serving > 0) return this.#bears(this.#serving);
    this.#refused = trouble;
    this.#pace.slowed();
    this.#rest(trouble);
  }

  /** It bears no more than these; those that are refused together slow it once. */
  #bears(connections: number): void {
    if (!this.#slowing) this.#pace.bears(connections, this.#ports.monotonic());
    this.#slowing = this.#openings.size > 0;
  }

  #rest(trouble: Trouble): void {
    // Connections that fail together are one failure.
    if (this.#state !== 'open' || this.#resting()) return;
    const rest = this.#rests.failed(this.#ports.monotonic());
    this.#trouble = trouble;
    // A path that rests holds nothing.
    this.#window.empty();
    if (rest === 'freeze') {
      this.freeze();
      this.#ports.failed(this.path, { blame: trouble.blame, reply: trouble.reply });
    } else this.#later(rest);
  }
}
