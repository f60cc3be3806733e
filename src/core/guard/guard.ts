/**
 * The guard decides what becomes of each message an account sends, by how that account always sent.
 *
 * The idea. Each message has terms (`signals.ts`); what they add up to is kept per account and fades to half in three days, in two
 * sums: one for what comes from where the account always was and one for what comes from elsewhere, so that the owner's
 * own mail does not excuse a thief's. When the sum passes a threshold and the message itself speaks against its owner,
 * it is held: accepted, kept, decided about later. All times are those of submission, so a backlog is no burst.
 *
 * What was held teaches nothing, and what passes teaches slowly: a day counts only when it is over.
 */
import { Acquaintances } from './acquaintances.ts';
import { A_CAMPAIGN_BODY, Crowd, type SavedCrowd } from './crowd.ts';
import { Dropped, type SavedDropped } from './dropped.ts';
import { MAX_LOOKED_AT, type SendEvent, textsOf } from './event.ts';
import { hashOf } from './hash.ts';
import {
  isBulk,
  isProven,
  MERGE_GROWS,
  type Message,
  noteHeld,
  proveBulk,
  remember,
  turnDay,
} from './learning.ts';
import { Novelty } from './novelty.ts';
import { isOldNetwork, isOwners } from './own-mail.ts';
import { type BadNews, type GuardOutcome, isHeld } from './port.ts';
import { type Profile, Profiles } from './profile.ts';
import { covers, inForce, MOST_RELAXED, type Relaxation } from './relaxation.ts';
import {
  contentTerms,
  crowdTerms,
  isMove,
  fading,
  NONE,
  networkOf,
  networkTerms,
  rateTerms,
  recipientTerms,
  standsAlone,
  strangersTerms,
  type Term,
  troubleTerms,
} from './signals.ts';
import { sightingKey } from './sightings.ts';

export interface Decision {
  readonly outcome: GuardOutcome;
  /** What the terms add up to, with what was known before. */
  readonly score: number;
  /** From what score on it would be held, as if nothing were relaxed. */
  readonly limit: number;
  readonly terms: readonly Term[];
  /** Without this it would have been held. */
  readonly relaxed?: Relaxation;
  /** Held, and of a kind that its owner may release alone (`own-mail.ts`). */
  readonly owners?: true;
}

/** Chosen on recorded traffic (docs/guard.md, "What it reaches"). */
export const THRESHOLDS = {
  /** From here a message leaves by the pool for the doubted. */
  pool: 6,
  /** Of what comes from where the account always was, and from elsewhere. */
  hold: { home: 18, away: 10.5 },
  /** From here, with so many held, nothing of the account leaves until somebody has looked. */
  stop: 30,
  stopAfterHeld: 10,
} as const;

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Suspicion fades to half in this time, ms. */
const HALF_MS = 3 * DAY;
/** It never gets past this, so that it is gone within days. */
const MOST_SUSPICION = 40;
/** What one message adds at most. */
const MOST_AT_ONCE = 20;
/** And takes away at most. */
const LEAST_AT_ONCE = -1;
/** A text that was dropped of its account: held, whatever speaks for it. */
const OF_DROPPED = 12;
/** An account is new until it has sent so many messages, over so long. */
const FEW_MESSAGES = 10;
const FEW_DAYS_MS = 3 * DAY;
/** From here it is a campaign across accounts, for which nothing is relaxed. */
const BEYOND_RELAXING = 4 * A_CAMPAIGN_BODY;
/** Of the patience that is asked for: what leaves teaches, so that a limit twice as high lets out more than twice as many. */
const GIVEN = 0.6;
/** Link domains of one message by which campaigns are looked for. */
const MOST_LINKS = 8;
/** Suspicion below this is not worth a line. */
const LEAST_SHOWN = 0.05;
/** What released mail says of an account's past: as if of so many messages this share had been to new people. */
const RELEASED_TEACHES = 20;
const RELEASED_NEW = 0.6;

export interface SavedShared extends SavedCrowd {
  readonly dropped?: readonly SavedDropped[];
}

export class Guard {
  readonly #profiles = new Profiles();
  readonly #crowd = new Crowd();
  readonly #acquaintances = new Acquaintances();
  readonly #dropped = new Dropped();
  readonly #novelty = new Novelty();
  #relaxations: readonly Relaxation[];
  #left: (relaxation: Relaxation) => number = () => Number.POSITIVE_INFINITY;

  constructor({ relaxations = [] }: { relaxations?: readonly Relaxation[] } = {}) {
    this.#relaxations = relaxations;
  }

  /** From now on these, in place of those before. `left`: recipients that one may still let out; as many as there are unless given. */
  relax(relaxations: readonly Relaxation[], left = this.#left): void {
    this.#relaxations = relaxations;
    this.#left = left;
  }

