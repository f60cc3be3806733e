/**
 * Senders are told in time: of a delay once, and of the end. Each delivery that waits has the moment when something is
 * due to be told; a sweep takes those that are due from wherever they stand, on an open path or a frozen one, and touches
 * no other.
 */
import type { Clock, Timer } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { repeat } from '../../base/repeat.ts';
import { type NoticeAbout, type NoticeKind, type Notices, triedAtOf } from '../delivery/outcome.ts';
import type { Blame, WorkerId } from '../envelope.ts';
import { domainOfCustomer } from './customer.ts';
import { type Freeze, scopeKind } from './freeze.ts';
import type { Freezer } from './freezer.ts';
import type { ClaimedDelivery, QueueStore, Settlement } from './port.ts';
import { asItWas } from './work.ts';

const EVERY_MS = 15_000;
/** Deliveries taken at once. */
const BATCH = 200;
/** The end of a lifetime that is not running is looked for again no sooner than this, ms. */
const LOOK_AGAIN_MS = 10 * 60_000;
/** Keys remembered; the store knows them all. */
const MOST_TOLD = 100_000;

export interface TellingPorts {
  readonly store: QueueStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly freezer: Freezer;
  readonly notices: Notices;
  /** Writes a settlement for as long as it takes. */
  settle(settlement: Settlement): Promise<void>;
}

interface Why extends Pick<NoticeAbout, 'reply' | 'saidToDomain'> {
  readonly blame?: Blame;
  /** What stands still by a cause on our side. */
  readonly ours?: Freeze;
  /** What stands still because its provider refuses us, or this customer. */
  readonly refused?: Freeze;
}

export class Telling {
  readonly #worker: WorkerId;
  readonly #ports: TellingPorts;
  /** Who was told of which fault of ours: so that the store is not asked for each message. */
  readonly #told = new Set<string>();
  #timer: Timer | undefined;
  #stopped = false;

  constructor(worker: WorkerId, ports: TellingPorts) {
    this.#worker = worker;
    this.#ports = ports;
  }

  start(): void {
    this.#timer = repeat(this.#ports.clock, {
      everyMs: EVERY_MS,
      run: () => this.sweep(),
      failed: (error) => this.#ports.log.warn({ error: String(error) }, 'could not tell senders'),
    });
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  /** Tells everything that is due. Rejects when the store is down: what it took stays leased, and is given back. */
  async sweep(): Promise<void> {
    const { store, clock } = this.#ports;
    for (;;) {
      const request = { worker: this.#worker, now: clock.now(), limit: BATCH };
      const due = await store.claimToTell(request);
      for (const delivery of due) await this.#tell(delivery);
      if (due.length < BATCH || this.#stopped) return;
    }
  }

  async #tell(delivery: ClaimedDelivery): Promise<void> {
    const { freezer, clock } = this.#ports;
    const at = clock.now();
    const endsAt = freezer.expiryOf(delivery, at);
    const base = {
      delivery: delivery.id,
      message: delivery.message.id,
      worker: this.#worker,
      at,
      attempted: false,
    };
    const { ours, refused, blame, ...said } = this.#why(delivery);
    const why = blame === undefined ? {} : { blame };
    const triedAt = triedAtOf(delivery);
    const about = { delivery, ...said, ...(triedAt === undefined ? {} : { triedAt }) };
    if (at >= endsAt) {
      await this.#settle({ ...base, ...why, next: { state: 'expired' } }, { kind: 'expired', ...about });
      return;
    }
    const next = asItWas(delivery);
    // The end moves while the fault is ours; when it does, it is looked for again.
    const tellAt = Math.max(endsAt, at + LOOK_AGAIN_MS);
    if (delivery.delayTold) return this.#ports.settle({ ...base, next, tellAt });
    const settlement = { ...base, ...why, next, tellAt, delayTold: true };
    if (ours === undefined) {
      // One for each message, however many of its recipients wait for the same reason.
      const once =
        refused === undefined ? {} : { noticeOnce: `${refused.scope} message ${delivery.message.id}` };
      await this.#settle({ ...settlement, ...once }, { kind: 'delayed', ...about });
      return;
    }
    // One notice is about all that somebody sends while the fault is ours.
    const key = `${ours.scope} ${ours.since} ${delivery.message.account ?? delivery.message.envelope.reversePath}`;
    if (this.#told.has(key)) return this.#ports.settle(settlement);
    const ofAll = { kind: 'delayed', ...about, stop: ours } as const;
    if (!(await this.#settle({ ...settlement, noticeOnce: key }, ofAll))) return;
    if (this.#told.size >= MOST_TOLD) this.#told.clear();
    this.#told.add(key);
  }

  /** Why it is not delivered yet, and what of that may be told to its sender in others' words. */
  #why(delivery: ClaimedDelivery): Why {
    const { path, customer, last } = delivery;
    const [freeze] = this.#ports.freezer.over(path, domainOfCustomer(customer));
    const blame = freeze?.blame ?? last?.blame;
    const met = last === undefined || last.blame !== blame ? {} : { reply: last };
    if (freeze === undefined) return { ...met, ...(blame === undefined ? {} : { blame }) };
    // What showed the fault was said to somebody's mail, and may name them; the reason of an operator is for operators.
    const ofTheirs = scopeKind(freeze.scope) === 'customer' && freeze.reply !== undefined;
    return {
      ...met,
      ...(ofTheirs ? { saidToDomain: freeze.reply } : {}),
      blame: freeze.blame,
      ...(freeze.blame === 'local' ? { ours: freeze } : freeze.blame === 'path' ? {} : { refused: freeze }),
    };
  }

  /** Whether there is anybody to tell. */
  async #settle(
    settlement: Settlement,
    { kind, ...about }: { kind: NoticeKind } & Omit<NoticeAbout, 'at' | 'blame'>,
  ): Promise<boolean> {
    const { blame, at } = settlement;
    const notice = await this.#ports.notices.compose(kind, {
      ...about,
      at,
      ...(blame === undefined ? {} : { blame }),
    });
    await this.#ports.settle(notice === undefined ? settlement : { ...settlement, notice });
    return notice !== undefined;
  }
}
