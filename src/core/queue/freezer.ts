/**
 * What makes things stand still and go on again, on one worker: it freezes a path that cannot be reached, and everything
 * on this node when the fault is its own; it sends the canaries, and thaws what they show to work.
 *
 * All of it is in the store, so that it survives a restart and every worker sees the same; the turn to send a canary is
 * taken there too, so that one worker sends it.
 */
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { DeliveryId, PathKey, RemoteReply } from '../envelope.ts';
import { chooseCanary } from '../reputation/canary.ts';
import type { CaseHold } from '../reputation/case.ts';
import { policyOf } from '../reputation/policy.ts';
import type { CanaryOutcome, Trouble } from './attempt-outcome.ts';
import { isNothing, type WaitingStore } from './admin.ts';
import { type Breadth, groupOf, type Health } from './breadth.ts';
import { domainOfCustomer } from './customer.ts';
import {
  type Canary,
  customerOfScope,
  type Freeze,
  type FreezeBlame,
  isProviderHold,
  isWarmUpStop,
  partsOf,
  type Place,
  type Scope,
  scopeKind,
  scopesOf,
  type Stoppage,
} from './freeze.ts';
import { FreezeBook } from './freeze-book.ts';
import type { PathRunner } from './path-runner.ts';
import type { ClaimedDelivery, QueueStore } from './port.ts';

const NOBODY: readonly string[] = [];

/** When a canary first tries, and the longest time between two, by whose fault it is, ms. */
const CANARIES = {
  // Often: each moment that a fault of ours outlasts its end is everybody's.
  local: { firstMs: 5_000, longestMs: 10_000 },
  path: { firstMs: 20_000, longestMs: 300_000 },
} as const;

/** Of what a provider refuses us for, when it is no hold: an operator's own freeze. */
function canariesOf(blame: FreezeBlame): { firstMs: number; longestMs: number } {
  return CANARIES[blame === 'local' ? 'local' : 'path'];
}

/** Far ends that a canary for everything goes to: each of another operator. */
export const WIDE_CANARIES = 3;
/** Longer than any canary takes: a worker that died with one keeps the others from trying no longer than that, ms. */
const A_CANARY_MS = 30 * 60_000;
/** After this long, ms, a case is looked at again whose message could not be tried: its path was busy, or it had gone. */
const UNTRIED_MS = 5_000;
/**
 * A try that was due for so long, ms, while this worker was looking for so long: no mail is left that could show anything. The
 * hold ends by itself: of an egress that mail left by only for a while, nothing ever would.
 */
const IDLE_MS = 3 * 86_400_000;
const LOOKED_MS = 10 * 60_000;
/** Paths that are asked for mail to send as a canary, in one turn. */
const MOST_ASKED = 100;
/** Stoppages remembered: longer than any lifetime. */
export const REMEMBER_MS = 125 * 86_400_000;
/** Those that ended within this time are read each time, and all of them now and then. */
const LATELY_MS = 10 * 60_000;
const ALL_AGAIN_MS = 10 * 60_000;

export interface FreezerPorts {
  readonly store: QueueStore & WaitingStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly breadth: Breadth;
  /** Who runs the site of a path, when that is known. */
  providerOf(path: PathKey): string | undefined;
  /** The paths that this worker has. */
  runners(): Iterable<PathRunner>;
  /** Is told before what stands still is read again. Rejects when the store is down. */
  refreshing(): Promise<void>;
  /** Customers' domains whose mail met the block of a scope. */
  metBy(scope: Scope): Promise<readonly string[]>;
}

/** A path that a canary goes to, and the message when it was chosen. */
interface Chosen {
  readonly runner: PathRunner;
  readonly delivery?: DeliveryId;
}

export class Freezer {
  readonly #ports: FreezerPorts;
  readonly #node: string;
  readonly #book = new FreezeBook();
  #others: readonly Health[] = [];
  #stoppages: readonly Stoppage[] = [];
  /** Freezes that are on their way to the store. */
  readonly #beginning = new Set<Freeze>();
  /** When all of them are read again, not only the latest; the clocks of other nodes may differ from ours. */
  #allAgainAt = 0;
  #judging: Promise<void> | undefined;
  #begunReads = 0;
  /** The youngest that the book is made of. */
  #newestRead = 0;
  /** How far the paths were asked for a canary. */
  #asked = 0;
  readonly #begunAt: number;

