/**
 * A resolver that asks each question once at a time and remembers which failed. A name server that is silent costs
 * its timeout every time it is asked; mail for its domains is retried often and by many, so a question that failed is
 * answered from memory until it may be asked again. When nothing at all was answered it was our own resolver that
 * failed, and the first answer ends what is remembered. Answers are not kept here: the router keeps what it makes of them.
 */
import type { Clock } from '../../base/clock.ts';
import type { DnsAnswer, DnsFailure, MxRecord, Resolver } from './dns.ts';

/** How long a failure is remembered; twice as long after each further one, up to the last. */
const REMEMBER_MS = 30_000;
const REMEMBER_LONGEST_MS = 120_000;
/** Failures remembered at most; past that the oldest is forgotten. */
const MAX_FAILURES = 20_000;
/** So many in a row, with no answer between them, are no fault of the domains asked for. */
const OWN_FAULT = 3;

interface Remembered {
  readonly failure: DnsFailure;
  /** How long from its failure it is remembered, and until when. */
  readonly forMs: number;
  readonly until: number;
}

export class RememberingResolver implements Resolver {
  readonly #resolver: Resolver;
  readonly #clock: Clock;
  readonly #failures = new Map<string, Remembered>();
  /** Questions that failed since the last answer. */
  #inARow = 0;
  /** Bounded by who asks: the router has a limit of lookups under way. */
  readonly #asking = new Map<string, Promise<DnsAnswer<unknown>>>();

  constructor(resolver: Resolver, clock: Clock) {
    this.#resolver = resolver;
    this.#clock = clock;
  }

  mx(domain: string): Promise<DnsAnswer<MxRecord>> {
    return this.#once(`mx ${domain}`, () => this.#resolver.mx(domain));
  }

  addresses(host: string): Promise<DnsAnswer<string>> {
    return this.#once(`a ${host}`, () => this.#resolver.addresses(host));
  }

  #once<T>(question: string, ask: () => Promise<DnsAnswer<T>>): Promise<DnsAnswer<T>> {
    const remembered = this.#failures.get(question);
    if (remembered !== undefined && remembered.until > this.#clock.monotonic())
      return Promise.resolve(remembered.failure);
    // A question says its type, so what is under way for it has the type of its answer.
    const underWay = this.#asking.get(question) as Promise<DnsAnswer<T>> | undefined;
    if (underWay !== undefined) return underWay;
    const asking = ask()
      .then((answer) => this.#note(question, answer))
      .finally(() => this.#asking.delete(question));
    this.#asking.set(question, asking);
    return asking;
  }

  #note<T>(question: string, answer: DnsAnswer<T>): DnsAnswer<T> {
    const before = this.#failures.get(question);
    // Taken out also to be put in again as the newest.
    this.#failures.delete(question);
    if (answer.kind !== 'failed') {
      if (this.#inARow >= OWN_FAULT) this.#failures.clear();
      this.#inARow = 0;
      return answer;
    }
    this.#inARow++;
    const now = this.#clock.monotonic();
    const again = before !== undefined && now < before.until + REMEMBER_LONGEST_MS;
    const forMs = again ? Math.min(before.forMs * 2, REMEMBER_LONGEST_MS) : REMEMBER_MS;
    if (this.#failures.size >= MAX_FAILURES) {
      const oldest = this.#failures.keys().next().value;
      if (oldest !== undefined) this.#failures.delete(oldest);
    }
    this.#failures.set(question, { failure: answer, forMs, until: now + forMs });
    return answer;
  }
}
