/** Ids in blocks: one small transaction buys many, so that accepting a message never waits for one. */
import type { QueueStore } from './port.ts';

const BLOCK = 10_000;

export class IdSupply {
  readonly #store: Pick<QueueStore, 'reserveIds'>;
  #next = 0;
  #end = 0;
  #spare: number | undefined;
  #fetching = false;

  constructor(store: Pick<QueueStore, 'reserveIds'>) {
    this.#store = store;
  }

  /** Gets the first block. Rejects when the store is down. */
  async fill(): Promise<void> {
    if (this.#next < this.#end) return;
    this.#next = await this.#store.reserveIds(BLOCK);
    this.#end = this.#next + BLOCK;
  }

  /** The next id; undefined while the store does not answer and the blocks are used up. */
  take<Id extends number>(): Id | undefined {
    if (this.#next >= this.#end && this.#spare !== undefined) {
      this.#next = this.#spare;
      this.#end = this.#next + BLOCK;
      this.#spare = undefined;
    }
    if (this.#spare === undefined && this.#end - this.#next < BLOCK / 2) this.#fetch();
    return this.#next < this.#end ? (this.#next++ as Id) : undefined;
  }

  #fetch(): void {
    if (this.#fetching) return;
    this.#fetching = true;
    this.#store
      .reserveIds(BLOCK)
      .then((first) => {
        this.#spare = first;
      })
      // Asked again by the next take.
      .catch(() => undefined)
      .finally(() => {
        this.#fetching = false;
      });
  }
}
