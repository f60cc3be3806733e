/** The traffic log and what is saved, in memory: for tests of what reads and writes them. */
import type { LogEntry, NewLogEntry } from '../src/core/guard/port.ts';
import type { GuardState, GuardStore, Tailed } from '../src/core/guard/store.ts';

type Part = Pick<GuardStore, 'noteGuard' | 'tailGuard' | 'endOfGuardLog' | 'keepGuardStates' | 'guardStates'>;

export class GuardLog implements Part {
  readonly lines: LogEntry[] = [];
  readonly states = new Map<string, GuardState & { at: number }>();
  /** Numbers whose lines are not committed yet: nobody sees them. */
  readonly hidden = new Set<number>();
  away = false;
  /** Lines read again, and questions. */
  asked = 0;

  async noteGuard(entries: readonly NewLogEntry[]): Promise<void> {
    this.#answer();
    for (const entry of entries) this.lines.push({ ...entry, id: this.lines.length + 1 });
  }

  async tailGuard({ after, gaps = [], worker, limit }: Parameters<Part['tailGuard']>[0]): Promise<Tailed> {
    this.#answer();
    const seen = this.lines.filter(({ id }) => !this.hidden.has(id));
    const between = seen.filter(({ id }) => gaps.includes(id));
    this.asked += between.length + 1;
    const later = seen.filter(({ id }) => id > after).slice(0, limit);
    const own = later.filter((line) => line.worker === worker).map(({ id }) => id);
    const lines = [...between, ...later.filter((line) => line.worker !== worker)];
    return { lines, own, more: later.length === limit };
  }

  async endOfGuardLog(): Promise<number> {
    this.#answer();
    return this.lines.at(-1)?.id ?? 0;
  }

  async keepGuardStates({ states, at, unlessSince }: Parameters<Part['keepGuardStates']>[0]): Promise<void> {
    this.#answer();
    for (const state of states)
      if ((this.states.get(state.name)?.at ?? 0) < unlessSince) this.states.set(state.name, { ...state, at });
  }

  async guardStates({ after, limit }: Parameters<Part['guardStates']>[0]): Promise<GuardState[]> {
    this.#answer();
    const sorted = [...this.states.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    return sorted.filter(({ name }) => name > after).slice(0, limit);
  }

  #answer(): void {
    if (this.away) throw new Error('the store is away');
  }
}
