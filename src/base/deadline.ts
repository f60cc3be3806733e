import type { Clock, Timer } from './clock.ts';

/** A time limit that moves often: moving it away costs an assignment, because the timer looks again when it fires. */
export class Deadline {
  readonly #clock: Clock;
  readonly #expired: () => void;
  #at: number | undefined;
  #timer: Timer | undefined;
  /** When the timer looks; meaningless without one. */
  #looksAt = 0;

  constructor(clock: Clock, expired: () => void) {
    this.#clock = clock;
    this.#expired = expired;
  }

  /** Expires `ms` from now unless it is moved or cleared. */
  set(ms: number): void {
    this.#at = this.#clock.monotonic() + ms;
    if (this.#timer === undefined || this.#at < this.#looksAt) this.#arm(this.#at, ms);
  }

  /** No limit until the next `set`. */
  clear(): void {
    this.#at = undefined;
  }

  /** Ends for good and frees its timer. */
  end(): void {
    this.#at = undefined;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #arm(at: number, ms: number): void {
    this.#timer?.cancel();
    this.#looksAt = at;
    this.#timer = this.#clock.after(ms, () => this.#look());
  }

  #look(): void {
    this.#timer = undefined;
    if (this.#at === undefined) return;
    const leftMs = this.#at - this.#clock.monotonic();
    if (leftMs > 0) return this.#arm(this.#at, leftMs);
    this.#at = undefined;
    this.#expired();
  }
}
