/**
 * Operations that met a lock which somebody holds for long, or that ran for too long. Each waits alone, in a transaction of its
 * own, so that it harms nobody else; those that want the same row go one after the other.
 */
import type { RowName } from './sql/sql.ts';

/** Operations set aside at most: past it they are refused instead of piling up. */
const MAX_ASIDE = 500;

/** Who saw so many wait in vain before its turn has waited long enough. */
const LATE = 4;

export interface Entry<One> {
  readonly one: One;
  /** The rows that it waits for, as far as they are known. */
  readonly rows: readonly RowName[];
}

export class Aside<One> {
  #waiting: Entry<One>[] = [];
  /** Those that run, and who waited when they began. */
  readonly #running = new Map<Entry<One>, ReadonlySet<Entry<One>>>();
  /** How many operations each row keeps here. */
  readonly #rows = new Map<RowName, number>();
  /** How many had waited in vain when each that waits came. */
  readonly #came = new WeakMap<Entry<One>, number>();
  #lost = 0;

  /** Operations that run. */
  get running(): number {
    return this.#running.size;
  }

  get isFull(): boolean {
    return this.#waiting.length + this.#running.size >= MAX_ASIDE;
  }

  /** Whether any row is waited for. */
  get hasRows(): boolean {
    return this.#rows.size > 0;
  }

  /** Those of these rows that somebody here waits for. */
  contended(rows: readonly RowName[]): RowName[] {
    return rows.filter((row) => this.#rows.has(row));
  }

  add(entry: Entry<One>): void {
    for (const row of entry.rows) this.#rows.set(row, (this.#rows.get(row) ?? 0) + 1);
    this.#came.set(entry, this.#lost);
    this.#waiting.push(entry);
  }

  /** The next that may run: the eldest that waits for no row of one that runs. `ended` says that it is over. */
  begin(): Entry<One> | undefined {
    const busy = new Set([...this.#running.keys()].flatMap(({ rows }) => rows));
    const next = this.#waiting.find(({ rows }) => !rows.some((row) => busy.has(row)));
    if (next === undefined) return undefined;
    this.#waiting = this.#waiting.filter((entry) => entry !== next);
    this.#running.set(next, new Set(this.#waiting));
    return next;
  }

  /** Whether it waited long for its turn: it is to be short, or the last of many would wait for the sum of their turns. */
  isLate(entry: Entry<One>): boolean {
    return this.#lost - (this.#came.get(entry) ?? 0) >= LATE;
  }

  ended(entry: Entry<One>): void {
    this.#running.delete(entry);
    this.#leave(entry);
  }

  /**
   * It waited in vain: so did those that waited all the while for its rows, or for anything, which go with it. To be asked before
   * `ended`.
   */
  inVain(entry: Entry<One>, forWhat: 'its rows' | 'anything'): One[] {
    this.#lost++;
    const before = this.#running.get(entry);
    return this.#remove(
      (one) =>
        before?.has(one) === true &&
        (forWhat === 'anything' || one.rows.some((row) => entry.rows.includes(row))),
    );
  }

  /** It got its rows: those that wait for no others need not wait here. */
  got(entry: Entry<One>): One[] {
    return this.#remove(({ rows }) => rows.length > 0 && rows.every((row) => entry.rows.includes(row)));
  }

  #remove(isGone: (one: Entry<One>) => boolean): One[] {
    const gone = this.#waiting.filter(isGone);
    this.#waiting = this.#waiting.filter((one) => !isGone(one));
    for (const one of gone) this.#leave(one);
    return gone.map(({ one }) => one);
  }

  #leave({ rows }: Entry<One>): void {
    for (const row of rows) {
      const left = (this.#rows.get(row) ?? 0) - 1;
      if (left > 0) this.#rows.set(row, left);
      else this.#rows.delete(row);
    }
  }
}
