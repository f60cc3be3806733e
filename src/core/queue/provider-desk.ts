/**
 * The provider desk of one worker: from what providers say of us to what stands still, and back.
 *
 * A refusal is put down to what explains it most narrowly (reputation/tally.ts): one customer, or our address. That stands
 * still by a freeze as anything else does, with a case beside it. The first canary that is taken brings it back: the
 * stream begins with one connection for all sites of the provider together, and has one more for each that went well,
 * until it bears what it bore before; the first renewed refusal stops it again, for longer. All of it is in the store.
 */
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { Verdict } from '../delivery/classify.ts';
import type { PathKey, RemoteReply } from '../envelope.ts';
import {
  type CaseHold,
  type CaseReply,
  type CaseStore,
  MOST_REPLIES,
  type ProviderCase,
} from '../reputation/case.ts';
import type { ReplyClass } from '../reputation/meaning.ts';
import type { Feedback } from '../reputation/feedback.ts';
import { particularsOf } from '../reputation/particulars.ts';
import { AGAIN_MS, pauseOf } from '../reputation/policy.ts';
import { type Known, type Refusal, Tally } from '../reputation/tally.ts';
import type { Trouble } from './attempt-outcome.ts';
import { domainOfCustomer } from './customer.ts';
import {
  customerOfScope,
  customerScope,
  type Freeze,
  isProviderHold,
  partsOf,
  type Scope,
  scopesOf,
  streamScope,
} from './freeze.ts';
import { Pace } from './pace.ts';
import type { PathRunner } from './path-runner.ts';
import type { ClaimedDelivery } from './port.ts';
import { saidFor } from './work.ts';

export interface ProviderDeskPorts {
  readonly store: CaseStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly feedback: Feedback;
  providerOf(path: PathKey): string | undefined;
  /** The paths that this worker has. */
  runners(): Iterable<PathRunner>;
  /** The freezes over one customer's mail on a path. */
  over(path: PathKey, customer: string): readonly Freeze[];
  /** Makes it stand still here and everywhere. Rejects when the store is down. */
  hold(request: CaseHold): Promise<void>;
  thaw(scope: Scope): Promise<void>;
}

/** Cases looked at. */
const MOST_CASES = 1_000;
/**
 * Customers whose mail to one provider stands still for their own sake. Who forwards mail has as many as strangers make up
 * domains to send from; past these a delivery waits for itself.
 */
const MOST_APART = 200;
/** Which domains are of one tenant is read again after this long, ms. */
const TENANTS_MS = 60_000;
/** Paths whose last refusal is remembered. */
const MOST_PATHS = 10_000;
/** Mail has come back for good after this long without a refusal, ms. */
const RETURNED_MS = 30 * 60_000;
/** What waits after a return is in memory by the time of so many looks. */
const IDLE_LOOKS = 3;
/** More connections than any provider bears. */
const MOST_CONNECTIONS = 10_000;

/** What goes again: how much the stream bears, and how many messages were taken since. */
interface Return {
  readonly pace: Pace;
  taken: number;
  /** A message that was taken has brought it back. */
  readonly isShown: boolean;
  /** Looks in a row at which nothing waited. */
  idle: number;
}

export class ProviderDesk {
  readonly #ports: ProviderDeskPorts;
  readonly #tally = new Tally();
  #cases: readonly ProviderCase[] = [];
  /** By domain, of those that have one, and when that was read. */
  #tenants: ReadonlyMap<string, string> = new Map();
  #tenantsAt = Number.NEGATIVE_INFINITY;
  readonly #returns = new Map<Scope, Return>();
  /** Replies put down to what stands still, for each. */
  #noted = new Map<Scope, number>();
  /** What is held, and of that where a message was taken all the same: the canary. */
  #held: ReadonlySet<Scope> = new Set();
  readonly #shown = new Set<Scope>();
  /** How each path's last refusal was read. */
  readonly #classes = new Map<PathKey, ReplyClass>();

  constructor(ports: ProviderDeskPorts) {
    this.#ports = ports;
  }