  constructor(node: string, ports: FreezerPorts) {
    this.#node = node;
    this.#ports = ports;
    this.#begunAt = ports.clock.monotonic();
  }

  /** Reads what stands still and what the other workers of this node see. Rejects when the store is down. */
  async refresh(): Promise<void> {
    const { store, clock } = this.#ports;
    const now = clock.now();
    await store.thawDue(now);
    await this.#ports.refreshing();
    const all = now >= this.#allAgainAt || now < this.#allAgainAt - ALL_AGAIN_MS;
    const since = now - (all ? REMEMBER_MS : LATELY_MS);
    const read = ++this.#begunReads;
    const [{ freezes, stoppages }, healths] = await Promise.all([
      store.freezes(since),
      store.healths(this.#node),
    ]);
    // Reads may overtake each other; what was read sooner knows less.
    if (read < this.#newestRead) return;
    this.#newestRead = read;
    if (all) this.#allAgainAt = now + ALL_AGAIN_MS;
    this.#stoppages = [...this.#stoppages.filter(({ to }) => !all && to <= since), ...stoppages];
    this.#book.replace({ freezes, stoppages: this.#stoppages });
    for (const freeze of this.#beginning) this.#book.add(freeze);
    this.#others = healths;
    // Whoever thawed this node has judged what failed until then.
    this.#ports.breadth.forgetBefore(this.#book.endedAt(this.#scope));
    this.apply();
  }

  /** Makes every path of this worker stand still or go on, as the book says. */
  apply(): void {
    for (const runner of this.#ports.runners()) {
      runner.setApart(this.customersApart(runner.path));
      if (this.over(runner.path).length > 0) runner.freeze();
      else runner.thaw();
    }
  }

  /** The customers' domains whose mail on a path stands still. */
  customersApart(path: PathKey): readonly string[] {
    // Asked for each message that comes in.
    if (!this.#book.hasCustomersApart) return NOBODY;
    return this.#book.customersApart(this.#ports.providerOf(path) ?? partsOf(path).site);
  }

  /** Whether a node stands still by its own fault. */
  isCutOff(node: string): boolean {
    return this.#book.all.some(({ scope, cause }) => scope === `node:${node}` && cause === 'automatic');
  }

  /** The freezes that a path is under, the widest first; with a customer's domain, those of that customer as well. */
  over(path: PathKey, customer?: string): readonly Freeze[] {
    return this.#book.over(this.#placeOf(path, customer));
  }

  /** When a delivery's lifetime ends as things stand at `at`, ms. */
  expiryOf(delivery: ClaimedDelivery, at: number): number {
    const { acceptedAt } = delivery.message;
    const lifetimeMs = delivery.expiresAt - acceptedAt;
    const span = { from: acceptedAt, to: at, lifetimeMs };
    const place = this.#placeOf(delivery.path, domainOfCustomer(delivery.customer));
    return delivery.expiresAt + this.#book.stoppedMs(place, span);
  }

  /** A path failed again and again: it stands still from now on. */
  async freezePath(path: PathKey, { blame, reply }: Trouble): Promise<void> {
    const { clock, log } = this.#ports;
    const now = clock.now();
    log.warn({ path, blame, said: reply.text }, 'a path is frozen: a canary tries it');
    await this.#freeze({
      scope: `path:${path}`,
      cause: 'automatic',
      blame,
      since: now,
      reason: reply.text,
      canary: firstCanary({ blame, reply }, now),
      reply,
    });
  }

  /** It stands still here at once, and everywhere when the store has it. Rejects when the store is down. */
  hold(request: CaseHold): Promise<void> {
    return this.#atOnce(request.freeze, () => this.#ports.store.hold(request));
  }

  /** As `hold`, for what is no refusal. Rejects when the store is down. */
  stop(freeze: Freeze): Promise<void> {
    return this.#atOnce(freeze, () => this.#ports.store.freeze(freeze));
  }

  /** What is read from the store meanwhile does not let it go again. */
  async #atOnce(freeze: Freeze, keep: () => Promise<unknown>): Promise<void> {
    this.#beginning.add(freeze);
    this.#book.add(freeze);
    this.apply();
    try {
      await keep();
    } finally {
      this.#beginning.delete(freeze);
    }
    await this.refresh();
  }

  get #scope(): Scope {
    return `node:${this.#node}`;
  }