  /** Octets of what it knows of accounts. */
  get bytes(): number {
    return this.#profiles.bytes;
  }

  get accounts(): number {
    return this.#profiles.size;
  }

  /** What there is to save of an account; undefined when nothing is known of it. */
  save(account: string): Uint8Array | undefined {
    return this.#profiles.save(account);
  }

  /** Puts back what `save` gave; false when it was saved by another version: the account is a new one then. */
  restore(account: string, saved: Uint8Array): boolean {
    return this.#profiles.restore(account, saved);
  }

  /** The past that it had elsewhere, as `save` gave it, joined to what is known here; once or several times is the same. */
  adopt(account: string, saved: Uint8Array): boolean {
    return this.#profiles.adopt(account, saved);
  }

  /** What several accounts sent alike, and what was dropped, to be saved. */
  saveShared(): SavedShared {
    return { ...this.#crowd.save(), dropped: this.#dropped.save() };
  }

  restoreShared({ dropped = [], ...crowd }: SavedShared): void {
    this.#dropped.restore(dropped);
    this.#crowd.restore(crowd);
  }

  /** Whom somebody here writes to again and again; undefined when there is nobody new since that was saved. */
  saveAcquaintances(): Uint8Array | undefined {
    return this.#acquaintances.save();
  }

  /** What it gave could not be kept. */
  acquaintancesNotKept(): void {
    this.#acquaintances.notKept();
  }

  /** Puts back what `saveAcquaintances` gave; nobody is known when it was saved by another version. */
  restoreAcquaintances(saved: Uint8Array): void {
    this.#acquaintances.restore(saved);
  }

  /** Learns from a message that was decided about elsewhere. */
  observe(submitted: SendEvent, outcome: GuardOutcome): void {
    this.#profiles.of(submitted.account).heedClock(submitted.at);
    const message = this.#weigh(submitted);
    this.#judge(message);
    this.#learn(message, outcome);
  }

  /** Of a message that its account's profile knows already: only what others may send alike. */
  recall(submitted: SendEvent, { terms, left }: { terms: readonly Term[]; left: boolean }): void {
    const { at } = submitted;
    const suspect = terms.some(
      (term) => isMove(term) || (term.signal === 'new-recipients' && term.weight > 0),
    );
    const keys = keysOf(submitted);
    const readers = submitted.to.slice(0, MAX_LOOKED_AT).map((recipient) => hashOf(recipient));
    // Of others it is not known any more which of them it knew.
    const knewAll = terms.some(({ signal, count }) => signal === 'new-recipients' && count === 0);
    if (left && knewAll) for (const reader of readers) this.#acquaintances.add(reader);
    const place = submitted.ip === undefined ? keys.account : hashOf(networkOf(submitted.ip));
    this.#crowd.note(keys, { at, suspect, place, reader: readers[0] });
  }

  /** Bad news of an account from elsewhere: they fade within days. */
  note(kind: BadNews, about: { account: string; at: number; count: number }): void {
    const profile = this.#profiles.of(about.account);
    if (kind === 'login') {
      profile.set('logins', about.count);
      profile.set('loginAt', about.at);
      return;
    }
    const fade = fading(profile.get('troubleAt'), about.at);
    profile.set('unknown', profile.get('unknown') * fade);
    profile.set('refused', profile.get('refused') * fade);
    profile.set('troubleAt', Math.max(about.at, profile.get('troubleAt')));
    profile.add(kind === 'refused' ? 'refused' : 'unknown', about.count);
  }

  /** The account is in its owner's hands, by all that is known: what was thought of it is forgotten. */
  forgive(account: string): void {
    const profile = this.#profiles.of(account);
    for (const name of ['home', 'away', 'held', 'stoppedAt', 'unknown', 'refused', 'logins'] as const)
      profile.set(name, 0);
    profile.letAllGo();
  }

  /** It may not send: what it has under way is held. */
  lock(account: string, at: number): void {
    const profile = this.#profiles.of(account);
    profile.set('stoppedAt', profile.get('stoppedAt') || at);
  }

  /** What came from home says nothing of a thief elsewhere: what is thought of who sends from there stays. */
  #forgiveSender({ event, profile, where }: Message): void {
    if (!where.home) return this.forgive(event.account);
    for (const name of ['home', 'held', 'unknown', 'refused'] as const) profile.set(name, 0);
  }

