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

/** Beside the count of a body: a copy of it was held. */
const KEPT = 1 << 30;

const NUMBERS = 37;
const WORDS = NETWORKS * WORDS_A_NETWORK + MAILERS + 2 * REPEATED + DOMAINS;
const BITS = 2 * GENERATION_BYTES;
/** Of one account: whole numbers of eight octets, so that every one of a slab begins at a number. */
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
  /** Messages of today that reach strangers of other domains (`countedAs`), and the most on one of the days before. */
  dayStrangers: 31,
  mostStrangers: 32,
  /** Readers that its bulk had today, and the most on one of the days before, or of what was released. */
  dayReaders: 33,
  mostReaders: 34,
  /** The day on which that most rose last: it takes a week until it may again. */
  readersDay: 35,
  /** Recipients of today's letters that are like what was released. */
  dayMerge: 36,
} as const;
type Name = keyof typeof N;

export interface NetworkSeen {
  readonly network: number;
  readonly asn: number;
  readonly country: number;
  readonly firstAt: number;
  lastAt: number;
}

/** So many messages without a place, and the first place is a new one. */
export const FEW_BEFORE_PLACES = 10;

const MINUTE = 60_000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** What was sent earlier may be judged so much later, ms; a mark further ahead is one of a wrong clock. */
const MOST_AHEAD = 2 * HOUR;
/** From when something fades. */
const FADING = ['homeAt', 'awayAt', 'hourAt', 'troubleAt', 'loginAt'] as const;

/** What only grows, of two pasts of one account. */
const OF_THE_PAST = ['peak', 'listDays', 'listDay', 'merge', 'mostStrangers', 'mostReaders'] as const;

/** The octets of some accounts, one after the other: as what they are looked at. */
interface Slab {
  readonly numbers: Float64Array;
  readonly words: Uint32Array;
  readonly octets: Uint8Array;
}

/**
 * A view of one account's octets; cheap to make, and not to be kept. It looks at its slab with an offset: typed arrays of
 * its own for each look were what a decision cost most.
 */
export class Profile implements Generations {
  readonly #numbers: Float64Array;
  readonly #words: Uint32Array;
  /** Its first number and its first word in the slab. */
  readonly #firstNumber: number;
  readonly #firstWord: number;
  readonly bits: Uint8Array;
  readonly firstBits: number;

  constructor({ numbers, words, octets }: Slab, index: number) {
    this.#numbers = numbers;
    this.#words = words;
    this.bits = octets;
    this.#firstNumber = (index * BYTES) / 8;
    this.#firstWord = (index * BYTES + NUMBERS * 8) / 4;
    this.firstBits = index * BYTES + NUMBERS * 8 + WORDS * 4;
  }

  get(name: Name): number {
    return this.#numbers[this.#firstNumber + N[name]] ?? 0;
  }

  set(name: Name, value: number): void {
    this.#numbers[this.#firstNumber + N[name]] = value;
  }

  add(name: Name, value: number): void {
    this.#numbers[this.#firstNumber + N[name]] = this.get(name) + value;
  }

  /** So many more messages. Until there are some, any place is as good as its first: what was thought of it there is thought of it elsewhere too. */
  count(messages: number): void {
    const before = this.get('messages');
    this.add('messages', messages);
    const isKnown = before < FEW_BEFORE_PLACES && this.get('messages') >= FEW_BEFORE_PLACES;
    if (!isKnown || this.get('home') <= this.get('away')) return;
    this.set('away', this.get('home'));
    this.set('awayAt', this.get('homeAt'));
  }

  /** With another one's past: of each number the larger, of firsts the earlier, and all recipients and places of both. */
  join(past: Profile): void {
    this.count(Math.max(0, past.get('messages') - this.get('messages')));
    for (const name of OF_THE_PAST) this.set(name, Math.max(this.get(name), past.get(name)));
    if (past.get('pastMessages') >= this.get('pastMessages'))
      for (const name of ['pastMessages', 'pastNew', 'pastMoves'] as const) this.set(name, past.get(name));
    const firsts = [this.get('firstAt'), past.get('firstAt')].filter((at) => at > 0);
    this.set('firstAt', firsts.length === 0 ? 0 : Math.min(...firsts));
    this.#joinNetworks(past.networks());
    for (const mailer of past.mailers.all()) if (!this.mailers.has(mailer)) this.mailers.add(mailer);
    for (let index = 0; index < BITS; index++)
      this.bits[this.firstBits + index] =
        (this.bits[this.firstBits + index] ?? 0) | (past.bits[past.firstBits + index] ?? 0);
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
    this.#words.fill(0, this.#firstWord, this.#firstWord + NETWORKS * WORDS_A_NETWORK);
    for (const one of last) this.cameFrom(one);
  }

