/**
 * One path in the hands of its owner: the deliveries in memory, a few connections that take from them, and the pace.
 * Single-threaded by design: whatever is true of a path is decided here and nowhere else.
 */
import type { Connection } from '../delivery/port.ts';
import type { DeliveryId, PathKey } from '../envelope.ts';
import {
  abandoned,
  type CanaryOutcome,
  isRefusal,
  type Opened,
  type TransferOutcome,
  type Trouble,
} from './attempt-outcome.ts';
import { Dialogues, SILENT_MS } from './dialogues.ts';
import type { FreezeBlame } from './freeze.ts';
import { IdleConnections } from './idle-connections.ts';
import { LiveRoom } from './live-room.ts';
import { type Opening, Openings } from './openings.ts';
import { Pace } from './pace.ts';
import { PathCanary } from './path-canary.ts';
import type { Failing } from './port.ts';
import { Rests } from './rests.ts';
import type { RunnerLimits, RunnerPorts } from './runner-ports.ts';
import type { Eligible, Kind } from './shares.ts';
import { Window, type WindowPorts } from './window.ts';
import type { Batch, Work } from './work.ts';

/** So soon after a connection of ours was closed, ms, a far end may not have its place free yet: it is asked again a moment later. */
const AFTER_CLOSE_MS = 1_000;
/** Of a far end that answers nobody, so many that take their time are enough. */
const MOST_LATE = 2;

interface Taken {
  readonly kind: Kind;
  /** Grows in place: `LiveRoom` knows it by identity. */
  works: readonly Work[];
}

