/** A line with a capacity: what is carried over it queues, piece by piece, so that transfers under way share it. */
import type { Clock } from '../base/clock.ts';

export interface LinkShape {
  /** Capacity each way. */
  octetsPerSecond: number;
  /** One way, ms. */
  latencyMs: number;
  /** Part of the packets that is lost, of 1: each connection gets slower (Mathis, 1997), and some do not come about. */
  loss: number;
}

/** `silent`: what is sent goes nowhere. `unreachable`: whoever sends is told at once. */
export type LinkState = 'up' | 'silent' | 'unreachable';

const SEGMENT_OCTETS = 1460;

export class Link {
  readonly shape: LinkShape;
  /** Octets carried since it was made. */
  carried = 0;
  /** What is sent passes piece by piece in turn, so that a small packet waits for no transfer (RFC 8290). */
  fair = false;
  readonly #clock: Clock;
  #state: LinkState = 'up';
  #busyUntil = 0;
  #waiting: (() => void)[] = [];

  constructor(clock: Clock, shape: LinkShape) {
    this.#clock = clock;
    this.shape = { ...shape };
  }

  get state(): LinkState {
    return this.#state;
  }

  get up(): boolean {
    return this.#state === 'up';
  }

  set(state: LinkState): void {
    this.#state = state;
    if (state !== 'up') return;
    for (const go of this.#waiting.splice(0)) go();
  }

  /** Milliseconds until what is sent now is through: what queues before it, and its own octets. */
  carry(octets: number, afterMs = 0): number {
    const now = this.#clock.monotonic();
    this.carried += octets;
    const begin = Math.max(this.#busyUntil, now + afterMs);
    this.#busyUntil = begin + (octets * 1000) / this.shape.octetsPerSecond;
    return this.#busyUntil - now;
  }

  /** Milliseconds that a packet waits for what was sent before it. */
  get queueMs(): number {
    return this.fair ? 0 : Math.max(0, this.#busyUntil - this.#clock.monotonic());
  }

  /** Another capacity from now on; what still queues goes at it as well. */
  setCapacity(octetsPerSecond: number): void {
    const now = this.#clock.monotonic();
    const left = Math.max(0, this.#busyUntil - now);
    this.#busyUntil = now + (left * this.shape.octetsPerSecond) / octetsPerSecond;
    this.shape.octetsPerSecond = octetsPerSecond;
  }

  /** What loss makes one connection wait for these octets, with this round trip. */
  lossMs(octets: number, roundTripMs: number): number {
    if (this.shape.loss === 0) return 0;
    const perMs = (SEGMENT_OCTETS / roundTripMs) * (1.22 / Math.sqrt(this.shape.loss));
    return octets / perMs;
  }

  /** True when it is up, at once or within this time. */
  whenUp(patienceMs: number): Promise<boolean> {
    if (this.up) return Promise.resolve(true);
    return new Promise((resolve) => {
      const timer = this.#clock.after(patienceMs, () => {
        this.#waiting = this.#waiting.filter((one) => one !== go);
        resolve(false);
      });
      const go = (): void => {
        timer.cancel();
        resolve(true);
      };
      this.#waiting.push(go);
    });
  }
}