  /** A clock that was ahead left marks by which nothing would fade until it is that time again: they are of now. */
  heedClock(at: number): void {
    let ahead = false;
    for (const name of FADING) if (this.get(name) > at + MOST_AHEAD) ahead = true;
    if (!ahead) return;
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
    const words = this.#words;
    const seen: NetworkSeen[] = [];
    for (let index = 0; index < NETWORKS; index++) {
      const at = this.#firstWord + index * WORDS_A_NETWORK;
      const network = words[at] ?? 0;
      if (network === 0) continue;
      const firstAt = (words[at + 3] ?? 0) * MINUTE;
      const lastAt = (words[at + 4] ?? 0) * MINUTE;
      seen.push({ network, asn: words[at + 1] ?? 0, country: words[at + 2] ?? 0, firstAt, lastAt });
    }
    return seen;
  }

  /** Since when it has used the network, ms since the epoch; undefined when it never did, or not of late. */
  usesNetwork(network: number): number | undefined {
    const at = this.#placeOfNetwork(network);
    return at === undefined ? undefined : (this.#words[at + 3] as number) * MINUTE;
  }

  /** It has used one of the operator's networks since then, or before. */
  usesOperator(asn: number, since: number): boolean {
    const words = this.#words;
    const end = this.#firstWord + NETWORKS * WORDS_A_NETWORK;
    for (let at = this.#firstWord; at < end; at += WORDS_A_NETWORK)
      if (words[at] !== 0 && words[at + 1] === asn && (words[at + 3] as number) * MINUTE <= since)
        return true;
    return false;
  }

  #placeOfNetwork(network: number): number | undefined {
    const end = this.#firstWord + NETWORKS * WORDS_A_NETWORK;
    for (let at = this.#firstWord; at < end; at += WORDS_A_NETWORK)
      if (this.#words[at] === network) return at;
    return undefined;
  }

  /** Notes that it came from there; `entry.firstAt` counts only for one not seen before. */
  cameFrom(entry: NetworkSeen): void {
    const words = this.#words;
    let oldest = this.#firstWord;
    for (let index = 0; index < NETWORKS; index++) {
      const at = this.#firstWord + index * WORDS_A_NETWORK;
      if (words[at] === entry.network) {
        words[at + 4] = Math.max(words[at + 4] ?? 0, entry.lastAt / MINUTE);
        return;
      }
      if ((words[at + 4] ?? 0) < (words[oldest + 4] ?? 0)) oldest = at;
    }
    words[oldest] = entry.network;
    words[oldest + 1] = entry.asn;
    words[oldest + 2] = entry.country;
    words[oldest + 3] = entry.firstAt / MINUTE;
    words[oldest + 4] = entry.lastAt / MINUTE;
  }

  /** A network that spam came from is not the account's own, however long it has been used. */
  distrust(network: number, at: number): void {
    const word = this.#placeOfNetwork(network);
    if (word !== undefined) this.#words[word + 3] = Math.max(this.#words[word + 3] ?? 0, at / MINUTE);
  }

  /** It is the account's own since then. */
  own(network: number, since: number): void {
    const word = this.#placeOfNetwork(network);
    if (word !== undefined)
      this.#words[word + 3] = Math.min(this.#words[word + 3] ?? 0, Math.floor(since / MINUTE));
  }

  /** The mail programs it used. */
  get mailers(): RecentSet {
    return new RecentSet(this.#words, this.#firstWord + NETWORKS * WORDS_A_NETWORK, MAILERS);
  }

  /** Link domains of what was released of it. */
  get domains(): RecentSet {
    const at = NETWORKS * WORDS_A_NETWORK + MAILERS + 2 * REPEATED;
    return new RecentSet(this.#words, this.#firstWord + at, DOMAINS);
  }

  /** Counts a body; how often it was sent before while it was among the last few. */
  repeated(fingerprint: number): number {
    const at = this.#firstBody;
    const words = this.#words;
    let found = 0;
    while (found < REPEATED - 1 && words[at + 2 * found] !== fingerprint) found++;
    const before = words[at + 2 * found] === fingerprint ? (words[at + 2 * found + 1] ?? 0) : 0;
    if (found > 0) words.copyWithin(at + 2, at, at + 2 * found);
    words[at] = fingerprint;
    words[at + 1] = before + 1;
    return before & ~KEPT;
  }

  /** A copy of it was held, while it was among the last few, and nobody has let such mail go since. */
  isKept(fingerprint: number): boolean {
    const at = this.#placeOf(fingerprint);
    return at !== undefined && ((this.#words[at + 1] ?? 0) & KEPT) !== 0;
  }

  /** A copy of it is held. */
  keep(fingerprint: number): void {
    const at = this.#placeOf(fingerprint);
    if (at !== undefined) this.#words[at + 1] = (this.#words[at + 1] ?? 0) | KEPT;
  }

  /** Such mail may go. */
  letGo(fingerprint: number): void {
    const at = this.#placeOf(fingerprint);
    if (at !== undefined) this.#words[at + 1] = (this.#words[at + 1] ?? 0) & ~KEPT;
  }

  /** All of its texts may. */
  letAllGo(): void {
    for (let at = this.#firstBody; at < this.#firstBody + 2 * REPEATED; at += 2)
      this.#words[at + 1] = (this.#words[at + 1] ?? 0) & ~KEPT;
  }

  get #firstBody(): number {
    return this.#firstWord + NETWORKS * WORDS_A_NETWORK + MAILERS;
  }

  #placeOf(fingerprint: number): number | undefined {
    for (let at = this.#firstBody; at < this.#firstBody + 2 * REPEATED; at += 2)
      if (this.#words[at] === fingerprint) return at;
    return undefined;
  }
}

/** A few hashes, the newest first: `size` words from `at` on. */
export class RecentSet {
  readonly #words: Uint32Array;
  readonly #at: number;
  readonly #size: number;

  constructor(words: Uint32Array, at: number, size: number) {
    this.#words = words;
    this.#at = at;
    this.#size = size;
  }

  get empty(): boolean {
    return this.#words[this.#at] === 0;
  }

  /** The oldest first. */
  all(): number[] {
    return [...this.#words.subarray(this.#at, this.#at + this.#size)].filter((word) => word !== 0).reverse();
  }

  has(hash: number): boolean {
    for (let index = 0; index < this.#size; index++) if (this.#words[this.#at + index] === hash) return true;
    return false;
  }

  add(hash: number): void {
    let found = 0;
    while (found < this.#size - 1 && this.#words[this.#at + found] !== hash) found++;
    if (found > 0) this.#words.copyWithin(this.#at + 1, this.#at, this.#at + found);
    this.#words[this.#at] = hash;
  }
}

/** What saved octets begin with: those of another shape are not read. */
const SHAPE = 1;

/** All profiles, by account. */
export class Profiles {
  readonly #slots = new Map<string, number>();
  readonly #slabs: Slab[] = [];
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
    const from = (slot % A_SLAB) * BYTES;
    saved.set(this.#slab(slot).octets.subarray(from, from + BYTES), 1);
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
    this.#slab(slot).octets.set(saved.subarray(1), (slot % A_SLAB) * BYTES);
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
      if (slot % A_SLAB === 0) this.#slabs.push(newSlab());
    }
    return new Profile(this.#slab(slot), slot % A_SLAB);
  }

  #slab(slot: number): Slab {
    return this.#slabs[Math.floor(slot / A_SLAB)] as Slab;
  }
}

function newSlab(): Slab {
  const buffer = new ArrayBuffer(A_SLAB * BYTES);
  return {
    numbers: new Float64Array(buffer),
    words: new Uint32Array(buffer),
    octets: new Uint8Array(buffer),
  };
}
