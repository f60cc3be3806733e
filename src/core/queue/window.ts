/**
 * What a path has in memory: a bounded part of its queue, shared out between live mail, backlog and slow lanes, and
 * filled again from the store while there is more.
 *
 * The oldest of each kind come first. When a kind has more than a claim takes, half of each claim goes to customers in
 * turn, so that somebody with a hundred thousand messages fills his own share of the memory and nobody else's.
 *
 * Live mail passes the backlog of others, never that of its own account: what that has waiting goes before it, as live
 * mail does, so that an account's mail to a site leaves in the order in which it came.
 */
import type { PathKey } from '../envelope.ts';
import { domainOfCustomer } from './customer.ts';
import type { LanePart, Turn, TurnRequest } from './port.ts';
import { type Eligible, type Kind, Shares } from './shares.ts';
import type { Work } from './work.ts';

/** Deliveries in memory per path at most: the rest of a backlog stays in the store. */
const WINDOW = 1000;

/** Of each kind: claimed at once, and when there are fewer than this, more are claimed. */
export const CLAIM_SIZES = {
  fast: { claim: 300, low: 150 },
  slow: { claim: 16, low: 4 },
} as const;

/** Domains that have their turn in one claim, when there is more than a claim takes. */
const DOMAINS = 25;
/** Domains whose turn is remembered. */
const MAX_TURNS = 2_000;
/** For so long mail is live however its path came into our hands. */
const RECENT_MS = 5_000;
/** A delivery that becomes due is looked for no sooner than this, ms. */
const LEAST_WAIT_MS = 50;
/** Of an account with a backlog and live mail: claimed at once, to go before the live mail. */
const OLDER = 100;
/** Accounts remembered at most: of those that have no backlog, and of those whose backlog goes before their live mail. */
const MAX_ACCOUNTS = 20_000;

export interface WindowPorts {
  claim(parts: readonly (LanePart & { readonly limit: number })[]): Promise<Work[][]>;
  claimInTurn(request: Omit<TurnRequest, 'worker' | 'path'>): Promise<{
    works: Work[];
    turn: Turn;
  }>;
  /** When the next delivery becomes due; undefined when there is none. */
  nextDue(path: PathKey): Promise<number | undefined>;
  giveBack(works: readonly Work[]): void;
  after(ms: number, run: () => void): { cancel(): void };
  now(): number;
  /** There is work, or there may be. */
  changed(): void;
}

export interface WindowOptions {
  /** What live mail surely gets of the path, of 1. */
  readonly liveShare: number;
  /** Slow lanes. */
  readonly lanes: number;
}

/** A round over customers that has not begun. */
export const NEW_TURN: Turn = { domain: '', customers: {} };

export class Window {
  readonly #path: PathKey;
  readonly #ports: WindowPorts;
  readonly #shares: Shares;
  /** The slowest lane. */
  readonly #slowest: number;
  /** Kinds of which the store may have more that is due. */
  readonly #more: Set<Kind>;
  /** Kinds of which there was more than a claim takes, and whose turn it is. */
  readonly #turns = new Map<Kind, Turn>();
  /** Where some stand still: deliveries that the round under way has found. */
  readonly #round = new Map<Kind, number>();
  /** What was accepted before is the backlog. */
  #cut = 0;
  #reserved = 0;
  /** Live mail that waits to hear what its account has in the store. */
  #pending = 0;
  /** Customers' domains whose mail here stands still, and how many domains a claim around them found last. */
  #apart: readonly string[] = [];
  readonly #found = new Map<Kind, number>();
  /** Accounts that have nothing before the cut. */
  readonly #clear = new Set<string>();
  /** Accounts whose backlog goes before their live mail, as live mail. */
  readonly #ahead = new Set<string>();
  /** Kinds that a claim is under way for. */
  #claiming: readonly Kind[] = [];
  /** Counts how often everything went back: a claim that was under way then goes back as well. */
  #epoch = 0;
  #timer: { cancel(): void } | undefined;

  constructor(path: PathKey, ports: WindowPorts, options: WindowOptions) {
    this.#path = path;
    this.#ports = ports;
    this.#shares = new Shares(options);
    this.#slowest = options.lanes;
    this.#more = new Set(this.#shares.kinds);
  }

  get size(): number {
    return this.#shares.size;
  }

  /** Of these, what may be taken. */
  sizeFor(eligible: Eligible): number {
    return eligible === 'all' ? this.size : this.#shares.sizeOf('live');
  }

  /** Nothing in memory, nothing on its way, nothing known to be due. */
  get quiet(): boolean {
    return (
      this.size + this.#reserved + this.#pending === 0 && this.#more.size === 0 && this.#claiming.length === 0
    );
  }

  /** The backlog is gone: all that is left is live, or waits in a lane. */
  get drained(): boolean {
    return !this.#more.has('backlog') && this.#shares.sizeOf('backlog') === 0;
  }

