/**
 * How a path is shared out between live mail, the backlog and the slow lanes: stride scheduling (Waldspurger, 1995). Each
 * kind has a share that it surely gets when it has work, and whatever the others leave.
 *
 * Live mail is what was accepted since the path last stood still, the backlog what was there before: a backlog drains
 * beside live mail and never in front of it. A slower lane has a smaller share, so that what has failed before never
 * delays what has not.
 */
import { FairQueue } from './fair-queue.ts';
import type { Work } from './work.ts';

/** `live`, `backlog`, or the number of a slow lane. */
export type Kind = 'live' | 'backlog' | number;

/** Which kinds somebody may take: any, or live mail alone. */
export type Eligible = 'all' | 'live';

/** Parts of what live mail leaves: to the backlog this, and the rest to the slow lanes, each half of the one before. */
const BACKLOG_PART = 0.75;
/** What an octet weighs beside the transaction itself. */
const BYTES_PER_TURN = 32_768;

interface Member {
  readonly kind: Kind;
  readonly queue: FairQueue;
  readonly share: number;
  /** Work done so far over its share: the least is next. */
  pass: number;
}

export class Shares {
  readonly #members: readonly Member[];
  #pass = 0;
  #size = 0;

  /** `liveShare`: what live mail surely gets, of 1. */
  constructor(options: { liveShare: number; lanes: number }) {
    const rest = 1 - options.liveShare;
    const slow = rest * (1 - BACKLOG_PART);
    const lanes = Array.from({ length: options.lanes }, (_, index) =>
      member(index + 1, slow * 2 ** -(index + 1)),
    );
    this.#members = [member('live', options.liveShare), member('backlog', rest * BACKLOG_PART), ...lanes];
  }

  get size(): number {
    return this.#size;
  }

  sizeOf(kind: Kind): number {
    return this.#of(kind).queue.size;
  }

  get kinds(): readonly Kind[] {
    return this.#members.map(({ kind }) => kind);
  }

  push(kind: Kind, work: Work): void {
    const one = this.#of(kind);
    // Who had nothing has saved nothing up.
    if (one.queue.size === 0) one.pass = Math.max(one.pass, this.#pass);
    one.queue.push(work);
    this.#size++;
  }

  putBack(kind: Kind, works: readonly Work[]): void {
    this.#of(kind).queue.putBack(works);
    this.#size += works.length;
  }

  /** The next deliveries, of one message, at most `max`; none when there are none. */
  take(max: number, eligible: Eligible = 'all'): { kind: Kind; works: Work[] } | undefined {
    const next = this.#next(eligible);
    if (next === undefined) return undefined;
    const works = next.queue.take(max);
    this.#size -= works.length;
    // What the others may not take now costs it nothing later.
    if (eligible === 'live') next.pass = Math.min(next.pass, (this.#next('all') ?? next).pass);
    this.#pass = next.pass;
    const bytes = (works[0] as Work).delivery.message.sizeBytes;
    next.pass += (1 + bytes / BYTES_PER_TURN) / next.share;
    return { kind: next.kind, works };
  }

  /** More of the same message as `of`, of the same kind. */
  takeMore(kind: Kind, of: Work, max: number): Work[] {
    const works = this.#of(kind).queue.takeMore(of, max);
    this.#size -= works.length;
    return works;
  }

  /** All that one customer has of a kind, the oldest first. */
  takeOf(kind: Kind, customer: string): Work[] {
    const works = this.#of(kind).queue.takeOf(customer);
    this.#size -= works.length;
    return works;
  }

  /** Everything that is in memory. */
  drain(): Work[] {
    this.#size = 0;
    return this.#members.flatMap(({ queue }) => queue.drain());
  }

  #next(eligible: Eligible): Member | undefined {
    let next: Member | undefined;
    for (const one of this.#members) {
      if (eligible === 'live' && one.kind !== 'live') continue;
      if (one.queue.size > 0 && (next === undefined || one.pass < next.pass)) next = one;
    }
    return next;
  }

  #of(kind: Kind): Member {
    const index = kind === 'live' ? 0 : kind === 'backlog' ? 1 : kind + 1;
    return (this.#members[index] ?? this.#members.at(-1)) as Member;
  }
}

function member(kind: Kind, share: number): Member {
  return { kind, queue: new FairQueue(), share, pass: 0 };
}
