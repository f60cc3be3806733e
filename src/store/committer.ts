/**
 * Group commit. Operations that arrive while a transaction is being synced wait and go together in the next one, so
 * that the cost of a sync is shared by however many messages are arriving: no timer, no added delay when idle.
 */
import type { MailboxChange } from '../core/mailbox/port.ts';
import type { Call, Engine } from './sql/sql.ts';

interface Waiting {
  readonly call: Call;
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

/** Runs something after this turn of the event loop. */
export type Defer = (run: () => void) => void;

/** Operations in one transaction at most: bounds the time that a reader or another worker waits for the lock. */
const MAX_OPERATIONS = 512;
/** Operations waiting at most: past it the store is not keeping up, and new work is refused instead of piling up. */
const MAX_WAITING = 20_000;

export class StoreBusyError extends Error {
  constructor() {
    super(`the store is not keeping up: ${MAX_WAITING} operations are waiting`);
  }
}

export class Committer {
  readonly #engine: Engine;
  readonly #maxInFlight: number;
  readonly #defer: Defer;
  #waiting: Waiting[] = [];
  #inFlight = 0;
  #tell: (changed: readonly MailboxChange[]) => void = () => undefined;

  /** `maxInFlight`: transactions under way at once (1 for a single writer, more where the database has many). */
  constructor(engine: Engine, maxInFlight: number, defer: Defer = (run) => void setImmediate(run)) {
    this.#engine = engine;
    this.#maxInFlight = maxInFlight;
    this.#defer = defer;
  }

  /** Is told which mailboxes each transaction changed, when it is synced. */
  onChanged(tell: (changed: readonly MailboxChange[]) => void): void {
    this.#tell = tell;
  }

  /** Runs one operation in the next transaction; resolves when that is synced. */
  run<Result>(name: string, input: unknown): Promise<Result> {
    if (this.#waiting.length >= MAX_WAITING) return Promise.reject(new StoreBusyError());
    return new Promise((resolve, reject) => {
      this.#waiting.push({ call: { name, input }, resolve, reject });
      // After this turn of the event loop: whatever arrived in the same turn goes together.
      if (this.#inFlight < this.#maxInFlight && this.#waiting.length === 1) this.#defer(() => this.#pump());
    });
  }

  #pump(): void {
    while (this.#inFlight < this.#maxInFlight && this.#waiting.length > 0) {
      const group = this.#waiting.splice(0, MAX_OPERATIONS);
      this.#inFlight++;
      void this.#commit(group);
    }
  }

  async #commit(group: readonly Waiting[]): Promise<void> {
    try {
      const { outcomes, changed } = await this.#engine.transact(group.map((waiting) => waiting.call));
      group.forEach((waiting, index) => {
        const outcome = outcomes[index];
        if (outcome?.ok) waiting.resolve(outcome.value as never);
        else waiting.reject(outcome?.error ?? new Error('the store gave no outcome'));
      });
      if (changed.length > 0) this.#tell(changed);
    } catch (error) {
      for (const waiting of group) waiting.reject(error as Error);
    } finally {
      this.#inFlight--;
      this.#pump();
    }
  }
}
