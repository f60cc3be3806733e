/**
 * Whether customers get their turns, seen from the transactions that begin at the far ends: within an account the oldest
 * first, and no customer beyond its share while another waits.
 *
 * Compared is what the design orders: deliveries of one path that were both there before it last began or thawed (its
 * backlog) or both came after (live mail). Nothing that was lost in the meantime counts: after a crash, a thaw, a sick
 * disk or a set clock, waiting is reckoned anew from there.
 */
import type { Clock } from '../base/clock.ts';
import type { PathKey } from '../core/envelope.ts';
import { LEAST_COST_BYTES, QUANTUM_BYTES } from '../core/queue/fair-queue.ts';
import { domainOfCustomer } from '../core/queue/customer.ts';
import { customerOfScope, type Freeze } from '../core/queue/freeze.ts';
import type { Transfer } from '../core/delivery/port.ts';
import type { Settlement } from '../core/queue/port.ts';
import { CLAIM_SIZES } from '../core/queue/window.ts';
import type { Entry } from './entry.ts';
import type { Life } from './life.ts';
import { scopesOfPath } from './scopes.ts';

/**
 * Younger ones of its account may pass an older one for this long, ms: what waits for a connection that is being opened is
 * passed until that fails.
 */
const OVERTAKES_MS = 60_000;
/** And what was passed even once is tried within this, ms: others may have their turn first, on a line that is slow. */
const PASSED_WAITS_MS = 5 * 60_000;
/** What was committed is known to whom it concerns after this, ms: a sweep, and its commits. */
const SETTLED_AFTER_MS = 3_000;
/** What the owner of a path knows of a thaw or of its ownership is this old at most, ms. */
const CUT_WITHIN_MS = 10_000;
/**
 * What is in the store is claimed when fewer than this are in memory (`core/queue/window.ts`): so many may begin before it,
 * whoever sent them.
 */
const CLAIMED_BELOW = CLAIM_SIZES.fast.low;
/** Of a backlog, others may have as many in memory as two claims take before who waits in the store is claimed. */
const CLAIMED_BEFORE = 2 * CLAIM_SIZES.fast.claim;

/** What was accepted before is the backlog; between the two moments nobody can say. */
interface Cut {
  readonly fromMono: number;
  readonly toMono: number;
  readonly wall: number;
}

interface Waiting {
  readonly entry: Entry;
  /** Nobody else of its domain waited on the path when it came. */
  readonly isFirst: boolean;
  /** When a worker first had it in memory. */
  claimedAt: number | undefined;
  /** A worker has it now. */
  inMemory: boolean;
  /** Who is trying it. */
  triedBy: Life | undefined;
  /** When a younger one of its account was tried first, and the last of them. */
  passedAt: number | undefined;
  passedLastAt: number | undefined;
}

const NOT_PASSED = { passedAt: undefined, passedLastAt: undefined };

type Kind = 'backlog' | 'live';

interface Comparison {
  readonly turns: PathTurns;
  readonly kind: Kind;
  readonly since: number;
  readonly takenAt: number;
}

interface Turn {
  readonly at: number;
  readonly domain: string;
  readonly kind: Kind | undefined;
}

class PathTurns {
  cut: Cut = { fromMono: -1, toMono: -1, wall: 0 };
  /** When something last disturbed its order. */
  disturbedAt = 0;
  /** Each transaction that began. */
  readonly turns: Turn[] = [];
  /** By account, the oldest first. */
  readonly waiting = new Map<string, Map<number, Waiting>>();

  kindOf({ acceptedMono, acceptedAt }: Entry): Kind | undefined {
    const { fromMono, toMono, wall } = this.cut;
    if (acceptedMono < fromMono && acceptedAt < wall) return 'backlog';
    return acceptedMono > toMono && acceptedAt > wall ? 'live' : undefined;
  }
}

export interface Begun {
  readonly path: PathKey;
  readonly life: Life;
  /**
   * When its deliveries were taken out of the queue, at the earliest: for the first of a connection, when that was being
   * opened.
   */
  readonly takenAt: number;
  /** It is the first of its connection. */
  readonly isFirst: boolean;
}

export class Turns {
  readonly #clock: Clock;
  readonly #node: string;
  readonly #report: (what: string) => void;
  readonly #paths = new Map<PathKey, PathTurns>();
  /** By sender and recipient, which is all that a transaction shows of a delivery; the oldest first. */
  readonly #byEnds = new Map<string, Set<Waiting>>();
  #disturbedAt = 0;
  #wallAhead: number;