  /**
   * What is there already is the backlog from now on. On a path that is only now taken up, what has just come is live: it
   * may be the reason why the path is taken up.
   */
  cut(): void {
    const isFirst = this.#cut === 0;
    this.#cut = this.#ports.now() - (isFirst ? RECENT_MS : 0);
    this.#clear.clear();
    this.#ahead.clear();
    for (const kind of this.#shares.kinds) this.#more.add(kind);
  }

  /** Takes a place for a delivery about to be committed as leased; false when there is none. */
  reserve(): boolean {
    if (this.size + this.#reserved + this.#pending >= WINDOW) return false;
    // What waits in the store came before it.
    if (this.#more.has('live') && this.#shares.sizeOf('live') >= CLAIM_SIZES.fast.low) return false;
    this.#reserved++;
    return true;
  }

  /** The reserved place is used, or free again. One reserved before the path was handed over and taken back is not here. */
  release(): void {
    this.#reserved = Math.max(0, this.#reserved - 1);
  }

  /** A delivery that was just accepted. */
  push(work: Work): void {
    if (this.#isApart(work)) this.#ports.giveBack([work]);
    else this.#pushLive([work]);
  }

  /** The customers' domains whose mail here stands still: it goes back to the store, and none of it is claimed. */
  setApart(domains: readonly string[]): void {
    const isMore = domains.some((domain) => !this.#apart.includes(domain));
    const isSame = !isMore && domains.length === this.#apart.length;
    this.#apart = domains;
    if (isMore) this.empty();
    else if (!isSame) this.wake();
  }

  #isApart({ delivery: { customer } }: Work): boolean {
    return this.#apart.length > 0 && this.#apart.includes(domainOfCustomer(customer));
  }

  /** The store has something, whoever put it there. */
  wake(): void {
    for (const kind of this.#shares.kinds) this.#more.add(kind);
  }

  /** The store has something due in these lanes: the others are not asked for nothing. */
  look(lanes: readonly number[]): void {
    for (const kind of this.#shares.kinds) {
      const own = typeof kind === 'number' ? kind : 0;
      if (lanes.some((lane) => Math.min(lane, this.#slowest) === own)) this.#more.add(kind);
    }
  }

  /** The next deliveries, of one message, at most `max`; undefined when there are none. */
  take(max: number, eligible: Eligible = 'all'): { kind: Kind; works: Work[] } | undefined {
    const taken = this.#shares.take(max, eligible);
    this.fill();
    return taken;
  }

  /** More of the same message as `of`, of the same kind. */
  takeMore(kind: Kind, of: Work, max: number): Work[] {
    return this.#shares.takeMore(kind, of, max);
  }

  /** All that one account has in memory. */
  takeOf(customer: string): Work[] {
    return this.#shares.kinds.flatMap((kind) => this.#shares.takeOf(kind, customer));
  }

  /** Untried after all: first of their account again. */
  putBack(kind: Kind, works: readonly Work[]): void {
    const [first] = works;
    if (first !== undefined && this.#isApart(first)) this.#ports.giveBack(works);
    else if (first !== undefined) this.#shares.putBack(this.#kindOf(kind, first), works);
  }

  /** Everything goes back to the store as it was. */
  empty(): void {
    this.#epoch++;
    this.#timer?.cancel();
    this.#ports.giveBack(this.#shares.drain());
    this.wake();
  }

  /** Claims what is low, and looks when the next is due when nothing is. */
  fill(): void {
    if (this.#claiming.length > 0 || this.#more.size === 0) return;
    const low = [...this.#more].filter((kind) => this.#shares.sizeOf(kind) < sizesOf(kind).low);
    if (low.length > 0) void this.#fillUp(low);
  }

  async #fillUp(low: readonly Kind[]): Promise<void> {
    this.#claiming = low;
    const epoch = this.#epoch;
    for (const kind of low) this.#more.delete(kind);
    const claimed = await this.#claim(low);
    this.#claiming = [];
    if (epoch !== this.#epoch) return this.#ports.giveBack(claimed.flatMap(({ works }) => works));
    for (const { kind, works } of claimed)
      if (kind !== 'live') for (const work of works) this.#shares.push(this.#kindOf(kind, work), work);
    // Last, so that it sees what its accounts have in the backlog.
    for (const { kind, works } of claimed) if (kind === 'live') this.#pushLive(works);
    // Whoever found something looks again, at the latest in the next sweep.
    const found = claimed.some(({ works }) => works.length > 0);
    if (this.#more.size === 0 && !found) await this.#watchNextDue(epoch);
    this.#ports.changed();
  }

  /** The backlog of an account that has live mail goes as that does, all of it: what is in two kinds has no order. */
  #kindOf(kind: Kind, { delivery: { customer } }: Work): Kind {
    return kind === 'backlog' && this.#ahead.has(customer) ? 'live' : kind;
  }

  /** Live mail, each after what its account has waiting from before the cut. */
  #pushLive(works: readonly Work[]): void {
    if (this.drained && !this.#claiming.includes('backlog')) {
      for (const work of works) this.#shares.push('live', work);
      return;
    }
    const behind = new Map<string, Work[]>();
    for (const work of works) {
      const { customer } = work.delivery;
      if (this.#clear.has(customer)) this.#shares.push('live', work);
      else if (behind.get(customer)?.push(work) === undefined) behind.set(customer, [work]);
    }
    for (const [customer, own] of behind) void this.#pushAfterOlder(customer, own);
  }

  async #pushAfterOlder(customer: string, works: readonly Work[]): Promise<void> {
    const epoch = this.#epoch;
    this.#pending += works.length;
    const part = { ...this.#part('backlog'), turn: NEW_TURN, domains: 1, each: OLDER, only: customer };
    const { works: older } = await this.#ports.claimInTurn(part);
    this.#pending -= works.length;
    if (epoch !== this.#epoch) return this.#ports.giveBack([...older, ...works]);
    if (this.#ahead.size >= MAX_ACCOUNTS) this.#ahead.clear();
    this.#ahead.add(customer);
    // A claim under way may have brought some of them into the backlog meanwhile.
    const waiting = [...this.#shares.takeOf('backlog', customer), ...older];
    for (const work of waiting.sort((a, b) => a.delivery.id - b.delivery.id)) this.#shares.push('live', work);
    if (older.length < OLDER) {
      if (this.#clear.size >= MAX_ACCOUNTS) this.#clear.clear();
      this.#clear.add(customer);
      for (const work of works) this.#shares.push('live', work);
    } else {
      // There is more: their turn comes when that has gone.
      this.#more.add('live');
      this.#ports.giveBack(works);
    }
    this.#ports.changed();
  }

  async #claim(kinds: readonly Kind[]): Promise<{ kind: Kind; works: Work[] }[]> {
    if (this.#apart.length > 0)
      return Promise.all(kinds.map(async (kind) => ({ kind, works: await this.#claimAround(kind) })));
    const parts = kinds.map((kind) => {
      const { claim } = sizesOf(kind);
      return { ...this.#part(kind), limit: this.#turns.has(kind) ? claim / 2 : claim };
    });
    const oldest = await this.#ports.claim(parts);
    const claimed = kinds.map((kind, index) => ({ kind, works: oldest[index] ?? [] }));
    for (const [index, one] of claimed.entries()) {
      if (one.works.length < (parts[index]?.limit ?? 0)) this.#turns.delete(one.kind);
      else one.works.push(...(await this.#claimInTurn(one.kind)));
    }
    return claimed;
  }

  /** Some customers stand still: the others have their turns, and what those have is not walked through. */
  async #claimAround(kind: Kind): Promise<Work[]> {
    const turn = this.#turns.get(kind) ?? NEW_TURN;
    const each = Math.ceil(sizesOf(kind).claim / (this.#found.get(kind) ?? DOMAINS));
    const request = { ...this.#part(kind), turn, domains: DOMAINS, each, except: this.#apart };
    const { works, turn: next } = await this.#ports.claimInTurn(request);
    const domains = new Set(works.map(({ delivery }) => domainOfCustomer(delivery.customer)));
    this.#found.set(kind, Math.min(Math.max(domains.size, 1), DOMAINS));
    // A round from the first to the last that found nobody is the end, however many claims it takes to get round.
    const before = turn.domain === '' ? 0 : (this.#round.get(kind) ?? 1);
    const round = before + works.length;
    this.#round.set(kind, round);
    if (round === 0 && next.domain === '') this.#turns.delete(kind);
    else {
      this.#more.add(kind);
      this.#remember(kind, next);
    }
    return works;
  }

  #remember(kind: Kind, turn: Turn): void {
    const known = Object.keys(turn.customers).length;
    this.#turns.set(kind, known > MAX_TURNS ? { ...turn, customers: {} } : turn);
  }

  /** There is more than a claim takes: the next customers get their turn. */
  async #claimInTurn(kind: Kind): Promise<Work[]> {
    this.#more.add(kind);
    const turn = this.#turns.get(kind);
    if (turn === undefined) {
      this.#turns.set(kind, NEW_TURN);
      return [];
    }
    const each = Math.max(1, Math.floor(sizesOf(kind).claim / 2 / DOMAINS));
    const part = this.#part(kind);
    const { works, turn: next } = await this.#ports.claimInTurn({ ...part, turn, domains: DOMAINS, each });
    this.#remember(kind, next);
    return works;
  }

  #part(kind: Kind): LanePart {
    const due = this.#ports.now() + 1;
    if (kind === 'live') return { lane: 0, since: this.#cut, before: due };
    if (kind === 'backlog') return { lane: 0, since: 0, before: this.#cut };
    return { lane: kind, since: 0, before: due, ...(kind === this.#slowest ? { orSlower: true } : {}) };
  }

  async #watchNextDue(epoch: number): Promise<void> {
    const due = await this.#ports.nextDue(this.#path);
    if (due === undefined || epoch !== this.#epoch || this.#more.size > 0) return;
    this.#timer?.cancel();
    this.#timer = this.#ports.after(Math.max(due - this.#ports.now(), LEAST_WAIT_MS), () => {
      this.wake();
      this.#ports.changed();
    });
  }
}

function sizesOf(kind: Kind): { claim: number; low: number } {
  return typeof kind === 'number' ? CLAIM_SIZES.slow : CLAIM_SIZES.fast;
}
