/**
 * The providers of the simulated Internet: what each says to whom asks it to take mail, in the words that real ones use,
 * and a record of all it took, so that a lost or repeated message shows.
 */
import type { Clock } from '../base/clock.ts';
import type { Stage } from '../core/envelope.ts';
import type { Chance } from './chance.ts';
import { Link, type LinkShape } from './link.ts';
import { Receipts } from './receipts.ts';
import { type Reply, WORDS, type Words } from './words.ts';

export interface ProviderShape {
  readonly name: string;
  readonly domains: readonly string[];
  /** Its mail hosts; a provider that the core knows by name is known by these. */
  readonly mx: readonly string[];
  /** How it speaks. */
  readonly words: keyof typeof WORDS;
  /** Part of all recipients, beside the others' weights. */
  readonly weight: number;
  readonly link: LinkShape;
  /** What taking one message costs it, ms, on average. */
  readonly serviceMs: number;
  /** Connections from us at one time. */
  readonly connections: number;
  readonly messagesPerConnection: number;
  readonly mood?: Partial<Mood>;
}

/** How it behaves now; everything can change at any time. */
export interface Mood {
  /** Less than the shape says, for a while. */
  connections: number;
  /** A recipient from a new sender is put off until this long after the first try; 0: never. */
  greylistMs: number;
  /** It waits this long before it answers anything. */
  tarpitMs: number;
  /** More than this many messages in a minute are put off. */
  perMinute: number;
  /** It refuses us, whatever we send. */
  blocked: boolean;
  /** Above these parts (of 1) of complaints or unknown users, or this many messages in an hour, it refuses us for a time. */
  reputation: { complaints: number; unknown: number; perHour: number; forMs: number } | undefined;
  /** Part of the transactions that it breaks off, of 1. */
  cuts: number;
  /** Part of the transactions in which our octets do not come through, of 1: nobody hears any more of the other. */
  losses: number;
  /** How much slower than its shape it takes mail. */
  slowness: number;
}

export type ProviderState = 'up' | 'refusing' | 'silent';

/** Said at this stage of the dialogue. */
export interface Answer {
  readonly stage: Stage;
  readonly reply: Reply;
}

const CALM: Mood = {
  connections: Number.POSITIVE_INFINITY,
  greylistMs: 0,
  tarpitMs: 0,
  perMinute: Number.POSITIVE_INFINITY,
  blocked: false,
  reputation: undefined,
  cuts: 0,
  losses: 0,
  slowness: 1,
};
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
/** Below this many messages in an hour nobody judges shares. */
const LEAST_JUDGED = 20;

export class Provider {
  readonly shape: ProviderShape;
  readonly link: Link;
  readonly words: Words;
  readonly mood: Mood;
  readonly receipts = new Receipts();
  /** Connections now. */
  open = 0;
  /** Counts how often it went down: connections of before are gone. */
  epoch = 0;
  readonly #clock: Clock;
  readonly #chance: Chance;
  readonly #greylist = new Map<string, number>();
  #state: ProviderState = 'up';
  #minute = { index: -1, count: 0 };
  #hour = { index: -1, count: 0, complaints: 0, unknown: 0 };
  #refusesUntil = 0;

  constructor(shape: ProviderShape, ports: { clock: Clock; chance: Chance }) {
    this.shape = shape;
    this.words = WORDS[shape.words];
    this.mood = { ...CALM, ...shape.mood };
    this.link = new Link(ports.clock, shape.link);
    this.#clock = ports.clock;
    this.#chance = ports.chance;
  }

  get state(): ProviderState {
    return this.#state;
  }

  /** The site that its hosts make, as the router names it. */
  get site(): string {
    return [...this.shape.mx].sort().join(',');
  }

  set(state: ProviderState): void {
    if (state !== 'up' && this.#state === 'up') this.epoch++;
    this.#state = state;
  }

  /** As it was made, and well. */
  heal(): void {
    this.set('up');
    Object.assign(this.mood, CALM, this.shape.mood);
    this.#refusesUntil = 0;
    this.link.set('up');
    Object.assign(this.link.shape, this.shape.link);
  }

  get refuses(): boolean {
    return this.mood.blocked || this.#refusesUntil > this.#clock.monotonic();
  }

  /** To who connects; undefined: welcome. */
  greet(): Answer | undefined {
    if (this.open > Math.min(this.shape.connections, this.mood.connections))
      return { stage: 'banner', reply: this.words.tooMany };
    return this.refuses && this.words.blocked.stage === 'banner' ? this.words.blocked : undefined;
  }

  mail(): Answer | undefined {
    if (this.refuses) return this.words.blocked.stage === 'mail' ? this.words.blocked : undefined;
    return this.#tooFast() ? { stage: 'mail', reply: this.words.throttled } : undefined;
  }

  /** To one recipient; undefined: go on. */
  rcpt(from: string, to: string): Reply | undefined {
    const local = to.slice(0, to.lastIndexOf('@'));
    if (local.startsWith('nobody')) {
      this.#ofThisHour().unknown++;
      return this.words.unknown;
    }
    if (local.startsWith('full')) return this.words.full;
    return this.#isNew(from, to) ? this.words.greylisted : undefined;
  }

  /** At the end of the content; undefined: it takes it. */
  judge(copy: string): Answer | undefined {
    const hour = this.#ofThisHour();
    hour.count++;
    if (copy.startsWith('spam')) hour.complaints++;
    this.#weigh(hour);
    if (this.refuses && this.words.blocked.stage === 'end-of-data') return this.words.blocked;
    return copy.startsWith('bad') ? { stage: 'end-of-data', reply: this.words.content } : undefined;
  }

  serviceMs(): number {
    return this.shape.serviceMs * this.mood.slowness * this.#chance.between(0.7, 1.3);
  }

  /** Whether it breaks off this transaction. */
  cuts(): boolean {
    return this.mood.cuts > 0 && this.#chance.is(this.mood.cuts);
  }

  /** Whether our octets are lost on the way. */
  loses(): boolean {
    return this.mood.losses > 0 && this.#chance.is(this.mood.losses);
  }

  #tooFast(): boolean {
    const index = Math.floor(this.#clock.monotonic() / MINUTE_MS);
    if (index !== this.#minute.index) this.#minute = { index, count: 0 };
    return ++this.#minute.count > this.mood.perMinute;
  }

  #isNew(from: string, to: string): boolean {
    if (this.mood.greylistMs === 0) return false;
    const key = `${from} ${to}`;
    const now = this.#clock.monotonic();
    const first = this.#greylist.get(key) ?? now;
    this.#greylist.set(key, first);
    return now - first < this.mood.greylistMs;
  }

  #ofThisHour(): { count: number; complaints: number; unknown: number } {
    const index = Math.floor(this.#clock.monotonic() / HOUR_MS);
    if (index !== this.#hour.index) this.#hour = { index, count: 0, complaints: 0, unknown: 0 };
    return this.#hour;
  }

  #weigh({ count, complaints, unknown }: { count: number; complaints: number; unknown: number }): void {
    const { reputation } = this.mood;
    if (reputation === undefined || this.refuses) return;
    const judged = count >= LEAST_JUDGED;
    const bad =
      count > reputation.perHour ||
      (judged && (complaints / count > reputation.complaints || unknown / count > reputation.unknown));
    if (bad) this.#refusesUntil = this.#clock.monotonic() + reputation.forMs;
  }
}
