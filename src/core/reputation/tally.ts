/**
 * Who has met a refusal lately, and what explains it most narrowly: one customer, whose mail alone then waits, or our
 * address, when customers that have nothing to do with each other meet it (three of them), or when the far end had not yet
 * heard of any when it spoke.
 *
 * A provider whose sites answer each for itself is taken for refusing us only when several of its sites do.
 */
import { type Scope, customerOfScope, customerScope, partsOf, streamScope } from '../queue/freeze.ts';
import type { AccountId, PathKey, RemoteReply } from '../envelope.ts';
import { isBeforeMail } from './case.ts';
import type { Confidence, ReplyClass } from './meaning.ts';
import { CUSTOMERS, policyOf, repliesNeeded, SITES, WINDOW_MS } from './policy.ts';

/** A reply that refuses us, or a customer of ours, and what it was said to. */
export interface Refusal {
  readonly path: PathKey;
  readonly provider?: string;
  /** The domain of whose mail it was; `-` for nobody's. */
  readonly customer: string;
  readonly account?: AccountId;
  readonly reply: RemoteReply;
  /** How long it asks us to wait, ms. */
  readonly waitMs?: number;
  readonly class: ReplyClass;
  readonly rule: string;
  readonly confidence: Confidence;
  readonly blame: 'reputation' | 'sender';
  /** ms since the epoch. */
  readonly at: number;
}

/** Whose mail already stands still for the same reason. */
export interface Known {
  readonly customers: readonly string[];
  /** Whose a customer's domain is: its tenant, or itself. All domains of one tenant are one customer here. */
  ownerOf?(domain: string): string;
  /** The stream has only just come back: the first renewed word counts. */
  readonly isReturning: boolean;
}

/** Refusals remembered of one stream, and streams. */
const MOST_EACH = 100;
const MOST_STREAMS = 2_000;
/** What all of them may take, octets: far ends choose how long their words are. The streams heard of least lately go first. */
export const MOST_TALLY_BYTES = 16 * 1024 * 1024;
/** A refusal without its texts, octets; those have two for each character at most. */
const A_REFUSAL = 500;
/** Mail that no customer sent: it has nobody who could put anything right. */
const NOBODY = '-';

export class Tally {
  readonly #streams = new Map<string, Refusal[]>();
  #bytes = 0;

  /** What it takes, octets, reckoned from above. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Nothing was refused lately. */
  get isEmpty(): boolean {
    return this.#streams.size === 0;
  }

  /** What is to stand still now that this was said; undefined when it is not enough to tell. */
  add(refusal: Refusal, known: Known): Scope | undefined {
    const met = this.#remember(refusal);
    if (refusal.blame === 'sender') return ofSender(refusal, met);
    const alike = met.filter(({ blame }) => blame === 'reputation');
    const needed = known.isReturning ? 1 : repliesNeeded('reputation', refusal.confidence);
    // Before MAIL nobody was named: what is said there is said of our address.
    if (known.isReturning || !isOfCustomer(refusal))
      return alike.filter((one) => known.isReturning || !isOfCustomer(one)).length >= needed
        ? widest(refusal, alike)
        : undefined;
    const domains = new Set([...known.customers, ...alike.map(({ customer }) => customer)]);
    domains.delete(NOBODY);
    const customers = new Set([...domains].map((domain) => known.ownerOf?.(domain) ?? domain));
    if (customers.size >= CUSTOMERS) return widest(refusal, alike);
    const own = alike.filter(({ customer }) => customer === refusal.customer);
    if (refusal.customer === NOBODY || own.length < needed) return undefined;
    return customerScope(refusal.customer, groupOf(refusal));
  }

