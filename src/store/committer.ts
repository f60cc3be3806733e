/**
 * Group commit. Operations that arrive while a transaction is being synced wait and go together in the next one, so
 * that the cost of a sync is shared by however many messages are arriving: no timer, no added delay when idle.
 *
 * A group has the fate of its slowest operation. One that meets a lock which somebody holds for long is therefore set aside
 * (`aside.ts`), with all others that want the same row until it got it or gave up; the group goes on without it.
 */
import type { MailboxChange } from '../core/mailbox/port.ts';
import { Aside, type Entry } from './aside.ts';
import { rowsOf } from './sql/contention.ts';
import type { Call, Engine, Outcome, RowName } from './sql/sql.ts';

interface Waiting {
  readonly call: Call;
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

/** Runs something after this turn of the event loop. */
export type Defer = (run: () => void) => void;

export interface CommitterOptions {
  /** Transactions under way at once: 1 for a single writer, more where the database has many. */
  readonly maxInFlight: number;
  /** Of these, those of operations that were set aside, at most; without any these are refused. */
  readonly maxAside?: number;
  /** Operations in one transaction at most: bounds the time that a reader or another worker waits for the lock. */
  readonly maxOperations?: number;
  readonly defer?: Defer;
}

const MAX_OPERATIONS = 512;
/** Operations waiting at most: past it the store is not keeping up, and new work is refused instead of piling up. */
const MAX_WAITING = 20_000;

export class StoreBusyError extends Error {}

export class Committer {
  readonly #engine: Pick<Engine, 'transact' | 'waitFor'>;
  readonly #maxInFlight: number;
  readonly #maxAside: number;
  readonly #maxOperations: number;
  readonly #defer: Defer;
  readonly #aside = new Aside<Waiting>();
  #waiting: Waiting[] = [];
  #inFlight = 0;
  #tell: (changed: readonly MailboxChange[]) => void = () => undefined;

  constructor(engine: Pick<Engine, 'transact' | 'waitFor'>, options: CommitterOptions) {
    this.#engine = engine;
    this.#maxInFlight = options.maxInFlight;
    this.#maxAside = options.maxAside ?? 0;
    this.#maxOperations = options.maxOperations ?? MAX_OPERATIONS;
    this.#defer = options.defer ?? ((run) => void setImmediate(run));
  }

  /** Is told which mailboxes each transaction changed, when it is synced. */
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
      if (this.#aside.hasRows) {
        const rows = this.#aside.contended(rowsOf(waiting.call));
        if (rows.length > 0)
          return this.#setAside(waiting, {
            rows,
            error: new StoreBusyError('too much waits for locked rows'),
          });
      }
      this.#waiting.push(waiting);
      // After this turn of the event loop: whatever arrived in the same turn goes together.
      if (this.#inFlight < this.#maxInFlight && this.#waiting.length === 1) this.#defer(() => this.#pump());
    });
  }

  #pump(): void {
    while (this.#inFlight < this.#maxInFlight && this.#aside.running < this.#maxAside) {
      const entry = this.#aside.begin();
      if (entry === undefined) break;
      void this.#waitFor(entry);
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
        const outcome = transacted.outcomes[index] as Outcome;
        if (outcome.ok || outcome.contended === undefined) answer(waiting, outcome);
        else this.#setAside(waiting, { rows: outcome.contended, error: outcome.error });
      }
    } catch (error) {
      for (const waiting of group) waiting.reject(error as Error);
    } finally {
      this.#over(changed);
    }
  }

  /** `error`: what it is told when it cannot be set aside. */
  #setAside(one: Waiting, { rows, error }: { rows: readonly RowName[]; error: Error }): void {
    if (this.#maxAside === 0 || this.#aside.isFull) return one.reject(error);
    this.#aside.add({ one, rows });
  }

  async #waitFor(entry: Entry<Waiting>): Promise<void> {
    this.#inFlight++;
    const { call } = entry.one;
    let changed: readonly MailboxChange[] = [];
    try {
      const howLong = this.#aside.isLate(entry) ? 'briefly' : 'long';
      const transacted = await (this.#engine.waitFor?.(call, howLong) ?? this.#engine.transact([call]));
      changed = transacted.changed;
      const outcome = transacted.outcomes[0] as Outcome;
      answer(entry.one, outcome);
      if (outcome.ok) this.#waiting.push(...this.#aside.got(entry));
      else if (outcome.contended !== undefined)
        for (const other of this.#aside.inVain(entry, 'its rows')) answer(other, outcome);
    } catch (error) {
      for (const other of [entry.one, ...this.#aside.inVain(entry, 'anything')]) other.reject(error as Error);
    } finally {
      this.#aside.ended(entry);
      this.#over(changed);
    }
  }

  #over(changed: readonly MailboxChange[]): void {
    try {
      if (changed.length > 0) this.#tell(changed);
    } finally {
      this.#inFlight--;
      this.#pump();
    }
  }
}

function answer({ resolve, reject }: Waiting, outcome: Outcome): void {
  if (outcome.ok) resolve(outcome.value as never);
  else reject(outcome.error);
}
