/**
 * What the guard remembers of each account: the same number of octets for everybody, in slabs, so that a hundred
 * thousand accounts cost no more than their profiles and a profile is saved by copying its octets.
 */
import { GENERATION_BYTES, type Generations } from './recipients.ts';

/** Networks remembered of one account; the one not seen for longest is forgotten first. */
export const NETWORKS = 10;
const WORDS_A_NETWORK = 5;
export const MAILERS = 4;
export const REPEATED = 4;
export const DOMAINS = 6;

const NUMBERS = 31;
const WORDS = NETWORKS * WORDS_A_NETWORK + MAILERS + 2 * REPEATED + DOMAINS;
const BITS = 2 * GENERATION_BYTES;
const BYTES = NUMBERS * 8 + WORDS * 4 + BITS;
const A_SLAB = 32;

/** What one profile's numbers are. */
const N = {
  messages: 0,
  firstAt: 1,
  lastAt: 2,
  /** Suspicion: of what comes from where the account always was, and from elsewhere. */
  home: 3,
  homeAt: 4,
  away: 5,
  awayAt: 6,
  /** Recipients in the last hour, decayed, and the most there were on the days before. */
  hour: 7,
  hourAt: 8,
  peak: 9,
  /** Today, as days since the epoch, and what was in it. */
  day: 10,
  dayMessages: 11,
  dayNew: 12,
  dayPeak: 13,
  /** The share of messages to people not written to before: of past days, faded. */
  pastMessages: 14,
  pastNew: 15,
  filling: 16,
  filled: 17,
  stoppedAt: 18,
  /** Days on which it sent what says that it is bulk, and the last of them. */
  listDays: 19,
  listDay: 20,
  held: 21,
  /** Messages from new places: today, and of past days, faded. */
  dayMoves: 22,
  pastMoves: 23,
  /** The first recipient of the message before, as a hash. */
  lastTo: 24,
  /** Recipients that do not exist, and refusals for what it sends, faded, and when they were last reckoned. */
  unknown: 25,
  refused: 26,
  troubleAt: 27,
  /** Failures before somebody came in from a network that it never used, and when. */
  logins: 28,
  loginAt: 29,
  /** Recipients of what was released of it and did not say that it is bulk: so many are its own way to write. */
  merge: 30,
} as const;
type Name = keyof typeof N;

export interface NetworkSeen {
  readonly network: number;
  readonly asn: number;
  readonly country: number;
  readonly firstAt: number;
  lastAt: number;
}

const MINUTE = 60_000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** What was sent earlier may be judged so much later, ms; a mark further ahead is one of a wrong clock. */
const MOST_AHEAD = 2 * HOUR;
/** From when something fades. */
const FADING = ['homeAt', 'awayAt', 'hourAt', 'troubleAt', 'loginAt'] as const;

/** What only grows, of two pasts of one account. */
const OF_THE_PAST = ['messages', 'peak', 'listDays', 'listDay', 'merge'] as const;

/** A view of one account's octets; cheap to make, and not to be kept. */
export class Profile implements Generations {
  readonly #numbers: Float64Array;
  readonly #words: Uint32Array;
  readonly bits: Uint8Array;

  constructor(buffer: ArrayBuffer, offset: number) {
    this.#numbers = new Float64Array(buffer, offset, NUMBERS);
    this.#words = new Uint32Array(buffer, offset + NUMBERS * 8, WORDS);
    this.bits = new Uint8Array(buffer, offset + NUMBERS * 8 + WORDS * 4, BITS);
  }

  get(name: Name): number {
    return this.#numbers[N[name]] ?? 0;
  }

  set(name: Name, value: number): void {
    this.#numbers[N[name]] = value;
  }

  add(name: Name, value: number): void {
    this.#numbers[N[name]] = this.get(name) + value;
  }

  /** With another one's past: of each number the larger, of firsts the earlier, and all recipients and places of both. */
  join(past: Profile): void {
    for (const name of OF_THE_PAST) this.set(name, Math.max(this.get(name), past.get(name)));
    if (past.get('pastMessages') >= this.get('pastMessages'))
      for (const name of ['pastMessages', 'pastNew', 'pastMoves'] as const) this.set(name, past.get(name));
    const firsts = [this.get('firstAt'), past.get('firstAt')].filter((at) => at > 0);
    this.set('firstAt', firsts.length === 0 ? 0 : Math.min(...firsts));
    this.#joinNetworks(past.networks());
    for (const mailer of past.mailers.all()) if (!this.mailers.has(mailer)) this.mailers.add(mailer);
    for (const [index, octet] of past.bits.entries()) this.bits[index] = (this.bits[index] ?? 0) | octet;
    if (past.filling === this.filling) this.filled = Math.max(this.filled, past.filled);
  }

