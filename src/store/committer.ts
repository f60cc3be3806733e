/**
 * Group commit. Operations that arrive while a transaction is being synced wait and go together in the next one, so
 * that the cost of a sync is shared by however many messages are arriving: no timer, no added delay when idle.
 *
 * A group has the fate of its slowest operation. Where there are several writers, one that meets a lock which somebody holds for
 * long therefore goes to a queue of its own (`lock-wait-queue.ts`), with all others that want the same row until it acquired it or
 * was timed out; the group goes on without it.
 */
import type { Clock, Timer } from '../base/clock.ts';
import type { MailboxChange } from '../core/mailbox/port.ts';
import { type LockWait, LockWaitQueue, type Met } from './lock-wait-queue.ts';
import { rowsOf } from './sql/contention.ts';
import { type Call, type Engine, type Outcome, outcomeAt, type RowName, type Transacted } from './sql/sql.ts';

interface Waiting {
  readonly call: Call;
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
  /** Of one that waited for locks before, monotonic ms. */
  readonly deadline?: number;
}

/** Runs something after this turn of the event loop. */
export type Defer = (run: () => void) => void;

/** What becomes of operations that met a lock. */
export interface LockWaits {
  readonly clock: Clock;
  /** Of the transactions under way, those of operations that wait for locks, at most. */
  readonly maxInFlight: number;
  /** How long one turn waits for locks at most, ms. */
  readonly turnMs: number;
  /** How long an operation may wait since it first met a lock, ms; past it, it has no turn any more. */
  readonly deadlineMs: number;
  /** Runs an operation alone, and waits so long for locks, first of all for these. Rejects when the database cannot be reached. */
  retry(call: Call, about: { rows: readonly RowName[]; lockMs: number }): Promise<Transacted>;
}

export interface CommitterOptions {
  /** Transactions under way at once: 1 for a single writer, more where the database has many. */
  readonly maxInFlight: number;
  /** Without it, operations that meet a lock are refused. */
  readonly lockWaits?: LockWaits;
  /** Operations in one transaction at most: bounds the time that a reader or another worker waits for the lock. */
  readonly maxOperations?: number;
  readonly defer?: Defer;
}

const MAX_OPERATIONS = 512;
/** Operations waiting at most: past it the store is not keeping up, and new work is refused instead of piling up. */
const MAX_WAITING = 20_000;

export class StoreBusyError extends Error {}

/** Its rows were locked by somebody else for all the time that it may wait. */
export class LockWaitTimeoutError extends Error {}

export class Committer {
  readonly #engine: Pick<Engine, 'transact'>;
  readonly #maxInFlight: number;
  readonly #lockWaits: LockWaits | undefined;
  readonly #maxOperations: number;
  readonly #defer: Defer;
  readonly #queue = new LockWaitQueue<Waiting>();
  #waiting: Waiting[] = [];
  #inFlight = 0;
  #deadline: Timer | undefined;
  #tell: (changed: readonly MailboxChange[]) => void = () => undefined;

  constructor(engine: Pick<Engine, 'transact'>, options: CommitterOptions) {
    this.#engine = engine;
    this.#maxInFlight = options.maxInFlight;
    this.#lockWaits = options.lockWaits;
    this.#maxOperations = options.maxOperations ?? MAX_OPERATIONS;
    this.#defer = options.defer ?? ((run) => void setImmediate(run));
  }

  /** Is told which mailboxes each transaction changed, when it is synced. What it throws changes nothing for anybody. */
  onChanged(tell: (changed: readonly MailboxChange[]) => void): void {
    this.#tell = tell;
  }

