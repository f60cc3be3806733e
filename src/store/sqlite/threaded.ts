import { Worker } from 'node:worker_threads';
import type { DiskSpace } from '../../core/capacity/disk.ts';
import type { Call, Engine, Transacted } from '../sql/sql.ts';
import { RememberedReads } from './remembered.ts';
import type { FromThread, ToThread } from './messages.ts';

/** The engine seen from the event loop: every call is a message to the store thread. */
export class ThreadedSqliteEngine implements Engine {
  readonly #thread: Worker;
  readonly #pending = new Map<
    number,
    { resolve: (transacted: Transacted) => void; reject: (error: Error) => void }
  >();
  readonly #remembered: RememberedReads;
  #nextId = 1;
  #failure: Error | undefined;

  /** Throws when the file is no database. */
  constructor(file: string) {
    this.#remembered = new RememberedReads(file);
    this.#thread = new Worker(new URL('./thread.ts', import.meta.url), { workerData: { file } });
    this.#thread.on('message', (reply: FromThread) => {
      this.#pending.get(reply.id)?.resolve(reply);
      this.#pending.delete(reply.id);
    });
    this.#thread.on('error', (error) => this.#fail(error as Error));
    this.#thread.on('exit', () => this.#fail(new Error('the store thread ended')));
  }

  transact(calls: readonly Call[]): Promise<Transacted> {
    return this.#ask({ kind: 'transact', id: this.#nextId++, calls });
  }

  read(call: Call): Promise<unknown> {
    return this.#remembered.read(call, () => this.#value({ kind: 'read', id: this.#nextId++, call }));
  }

  // What its engine says.
  space(): Promise<DiskSpace> {
    return this.#value({ kind: 'space', id: this.#nextId++ }) as Promise<DiskSpace>;
  }

  async #value(question: ToThread): Promise<unknown> {
    const [outcome] = (await this.#ask(question)).outcomes;
    if (outcome?.ok) return outcome.value;
    throw outcome?.error ?? new Error('the store gave no outcome');
  }

  async close(): Promise<void> {
    this.#remembered.close();
    if (this.#failure !== undefined) return;
    await this.#ask({ kind: 'close', id: this.#nextId++ });
    await this.#thread.terminate();
  }

  #ask(message: ToThread): Promise<Transacted> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#pending.set(message.id, { resolve, reject });
      this.#thread.postMessage(message);
    });
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const waiting of this.#pending.values()) waiting.reject(error);
    this.#pending.clear();
  }
}
