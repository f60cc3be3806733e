/** Whether what stands still does: on a frozen path nobody knocks and nothing is tried but canaries, one at a time. */
import type { PathKey } from '../core/envelope.ts';
import { type Freeze, scopeKind } from '../core/queue/freeze.ts';
import { WIDE_CANARIES } from '../core/queue/freezer.ts';
import type { Begun } from './turns.ts';
import { scopesOfPath } from './scopes.ts';
import type { World } from './world.ts';

/** The owner of a path knows of a freeze after this, ms: a sweep, and whatever commits are before it. */
const KNOWN_AFTER_MS = 5_000;
const SYNCS_UNTIL_KNOWN = 20;

interface Standing {
  readonly freeze: Freeze;
  readonly sinceMono: number;
  readonly canariesBefore: number;
  connects: number;
}

export class Stillness {
  readonly #world: World;
  readonly #report: (what: string) => void;
  readonly #standing = new Map<string, Standing>();

  constructor(world: World, report: (what: string) => void) {
    this.#world = world;
    this.#report = report;
  }

  stands(kind: 'freeze' | 'thaw', freeze: Freeze): void {
    const { clock, ledger } = this.#world;
    const key = `${freeze.scope} ${freeze.cause}`;
    if (kind === 'thaw') this.#standing.delete(key);
    else if (!this.#standing.has(key)) {
      const canariesBefore = ledger.canaries.get(key) ?? 0;
      this.#standing.set(key, { freeze, sinceMono: clock.monotonic(), canariesBefore, connects: 0 });
    }
  }

  connects(path: PathKey): void {
    const { ledger } = this.#world;
    const over = this.#over(path);
    const [known] = over.filter((one) => this.#isKnown(one));
    if (known === undefined) return;
    const canary = over.find(({ freeze, canariesBefore, connects }) => {
      const wide = ['all', 'node'].includes(scopeKind(freeze.scope));
      const sent = (ledger.canaries.get(`${freeze.scope} ${freeze.cause}`) ?? 0) - canariesBefore;
      return connects < sent * (wide ? WIDE_CANARIES : 1);
    });
    if (canary !== undefined) canary.connects++;
    else this.#report(`a connection on ${path}, which stands still (${known.freeze.scope}), by no canary`);
  }

  /** A canary is the first transaction of a connection of its own. */
  begins({ path, isFirst }: Begun): void {
    const known = this.#over(path).find((one) => this.#isKnown(one));
    if (known !== undefined && !isFirst)
      this.#report(`an attempt on ${path}, which stands still (${known.freeze.scope}), by no canary`);
  }

  #over(path: PathKey): Standing[] {
    const scopes = scopesOfPath(path, this.#world.node);
    return [...this.#standing.values()].filter(({ freeze }) => scopes.has(freeze.scope));
  }

  #isKnown({ sinceMono }: Standing): boolean {
    const { clock, disk } = this.#world;
    const forMs = clock.monotonic() - Math.max(sinceMono, disk.sickAt);
    return forMs > KNOWN_AFTER_MS + SYNCS_UNTIL_KNOWN * disk.health.syncMs;
  }
}
