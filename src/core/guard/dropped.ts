/**
 * Texts of which held mail was dropped, by account: they do not pass again from it until somebody releases such mail, or lets a
 * stopped account send again. What was thought of an account fades within days, and a decision about its mail does not.
 * Bounded: of one account the texts that were dropped last, and of all the accounts of which something was.
 */

/** What the texts of one account are known by, at most: some twenty texts. */
export const MOST_OF_ONE = 64;
/** Of all accounts. */
const MOST = 20_000;

/** An account, and what its dropped texts are known by. */
export type SavedDropped = readonly [string, readonly string[]];

export class Dropped {
  /** Each in the order in which they were dropped. */
  readonly #texts = new Map<string, Set<string>>();
  #size = 0;

  /** One of these was dropped of the account. */
  has(account: string, texts: readonly string[]): boolean {
    const dropped = this.#texts.get(account);
    return dropped !== undefined && texts.some((text) => dropped.has(text));
  }

  add(account: string, texts: readonly string[]): void {
    const all = [...(this.#texts.get(account) ?? [])].filter((text) => !texts.includes(text));
    this.#forget(account);
    const kept = new Set([...all, ...texts].slice(-MOST_OF_ONE));
    if (kept.size === 0) return;
    this.#texts.set(account, kept);
    this.#size += kept.size;
    for (const [oldest] of this.#texts) {
      if (this.#size <= MOST) break;
      this.#forget(oldest);
    }
  }

  /** These may pass again, or all of the account. */
  remove(account: string, texts?: readonly string[]): void {
    const left =
      texts === undefined
        ? []
        : [...(this.#texts.get(account) ?? [])].filter((text) => !texts.includes(text));
    this.#forget(account);
    this.add(account, left);
  }

  /** What `restore` takes. */
  save(): readonly SavedDropped[] {
    return [...this.#texts].map(([account, texts]) => [account, [...texts]]);
  }

  restore(saved: readonly SavedDropped[]): void {
    for (const [account, texts] of saved) this.add(account, texts);
  }

  #forget(account: string): void {
    this.#size -= this.#texts.get(account)?.size ?? 0;
    this.#texts.delete(account);
  }
}