  constructor(about: { clock: Clock; node: string; report(what: string): void }) {
    this.#clock = about.clock;
    this.#node = about.node;
    this.#report = about.report;
    this.#wallAhead = about.clock.now() - about.clock.monotonic();
  }

  /** Something happened after which everything waits anew: a crash, a disk that does not write. */
  disturb(): void {
    this.#disturbedAt = this.#clock.monotonic();
  }

  crashed(life: Life): void {
    this.disturb();
    for (const { waiting } of this.#paths.values())
      for (const queue of waiting.values())
        for (const one of queue.values()) {
          if (one.triedBy === life) one.triedBy = undefined;
          // It may be one of those that the dead had.
          one.inMemory = false;
        }
  }

  stands(kind: 'freeze' | 'thaw', { scope }: Freeze): void {
    const customer = customerOfScope(scope)?.domain;
    for (const [path, turns] of this.#paths) {
      // What it tried meanwhile were canaries, which are chosen and not the oldest.
      if (kind === 'thaw' && customer !== undefined) startAnew(turns, customer);
      if (!scopesOfPath(path, this.#node).has(scope)) continue;
      if (kind === 'thaw') this.#cut(turns);
      else turns.disturbedAt = this.#clock.monotonic();
    }
  }

  /** A path begins in the hands of a worker. */
  owned(path: PathKey): void {
    this.#cut(this.#of(path));
  }

  accepted(entry: Entry): void {
    this.#lookAtClock();
    if (entry.path === '') return;
    const turns = this.#of(entry.path);
    const queue = turns.waiting.get(entry.customer) ?? new Map<number, Waiting>();
    turns.waiting.set(entry.customer, queue);
    const isFirst = ![...turns.waiting].some(
      ([customer, one]) => one.size > 0 && domainOfCustomer(customer) === domainOfCustomer(entry.customer),
    );
    const claimedAt = entry.wasLeased ? entry.acceptedMono : undefined;
    const inMemory = entry.wasLeased;
    const one: Waiting = { entry, isFirst, claimedAt, inMemory, triedBy: undefined, ...NOT_PASSED };
    queue.set(entry.id, one);
    const ends = endsOf(entry.reversePath, entry.address);
    const same = this.#byEnds.get(ends);
    if (same === undefined) this.#byEnds.set(ends, new Set([one]));
    else same.add(one);
  }

  claimed(entry: Entry): void {
    const one = this.#paths.get(entry.path)?.waiting.get(entry.customer)?.get(entry.id);
    if (one === undefined) return;
    one.claimedAt ??= this.#clock.monotonic();
    one.inMemory = true;
  }

  /** What came back untried or for no fault of its own has its old place, and waits anew; anything else is out. */
  settled({ next }: Settlement, entry: Entry): void {
    const one = this.#paths.get(entry.path)?.waiting.get(entry.customer)?.get(entry.id);
    if (one === undefined) return;
    if (next.state !== 'ready' || next.path !== undefined) return this.#forget(one);
    waitsAnew(one);
  }

  /** Nobody had it in memory: the answer to its claim was lost, and only now can it be claimed again. */
  returned(entry: Entry): void {
    const one = this.#paths.get(entry.path)?.waiting.get(entry.customer)?.get(entry.id);
    if (one !== undefined) waitsAnew(one);
  }

  begins({ reversePath, recipients }: Transfer, begun: Begun): void {
    this.#lookAtClock();
    let first: Waiting | undefined;
    for (const { address } of recipients) {
      const one = this.#find(endsOf(reversePath, address), begun.path);
      if (one === undefined) continue;
      if (first === undefined) this.#turn(one, begun);
      first ??= one;
      one.triedBy = begun.life;
    }
  }

  #turn(one: Waiting, { path, takenAt }: Begun): void {
    const turns = this.#of(path);
    const { entry } = one;
    const since = Math.max(turns.disturbedAt, this.#disturbedAt);
    const kind = turns.kindOf(entry);
    const passedAt = passedSince(one, since) ?? takenAt;
    const lateMs = takenAt - passedAt;
    const begunMeanwhile = turns.turns.filter(({ at }) => at > passedAt).length;
    const isLate = lateMs > PASSED_WAITS_MS || (one.passedLastAt ?? passedAt) - passedAt > OVERTAKES_MS;
    if (isLate && (one.inMemory || begunMeanwhile > CLAIMED_BELOW))
      this.#report(
        `${entry.copy} was tried ${Math.round(lateMs)} ms after a younger one of its account on ${path}`,
      );
    if (one.isFirst && kind !== undefined) this.#compare(one, { turns, kind, since, takenAt });
    turns.turns.push({ at: takenAt, domain: domainOfCustomer(entry.customer), kind });
    // Not `takenAt`: what a connection was opened for may have gone over another that was there sooner. Then this was taken
    // only when the connection was there, which a tarpit makes much later.
    for (const older of turns.waiting.get(entry.customer)?.values() ?? []) {
      if (older === one) break;
      const isOlder = older.entry.acceptedAt <= entry.acceptedAt && older.entry.message !== entry.message;
      if (
        isOlder &&
        older.triedBy === undefined &&
        turns.kindOf(older.entry) === kind &&
        kind !== undefined
      ) {
        older.passedLastAt = this.#clock.monotonic();
        older.passedAt = passedSince(older, since) ?? older.passedLastAt;
      }
    }
  }

  /** What each other customer began while this one, the first of its own, waited in memory. */
  #compare({ entry, claimedAt }: Waiting, about: Comparison): void {
    const from = Math.max(about.since, claimedAt ?? about.takenAt) + SETTLED_AFTER_MS;
    const counts = new Map<string, number>();
    for (const { at, domain, kind } of about.turns.turns)
      if (at > from && at < about.takenAt && kind === about.kind)
        counts.set(domain, (counts.get(domain) ?? 0) + 1);
    // Until it can pay for itself, and one turn that had begun before with what was left of the turn before that.
    const rounds = Math.ceil(Math.max(entry.octets, LEAST_COST_BYTES) / QUANTUM_BYTES) + 2;
    const isDisturbed = about.since > (claimedAt ?? entry.acceptedMono);
    const most = (rounds * QUANTUM_BYTES) / LEAST_COST_BYTES + (isDisturbed ? CLAIMED_BEFORE : 0);
    for (const [domain, count] of counts)
      if (domain !== domainOfCustomer(entry.customer) && count > most)
        this.#report(`${entry.copy} waited while ${count} of ${domain} had their turn on ${entry.path}`);
  }

  /** A clock that was set makes older ones younger. */
  #lookAtClock(): void {
    const ahead = this.#clock.now() - this.#clock.monotonic();
    if (Math.abs(ahead - this.#wallAhead) < 1) return;
    this.#wallAhead = ahead;
    this.disturb();
    for (const turns of this.#paths.values()) turns.waiting.clear();
    this.#byEnds.clear();
  }

  #cut(turns: PathTurns): void {
    const now = this.#clock.monotonic();
    turns.disturbedAt = now;
    turns.turns.length = 0;
    turns.cut = { fromMono: now, toMono: now + CUT_WITHIN_MS, wall: this.#clock.now() };
  }

  #of(path: PathKey): PathTurns {
    const known = this.#paths.get(path) ?? new PathTurns();
    this.#paths.set(path, known);
    return known;
  }

  #find(ends: string, path: PathKey): Waiting | undefined {
    for (const one of this.#byEnds.get(ends) ?? [])
      if (one.triedBy === undefined && one.entry.path === path) return one;
    return undefined;
  }

  #forget(one: Waiting): void {
    const { path, customer, id, reversePath, address } = one.entry;
    this.#paths.get(path)?.waiting.get(customer)?.delete(id);
    const ends = endsOf(reversePath, address);
    const same = this.#byEnds.get(ends);
    same?.delete(one);
    if (same?.size === 0) this.#byEnds.delete(ends);
  }
}

/** A younger one that went before everything waited anew is none that overtakes it now. */
function passedSince({ passedAt }: Waiting, since: number): number | undefined {
  return passedAt !== undefined && passedAt > since ? passedAt : undefined;
}

/** All that this customer has there waits anew. */
function startAnew({ waiting }: PathTurns, domain: string): void {
  for (const [customer, queue] of waiting)
    if (domainOfCustomer(customer) === domain) for (const one of queue.values()) waitsAnew(one);
}

function waitsAnew(one: Waiting): void {
  one.inMemory = false;
  one.triedBy = undefined;
  Object.assign(one, NOT_PASSED);
}

function endsOf(from: string, to: string): string {
  return `${from} ${to}`;
}
