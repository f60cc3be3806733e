/**
 * Accounts that are stopped, and whose mail is being taken back out of the queue (`store/sql/recall.ts`): what workers have of it in
 * memory is not tried either.
 */
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { DeliveryId, WorkerId } from '../envelope.ts';
import type { QueueStore } from './port.ts';
import type { Work } from './work.ts';

export interface RecallPorts {
  readonly store: Pick<QueueStore, 'recalls' | 'recallLeased'>;
  readonly clock: Clock;
  readonly log: Log;
}

export class Recalls {
  readonly #ports: RecallPorts;
  #customers: ReadonlySet<string> = new Set();

  constructor(ports: RecallPorts) {
    this.#ports = ports;
  }

  /** Reads them. Rejects when the store is down. */
  async refresh(): Promise<void> {
    this.#customers = new Set(await this.#ports.store.recalls());
  }

  /** `domain/account` of each. */
  get customers(): Iterable<string> {
    return this.#customers;
  }

  has(customer: string): boolean {
    return this.#customers.size > 0 && this.#customers.has(customer);
  }

  /** Holds what of these is theirs: which are held now; undefined when the store is down. What a person let go of a group goes on. */
  async hold(worker: WorkerId, works: readonly Work[]): Promise<ReadonlySet<DeliveryId> | undefined> {
    const { store, clock, log } = this.#ports;
    const deliveries = works.flatMap(({ delivery }) => (this.has(delivery.customer) ? [delivery.id] : []));
    try {
      const going = new Set(await store.recallLeased({ worker, deliveries, at: clock.now() }));
      return new Set(deliveries.filter((id) => !going.has(id)));
    } catch (error) {
      log.warn({ error: String(error) }, 'mail of a stopped account could not be held yet');
      return undefined;
    }
  }
}
