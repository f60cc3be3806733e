/**
 * So many octets a second, shared out. Whoever asks has them at once while there are some, and otherwise waits its turn;
 * turns go to classes by their weight (stride scheduling, Waldspurger 1995), so that a class with a thousand askers does
 * not crowd out one with a single asker.
 */
import type { Clock, Timer } from '../../base/clock.ts';

/** What may be spent at once after a pause, ms of the rate. */
const BURST_MS = 100;
/** Between two messages nobody may wait for a moment, ms. */
const REMEMBERED_MS = 10_000;

/** What octets are asked for. */
export interface OfMessage {
  /** Those that it has left to send, these included. */
  readonly left: number;
  /** Whether they can still be used. */
  isWanted(): boolean;
}

interface Waiter {
  readonly bytes: number;
  readonly resolve: () => void;
  readonly of: OfMessage | undefined;
}

interface Class {
  readonly weight: number;
  readonly waiting: Waiter[];
  /** Octets spent over the weight: the least is next. */
  pass: number;
}

export class Rate<K extends string> {
  readonly #clock: Clock;
  readonly #perMs: number;
  readonly #classes: ReadonlyMap<K, Class>;
  /** Octets that may be spent now; below zero, what was spent ahead. */
  #credit: number;
  #at: number;
  #pass = 0;
  #timer: Timer | undefined;
  readonly #messages = new Messages();

  /** Octets a second, and the weight of each class. */
  constructor(clock: Clock, bytesPerSecond: number, weights: Readonly<Record<K, number>>) {
    this.#clock = clock;
    this.#perMs = bytesPerSecond / 1000;
    this.#classes = new Map(
      (Object.entries(weights) as [K, number][]).map(([name, weight]) => [
        name,
        { weight, waiting: [], pass: 0 },
      ]),
    );
    this.#credit = this.#perMs * BURST_MS;
    this.#at = clock.monotonic();
  }

  /**
   * Undefined: go on. A promise: wait for it first. It never rejects. What is not wanted any more when its turn comes goes on
   * without having spent anything.
   */
  take(name: K, bytes: number, of?: OfMessage): Promise<void> | undefined {
    const one = this.#classes.get(name) as Class;
    this.#earn();
    // Who had nothing to send has saved nothing up.
    if (one.waiting.length === 0) one.pass = Math.max(one.pass, this.#pass);
    if (this.#timer === undefined && this.#credit > 0) {
      this.#spend(one, bytes);
      return undefined;
    }
    return new Promise((resolve) => {
      one.waiting.push({ bytes, resolve, of });
      this.#messages.add(of?.left ?? bytes, this.#at);
      this.#arm();
    });
  }

  /** What a message takes of it, of those that wait, or waited until just now, ms; 0 when nobody does. */
  get messageMs(): number {
    return this.#messages.average(this.#clock.monotonic()) / this.#perMs;
  }

  /** ms of a clock that only moves forward: how long somebody waited is reckoned by the clock that made him wait. */
  monotonic(): number {
    return this.#clock.monotonic();
  }

  /** How long one of this class that asks now would wait at most, ms: its own are before it, at its share of the rate. */
  waitMs(name: K): number {
    this.#earn();
    const own = this.#classes.get(name) as Class;
    const weights = [...this.#classes.values()].reduce((sum, { weight }) => sum + weight, 0);
    const bytes = own.waiting.reduce((sum, one) => sum + one.bytes, 0);
    const owed = Math.max(0, -this.#credit);
    return (owed + (bytes * weights) / own.weight) / this.#perMs;
  }

  #earn(): void {
    const now = this.#clock.monotonic();
    this.#credit = Math.min(this.#credit + (now - this.#at) * this.#perMs, this.#perMs * BURST_MS);
    this.#at = now;
  }

  #spend(one: Class, bytes: number): void {
    this.#credit -= bytes;
    this.#pass = one.pass;
    one.pass += bytes / one.weight;
  }

  #arm(): void {
    this.#timer ??= this.#clock.after(Math.max(1, Math.ceil(-this.#credit / this.#perMs)), () =>
      this.#serve(),
    );
  }

  #serve(): void {
    this.#timer = undefined;
    this.#earn();
    let next = this.#next();
    while (next !== undefined && this.#credit > 0) {
      const waiter = next.waiting.shift() as Waiter;
      this.#messages.remove(waiter.of?.left ?? waiter.bytes);
      if (waiter.of?.isWanted() !== false) this.#spend(next, waiter.bytes);
      waiter.resolve();
      next = this.#next();
    }
    if (next !== undefined) this.#arm();
  }

  #next(): Class | undefined {
    let next: Class | undefined;
    for (const one of this.#classes.values()) {
      if (one.waiting.length > 0 && (next === undefined || one.pass < next.pass)) next = one;
    }
    return next;
  }
}

/** How large the messages are whose octets wait. */
class Messages {
  #bytes = 0;
  #count = 0;
  #last = 0;
  #lastAt = Number.NEGATIVE_INFINITY;

  add(bytes: number, at: number): void {
    this.#bytes += bytes;
    this.#count++;
    this.#last = this.#bytes / this.#count;
    this.#lastAt = at;
  }

  remove(bytes: number): void {
    this.#bytes -= bytes;
    this.#count--;
  }

  average(now: number): number {
    if (this.#count > 0) return this.#bytes / this.#count;
    return now < this.#lastAt + REMEMBERED_MS ? this.#last : 0;
  }
}
