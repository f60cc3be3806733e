/**
 * Whether what fails is ours: by breadth. One far end that cannot be reached is its own trouble. Three that have nothing
 * to do with each other, failing the same way within minutes while nobody succeeds, are ours (design, section 5).
 *
 * A far end counts only when it began to fail after the last success anywhere: the dead hosts that every queue knows
 * have failed for long, while others worked. A reply is a success of the network whatever it says; a name server's
 * answer is one of the resolver.
 */

/** `connect`: no reply came from any host of a site. `dns`: no answer came from the name servers. */
export type FaultKind = 'connect' | 'dns';

/** What one worker has seen, for the others on its node. Times are ms since the epoch. */
export interface Health {
  readonly okAt: Readonly<Record<FaultKind, number>>;
  readonly failing: readonly FailingGroup[];
}

/** One far end that failed, and since when. */
export interface FailingGroup {
  /** Who runs it: far ends of one group fail together for reasons of their own. */
  readonly group: string;
  readonly kind: FaultKind;
  readonly since: number;
  readonly lastAt: number;
}

/** What is ours: how it fails, who shows it, and since when. */
export interface OwnFault {
  readonly kind: FaultKind;
  readonly groups: readonly string[];
  readonly since: number;
}

/** Unrelated far ends that must fail. */
const GROUPS = 3;
/** Within this time, ms. */
const WINDOW_MS = 3 * 60_000;
/** Groups remembered; the one that failed longest ago is forgotten first. */
const MAX_GROUPS = 5_000;
/** Groups that are told to other workers. */
const MAX_TOLD = 20;

export class Breadth {
  readonly #wallClock: () => number;
  /** When it was last asked what time it is, ms since the epoch. */
  #askedAt = 0;
  #okAt: Record<FaultKind, number> = { connect: 0, dns: 0 };
  readonly #failing = new Map<string, FailingGroup>();
  /** What was tried before this has been judged, ms since the epoch. */
  #judgedAt = 0;

  /** `now`: ms since the epoch, so that the workers of a node can compare what they have seen. */
  constructor(now: () => number) {
    this.#wallClock = now;
  }

  /** A clock that was set back leaves times that have yet to come: what was seen then is forgotten. */
  #now(): number {
    const now = this.#wallClock();
    if (now < this.#askedAt) {
      this.#okAt = { connect: 0, dns: 0 };
      this.#failing.clear();
      this.#judgedAt = 0;
    }
    this.#askedAt = now;
    return now;
  }

  succeeded(group: string, kind: FaultKind): void {
    const at = this.#now();
    this.#okAt[kind] = at;
    // Whoever answers has been found.
    if (kind === 'connect') this.#okAt.dns = at;
    if (this.#failing.size > 0) this.#failing.delete(keyOf(kind, group));
  }

  /** `begunAt`: when it was tried (ms). One that was tried before somebody answered says nothing about the time after. */
  failed(group: string, kind: FaultKind, begunAt = this.#now()): void {
    const at = this.#now();
    if (begunAt < Math.max(this.#okAt[kind], this.#judgedAt)) return;
    const key = keyOf(kind, group);
    const since = this.#failing.get(key)?.since ?? at;
    // The order of the map is that of the last failure.
    this.#failing.delete(key);
    this.#failing.set(key, { group, kind, since, lastAt: at });
    const oldest = this.#failing.keys().next().value;
    if (this.#failing.size > MAX_GROUPS && oldest !== undefined) this.#failing.delete(oldest);
  }

  /**
   * What failed before `at` (ms) has been judged: only what fails from then on counts. A moment that has yet to come was
   * written down before the clock was set back, and says nothing.
   */
  forgetBefore(at: number): void {
    if (at > this.#now()) return;
    this.#judgedAt = at;
    for (const [key, { since }] of this.#failing) if (since <= at) this.#failing.delete(key);
  }

  /**
   * The kind of fault that is our own, with the far ends that show it; `others` is what the node's workers have seen, of
   * which, too, only what began after the last judgement counts.
   */
  ownFault(others: readonly Health[]): OwnFault | undefined {
    const now = this.#now();
    const healths = [this.health(), ...others];
    for (const kind of ['connect', 'dns'] as const) {
      const okAt = Math.max(...healths.map((health) => health.okAt[kind]));
      const failing = healths
        .flatMap((health) => health.failing)
        .filter(
          (one) =>
            one.kind === kind && one.since > Math.max(okAt, this.#judgedAt) && one.lastAt >= now - WINDOW_MS,
        );
      const groups = new Set(failing.map(({ group }) => group));
      const since = Math.min(...failing.map((one) => one.since));
      if (groups.size >= GROUPS) return { kind, groups: [...groups].sort(), since };
    }
    return undefined;
  }

  /** What this worker has seen. */
  health(): Health {
    return { okAt: { ...this.#okAt }, failing: [...this.#failing.values()].slice(-MAX_TOLD) };
  }
}

function keyOf(kind: FaultKind, group: string): string {
  return `${kind} ${group}`;
}

/** Who runs a site, roughly: its provider, the domain that its hosts share, or the network of an address. */
export function groupOf(site: string, provider?: string): string {
  if (provider !== undefined) return provider;
  const [host = site] = site.split(/[,+]/);
  const address = /^(\d+\.\d+\.\d+)\.\d+/.exec(host);
  if (address !== null) return host.includes(':') ? host : (address[1] as string);
  return host.replace(/:\d+$/, '').split('.').slice(-2).join('.');
}
