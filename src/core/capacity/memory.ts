/** Octets of messages that arrive, in memory and not in the store yet. */
export class Memory {
  readonly #most: number;
  #held = 0;

  constructor(most: number) {
    this.#most = most;
  }

  get used(): number {
    return this.#held / this.#most;
  }

  /** Each is followed by `free` of as much. */
  hold(bytes: number): void {
    this.#held += bytes;
  }

  free(bytes: number): void {
    this.#held -= bytes;
  }
}