  /**
   * What was held was its owner's: it teaches as what passes does, at once. Bulk that says so is known for it from now
   * on; of other mail as many recipients, and as many strangers, are nothing unusual any more. `recipients`: of all that
   * was released. What its owner released alone teaches less: a day of bulk as any other, and as many again, not twice.
   */
  released(submitted: SendEvent, { recipients, by }: { recipients: number; by?: 'owner' }): void {
    const message = this.#weigh(submitted);
    const { event, profile, keys } = message;
    this.#forgiveSender(message);
    remember(message);
    this.#crowd.clear(keys);
    const merge = by === 'owner' ? recipients / MERGE_GROWS : recipients;
    if (event.list !== true) profile.set('merge', Math.max(profile.get('merge'), merge));
    else if (by !== 'owner') proveBulk(profile, recipients);
    for (const domain of keys.domains) profile.domains.add(hashOf(domain));
    for (const name of ['peak', 'mostStrangers'] as const)
      profile.set(name, Math.max(profile.get(name), recipients));
    profile.set('pastMessages', Math.max(profile.get('pastMessages'), RELEASED_TEACHES));
    profile.set('pastNew', Math.max(profile.get('pastNew'), profile.get('pastMessages') * RELEASED_NEW));
    const { network } = message.where;
    // Its own from now on, as if it had been used for a day.
    if (network !== undefined) profile.own(network.network, event.at - DAY);
  }

  /** Which texts of an account do not pass any more, and which do again: those of a group, or all when it may send again. */
  heed(
    decision: 'dropped' | 'released' | 'unlocked',
    about: { account: string; texts: readonly string[] },
  ): void {
    const { account, texts } = about;
    if (decision === 'dropped') this.#dropped.add(account, texts);
    else if (decision === 'released') this.#letGo(account, texts);
    else this.#dropped.remove(account);
  }

  #letGo(account: string, texts: readonly string[]): void {
    this.#dropped.remove(account, texts);
    for (const text of texts) this.#profiles.of(account).letGo(hashOf(text));
  }

  /** The account has used the network of this address for long (`LONG_MS`). */
  hasUsedForLong(account: string, ip: string, at: number): boolean {
    return isOldNetwork(this.#profiles.of(account), ip, at);
  }

  /** Other accounts send the same. */
  isShared(submitted: SendEvent): boolean {
    return this.#crowd.terms(keysOf(submitted), submitted.at).length > 0;
  }

  /** Decides and learns. Events of one account should come in the order of their times; one that does not is judged all the same. */
  decide(submitted: SendEvent): Decision {
    this.#profiles.of(submitted.account).heedClock(submitted.at);
    const message = this.#weigh(submitted);
    const decision = this.#judge(message);
    this.#learn(message, decision.outcome);
    return decision;
  }

  #weigh(submitted: SendEvent): Message {
    const event = bounded(submitted);
    this.#crowd.saw(event.at);
    const profile = this.#profiles.of(event.account);
    if (profile.get('firstAt') === 0) profile.set('firstAt', event.at);
    turnDay(profile, event.at);
    const seen = recipientTerms(event, profile, this.#acquaintances);
    const where = networkTerms(event, profile, {
      mostlyNew: seen.mostlyNew,
      mostlyStrange: seen.mostlyStrange,
      everywhere: this.#novelty.share(event.at),
    });
    const bulk = isBulk({ event, profile, where });
    const keys = keysOf(event);
    const about = { mostlyNew: seen.mostlyNew, home: where.home };
    const crowd = joined(
      crowdTerms(profile, seen, where),
      strangersTerms(event, profile, { seen, home: where.home }),
    );
    const loud = joined(rateTerms(event, profile, seen), contentTerms(event, profile, seen));
    const trouble = troubleTerms(event, profile, about);
    const own = bulk
      ? where.terms
      : excusing(joined(joined(seen.terms, crowd), where.terms), {
          counts: loud.length === 0 && where.home,
        });
    const dropped = this.#dropped.has(event.account, keys.texts)
      ? [{ signal: 'dropped-text' as const, weight: OF_DROPPED }]
      : NONE;
    const shared = this.#crowd.terms(keys, event.at);
    const of = joined(own, bulk ? NONE : loud);
    const terms = joined(joined(of, trouble), joined(shared, dropped));
    return { event, profile, seen, where, bulk, keys, terms };
  }

  #judge(message: Message): Decision {
    const { event, profile, where, terms } = message;
    const sum = totalOf(terms);
    const of = where.home ? 'home' : 'away';
    const at = where.home ? 'homeAt' : 'awayAt';
    const age = Math.max(0, event.at - profile.get(at));
    const before = profile.get(of) * 0.5 ** (age / HALF_MS);
    // What only the crowd says, or a drop, is weighed anew with each message and does not add up.
    const crowd = terms.some(standsAlone) ? totalOf(terms.filter(standsAlone)) : 0;
    const step = Math.min(MOST_AT_ONCE, Math.max(LEAST_AT_ONCE, sum - crowd));
    const after = Math.min(MOST_SUSPICION, Math.max(0, before + step));
    profile.set(of, after);
    profile.set(at, Math.max(profile.get(at), event.at));
    const past = before > LEAST_SHOWN ? [{ signal: 'past' as const, weight: before }] : NONE;
    const score = before + step + crowd;
    const { home, away } = THRESHOLDS.hold;
    const limit = of === 'home' && !isNew(message) && crowd === 0 ? home : away;
    const decided = { score, limit, terms: joined(terms, past) };
    const outcome = this.#outcome(profile, { score, sum, limit });
    if (outcome !== 'hold') return { outcome, ...decided };
    const held: Decision = { outcome, ...decided, ...(isOwners(message) ? { owners: true } : {}) };
    // What several accounts send alike, or was dropped, is beyond relaxing.
    if (crowd >= BEYOND_RELAXING) return held;
    const { patience, by } = patienceWith(message, inForce(this.#relaxations, event.at));
    const relaxed = this.#outcome(profile, { score, sum, limit: limit * patience });
    // Whoever writes to more than it may let out waits as if nothing were relaxed.
    const isBeyond = by === undefined || event.to.length > this.#left(by);
    return isBeyond || relaxed === outcome ? held : { outcome: relaxed, ...decided, relaxed: by };
  }

  #outcome(
    profile: Profile,
    { score, sum, limit }: { score: number; sum: number; limit: number },
  ): GuardOutcome {
    const { pool, stop, stopAfterHeld } = THRESHOLDS;
    if (profile.get('stoppedAt') > 0) return 'stop';
    if (score < limit || sum <= 0) return score < pool ? 'pass' : 'pool';
    return score >= stop && profile.get('held') >= stopAfterHeld ? 'stop' : 'hold';
  }

  #learn(message: Message, outcome: GuardOutcome): void {
    const { event, profile, seen, where, keys } = message;
    const { at } = event;
    if (seen.hashes[0] !== undefined) profile.set('lastTo', seen.hashes[0]);
    const suspect = !isProven(message) && (seen.mostlyStrange || !where.home);
    const place = where.network?.network ?? keys.account;
    this.#crowd.note(keys, { at, suspect, place, reader: seen.hashes[0] });
    this.#novelty.note(at, where);
    if (outcome === 'stop') profile.set('stoppedAt', profile.get('stoppedAt') || at);
    if (isHeld(outcome)) return noteHeld(message);
    for (const friend of seen.friends) this.#acquaintances.add(friend);
    remember(message);
  }
}