  /** Runs one operation in the next transaction; resolves when that is synced. */
  run<Result>(name: string, input: unknown): Promise<Result> {
    if (this.#waiting.length >= MAX_WAITING)
      return Promise.reject(
        new StoreBusyError(`the store is not keeping up: ${MAX_WAITING} operations are waiting`),
      );
    return new Promise((resolve, reject) => {
      const waiting = { call: { name, input }, resolve, reject };
      const met = this.#queue.hasRows ? this.#queue.contended(rowsOf(waiting.call)) : undefined;
      if (met !== undefined) return this.#wait(waiting, met);
      this.#waiting.push(waiting);
      // After this turn of the event loop: whatever arrived in the same turn goes together.
      if (this.#inFlight < this.#maxInFlight && this.#waiting.length === 1) this.#defer(() => this.#pump());
    });
  }

  #pump(): void {
    const lockWaits = this.#lockWaits;
    while (
      lockWaits !== undefined &&
      this.#inFlight < this.#maxInFlight &&
      this.#queue.running < lockWaits.maxInFlight
    ) {
      const wait = this.#queue.begin();
      if (wait === undefined) break;
      void this.#retry(wait, lockWaits);
    }
    while (this.#inFlight < this.#maxInFlight && this.#waiting.length > 0)
      void this.#commit(this.#waiting.splice(0, this.#maxOperations));
  }

  async #commit(group: readonly Waiting[]): Promise<void> {
    this.#inFlight++;
    let changed: readonly MailboxChange[] = [];
    try {
      const transacted = await this.#engine.transact(group.map((waiting) => waiting.call));
      changed = transacted.changed;
      for (const [index, waiting] of group.entries()) {
        const outcome = outcomeAt(transacted, index);
        if (outcome.ok || outcome.contended === undefined) answer(waiting, outcome);
        else this.#wait(waiting, { rows: outcome.contended, error: outcome.error });
      }
    } catch (error) {
      for (const waiting of group) waiting.reject(error as Error);
    }
    this.#over(changed);
  }

  /** Into the queue of those that wait for locks, if it may wait. */
  #wait(one: Waiting, met: Met): void {
    if (this.#lockWaits === undefined) return one.reject(met.error);
    if (this.#queue.isFull)
      return one.reject(
        new StoreBusyError(`too much waits for locks already: ${met.error.message}`, { cause: met.error }),
      );
    const { clock, deadlineMs } = this.#lockWaits;
    this.#queue.add({ ...met, one, deadline: one.deadline ?? clock.monotonic() + deadlineMs });
    this.#expire(this.#lockWaits);
  }

  async #retry(wait: LockWait<Waiting>, lockWaits: LockWaits): Promise<void> {
    this.#inFlight++;
    const { one, rows, deadline } = wait;
    let changed: readonly MailboxChange[] = [];
    try {
      const lockMs = Math.min(lockWaits.turnMs, deadline - lockWaits.clock.monotonic());
      const transacted = await lockWaits.retry(one.call, { rows, lockMs });
      changed = transacted.changed;
      const outcome = outcomeAt(transacted, 0);
      if (!outcome.ok && outcome.contended !== undefined)
        this.#queue.requeue(wait, { rows: outcome.contended, error: outcome.error });
      else {
        answer(one, outcome);
        if (outcome.ok) this.#release(wait);
        else this.#queue.ended(wait);
      }
    } catch (error) {
      this.#queue.ended(wait);
      one.reject(error as Error);
    }
    this.#expire(lockWaits);
    this.#over(changed);
  }

  /** Those that waited for the rows that this one acquired go with everybody else. */
  #release(wait: LockWait<Waiting>): void {
    for (const { one, deadline } of this.#queue.acquired(wait)) this.#waiting.push({ ...one, deadline });
  }

  /** Refuses those that waited for too long, and looks again when the next of them will have. */
  #expire(lockWaits: LockWaits): void {
    const { clock, deadlineMs } = lockWaits;
    this.#deadline?.cancel();
    for (const { one, error } of this.#queue.expire(clock.monotonic()))
      one.reject(
        new LockWaitTimeoutError(`gave up after ${deadlineMs} ms: ${error.message}`, { cause: error }),
      );
    const next = this.#queue.nextDeadline;
    this.#deadline =
      next === undefined ? undefined : clock.after(next - clock.monotonic(), () => this.#expire(lockWaits));
  }

  #over(changed: readonly MailboxChange[]): void {
    try {
      if (changed.length > 0) this.#tell(changed);
    } catch {
      // It is committed whatever a listener makes of it, and the next change of that mailbox is told anew.
    }
    this.#inFlight--;
    this.#pump();
  }
}

function answer({ resolve, reject }: Waiting, outcome: Outcome): void {
  if (outcome.ok) resolve(outcome.value as never);
  else reject(outcome.error);
}
