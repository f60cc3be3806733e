/** The connections of a worker, in and out together: so many and no more, and some are left for mail to leave. */

/** Part that clients may have at most: what was accepted must be able to leave. */
const IN_SHARE = 0.9;

export class Connections {
  readonly #most: number;
  #in = 0;
  #out = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  /** Part of them that is used. */
  get used(): number {
    return Math.max((this.#in + this.#out) / this.#most, this.#in / (this.#most * IN_SHARE));
  }

  /** A client has connected; false when there is no room for it. Every true is followed by one `left`. */
  entered(): boolean {
    if (this.#in >= this.#most * IN_SHARE || this.#in + this.#out >= this.#most) return false;
    this.#in++;
    return true;
  }

  left(): void {
    this.#in--;
    this.#next();
  }

  /** To be awaited before a connection is opened to somebody; each is followed by one `closed`. */
  opening(): Promise<void> | undefined {
    if (this.#in + this.#out < this.#most) {
      this.#out++;
      return undefined;
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  closed(): void {
    this.#out--;
    this.#next();
  }

  #next(): void {
    if (this.#in + this.#out >= this.#most) return;
    const resolve = this.#waiting.shift();
    if (resolve === undefined) return;
    this.#out++;
    resolve();
  }
}