  /** What a path lies in that is refused again and again, whatever the words. */
  stream(refusal: Refusal): Scope {
    return widest(refusal, this.#remember(refusal));
  }

  /** Mail of this customer was taken: what was said of it before was not meant for all of it. */
  taken(path: PathKey, about: { provider: string | undefined; customer: string }): void {
    const key = keyOf({ path, ...about });
    this.#forget(ownKeyOf({ path, ...about }));
    const met = this.#streams.get(key)?.filter(({ customer }) => customer !== about.customer);
    if (met !== undefined) this.#replace(key, met);
  }

  /** What was said lately to mail of a scope, the oldest first; it is not counted again. */
  take(path: PathKey, about: { provider: string | undefined; scope: Scope }): readonly Refusal[] {
    const key = keyOf({ path, ...about });
    const met = this.#streams.get(key) ?? [];
    const customer = customerOfScope(about.scope)?.domain;
    const inside = met.filter((one) => customer === undefined || scopeOf(one) === about.scope);
    const rest = met.filter((one) => !inside.includes(one));
    this.#replace(key, rest);
    if (customer === undefined) return inside;
    const ownKey = ownKeyOf({ path, ...about, customer });
    const own = this.#streams.get(ownKey) ?? [];
    this.#forget(ownKey);
    return [...inside, ...own].sort((one, other) => one.at - other.at);
  }

  #remember(refusal: Refusal): Refusal[] {
    const key = refusal.blame === 'sender' ? ownKeyOf(refusal) : keyOf(refusal);
    const before = this.#streams.get(key) ?? [];
    const met = [...before.filter(({ at }) => at > refusal.at - WINDOW_MS), refusal].slice(-MOST_EACH);
    this.#forget(key);
    this.#replace(key, met);
    this.#makeRoom(key);
    return this.#streams.get(key) ?? met;
  }

  /** In its place among the others, when it had one. */
  #replace(key: string, met: readonly Refusal[]): void {
    if (met.length === 0) return this.#forget(key);
    this.#bytes += bytesOf(met) - bytesOf(this.#streams.get(key) ?? []);
    this.#streams.set(key, [...met]);
  }

  #forget(key: string): void {
    this.#bytes -= bytesOf(this.#streams.get(key) ?? []);
    this.#streams.delete(key);
  }

  #makeRoom(key: string): void {
    for (const oldest of this.#streams.keys()) {
      if (this.#streams.size <= MOST_STREAMS && this.#bytes <= MOST_TALLY_BYTES) return;
      if (oldest !== key) this.#forget(oldest);
    }
    // Nobody else is left: of its own the last one stays.
    const met = this.#streams.get(key) ?? [];
    let first = 0;
    for (let left = this.#bytes; left > MOST_TALLY_BYTES && first < met.length - 1; first++)
      left -= bytesOf(met.slice(first, first + 1));
    this.#replace(key, met.slice(first));
  }
}

function bytesOf(refusals: readonly Refusal[]): number {
  return refusals.reduce(
    (sum, { reply, path, customer }) =>
      sum + A_REFUSAL + 2 * (reply.text.length + path.length + customer.length),
    0,
  );
}

function ofSender(refusal: Refusal, met: readonly Refusal[]): Scope | undefined {
  const own = met.filter(({ customer, blame }) => customer === refusal.customer && blame === 'sender');
  if (refusal.customer === NOBODY || own.length < repliesNeeded('sender', refusal.confidence))
    return undefined;
  return scopeOf(refusal);
}

/** The stream to the provider; the path alone where nobody is known to run it, or where its sites differ. */
function widest({ path, provider }: Refusal, met: readonly Refusal[]): Scope {
  const sites = new Set(met.map((one) => partsOf(one.path).site));
  const isOne = provider === undefined || (policyOf(provider).perSite === true && sites.size < SITES);
  return isOne ? `path:${path}` : streamScope(provider, partsOf(path).egress);
}

function isOfCustomer({ reply }: Refusal): boolean {
  return !isBeforeMail(reply);
}

function scopeOf(refusal: Refusal): Scope {
  return customerScope(refusal.customer, groupOf(refusal));
}

/** Who is asked: the provider, or the site that has none. */
function groupOf({ path, provider }: Pick<Refusal, 'path'> & { provider?: string | undefined }): string {
  return provider ?? partsOf(path).site;
}

/**
 * What is said of one customer, for its own sake, is counted apart: however many others are refused, none is forgotten for it. It
 * is the same by whatever egress its mail leaves.
 */
function ownKeyOf(about: Pick<Refusal, 'path' | 'customer'> & { provider?: string | undefined }): string {
  return `${groupOf(about)} ${about.customer}`;
}

function keyOf(about: Pick<Refusal, 'path'> & { provider?: string | undefined }): string {
  return `${groupOf(about)}>${partsOf(about.path).egress}`;
}