export class PathRunner {
  readonly path: PathKey;
  readonly #ports: RunnerPorts;
  readonly #limits: RunnerLimits;
  readonly #window: Window;
  readonly #pace: Pace;
  #connections = 0;
  /** Of these, those that wait for their far ends to close as well. */
  #closing = 0;
  /** Beside the connections, because one may wait long for a far end that never answers. */
  readonly #canary: PathCanary;
  readonly #openings: Openings<Taken>;
  readonly #room: LiveRoom<Taken>;
  readonly #idle: IdleConnections<Taken>;
  readonly #dialogues: Dialogues;
  /** Looks again when one of them may have fallen silent. */
  #silence: { cancel(): void } | undefined;
  readonly #rests = new Rests();
  /** What it rested for last. */
  #trouble: Trouble | undefined;
  /** Connections were refused where none was open: whether it bears any is not known yet, and no more are asked for until it is. */
  #refusing: { readonly trouble: Trouble; readonly opening: Opening<Taken> } | undefined;
  #goodAt = 0;
  #closedAt = Number.NEGATIVE_INFINITY;
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
    this.#idle = new IdleConnections(ports, about.limits.idleConnectionMs);
    this.#dialogues = new Dialogues(ports.monotonic);
    this.#openings = new Openings({ ...ports, late: () => this.#go() }, about.limits.openingMs);
    this.#canary = new PathCanary(path, ports, about.limits);
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
    return this.#connections + this.#canary.underWay;
  }

  /** Without those that take their time to be open. */
  get active(): number {
    return this.connections - this.#openings.late;
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
    this.#openings.forget();
    this.#refusing = undefined;
    this.#pace.restart();
    this.#window.cut();
    this.#go();
  }

  /** Ends the runner: attempts under way finish, everything else goes back. */
  close(): void {
    this.#stop('closed');
  }

  /** One real message on a frozen path, or the one that was chosen, which may be of a customer who stands still on an open one. */
  async canary(blame: FreezeBlame, chosen?: DeliveryId): Promise<CanaryOutcome> {
    if (this.#state === 'closed' || (this.#state === 'open' && chosen === undefined)) return 'none';
    const outcome = await this.#canary.try({ blame, chosen, pathGoodAt: () => this.#goodAt });
    this.#closedAt = this.#ports.monotonic();
    return outcome;
  }

  #stop(state: 'frozen' | 'closed'): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#silence?.cancel();
    this.#silence = undefined;
    this.#window.empty();
    for (const taken of this.#openings.giveUp()) this.#leave(taken);
    this.#idle.close();
  }

  /** How long it still rests, ms. */
  get #restMs(): number {
    return this.#rests.leftMs(this.#ports.monotonic());
  }

  #resting(): boolean {
    return this.#restMs > 0;
  }

  #go(): void {
    this.#openings.look();
    if (this.#state !== 'open' || !this.#ports.mayAttempt()) return;
    this.#seeRefused();
    if (this.#resting()) return this.#later(this.#restMs);
    this.#window.fill();
    for (let eligible = this.#eligible; this.#hasWork(eligible); eligible = this.#eligible) {
      const idle = this.#idle.take();
      if (idle === undefined) break;
      idle.give(idle.connection.usable ? this.#take(idle.connection.maxRecipients, eligible) : undefined);
    }
    while (this.#hasRoom && this.#ports.mayOpen(this.path)) {
      const eligible = this.#eligible;
      if (!this.#hasMore(eligible)) break;
      if (this.#isFull) {
        // One of those that take their time ends, should it be time.
        const taken = this.#openings.abandon();
        if (taken !== undefined) this.#leave(taken);
        break;
      }
      void this.#open(eligible);
    }
    if (this.#dialogues.size > 0 && this.#window.size > 0)
      this.#silence ??= this.#ports.after(SILENT_MS, () => {
        this.#silence = undefined;
        this.#go();
      });
  }

  /** There are as many as there may ever be, or enough of those that take their time. */
  get #isFull(): boolean {
    const isEnough = this.#serving === 0 && this.#openings.late > MOST_LATE;
    return isEnough || this.#connections >= this.#limits.maxConnections;
  }

  /** Whether one more connection may be opened, for itself. One that takes its time, or has fallen silent, takes nobody's place. */
  get #hasRoom(): boolean {
    if (this.#refusing !== undefined || !this.#rests.mayAsk(this.#ports.monotonic())) return false;
    // A path in trouble, or of which no connection answers, is asked again by one connection and not by all of them.
    const isUnsure = this.#rests.inTrouble || (this.#serving === 0 && this.#openings.late > 0);
    const most = isUnsure ? 1 : this.#pace.connections;
    const others = this.#connections - this.#openings.late;
    return others - this.#dialogues.silent < most;
  }

  #later(ms: number): void {
    this.#timer?.cancel();
    this.#timer = this.#ports.after(ms, () => {
      this.#timer = undefined;
      this.wake();
    });
  }

  async #open(eligible: Eligible): Promise<void> {
    // What waits for another that is being opened stays with that while there is anything else.
    const taken = this.#next(1, eligible);
    const about = { isAlone: this.#serving === 0 };
    const opening =
      taken === undefined ? this.#openings.replaceLate(about) : this.#openings.begin(taken, about);
    const first = opening?.taken?.works[0];
    if (opening === undefined || first === undefined) return;
    this.#connections++;
    const { signal } = opening.abandon;
    const answer = await this.#ports.connect(first, { asked: () => this.#openings.asks(opening), signal });
    const opened = signal.aborted ? abandoned(answer) : answer;
    this.#openings.end(opening, { open: opened.kind === 'open' });
    if (opened.kind !== 'open' && opening.taken !== undefined) this.#room.leave(opening.taken);
    if (opened.kind === 'open') {
      this.#rests.open();
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
  async #opened(connection: Connection, opening: Opening<Taken>): Promise<void> {
    const { taken } = opening;
    if (this.#state === 'open' && this.#ports.mayAttempt()) {
      const most = connection.maxRecipients;
      const isPassed = taken !== undefined && this.#openings.isPassed(opening);
      // What has waited longer for another goes first.
      if (isPassed) this.#leave(taken);
      const first = taken === undefined || isPassed ? this.#take(most) : this.#more(taken, most);
      await this.#serve(connection, first);
    } else if (taken !== undefined) {
      this.#room.leave(taken);
      this.#ports.giveBack(taken.works);
    }
    this.#closing++;
    const closing = connection.close();
    // Where there are only so many places, its own is free when the far end has heard of it.
    if (this.#pace.hasCeiling) await closing;
    this.#closing--;
    this.#closedAt = this.#ports.monotonic();
    this.#connections--;
  }

  /** With more of the same message, as many as a transaction takes. */
  #more(taken: Taken, most: number): Taken {
    const [first] = taken.works;
    if (first !== undefined) taken.works = [first, ...this.#window.takeMore(taken.kind, first, most - 1)];
    return taken;
  }

  #failed(trouble: Extract<Opened, { kind: 'failed' }>, opening: Opening<Taken>): void {
    this.#connections--;
    const { begunAt, taken } = opening;
    // What was tried before a thaw says nothing about the time after it.
    const counts = begunAt >= this.#thawedAt;
    const isRefused = counts && this.#isRefused(trouble, opening);
    if (counts && !isRefused) {
      if (!this.#resting()) this.#pace.slowed();
      this.#rest(trouble);
    }
    if (taken === undefined) return;
    if (isRefused) this.#putBack(taken);
    else trouble.settle();
  }

  /**
   * Whether it is one too many and says nothing against the path. While other connections serve, one that does not come about says
   * that they are enough; where none does yet, those that were opened with it show whether any is borne.
   */
  #isRefused(trouble: Trouble, opening: Opening<Taken>): boolean {
    if (this.#isEarly(trouble, opening.begunAt)) this.#later(this.#rests.moment(this.#ports.monotonic()));
    else if (this.#connections === 0 || trouble.blame === 'local') return false;
    else if (this.#serving > 0) this.#bears(this.#serving, opening);
    else if (isRefusal(trouble)) this.#refusing = { trouble, opening };
    else return false;
    return true;
  }

  /** Refused when the place of a connection of ours was not free yet. */
  #isEarly({ reply: { code, mishap } }: Trouble, begunAt: number): boolean {
    const isLast = this.#serving === 0 && this.#openings.awaited === 0;
    if (!isLast || begunAt > this.#closedAt + AFTER_CLOSE_MS) return false;
    return code === 421 || mishap === 'closed' || mishap === 'refused';
  }

  /** The next work of a connection: first what has waited long for another that is being opened. */
  #take(max: number, eligible = this.#eligible): Taken | undefined {
    return this.#openings.takeOverdue() ?? this.#next(max, eligible);
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
    return this.#window.sizeFor(eligible) > 0 || this.#openings.hasOverdue;
  }

  /** Whether another is to be opened: for more than those being opened will take; beside a backlog that waits, for each live message. */
  #hasMore(eligible: Eligible): boolean {
    if (this.#openings.hasLate) return true;
    return this.#window.sizeFor(eligible) > (eligible === 'all' ? this.#openings.awaited : 0);
  }

  async #serve(connection: Connection, first: Taken | undefined): Promise<void> {
    let taken = first;
    while (taken !== undefined) {
      const batch = this.#batch(taken);
      const outcome = await this.#room.carry(taken, connection, () =>
        this.#dialogues.carry(connection, () => this.#ports.transfer(connection, batch)),
      );
      if (outcome.kind === 'stale') return this.#putBack(taken);
      this.#outcome(outcome, taken.works.length);
      if (taken.kind !== 'live') await this.#ports.easeOff();
      // Those that are being opened take nobody's place.
      if (!this.#maySend(connection) || this.#serving - this.#dialogues.silent > this.#pace.connections)
        return;
      // One that would go for want of work takes what waits for another, however lately.
      taken =
        this.#take(connection.maxRecipients) ??
        (await this.#idle.wait(connection)) ??
        (this.#maySend(connection) ? this.#openings.takeAsked() : undefined);
    }
  }

  #maySend({ usable }: Connection): boolean {
    return usable && this.#state === 'open' && this.#ports.mayAttempt() && !this.#resting();
  }

  /** It is not to be carried by the connection that it was given to. */
  #leave(taken: Taken): void {
    this.#room.leave(taken);
    this.#putBack(taken);
  }

  /** Untried after all: first in line again, or back to the store when the runner has ended or rests. */
  #putBack({ kind, works }: Taken): void {
    if (this.#state !== 'open' || this.#resting()) this.#ports.giveBack(works);
    else this.#window.putBack(kind, works);
  }

  #batch({ kind, works }: Taken): Batch {
    const urgency = kind === 'live' ? 'live' : 'backlog';
    return { works, urgency, isOurs: () => this.#ports.mayAttempt(), pathGoodAt: this.#goodAt };
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
    return this.#connections - this.#openings.size - this.#closing;
  }

  /** All that were asked for together are open or not, or it takes its time with them: it bears those that are open. */
  #seeRefused(): void {
    if (this.#refusing === undefined || this.#openings.asked > 0) return;
    const { trouble, opening } = this.#refusing;
    this.#refusing = undefined;
    if (this.#serving > 0) return this.#bears(this.#serving, opening);
    // It is there, and those that take their time have all the places that it gives.
    if (this.#openings.size > 0) return this.#later(this.#rests.full(this.#ports.monotonic()));
    this.#pace.slowed();
    this.#rest(trouble);
  }

  /** It bears no more than these; those that are refused together slow it once. */
  #bears(connections: number, refused: Opening<Taken>): void {
    if (this.#openings.refused(refused)) this.#pace.bears(connections, this.#ports.monotonic());
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
