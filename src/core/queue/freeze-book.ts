/** What stands still, as a worker remembers it: asked for every place and every claim, so it is kept in memory. */
import { type Freeze, type FreezeBlame, type Place, type Scope, type Stoppage, scopesOf } from './freeze.ts';

interface Span {
  readonly from: number;
  readonly to: number;
}

export class FreezeBook {
  #freezes = new Map<Scope, readonly Freeze[]>();
  /** The one that ended last comes last. */
  #stoppages = new Map<Scope, readonly Stoppage[]>();

  /** Takes what the store says in place of all that was known. */
  replace({ freezes, stoppages }: { freezes: readonly Freeze[]; stoppages: readonly Stoppage[] }): void {
    this.#freezes = byScope(freezes);
    this.#stoppages = byScope(stoppages);
  }

  get all(): readonly Freeze[] {
    return [...this.#freezes.values()].flat();
  }

  /** When what was last over of this scope ended, ms; 0 when nobody remembers any. */
  endedAt(scope: Scope): number {
    return this.#stoppages.get(scope)?.at(-1)?.to ?? 0;
  }

  /** The freezes that a path is under, the widest first; none when it is open. */
  over(place: Place): readonly Freeze[] {
    if (this.#freezes.size === 0) return NONE;
    return scopesOf(place).flatMap((scope) => this.#freezes.get(scope) ?? NONE);
  }

  /**
   * Milliseconds between `from` and `to` that do not count against a message on this path: all of what was our own
   * fault, and of what a provider refused us as much as the lifetime again, at most (design, promise 3).
   */
  stoppedMs(
    place: Place,
    { from, to, lifetimeMs }: { from: number; to: number; lifetimeMs: number },
  ): number {
    if (this.#freezes.size === 0 && this.#stoppages.size === 0) return 0;
    const window = { from, to };
    const ours = this.#spans(place, 'local', window);
    const refused = this.#spans(place, 'reputation', window);
    const oursMs = lengthOf(ours);
    const refusedMs = lengthOf([...ours, ...refused]) - oursMs;
    return oursMs + Math.min(refusedMs, lifetimeMs);
  }

  #spans(place: Place, blame: FreezeBlame, window: Span): Span[] {
    const scopes = scopesOf(place);
    const over = scopes.flatMap((scope) => this.#stoppages.get(scope) ?? NO_STOPPAGE);
    const now = scopes
      .flatMap((scope) => this.#freezes.get(scope) ?? NONE)
      .map((freeze) => ({ ...freeze, from: freeze.since, to: window.to }));
    return [...over, ...now]
      .filter((stoppage) => stoppage.blame === blame)
      .map(({ from, to }) => ({ from: Math.max(from, window.from), to: Math.min(to, window.to) }))
      .filter(({ from, to }) => from < to);
  }
}

const NONE: readonly Freeze[] = [];
const NO_STOPPAGE: readonly Stoppage[] = [];

/** How long at least one of them lasted. */
function lengthOf(spans: readonly Span[]): number {
  let total = 0;
  let reached = Number.NEGATIVE_INFINITY;
  for (const { from, to } of [...spans].sort((a, b) => a.from - b.from)) {
    if (to <= reached) continue;
    total += to - Math.max(from, reached);
    reached = to;
  }
  return total;
}

function byScope<T extends { readonly scope: Scope }>(items: readonly T[]): Map<Scope, T[]> {
  const found = new Map<Scope, T[]>();
  for (const item of items) {
    const list = found.get(item.scope);
    if (list === undefined) found.set(item.scope, [item]);
    else list.push(item);
  }
  return found;
}