  /** Freezes everything on this node when what fails is ours. One judgement at a time: whoever asks meanwhile shares it. */
  judge(): Promise<void> {
    this.#judging ??= this.#judge().finally(() => {
      this.#judging = undefined;
    });
    return this.#judging;
  }

  async #judge(): Promise<void> {
    const fault = this.#ports.breadth.ownFault(this.#others);
    const scope = this.#scope;
    if (fault === undefined || this.#book.all.some((freeze) => freeze.scope === scope)) return;
    const { clock, log } = this.#ports;
    const what = fault.kind === 'dns' ? 'no name server answers' : 'nobody can be reached';
    const reason = `${what}: ${fault.groups.slice(0, 5).join(', ')} fail alike`;
    const reply: RemoteReply = {
      stage: fault.kind === 'dns' ? 'route' : 'connect',
      text: reason,
      afterMs: 0,
    };
    log.error({ groups: fault.groups, since: fault.since }, 'the fault is ours: everything stands still');
    await this.#freeze({
      scope,
      cause: 'automatic',
      blame: 'local',
      since: fault.since,
      reason,
      canary: firstCanary({ blame: 'local', reply }, clock.now()),
      reply,
    });
    // What was put on single paths since then was ours as well.
    const mistaken = this.#book.all.filter(
      (one) => one.cause === 'automatic' && one.blame === 'path' && one.since >= fault.since,
    );
    for (const { scope: path, cause } of mistaken) await this.#thaw({ scope: path, cause });
  }

  /** Sends the canaries that are due, and thaws what they show to work. */
  async canaries(): Promise<void> {
    const now = this.#ports.clock.now();
    const trying = new Set<PathRunner>();
    for (const freeze of this.#book.all) {
      const { canary } = freeze;
      if (canary === undefined || !isDue(canary, now)) continue;
      const isHold = isProviderHold(freeze);
      const chosen = isHold ? await this.#messageFor(freeze) : await this.#chosen(freeze);
      if (isHold && chosen.length === 0 && this.#isIdle(canary, now)) await this.#endIdle(freeze, canary);
      // A path has one canary at a time: of several cases there the next is tried in the next round.
      if (chosen.length === 0 || (isHold && chosen.some(({ runner }) => trying.has(runner)))) continue;
      const everyMs = Math.min(canary.everyMs * 2, this.#longestOf(freeze));
      const turn = { at: now + Math.min(everyMs, A_CANARY_MS), everyMs };
      if (!(await this.#nextTurn(freeze, canary.at, turn))) continue;
      for (const { runner } of chosen) trying.add(runner);
      // Not awaited: a far end may keep a canary for minutes, and the others are due as well.
      void this.#try(freeze, chosen, turn);
    }
  }

  /** Whoever has mail for it takes its turn: a server that has just begun may not have looked yet. */
  #isIdle({ at }: Canary, now: number): boolean {
    return at <= now - IDLE_MS && this.#ports.clock.monotonic() >= this.#begunAt + LOOKED_MS;
  }

  /** Of those that see it one worker asks; where there is mail that may not try now, after as long again. */
  async #endIdle(freeze: Freeze, { at, everyMs }: Canary): Promise<void> {
    const { store, clock } = this.#ports;
    const { scope, cause } = freeze;
    if (!(await this.#nextTurn(freeze, at, { at: clock.now(), everyMs }))) return;
    if (await this.#waitsIn(scope)) return;
    await store.closeCase({
      scope,
      at: clock.now(),
      why: 'no mail was left that could try; the next shows how things stand',
    });
    await this.#thaw({ scope, cause });
  }

  /** Whether any mail is left in it, on whatever worker's paths. */
  async #waitsIn(scope: Scope): Promise<boolean> {
    const { store } = this.#ports;
    const domain = customerOfScope(scope)?.domain;
    const known = await store.listPaths(undefined);
    const inside = known.filter(({ path, provider }) => {
      const place = this.#placeOf(path, domain);
      return scopesOf(provider === undefined ? place : { ...place, provider }).includes(scope);
    });
    const paths = inside.map(({ path }) => path);
    return !isNothing(await store.countWaiting({ paths, ...(domain === undefined ? {} : { domain }) }));
  }

  #nextTurn({ scope, cause }: Freeze, dueAt: number, next: Canary): Promise<boolean> {
    return this.#ports.store.takeCanary({ scope, cause, dueAt, next });
  }

  /** A pause that the far end asked for may be longer than any of ours. */
  #longestOf(freeze: Freeze): number {
    if (!isProviderHold(freeze)) return canariesOf(freeze.blame).longestMs;
    const group = freeze.scope.replace(/^[a-z]+:/, '');
    const provider = freeze.scope.startsWith('path:')
      ? this.#ports.providerOf(group as PathKey)
      : (customerOfScope(freeze.scope)?.group ?? group.slice(0, group.indexOf('>')));
    return Math.max(policyOf(provider).ceilingMs, freeze.canary?.everyMs ?? 0);
  }

  /** The one message that tries whether a block is over: the best there is on the first paths that have a good one. */
  async #messageFor(freeze: Freeze): Promise<readonly Chosen[]> {
    const { store, clock, metBy } = this.#ports;
    const only = customerOfScope(freeze.scope)?.domain;
    const inside = [...this.#ports.runners()].filter(({ path }) => this.#mayTry(freeze, path)).reverse();
    const avoid = only === undefined ? await metBy(freeze.scope) : [];
    let spare: readonly Chosen[] = [];
    for (const runner of inside.slice(0, MOST_ASKED)) {
      const { path } = runner;
      const shunned = [...avoid, ...(only === undefined ? this.customersApart(path) : [])];
      const request = { path, now: clock.now(), avoid: shunned, ...(only === undefined ? {} : { only }) };
      const chosen = chooseCanary(await store.canaryCandidates(request), new Set(shunned));
      if (chosen === undefined) continue;
      const { delivery, isGood } = chosen;
      if (isGood) return [{ runner, delivery }];
      if (spare.length === 0) spare = [{ runner, delivery }];
    }
    return spare;
  }

  /** It lies in that, and in nothing else that stands still for another reason. */
  #mayTry(freeze: Freeze, path: PathKey): boolean {
    const customer = customerOfScope(freeze.scope)?.domain;
    if (!scopesOf(this.#placeOf(path, customer)).includes(freeze.scope)) return false;
    return this.over(path).every((other) => other === freeze || isProviderHold(other));
  }

  /** The paths that a canary goes to: of a wide freeze some that have nothing to do with each other, and have mail. */
  async #chosen(freeze: Freeze): Promise<readonly Chosen[]> {
    // The last that came is the likeliest to work: the first may have been dead for days.
    // What a warm-up has stopped tries nothing.
    const under = [...this.#ports.runners()]
      .filter(({ path }) => this.over(path).includes(freeze) && !this.over(path).some(isWarmUpStop))
      .reverse();
    if (!['all', 'node'].includes(scopeKind(freeze.scope)))
      return under.slice(0, 1).map((runner) => ({ runner }));
    const chosen = new Map<string, PathRunner>();
    let asked = 0;
    for (; asked < Math.min(under.length, MOST_ASKED) && chosen.size < WIDE_CANARIES; asked++) {
      const runner = under[(this.#asked + asked) % under.length] as PathRunner;
      const group = groupOf(partsOf(runner.path).site, this.#ports.providerOf(runner.path));
      if (!chosen.has(group) && (await this.#hasMail(runner))) chosen.set(group, runner);
    }
    // The next turn goes on with the others: these may be dead on their own account.
    this.#asked = under.length === 0 ? 0 : (this.#asked + asked) % under.length;
    return [...chosen.values()].map((runner) => ({ runner }));
  }

  async #hasMail({ path }: PathRunner): Promise<boolean> {
    const { store, clock } = this.#ports;
    return ((await store.nextDue(path)) ?? Number.POSITIVE_INFINITY) <= clock.now();
  }

  async #try(freeze: Freeze, chosen: readonly Chosen[], turn: Canary): Promise<void> {
    const begun = this.#ports.clock.now();
    const tries = chosen.map(async ({ runner, delivery }) => {
      const outcome = await runner.canary(freeze.blame, delivery);
      if (!this.#shows(freeze, outcome, begun)) return outcome;
      await this.#thaw(freeze);
      return 'over';
    });
    const pause = async (came: readonly (CanaryOutcome | 'over')[]): Promise<void> => {
      if (came.includes('over')) return;
      // Nothing was tried, so nothing was refused: the turn goes back, and the pause is no longer than it was.
      const { everyMs } = freeze.canary ?? turn;
      const isHold = isProviderHold(freeze);
      const now = this.#ports.clock.now();
      if (isHold && came.every((one) => one === 'busy' || one === 'none')) {
        await this.#nextTurn(freeze, turn.at, { at: now + UNTRIED_MS, everyMs });
        return;
      }
      if (turn.everyMs > A_CANARY_MS)
        await this.#nextTurn(freeze, turn.at, { ...turn, at: begun + turn.everyMs });
      if (!isHold) return;
      const event = { at: now, kind: 'tried', detail: { pauseMs: turn.everyMs } } as const;
      await this.#ports.store.noteCase({ scope: freeze.scope, event });
    };
    await Promise.all(tries)
      .then(pause)
      .catch((error: unknown) =>
        this.#ports.log.warn(
          { scope: freeze.scope, error: String(error) },
          'could not thaw; the next canary will',
        ),
      );
  }

  /** Whether this outcome shows that there is no reason any more to stand still. */
  #shows(freeze: Freeze, outcome: CanaryOutcome, begun: number): boolean {
    switch (freeze.blame) {
      case 'local': {
        // Any answer of the kind that was missing, whatever it says.
        const { okAt } = this.#ports.breadth.health();
        return freeze.reply?.stage === 'route' ? okAt.dns >= begun : okAt.connect >= begun;
      }
      case 'path':
        // With nothing to send there is nothing to hold back; the next mail shows how things stand.
        return outcome === 'good' || outcome === 'none';
      case 'reputation':
      case 'sender':
        return outcome === 'good';
      default:
        return freeze.blame satisfies never;
    }
  }

  async #freeze(freeze: Freeze): Promise<void> {
    await this.#ports.store.freeze(freeze);
    await this.refresh();
  }

  /** Ends what stood still. Rejects when the store is down. */
  thaw(scope: Scope): Promise<void> {
    return this.#thaw({ scope, cause: 'automatic' });
  }

  async #thaw({ scope, cause }: Pick<Freeze, 'scope' | 'cause'>): Promise<void> {
    const { store, clock, log } = this.#ports;
    const thawed = await store.thaw({ scope, cause, at: clock.now() });
    if (thawed !== undefined) log.info({ scope, afterMs: clock.now() - thawed.since }, 'thawed');
    await this.refresh();
  }

  #placeOf(path: PathKey, customer?: string): Place {
    const provider = this.#ports.providerOf(path);
    return {
      path,
      node: this.#node,
      ...(provider === undefined ? {} : { provider }),
      ...(customer === undefined ? {} : { customer }),
    };
  }
}

/** Or further off than any canary is ever put: the clock was set back since, and nobody waits until it has caught up. */
function isDue({ at, everyMs }: Canary, now: number): boolean {
  return at <= now || at > now + 2 * everyMs;
}

function firstCanary(freeze: Pick<Freeze, 'blame' | 'reply'>, now: number): Canary {
  const everyMs = canariesOf(freeze.blame).firstMs;
  return { at: now + everyMs, everyMs };
}
