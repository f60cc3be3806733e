/** A worker's guard, put together from its parts. */
import type { Clock, Timer } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { Meter } from '../../base/meter.ts';
import type { Random } from '../../base/random.ts';
import type { DirectoryStore } from '../directory/admin.ts';
import type { PathKey, WorkerId } from '../envelope.ts';
import type { Notices } from '../delivery/outcome.ts';
import type { IdSupply } from '../queue/ids.ts';
import type { QueueStore } from '../queue/port.ts';
import type { FeedbackEvent } from '../reputation/feedback.ts';
import { GuardDesk, type DeskOptions } from './desk.ts';
import { Feedback, type Outcome } from './feedback.ts';
import { Guard } from './guard.ts';
import { finish, keepHolds, type KeeperOptions } from './keeper.ts';
import { GuardMemory } from './memory.ts';
import { OwnerDesk } from './owner-desk.ts';
import { SeenTime } from './seen-time.ts';
import { type OwnerNoticeOptions, OwnerNotices } from './notices.ts';
import { Relaxations } from './relaxations.ts';
import type { GuardStore } from './store.ts';
import { Submissions } from './submission.ts';
import type { Whereabouts } from './whereabouts.ts';

export interface LivePorts {
  readonly store: GuardStore & DirectoryStore & Pick<QueueStore, 'accept'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly meter: Meter;
  readonly whereabouts: Whereabouts;
}

export interface LiveOptions extends DeskOptions, KeeperOptions, OwnerNoticeOptions {
  /** Recipients are kept as hashes made with it; the same on every worker. */
  readonly secret: Uint8Array;
  /** Of subaddresses, as in an `AddressQuery`. */
  readonly separator: string;
}

/** Whose guard it is. */
export interface Who {
  readonly worker: WorkerId;
  readonly ids: IdSupply;
  /** Writes notices of success. */
  readonly success: Notices;
}

export class LiveGuard {
  readonly desk: GuardDesk;
  readonly owners: OwnerDesk;
  readonly memory: GuardMemory;
  readonly #relaxations: Relaxations;
  readonly #feedback: Feedback;
  readonly #ports: LivePorts;
  readonly #notices: OwnerNotices;
  readonly #options: LiveOptions;
  readonly #success: Notices;
  #wake: (path: PathKey) => void = () => undefined;
  #keeping: Timer | undefined;

  constructor(who: Who, ports: LivePorts, options: LiveOptions) {
    const { store, random, whereabouts } = ports;
    const { worker, ids } = who;
    const guard = new Guard();
    this.#ports = ports;
    this.#success = who.success;
    this.#options = options;
    this.#notices = new OwnerNotices({ ids, random }, options);
    this.memory = new GuardMemory(worker, { ...ports, guard });
    this.#relaxations = new Relaxations({ ...ports, guard });
    this.#feedback = new Feedback(this.memory, store);
    const submissions = new Submissions(whereabouts, options.secret, options.separator);
    this.desk = new GuardDesk(
      worker,
      {
        ...ports,
        guard,
        submissions,
        ids,
        notices: this.#notices,
        memory: this.memory,
        relaxations: this.#relaxations,
      },
      options,
    );
    this.owners = new OwnerDesk({
      guard,
      store,
      notices: this.#notices,
      log: ports.log,
      finish: (group) => finish({ ...ports, wake: (path) => this.#wake(path) }, group),
    });
  }

  /** Before the first submission. `wake`: something is ready there. Rejects when the store is down. */
  async start(wake: (path: PathKey) => void): Promise<void> {
    await this.memory.start();
    await this.#relaxations.start();
    this.#wake = wake;
    const { store, clock } = this.#ports;
    this.#keeping = keepHolds(
      {
        ...this.#ports,
        notices: this.#notices,
        success: this.#success,
        seen: new SeenTime(store, clock),
        wake,
      },
      this.#options,
    );
  }

  async stop(): Promise<void> {
    this.#keeping?.cancel();
    this.#relaxations.stop();
    await this.memory.stop();
  }

  /** Hears at once what was decided elsewhere, and what is relaxed. Never rejects. */
  async sync(): Promise<void> {
    await Promise.allSettled([this.memory.sync(), this.#relaxations.refresh()]);
  }

  /** A far end answered to a delivery for the first time. */
  answered(outcome: Outcome): void {
    void this.#feedback.outcome(outcome);
  }

  /** Something came back about mail that an account had sent. */
  told(event: FeedbackEvent): void {
    void this.#feedback.told(event);
  }

  /** Somebody came in from a network that the account never used, after so many failures. */
  cameIn(about: { account: string; failures: number }): void {
    this.#feedback.cameIn({ ...about, at: this.#ports.clock.now() });
  }
}
