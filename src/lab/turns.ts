/**
 * Whether customers get their turns, seen from the far ends: within an account the oldest first, and nobody far beyond
 * a fair share while somebody else waits. Only what nothing disturbed is compared: a freeze, a rest or a crash begins a
 * new era, in which live mail may rightly pass the backlog.
 */
import type { Entry, Ledger } from './ledger.ts';

/** Messages of one account that may pass an older one: those of the connections, which end in any order. */
const PASSED_MOST = 45;
/** Messages of another customer that may leave while one waits for its first turn: two turns, and the connections. */
const BEFORE_MOST = 60;

interface Waiting {
  readonly entry: Entry;
  readonly era: number;
  /** What each other domain had sent when this one came, when it was the first of its own. */
  readonly before: ReadonlyMap<string, number> | undefined;
  passed: number;
}

class PathTurns {
  readonly taken = new Map<string, number>();
  /** Undisturbed and not taken yet, by account, the oldest first. */
  readonly waiting = new Map<string, Map<number, Waiting>>();
}

export class Turns {
  #era = 0;
  readonly #paths = new Map<string, PathTurns>();
  readonly #report: (what: string) => void;

  constructor(ledger: Ledger, report: (what: string) => void) {
    this.#report = report;
    ledger.taps.push({
      accepted: (entry) => this.#accepted(entry),
      settled: ({ next }, entry) => {
        if (next.state !== 'delivered') this.#forget(entry);
      },
      stands: () => this.newEra(),
    });
  }

  newEra(): void {
    this.#era++;
  }

  took(entry: Entry): void {
    const path = this.#paths.get(entry.path);
    const domain = domainOf(entry);
    if (path === undefined) return;
    path.taken.set(domain, (path.taken.get(domain) ?? 0) + 1);
    const queue = path.waiting.get(entry.customer);
    const one = queue?.get(entry.id);
    if (queue === undefined || one === undefined) return;
    queue.delete(entry.id);
    if (one.era !== this.#era) return;
    for (const older of queue.values()) {
      if (older.entry.acceptedMono >= entry.acceptedMono) break;
      if (older.era === this.#era && ++older.passed > PASSED_MOST) {
        this.#report(`${older.entry.copy} was passed by ${older.passed} younger ones of its account`);
        this.newEra();
      }
    }
    this.#compare(one, path);
  }

  #compare({ before, entry }: Waiting, path: PathTurns): void {
    if (before === undefined) return;
    for (const [domain, taken] of path.taken) {
      const while_ = taken - (before.get(domain) ?? 0);
      if (domain === domainOf(entry) || while_ <= BEFORE_MOST) continue;
      this.#report(`${entry.copy} waited while ${while_} of ${domain} left on ${entry.path}`);
      this.newEra();
    }
  }

  #accepted(entry: Entry): void {
    if (entry.path === '') return;
    const path = this.#paths.get(entry.path) ?? new PathTurns();
    this.#paths.set(entry.path, path);
    const others = [...path.waiting].some(
      ([customer, queue]) => queue.size > 0 && customer.startsWith(`${domainOf(entry)}/`),
    );
    const queue = path.waiting.get(entry.customer) ?? new Map<number, Waiting>();
    path.waiting.set(entry.customer, queue);
    const before = others ? undefined : new Map(path.taken);
    queue.set(entry.id, { entry, era: this.#era, before, passed: 0 });
  }

  #forget(entry: Entry): void {
    for (const path of this.#paths.values()) path.waiting.get(entry.customer)?.delete(entry.id);
  }
}

function domainOf({ customer }: Entry): string {
  return customer.slice(0, customer.indexOf('/'));
}
