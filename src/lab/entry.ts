/** What a world knows of one delivery. */
import type { DeliveryId, MessageId, Notify, PathKey } from '../core/envelope.ts';
import { type Acceptance, contentSize, type NewDelivery } from '../core/queue/port.ts';
import type { Moments } from './moments.ts';

const ACCEPTED_WALL = 0;
const ACCEPTED = 1;
const ENDED = 2;

export class Entry {
  readonly id: DeliveryId;
  readonly message: MessageId;
  /** Which submission it came from; empty for notices. */
  readonly copy: string;
  readonly customer: string;
  readonly address: string;
  readonly notify: readonly Notify[] | undefined;
  readonly reversePath: string;
  /** Of its message. */
  readonly octets: number;
  /** Its worker had it in memory from the beginning. */
  readonly wasLeased: boolean;
  /** By the guard, from the beginning. */
  readonly isHeld: boolean;
  path: PathKey;
  state: 'queued' | 'delivered' | 'failed' | 'expired' = 'queued';
  lane = 0;
  attempts = 0;
  delayTold = false;
  /** The notice that tells its sender of the end. */
  notice: MessageId | undefined = undefined;
  /** Attempts that a far end took and whose outcome was not kept: their worker died, or had lost its lease. */
  cutOff = 0;
  readonly #moments: Moments;
  readonly #place: number;

  constructor(
    acceptance: Acceptance,
    delivery: NewDelivery,
    about: { copy: string; acceptedMono: number; moments: Moments },
  ) {
    this.id = delivery.id;
    this.message = acceptance.message;
    this.copy = about.copy;
    this.customer = acceptance.customer;
    this.address = delivery.address;
    this.notify = delivery.notify;
    this.reversePath = acceptance.envelope.reversePath;
    this.octets = contentSize(acceptance.content);
    this.wasLeased = delivery.leasedBy !== undefined;
    this.isHeld = acceptance.judged?.hold !== undefined;
    this.path = delivery.path;
    this.#moments = about.moments;
    this.#place = about.moments.place();
    this.#moments.set(this.#place, ACCEPTED_WALL, acceptance.acceptedAt);
    this.#moments.set(this.#place, ACCEPTED, about.acceptedMono);
  }

  /** Wall time, ms. */
  get acceptedAt(): number {
    return this.#moments.get(this.#place, ACCEPTED_WALL);
  }

  /** As the time that only moves forward has it, ms. */
  get acceptedMono(): number {
    return this.#moments.get(this.#place, ACCEPTED);
  }

  /** As the time that only moves forward has it, ms; 0 before. */
  get endedMono(): number {
    return this.#moments.get(this.#place, ENDED);
  }

  set endedMono(ms: number) {
    this.#moments.set(this.#place, ENDED, ms);
  }
}
