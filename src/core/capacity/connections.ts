/** The connections of a worker, in and out together: so many and no more, and some are left for mail to leave. */

/** Part that clients may have at most, and part that mail on its way out may: neither shuts out the other. */
const SHARE = 0.9;
/** Of what clients may have, the part that strangers may: customers find room beside them. */
const STRANGERS_SHARE = 0.8;

export class Connections {
  readonly #most: number;
  /** What either side may have: of a few, one is left for the other. */
  readonly #share: number;
  #in = 0;
  #strangers = 0;
  #out = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(most: number) {
    this.#most = most;
    this.#share = most > 1 ? Math.min(most * SHARE, most - 1) : most;
  }

  /** Part of what clients may have now that they have. */
  get used(): number {
    const room = Math.min(this.#share, this.#most - this.#out);
    return room <= 0 ? 1 : this.#in / room;
  }

  /** A client has connected; false when there is no room for it. Every true is followed by one `left`. */
  entered(who: 'customer' | 'stranger'): boolean {
    const full = this.#in >= this.#share || this.#in + this.#out >= this.#most;
    if (full || (who === 'stranger' && this.#strangers >= this.#share * STRANGERS_SHARE)) return false;
    this.#in++;
    if (who === 'stranger') this.#strangers++;
    return true;
  }

  left(who: 'customer' | 'stranger'): void {
    this.#in--;
    if (who === 'stranger') this.#strangers--;
    this.#next();
  }

  /** To be awaited before a connection is opened to somebody; each is followed by one `closed`. */
  opening(): Promise<void> | undefined {
    if (this.#mayOpen) {
      this.#out++;
      return undefined;
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  closed(): void {
    this.#out--;
    this.#next();
  }

  get #mayOpen(): boolean {
    return this.#in + this.#out < this.#most && this.#out < this.#share;
  }

  #next(): void {
    if (!this.#mayOpen) return;
    const resolve = this.#waiting.shift();
    if (resolve === undefined) return;
    this.#out++;
    resolve();
  }
}
