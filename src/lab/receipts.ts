/**
 * What a far end took, by message copy and recipient: written down as it comes, and put in order when somebody asks. A map
 * that is kept up all the time would give each of a million a name, and cost more than the rest of what a world remembers.
 */

/** What a far end knows of one message for one recipient. */
export interface Receipt {
  /** How often it took it. */
  readonly taken: number;
  /** How often we were not told so. */
  readonly untold: number;
}

/** As nearly all are: one for all of them. */
const ONCE: Receipt = { taken: 1, untold: 0 };

export class Receipts {
  readonly #byKey = new Map<string, Receipt>();
  /** Not in it yet: the copy, then the recipient, of each. */
  #fresh: string[] = [];

  took(copy: string, to: string): void {
    this.#fresh.push(copy, to);
  }

  /** It took it, and we shall not hear of it. */
  untold(copy: string, to: string): void {
    const key = `${copy} ${to}`;
    const { taken, untold } = this.byKey.get(key) ?? ONCE;
    this.#byKey.set(key, { taken, untold: untold + 1 });
  }

  /** `COPY RECIPIENT` of all that was taken. */
  get byKey(): ReadonlyMap<string, Receipt> {
    const fresh = this.#fresh;
    this.#fresh = [];
    for (let at = 0; at < fresh.length; at += 2) {
      const key = `${fresh[at]} ${fresh[at + 1]}`;
      const before = this.#byKey.get(key);
      this.#byKey.set(key, before === undefined ? ONCE : { ...before, taken: before.taken + 1 });
    }
    return this.#byKey;
  }
}