  /** Those seen last, of both. Where spam came from of late its own past speaks for none. */
  #joinNetworks(past: readonly NetworkSeen[]): void {
    const doubted = this.get('held') > 0 || this.get('stoppedAt') > 0;
    const all = new Map(this.networks().map((one) => [one.network, one]));
    for (const one of past) {
      const here = all.get(one.network) ?? one;
      const firstAt = doubted ? here.firstAt : Math.min(here.firstAt, one.firstAt);
      all.set(one.network, { ...here, firstAt, lastAt: Math.max(here.lastAt, one.lastAt) });
    }
    const last = [...all.values()].sort((a, b) => b.lastAt - a.lastAt).slice(0, NETWORKS);
    this.#words.fill(0, 0, NETWORKS * WORDS_A_NETWORK);
    for (const one of last) this.cameFrom(one);
  }

  /** A clock that was ahead left marks by which nothing would fade until it is that time again: they are of now. */
  heedClock(at: number): void {
    if (FADING.every((name) => this.get(name) <= at + MOST_AHEAD)) return;
    for (const name of [...FADING, 'firstAt'] as const) this.set(name, Math.min(this.get(name), at));
    for (const name of ['day', 'listDay'] as const)
      this.set(name, Math.min(this.get(name), Math.floor(at / DAY)));
  }

  get filling(): number {
    return this.get('filling');
  }

  set filling(value: number) {
    this.set('filling', value);
  }

  get filled(): number {
    return this.get('filled');
  }

  set filled(value: number) {
    this.set('filled', value);
  }

  /** The networks it came from. */
  networks(): NetworkSeen[] {
    const seen: NetworkSeen[] = [];
    for (let index = 0; index < NETWORKS; index++) {
      const at = index * WORDS_A_NETWORK;
      const [network = 0, asn = 0, country = 0, first = 0, last = 0] = this.#words.subarray(
        at,
        at + WORDS_A_NETWORK,
      );
      if (network !== 0) seen.push({ network, asn, country, firstAt: first * MINUTE, lastAt: last * MINUTE });
    }
    return seen;
  }

  /** Notes that it came from there; `entry.firstAt` counts only for one not seen before. */
  cameFrom(entry: NetworkSeen): void {
    let oldest = 0;
    for (let index = 0; index < NETWORKS; index++) {
      const at = index * WORDS_A_NETWORK;
      if (this.#words[at] === entry.network) {
        this.#words[at + 4] = Math.max(this.#words[at + 4] ?? 0, entry.lastAt / MINUTE);
        return;
      }
      if ((this.#words[at + 4] ?? 0) < (this.#words[oldest + 4] ?? 0)) oldest = at;
    }
    this.#words.set(
      [entry.network, entry.asn, entry.country, entry.firstAt / MINUTE, entry.lastAt / MINUTE],
      oldest,
    );
  }

  /** A network that spam came from is not the account's own, however long it has been used. */
  distrust(network: number, at: number): void {
    for (let index = 0; index < NETWORKS; index++) {
      const word = index * WORDS_A_NETWORK;
      if (this.#words[word] === network)
        this.#words[word + 3] = Math.max(this.#words[word + 3] ?? 0, at / MINUTE);
    }
  }

  /** It is the account's own since then. */
  own(network: number, since: number): void {
    for (let index = 0; index < NETWORKS; index++) {
      const word = index * WORDS_A_NETWORK;
      if (this.#words[word] === network)
        this.#words[word + 3] = Math.min(this.#words[word + 3] ?? 0, Math.floor(since / MINUTE));
    }
  }

  /** The mail programs it used. */
  get mailers(): RecentSet {
    return new RecentSet(this.#words.subarray(NETWORKS * WORDS_A_NETWORK), MAILERS);
  }

  /** Link domains of what was released of it. */
  get domains(): RecentSet {
    const at = NETWORKS * WORDS_A_NETWORK + MAILERS + 2 * REPEATED;
    return new RecentSet(this.#words.subarray(at), DOMAINS);
  }

  /** Counts a body; how often it was sent before while it was among the last few. */
  repeated(fingerprint: number): number {
    const at = NETWORKS * WORDS_A_NETWORK + MAILERS;
    const words = this.#words.subarray(at, at + 2 * REPEATED);
    let found = 0;
    while (found < REPEATED - 1 && words[2 * found] !== fingerprint) found++;
    const before = words[2 * found] === fingerprint ? (words[2 * found + 1] ?? 0) : 0;
    words.copyWithin(2, 0, 2 * found);
    words[0] = fingerprint;
    words[1] = before + 1;
    return before;
  }
}

/** A few hashes, the newest first. */
export class RecentSet {
  readonly #words: Uint32Array;
  readonly #size: number;

  constructor(words: Uint32Array, size: number) {
    this.#words = words;
    this.#size = size;
  }

  get empty(): boolean {
    return this.#words[0] === 0;
  }

  /** The oldest first. */
  all(): number[] {
    return [...this.#words.subarray(0, this.#size)].filter((word) => word !== 0).reverse();
  }

  has(hash: number): boolean {
    for (let index = 0; index < this.#size; index++) if (this.#words[index] === hash) return true;
    return false;
  }

  add(hash: number): void {
    let found = 0;
    while (found < this.#size - 1 && this.#words[found] !== hash) found++;
    this.#words.copyWithin(1, 0, found);
    this.#words[0] = hash;
  }
}

/** What saved octets begin with: those of another shape are not read. */
const SHAPE = 1;

/** All profiles, by account. */
export class Profiles {
  readonly #slots = new Map<string, number>();
  readonly #slabs: ArrayBuffer[] = [];
  /** Where a past is read that is joined: one, however many are. */
  #scratch: Profiles | undefined;

  get size(): number {
    return this.#slots.size;
  }

  /** Octets in use, the index aside. */
  get bytes(): number {
    return this.#slabs.length * A_SLAB * BYTES;
  }

  /** A copy of what is known of an account, to be saved; undefined when nothing is. */
  save(account: string): Uint8Array | undefined {
    const slot = this.#slots.get(account);
    if (slot === undefined) return undefined;
    const saved = new Uint8Array(1 + BYTES);
    saved[0] = SHAPE;
    saved.set(
      new Uint8Array(this.#slabs[Math.floor(slot / A_SLAB)] as ArrayBuffer, (slot % A_SLAB) * BYTES, BYTES),
      1,
    );
    return saved;
  }

  /** Puts back what `save` gave, on any machine of the same octet order; false when it is of another shape, or damaged. */
  restore(account: string, saved: Uint8Array): boolean {
    if (saved.length !== 1 + BYTES || saved[0] !== SHAPE) return false;
    // A number that is none would hold everything that the account sends, for ever.
    const numbers = new Float64Array(saved.slice(1, 1 + NUMBERS * 8).buffer);
    if (!numbers.every((number) => number >= 0 && number < Number.POSITIVE_INFINITY)) return false;
    this.of(account);
    const slot = this.#slots.get(account) ?? 0;
    const slab = this.#slabs[Math.floor(slot / A_SLAB)] as ArrayBuffer;
    new Uint8Array(slab, (slot % A_SLAB) * BYTES, BYTES).set(saved.subarray(1));
    return true;
  }

  /**
   * Joins the past that an account had elsewhere to what is known of it here. What is thought of it now stays as it is;
   * joined again, the same changes nothing. False when it is of another shape, or damaged.
   */
  adopt(account: string, saved: Uint8Array): boolean {
    const known = this.#slots.has(account);
    if (!known) return this.restore(account, saved);
    this.#scratch ??= new Profiles();
    if (!this.#scratch.restore('', saved)) return false;
    this.of(account).join(this.#scratch.of(''));
    return true;
  }

  of(account: string): Profile {
    let slot = this.#slots.get(account);
    if (slot === undefined) {
      slot = this.#slots.size;
      this.#slots.set(account, slot);
      if (slot % A_SLAB === 0) this.#slabs.push(new ArrayBuffer(A_SLAB * BYTES));
    }
    const slab = this.#slabs[Math.floor(slot / A_SLAB)] as ArrayBuffer;
    return new Profile(slab, (slot % A_SLAB) * BYTES);
  }
}
