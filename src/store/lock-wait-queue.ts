/**
 * Operations that met a lock which somebody holds for long, or that ran for too long to keep a group waiting. Each has turns of a
 * transaction of its own, until it acquires its rows or is timed out; those that want the same row have theirs one after the other,
 * and each row as often as any other.
 */
import type { RowName } from './sql/sql.ts';

/** Operations that wait at most: past it they are refused instead of piling up. */
const MAX_WAITS = 500;

export interface LockWait<One> {
  readonly one: One;
  /** The rows that it waits for, as far as they are known. */
  readonly rows: readonly RowName[];
  /** Why it waits: what it is told when it is timed out. */
  readonly error: Error;
  /** When that is, monotonic ms. */
  readonly deadline: number;
}

/** What an operation met: rows that somebody has, as far as they are known. */
export type Met = Pick<LockWait<unknown>, 'rows' | 'error'>;

export class LockWaitQueue<One> {
  #waiting: LockWait<One>[] = [];
  readonly #running = new Set<LockWait<One>>();
  /** How many operations here want each row, and what the first of them was told. */
  readonly #rows = new Map<RowName, { count: number; error: Error }>();

  /** Operations that have their turn. */
  get running(): number {
    return this.#running.size;
  }

  get isFull(): boolean {
    return this.#waiting.length + this.#running.size >= MAX_WAITS;
  }

  /** Whether any row is waited for. */
  get hasRows(): boolean {
    return this.#rows.size > 0;
  }

  /** When the next of those that have no turn is timed out, monotonic ms; undefined when there are none. */
  get nextDeadline(): number | undefined {
    const deadlines = this.#waiting.map(({ deadline }) => deadline);
    return deadlines.length === 0 ? undefined : Math.min(...deadlines);
  }

  /** Those of these rows that somebody here waits for; undefined when there are none. */
  contended(rows: readonly RowName[]): Met | undefined {
    const wanted = rows.filter((row) => this.#rows.has(row));
    const [first] = wanted;
    const known = first === undefined ? undefined : this.#rows.get(first);
    return known === undefined ? undefined : { rows: wanted, error: known.error };
  }

  add(wait: LockWait<One>): void {
    for (const row of wait.rows) {
      const known = this.#rows.get(row);
      if (known === undefined) this.#rows.set(row, { count: 1, error: wait.error });
      else known.count++;
    }
    this.#waiting.push(wait);
  }

  /** The next that has its turn: the first that wants no row of one that has. `ended`, `acquired` or `requeue` says that it is over. */
  begin(): LockWait<One> | undefined {
    const busy = new Set([...this.#running].flatMap(({ rows }) => rows));
    const next = this.#waiting.find(({ rows }) => !rows.some((row) => busy.has(row)));
    if (next === undefined) return undefined;
    this.#waiting = this.#waiting.filter((wait) => wait !== next);
    this.#running.add(next);
    return next;
  }

  ended(wait: LockWait<One>): void {
    this.#running.delete(wait);
    this.#forget(wait);
  }

  /** Its rows are free: takes out those that wait for no others. */
  acquired(wait: LockWait<One>): LockWait<One>[] {
    this.ended(wait);
    return this.#remove(({ rows }) => rows.length > 0 && rows.every((row) => wait.rows.includes(row)));
  }

  /** Its turn was in vain, and so would be those of all that want the rows that it met: they go behind the others. */
  requeue(wait: LockWait<One>, { rows, error }: Met): void {
    this.ended(wait);
    const met = new Set(rows.length > 0 ? rows : wait.rows);
    const behind = this.#remove((one) => one.rows.some((row) => met.has(row)));
    for (const one of behind) this.add(one);
    this.add({ ...wait, rows: [...new Set([...wait.rows, ...rows])], error });
  }

  /** Takes out those whose deadline has come, and that have no turn. */
  expire(now: number): LockWait<One>[] {
    return this.#remove(({ deadline }) => deadline <= now);
  }

  #remove(isGone: (wait: LockWait<One>) => boolean): LockWait<One>[] {
    const gone = this.#waiting.filter(isGone);
    this.#waiting = this.#waiting.filter((wait) => !isGone(wait));
    for (const wait of gone) this.#forget(wait);
    return gone;
  }

  #forget({ rows }: LockWait<One>): void {
    for (const row of rows) {
      const known = this.#rows.get(row);
      if (known !== undefined && --known.count === 0) this.#rows.delete(row);
    }
  }
}
