/** What stands still, as a worker remembers it: asked for every place and every claim, so it is kept in memory. */
import {
  customerOfScope,
  type Freeze,
  type FreezeBlame,
  type Place,
  type Scope,
  type Stoppage,
  scopesOf,
} from './freeze.ts';

interface Span {
  readonly from: number;
  readonly to: number;
}

export class FreezeBook {
  #freezes = new Map<Scope, readonly Freeze[]>();
  /** The one that ended last comes last. */
  #stoppages = new Map<Scope, readonly Stoppage[]>();
  /** By provider or site: the domains whose mail there stands still. */
  #customers = new Map<string, readonly string[]>();

  /** Takes what the store says in place of all that was known. */
  replace({ freezes, stoppages }: { freezes: readonly Freeze[]; stoppages: readonly Stoppage[] }): void {
    this.#freezes = byScope(freezes);
    this.#stoppages = byScope(stoppages);
    this.#customers = customersOf(freezes);
  }

  /** One that has just begun. */
  add(freeze: Freeze): void {
    const freezes = [...this.all.filter((one) => !isSame(one, freeze)), freeze];
    this.#freezes = byScope(freezes);
    this.#customers = customersOf(freezes);
  }

  get hasCustomersApart(): boolean {
    return this.#customers.size > 0;
  }

  /** The customers' domains whose mail to a provider, or to a site that has none, stands still. */
  customersApart(group: string): readonly string[] {
    return this.#customers.get(group) ?? NOBODY;
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
const NOBODY: readonly string[] = [];
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

function isSame(a: Freeze, b: Freeze): boolean {
  return a.scope === b.scope && a.cause === b.cause;
}

function customersOf(freezes: readonly Freeze[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { scope } of freezes) {
    const customer = customerOfScope(scope);
    if (customer === undefined) continue;
    const list = found.get(customer.group);
    if (list === undefined) found.set(customer.group, [customer.domain]);
    else if (!list.includes(customer.domain)) list.push(customer.domain);
  }
  return found;
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
