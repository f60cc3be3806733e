import type { Clock, Timer } from './clock.ts';

/** A time limit that moves often: moving it costs an assignment, because the timer looks again when it fires. */
export class Deadline {
  readonly #clock: Clock;
  readonly #expired: () => void;
  #at = 0;
  #timer: Timer | undefined;

  constructor(clock: Clock, expired: () => void) {
    this.#clock = clock;
    this.#expired = expired;
  }

  /** Expires `ms` from now unless it is moved or cleared. */
  set(ms: number): void {
    this.#at = this.#clock.monotonic() + ms;
    this.#timer ??= this.#clock.after(ms, () => this.#look());
  }

  /** No limit until the next `set`. */
  clear(): void {
    this.#at = 0;
  }

  /** Ends for good and frees its timer. */
  end(): void {
    this.#at = 0;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #look(): void {
    this.#timer = undefined;
    if (this.#at === 0) return;
    const leftMs = this.#at - this.#clock.monotonic();
    if (leftMs > 0) this.#timer = this.#clock.after(leftMs, () => this.#look());
    else this.#expired();
  }
}