/**
 * What the limit is multiplied by, and because of which relaxation. One of a signal makes it as much more patient as that
 * signal is of all that speaks against the message.
 */
function patienceWith(
  { event, terms }: Message,
  relaxations: readonly Relaxation[],
): { patience: number; by?: Relaxation } {
  let most: { patience: number; by?: Relaxation } = { patience: 1 };
  const against = terms.filter((term) => term.weight > 0 && !standsAlone(term));
  for (const by of relaxations) {
    if (!covers(by, event.account)) continue;
    const { scope, factor } = by;
    const share =
      scope.kind === 'signal'
        ? totalOf(against.filter(({ signal }) => signal === scope.signal)) / totalOf(against)
        : 1;
    const patience = 1 + GIVEN * (Math.min(factor, MOST_RELAXED) - 1) * share;
    if (patience > most.patience) most = { patience, by };
  }
  return most;
}

function joined(some: readonly Term[], more: readonly Term[]): readonly Term[] {
  if (more.length === 0) return some;
  return some.length === 0 ? more : [...some, ...more];
}

function totalOf(terms: readonly Term[]): number {
  let total = 0;
  for (const { weight } of terms) total += weight;
  return total;
}

/** What speaks for the owner is left out where a thief would look the same. */
function excusing(terms: readonly Term[], { counts }: { counts: boolean }): readonly Term[] {
  return counts ? terms : terms.filter(({ weight, signal }) => weight > 0 || signal === 'known-network');
}

/** Of whom little is known yet. */
function isNew({ event, profile }: Message): boolean {
  return profile.get('messages') < FEW_MESSAGES || event.at < profile.get('firstAt') + FEW_DAYS_MS;
}

function keysOf(event: SendEvent): Message['keys'] {
  const { linkDomains = [] } = event;
  const [texts, domains] = [textsOf(event), linkDomains.slice(0, MOST_LINKS)];
  const account = hashOf(event.account);
  return { account, texts, domains, bodies: texts.map(sightingKey), links: domains.map(sightingKey) };
}

function bounded(event: SendEvent): SendEvent {
  return event.to.length <= MAX_LOOKED_AT ? event : { ...event, to: event.to.slice(0, MAX_LOOKED_AT) };
}