  /** Reads the cases. Rejects when the store is down. */
  async refresh(): Promise<void> {
    const { store, clock } = this.#ports;
    const since = clock.now() - AGAIN_MS;
    if (clock.monotonic() >= this.#tenantsAt + TENANTS_MS) {
      this.#tenants = new Map((await store.tenants()).map(({ domain, tenant }) => [domain, tenant]));
      this.#tenantsAt = clock.monotonic();
    }
    this.#cases = await store.cases({ since, limit: MOST_CASES });
    const returning = this.#cases.filter(({ state }) => state === 'returning');
    const scopes = new Set(returning.map(({ scope }) => scope));
    for (const scope of this.#returns.keys()) if (!scopes.has(scope)) this.#returns.delete(scope);
    for (const { scope, level } of returning) if (!this.#returns.has(scope)) this.#begin(scope, level);
    const held = new Set(this.#cases.filter(({ state }) => state === 'held').map(({ scope }) => scope));
    this.#noted = new Map([...this.#noted].filter(([scope]) => held.has(scope)));
    this.#held = held;
    for (const scope of this.#shown) if (!held.has(scope)) this.#shown.delete(scope);
  }

  #begin(scope: Scope, level: number): void {
    const limits = { initialConnections: 1, maxConnections: MOST_CONNECTIONS };
    this.#returns.set(scope, {
      pace: new Pace(limits, Math.max(level, 1)),
      taken: 0,
      isShown: this.#shown.has(scope),
      idle: 0,
    });
  }

  /** What came of one delivery. `apart`: its customer's mail stands still there, and the path goes on. */
  heard(delivery: ClaimedDelivery, verdict: Verdict, reply: RemoteReply): 'apart' | undefined {
    if (verdict.kind === 'delivered') return this.#taken(delivery);
    const refusal = this.#refusalOf(delivery, verdict, reply);
    if (refusal === undefined) return undefined;
    if (this.#classes.size >= MOST_PATHS) this.#classes.clear();
    this.#classes.set(refusal.path, refusal.class);
    this.#tell(delivery, refusal);
    const over = this.#ports.over(refusal.path, refusal.customer);
    const standing = over.find((freeze) => isProviderHold(freeze) && freeze.blame === refusal.blame);
    if (standing !== undefined) {
      this.#note(standing.scope, refusal);
      return customerOfScope(standing.scope) === undefined ? undefined : 'apart';
    }
    const scope = this.#tally.add(refusal, this.#knownOf(refusal));
    if (scope === undefined || (refusal.blame === 'sender' && this.#areMany(refusal))) return undefined;
    // Who stands still for one reason already has that case to itself: what was under way and met another opens none there.
    if (!this.#cases.some((one) => one.scope === scope && one.state === 'held')) this.#hold(scope, refusal);
    return customerOfScope(scope) === undefined ? undefined : 'apart';
  }

  /** A path was refused again and again, whatever the words: the stream stands still. */
  failed(path: PathKey, { reply }: Trouble): void {
    const provider = this.#ports.providerOf(path);
    const { waitMs } = particularsOf(reply.text);
    const refusal: Refusal = {
      path,
      ...(provider === undefined ? {} : { provider }),
      customer: '-',
      ...(waitMs === undefined ? {} : { waitMs }),
      reply,
      class: this.#classes.get(path) ?? 'ip-throttled',
      rule: 'repeated',
      confidence: 'medium',
      blame: 'reputation',
      at: this.#ports.clock.now(),
    };
    this.#hold(this.#tally.stream(refusal), refusal);
  }

  /** Whether one more connection may be opened: while a stream comes back, all its paths together have so many. */
  mayOpen(path: PathKey): boolean {
    if (this.#returns.size === 0) return true;
    const stream = this.#streamOf(path);
    const returning = stream === undefined ? undefined : this.#returns.get(stream);
    return returning === undefined || this.#connections(stream as Scope) < returning.pace.connections;
  }

  /** Customers' domains whose mail met the block of a scope: none of theirs tries whether it is over. */
  async metBy(scope: Scope): Promise<readonly string[]> {
    const found = this.#cases.find((one) => one.scope === scope && one.state !== 'closed');
    if (found === undefined) return [];
    const events = await this.#ports.store.caseEvents(found.id);
    return [...new Set(events.flatMap(({ detail }) => detail.customer ?? []))];
  }

  /** Keeps what the streams that come back bear, and closes the cases of those that are back. Rejects when the store is down. */
  async tidy(): Promise<void> {
    const now = this.#ports.clock.now();
    // What another worker held at the same moment.
    for (const wide of this.#cases)
      if (wide.state === 'held' && wide.blame === 'reputation')
        await this.#absorb(this.#narrowerThan(wide.scope, wide), wide.scope);
    for (const { id, scope, state, level, changedAt } of this.#cases) {
      const returning = this.#returns.get(scope);
      if (state !== 'returning' || returning === undefined) continue;
      const { pace } = returning;
      if (pace.connections > level) await this.#ports.store.keepCaseLevel({ id, level: pace.connections });
      if (now < changedAt + RETURNED_MS && !this.#isThrough(scope, returning)) continue;
      this.#ports.log.info({ scope }, 'mail flows again: the case is closed');
      await this.#ports.store.closeCase({ scope, at: now, why: 'mail flows again' });
      this.#returns.delete(scope);
    }
  }

  /** Some was taken, and nothing waits any more that could show otherwise. */
  #isThrough(scope: Scope, returning: Return): boolean {
    const isIdle = this.#inside(scope).every((runner) => runner.waiting === 0 && !runner.draining);
    returning.idle = isIdle ? returning.idle + 1 : 0;
    const { taken, isShown, idle } = returning;
    return isIdle && (taken > 0 || (isShown && idle >= IDLE_LOOKS));
  }

  #taken({ path, customer }: ClaimedDelivery): undefined {
    if (this.#tally.isEmpty && this.#returns.size === 0 && this.#held.size === 0) return undefined;
    const provider = this.#ports.providerOf(path);
    const domain = domainOfCustomer(customer);
    if (!this.#tally.isEmpty) this.#tally.taken(path, { provider, customer: domain });
    for (const scope of [
      this.#streamOf(path),
      `path:${path}` as const,
      customerScope(domain, provider ?? partsOf(path).site),
    ]) {
      if (scope === undefined) continue;
      if (this.#held.has(scope)) this.#shown.add(scope);
      const returning = this.#returns.get(scope);
      if (returning === undefined) continue;
      returning.taken++;
      returning.pace.succeeded(this.#ports.clock.monotonic());
    }
    return undefined;
  }

  #tell({ message, customer }: ClaimedDelivery, { blame, class: name, account, at }: Refusal): void {
    const about = account === undefined ? {} : { account };
    this.#ports.feedback.told({
      kind: 'refusal',
      message: message.id,
      ...about,
      customer,
      at,
      blame,
      class: name,
    });
  }

  /** Who asks for less is given less; that is no refusal. What is not sure stops nothing. */
  #refusalOf(delivery: ClaimedDelivery, verdict: Verdict, reply: RemoteReply): Refusal | undefined {
    const { reading, about } = verdict;
    if (reading === undefined || about === undefined || about.confidence === 'low') return undefined;
    const isOurs = verdict.kind === 'path-trouble' && verdict.blame === 'reputation' && about.scope === 'ip';
    const isTheirs =
      verdict.kind === 'deferred' && verdict.blame === 'sender' && about.scope === 'account-domain';
    if (!isOurs && !isTheirs) return undefined;
    const { path, customer, message } = delivery;
    const provider = this.#ports.providerOf(path);
    const { waitMs } = particularsOf(reply.text, saidFor(delivery));
    return {
      path,
      ...(provider === undefined ? {} : { provider }),
      customer: domainOfCustomer(customer),
      ...(message.account === undefined ? {} : { account: message.account }),
      reply,
      ...(waitMs === undefined ? {} : { waitMs }),
      class: reading.class,
      rule: reading.rule,
      confidence: about.confidence,
      blame: isOurs ? 'reputation' : 'sender',
      at: this.#ports.clock.now(),
    };
  }

  #knownOf({ path, provider }: Refusal): Known {
    const { site, egress } = partsOf(path);
    const group = provider ?? site;
    const alike = this.#cases.filter((one) => one.provider === group && one.egress === egress);
    const wide = new Set([this.#streamOf(path), `path:${path}`]);
    return {
      customers: alike.flatMap(({ state, customer, blame }) =>
        state === 'held' && blame === 'reputation' && customer !== undefined ? [customer] : [],
      ),
      ownerOf: (domain) => this.#ownerOf(domain),
      isReturning: alike.some(({ state, scope }) => state === 'returning' && wide.has(scope)),
    };
  }

  /** A tenant's name could be that of a domain: it is marked. */
  #ownerOf(domain: string): string {
    const tenant = this.#tenants.get(domain);
    return tenant === undefined ? domain : `tenant:${tenant}`;
  }

  #areMany({ path, provider }: Refusal): boolean {
    const { site, egress } = partsOf(path);
    const apart = this.#cases.filter(
      (one) =>
        one.state !== 'closed' &&
        one.customer !== undefined &&
        one.provider === (provider ?? site) &&
        one.egress === egress,
    );
    return apart.length >= MOST_APART;
  }

  #hold(scope: Scope, refusal: Refusal): void {
    const request = this.#request(scope, refusal);
    const { pauseMs } = request.about;
    this.#ports.log.warn(
      { scope, pauseMs, said: refusal.reply.text },
      customerOfScope(scope) === undefined
        ? "a provider refuses us: everybody's mail there is held"
        : "a provider refuses one customer's mail: that is held",
    );
    this.#returns.delete(scope);
    // What is known here counts at once; the store says the same with the next look.
    const { since } = request.freeze;
    const opened = { id: 0, scope, openedAt: since, changedAt: since, state: 'held', renewed: 0 } as const;
    this.#cases = [{ ...request.about, ...opened }, ...this.#cases.filter((one) => one.scope !== scope)];
    const narrower = this.#narrowerThan(scope, request.about);
    void this.#ports
      .hold(request)
      .then(() => this.#absorb(narrower, scope))
      .catch((error: unknown) =>
        this.#ports.log.warn({ scope, error: String(error) }, 'could not hold; the next refusal will'),
      );
  }

  #request(scope: Scope, refusal: Refusal): CaseHold {
    const { path, provider, blame, class: name, reply, at, waitMs } = refusal;
    const { site, egress } = partsOf(path);
    const last = this.#cases.find((one) => one.scope === scope && one.blame === blame);
    const customer = customerOfScope(scope)?.domain;
    const of = { provider: provider ?? site, egress, ...(customer === undefined ? {} : { customer }) };
    const narrower = this.#narrowerThan(scope, of).map(({ pauseMs }) => pauseMs);
    const own = pauseOf({ provider, blame, class: name, waitMs, lastMs: last?.pauseMs });
    // One that explains others is no shorter than they.
    const pauseMs = Math.max(own, ...narrower);
    return {
      freeze: {
        scope,
        cause: 'automatic',
        blame,
        since: at,
        reason: reply.text,
        canary: { at: at + pauseMs, everyMs: pauseMs },
        reply,
      },
      about: {
        ...of,
        blame,
        class: name,
        pauseMs,
        level: Math.min(this.#levelOf(scope), MOST_CONNECTIONS),
      },
      replies: this.#repliesOf(scope, refusal),
    };
  }

  #repliesOf(scope: Scope, refusal: Refusal): CaseHold['replies'] {
    const { path, provider } = refusal;
    const met = this.#tally.take(path, { provider, scope });
    return (met.length === 0 ? [refusal] : met)
      .slice(-MOST_REPLIES)
      .map((one) => ({ at: one.at, ...replyOf(one) }));
  }

  /** Holds that this one explains: of customers, when it is our address; of single sites, when it is all of them. */
  #narrowerThan(
    scope: Scope,
    about: Pick<ProviderCase, 'provider' | 'egress' | 'customer'>,
  ): readonly ProviderCase[] {
    if (about.customer !== undefined) return [];
    return this.#cases.filter((one) => {
      const isAlike = one.provider === about.provider && one.egress === about.egress;
      const isSite = scope.startsWith('provider:') && one.scope.startsWith('path:');
      const isNarrower = one.customer !== undefined || isSite;
      return isAlike && isNarrower && one.state === 'held' && one.blame === 'reputation';
    });
  }

  async #absorb(narrower: readonly ProviderCase[], into: Scope): Promise<void> {
    for (const { scope } of narrower) {
      await this.#ports.store.closeCase({
        scope,
        at: this.#ports.clock.now(),
        why: `it is all of ${into}`,
        into,
      });
      await this.#ports.thaw(scope);
    }
  }

  #note(scope: Scope, refusal: Refusal): void {
    const noted = this.#noted.get(scope) ?? 0;
    if (noted >= MOST_REPLIES) return;
    this.#noted.set(scope, noted + 1);
    const event = { at: refusal.at, kind: 'reply', detail: replyOf(refusal) } as const;
    void this.#ports.store
      .noteCase({ scope, event })
      .catch((error: unknown) => this.#ports.log.warn({ error: String(error) }, 'could not keep a reply'));
  }

  #streamOf(path: PathKey): Scope | undefined {
    const provider = path === '' ? undefined : this.#ports.providerOf(path);
    return provider === undefined ? undefined : streamScope(provider, partsOf(path).egress);
  }

  /** Connections that all its paths here bore together. */
  #levelOf(scope: Scope): number {
    return this.#inside(scope).reduce((sum, { level }) => sum + level, 0);
  }

  #connections(stream: Scope): number {
    return this.#inside(stream).reduce((sum, { active }) => sum + active, 0);
  }

  #inside(scope: Scope): PathRunner[] {
    const customer = customerOfScope(scope)?.domain;
    const about = { node: '', ...(customer === undefined ? {} : { customer }) };
    return [...this.#ports.runners()].filter(({ path }) => {
      const provider = this.#ports.providerOf(path);
      return scopesOf({ path, ...about, ...(provider === undefined ? {} : { provider }) }).includes(scope);
    });
  }
}

function replyOf({ customer, account, path, reply, class: name, rule }: Refusal): CaseReply {
  return { customer, ...(account === undefined ? {} : { account }), path, reply, class: name, rule };
}
