/**
 * What of a blocked stream may leave by another egress, because an operator asks for it with a reason and an end. Without
 * that nothing does: a provider that refuses one of our addresses for what it sends refuses the next one soon, and then
 * both are blocked. It is about our address alone: what is refused to a customer, or for what a message says, would be
 * refused to every egress, and stays where it is.
 */
import type { Clock } from '../../base/clock.ts';
import type { PathKey } from '../envelope.ts';
import { type Freeze, type FreezeStore, partsOf, type Place, type Scope, scopesOf } from './freeze.ts';
import { SendingBack, type UnrouteStore } from './sending-back.ts';

export interface Spread {
  /** `provider:NAME`, a site's name after `provider:` where nobody known runs it, or the scope of one case. */
  readonly scope: Scope;
  readonly reason: string;
  readonly by: string;
  /** ms since the epoch. */
  readonly since: number;
  readonly until: number;
}

export interface SpreadStore extends UnrouteStore {
  /** Those in force at `now` (ms), the newest first. */
  spreads(now: number): Promise<Spread[]>;
  /** Begins one, or takes the place of another of the same scope; written into the open cases of `cases`. */
  spread(order: Spread & { readonly cases: readonly Scope[] }): Promise<void>;
  /** Ends one; false when there was none. */
  unspread(request: {
    scope: Scope;
    at: number;
    by: string;
    reason: string;
    cases: readonly Scope[];
  }): Promise<boolean>;
}

type ProviderOf = (path: PathKey) => string | undefined;

/** Whether a freeze is a block of our address, and nobody's own trouble: what an operator may have spread. */
export function isBlock({ scope, cause, blame }: Freeze): boolean {
  return cause === 'automatic' && blame === 'reputation' && /^(provider|path):/.test(scope);
}

/** The blocks that one spread is about. */
export function blocksOf(
  { scope }: Pick<Spread, 'scope'>,
  freezes: readonly Freeze[],
  of: ProviderOf,
): Scope[] {
  const blocks = freezes.filter(isBlock).map((freeze) => freeze.scope);
  return blocks.filter((block) => block === scope || groupOf(block, of) === scope);
}

/** Whose it is: of `provider:NAME>EGRESS` and of one path. */
function groupOf(block: Scope, of: ProviderOf): Scope {
  if (!block.startsWith('path:')) return block.slice(0, block.lastIndexOf('>')) as Scope;
  const path = block.slice('path:'.length) as PathKey;
  return `provider:${of(path) ?? partsOf(path).site}`;
}

/** What keeps one egress from standing in for those that are barred: it stands still itself, wherever or for those providers. */
function stillBeside(barred: ReadonlySet<Scope>, freezes: readonly Freeze[], of: ProviderOf): Set<Scope> {
  const groups = new Set([...barred].map((block) => groupOf(block, of)));
  const scopes = freezes.map(({ scope }) => scope).filter((scope) => !barred.has(scope));
  return new Set(
    scopes.filter(
      (scope) =>
        scope.startsWith('egress:') || (/^(provider|path):.*>/.test(scope) && groups.has(groupOf(scope, of))),
    ),
  );
}

/** What the router asks: of spreads, and of warm-ups (`warm-ups.ts`). */
export interface Barred {
  /** Another one as soon as anything is barred, or no longer. */
  readonly version: number;
  /** Mail of this path is to leave by another egress, if it can. */
  bars(place: Where): boolean;
  /** May mail of a path that is barred leave by this one of the same site? */
  mayStandIn(other: Where, barred: Where): boolean;
}

type Where = Pick<Place, 'path' | 'provider'>;

export const NOTHING_BARRED: Barred = { version: 0, bars: () => false, mayStandIn: () => true };

export interface SpreadPorts {
  readonly store: SpreadStore & Pick<FreezeStore, 'freezes'>;
  readonly clock: Clock;
}

export class Spreads implements Barred {
  readonly #ports: SpreadPorts;
  #barred: ReadonlySet<Scope> = new Set();
  #still: ReadonlySet<Scope> = new Set();
  /** Blocks of which nothing is to leave by another egress any more, and still stand. */
  #recalled: readonly Scope[] = [];
  #version = 0;
  readonly #sending: SendingBack;

  constructor(ports: SpreadPorts) {
    this.#ports = ports;
    this.#sending = new SendingBack(ports.store, ports.clock);
  }

  get version(): number {
    return this.#version;
  }

  bars(where: Where): boolean {
    return isAmong(this.#barred, where);
  }

  /** The operator chose; but not one that stands still for another reason. */
  mayStandIn(other: Where, barred: Where): boolean {
    return !this.bars(barred) || !isAmong(this.#still, other);
  }

  /** Reads what is asked for and what is blocked. Rejects when the store is down. */
  async refresh(of: ProviderOf): Promise<void> {
    const { store, clock } = this.#ports;
    const now = clock.now();
    const spreads = await store.spreads(now);
    const isIdle = spreads.length === 0 && this.#barred.size === 0;
    const freezes = isIdle ? [] : (await store.freezes(now)).freezes;
    const barred = new Set(spreads.flatMap((spread) => blocksOf(spread, freezes, of)));
    const still = stillBeside(barred, freezes, of);
    const isAsBefore = areEqual(barred, this.#barred);
    if (isAsBefore && areEqual(still, this.#still)) return;
    if (!isAsBefore)
      this.#recalled = freezes
        .filter(isBlock)
        .map(({ scope }) => scope)
        .filter((scope) => this.#barred.has(scope) && !barred.has(scope));
    this.#barred = barred;
    this.#still = still;
    this.#version++;
    this.#sending.begin();
  }

  #isAstray({ path, provider }: Where): boolean {
    const { site } = partsOf(path);
    return this.#recalled.some(
      (scope) => scope.startsWith(`path:${site}>`) || scope.startsWith(`provider:${provider}>`),
    );
  }

  /**
   * Sends back to be routed what waits on a path of this worker that is barred, or on one that it left for and may no longer;
   * true when there was something.
   */
  async clear(place: Where): Promise<boolean> {
    if (!this.bars(place) && !this.#isAstray(place)) return false;
    return (await this.#sending.sweep(place.path)) > 0;
  }
}

/** Whether a path lies in one of these scopes. */
export function isAmong(scopes: ReadonlySet<Scope>, { path, provider }: Where): boolean {
  if (scopes.size === 0) return false;
  const place = { path, node: '', ...(provider === undefined ? {} : { provider }) };
  return scopesOf(place).some((scope) => scopes.has(scope));
}

export function areEqual<T>(a: ReadonlySet<T>, b: ReadonlySet<T>): boolean {
  return a.size === b.size && a.isSubsetOf(b);
}
