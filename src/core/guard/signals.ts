/**
 * What one message says about whether its account is in its owner's hands. Each signal is a term: the logarithm of how
 * much likelier what is seen is from a thief than from the owner. Terms add up; an operator reads them one by one.
 */
import type { Acquaintances } from './acquaintances.ts';
import { parseIpv6 } from '../../wire/address/domain.ts';
import { domainOf } from '../delivery/route.ts';
import { MAX_LOOKED_AT, type SendEvent } from './event.ts';
import { hashOf } from './hash.ts';
import { FEW_BEFORE_PLACES, NETWORKS, type NetworkSeen, type Profile } from './profile.ts';
import { knows } from './recipients.ts';

export const SIGNALS = [
  'new-recipients',
  'many-recipients',
  'many-strangers',
  'rate',
  'new-network',
  'new-operator',
  'new-country',
  'known-network',
  'many-networks',
  'new-mailer',
  'same-body',
  'campaign-body',
  'campaign-link',
  'spread-text',
  'unknown-users',
  'refused',
  'login-trouble',
  'dropped-text',
  'past',
] as const;
export type Signal = (typeof SIGNALS)[number];

export interface Term {
  readonly signal: Signal;
  /** Natural logarithm of the likelihood ratio; below zero it speaks for the owner. */
  readonly weight: number;
  /** The figure behind it: recipients, networks, accounts, repeats. */
  readonly count?: number;
  /** There may be more than `count`: no more are looked at, or remembered. */
  readonly atLeast?: true;
}

const OR_MORE = { atLeast: true } as const;
/** Most messages have no terms of most kinds. */
export const NONE: readonly Term[] = [];

/** What several accounts send alike. */
export function isOfCrowd({ signal }: Pick<Term, 'signal'>): boolean {
  return signal === 'campaign-body' || signal === 'campaign-link' || signal === 'spread-text';
}

/** Weighed anew with each message: it does not add up. */
export function standsAlone(term: Pick<Term, 'signal'>): boolean {
  return isOfCrowd(term) || term.signal === 'dropped-text';
}

/** It came from a place that is new to the account. */
export function isMove({ signal }: Term): boolean {
  return signal === 'new-network' || signal === 'new-operator' || signal === 'new-country';
}

/** How often the message of a thief is to people the account never wrote to, mostly. */
const NEW_OF_THIEF = 0.95;
/** What is known of an account before it has sent: as if of twenty messages six had been to new people. */
const PRIOR_NEW = 6;
const PRIOR_MESSAGES = 20;
const LEAST_NEW = 0.02;
const MOST_NEW = 0.6;
/** Strangers of the account's own domain are colleagues, most often: what is written to them weighs so much. */
const OF_COLLEAGUES = 0.3;
/** Of strangers whom others here write to so many are not counted: four are as one. */
const OF_ACQUAINTANCES = 0.75;
/**
 * A thief may write to the owner's friends as well: what speaks for the owner counts no more than makes the account's own
 * past come to a little less than nothing.
 */
const MARGIN = 0.1;
const LEAST_FOR_OWNER = -0.3;
const MOST_FOR_OWNER = -1;

/** Strangers of other domains in one message that are nothing unusual; what each doubling past that weighs. */
const USUAL_CROWD = 8;
const A_CROWD = 1.2;
/** From elsewhere. */
const AWAY_CROWD = 2;
const AN_AWAY_CROWD = 1.6;
/** So many strangers are too many for anybody who has not shown that it is bulk. */
const TOO_MANY = 400;
/** And so many, when they are more than this many times what the account had in any hour. */
const MANY_AT_ONCE = 200;
const TIMES_ITS_MOST = 4;
const OF_TOO_MANY = 12;
/** A body sent so often by one account, lately, is one that is sent round. */
const REPEATS = 3;
const A_REPEAT = 0.6;
/** To people it knows it weighs more, because nothing else does then. */
const A_REPEAT_TO_FRIENDS = 1.5;
/** Of an account that is often elsewhere, by its past: it is nothing unusual there. */
const A_REPEAT_OF_TRAVELLERS = 0.4;
const OFTEN_ELSEWHERE = 0.05;

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** A network is the account's own when it has been used for so long. */
const OWN_AFTER_MS = DAY;

/** What is taken for known of how often an account moves, as of `PRIOR_MESSAGES`. */
const PRIOR_MOVES = 0.2;
/** A new network when none, one, two, three or more others were new within the hour: honest senders have two at most. */
const MANY_NETWORKS = [0, 1.2, 3.5, 5];
const OF_TRAVELLERS = 0.4;
/** How often a thief's mail comes from a network that is new to the account, and an owner's, by what else is new about it. */
const ELSEWHERE_OF_THIEF = 0.9;
const ELSEWHERE_OF_OWNER = { 'new-network': 0.2, 'new-operator': 0.05, 'new-country': 0.015 } as const;
/** The account's own network; one that it has used only lately, to strangers, and to people it knows. */
const OF_OWN_NETWORK = -0.5;
const FROM_OWN_NETWORK: readonly Term[] = [{ signal: 'known-network', weight: OF_OWN_NETWORK }];
const OF_YOUNG_NETWORK = 0.6;
const OF_YOUNG_NETWORK_TO_FRIENDS = -0.2;

/** So many messages, and a mail program that it never used is a new one. */
const FEW_BEFORE_PROGRAMS = 5;
const OF_NEW_PROGRAM = 0.7;

/** Messages a day that reach strangers of other domains, nothing unusual for anybody; a third of them, from elsewhere. */
export const USUAL_STRANGERS = 30;
const AWAY_STRANGERS = 1 / 3;
const A_HANDFUL = 4;
/** What each doubling past that weighs, from home and from elsewhere, and at most. */
const OF_MANY_STRANGERS = 2;
const OF_MANY_AWAY = 3;
const MOST_OF_STRANGERS = 3;

/** Messages and new recipients an hour that are nothing unusual for anybody. */
export const USUAL_PEAK = 20;
/** To people it knows so many times as many, and what is more weighs so much. */
const FRIENDS_BEAR = 3;
const A_RATE_TO_FRIENDS = 0.5;
const MOST_OF_RATE = 2;

/** Recipients that do not exist are nothing unusual for anybody up to so many in a day, or this share of its messages. */
const FEW_UNKNOWN = 3;
const SHARE_UNKNOWN = 0.05;
const FEW_REFUSED = 1.5;
/** What bad news weigh at most. */
const MOST_OF_UNKNOWN = 2;
const MOST_OF_REFUSED = 2;
const MOST_OF_LOGINS = 2.5;

export interface Seen {
  /** Recipients it never wrote to, of those that are known here. */
  readonly fresh: number;
  /** Those of other domains; a few of those whom others here write to are as one. */
  readonly outside: number;
  /** Most of them. */
  readonly mostlyNew: boolean;
  /** Most are people whom nobody else here writes to either. */
  readonly mostlyStrange: boolean;
  /** There may be more than are looked at. */
  readonly capped: boolean;
  /** Of the recipients, in their order; and of those it wrote to before. */
  readonly hashes: readonly number[];
  readonly friends: readonly number[];
  readonly terms: readonly Term[];
}

const NOBODY: Seen = {
  fresh: 0,
  outside: 0,
  mostlyNew: false,
  mostlyStrange: false,
  capped: false,
  hashes: [],
  friends: [],
  terms: [],
};

/** Who it is written to, against whom the account writes to, and whom others here do. */
export function recipientTerms(event: SendEvent, profile: Profile, others: Acquaintances): Seen {
  const { to } = event;
  if (to.length === 0) return NOBODY;
  let fresh = 0;
  let inside = 0;
  /** Of those, whom others here write to; and of these, those of other domains. */
  let known = 0;
  let knownOutside = 0;
  // Compared in place: `domainOf` would make a string for each of up to a thousand recipients.
  const atDomain = `@${domainOf(event.account)}`;
  const hashes: number[] = [];
  const friends: number[] = [];
  for (const recipient of to) {
    const hash = hashOf(recipient);
    hashes.push(hash);
    if (knows(profile, hash)) {
      friends.push(hash);
      continue;
    }
    fresh++;
    const isKnown = others.has(hash);
    if (isKnown) known++;
    if (recipient.endsWith(atDomain)) inside++;
    else if (isKnown) knownOutside++;
  }
  const mostlyNew = fresh * 2 > to.length;
  const usual = clip(
    (profile.get('pastNew') + PRIOR_NEW) / (profile.get('pastMessages') + PRIOR_MESSAGES),
    LEAST_NEW,
    MOST_NEW,
  );
  const against = Math.log(NEW_OF_THIEF / usual);
  const weight = mostlyNew
    ? against * (inside * 2 > fresh ? OF_COLLEAGUES : 1)
    : clip(-(usual * against + MARGIN) / (1 - usual), MOST_FOR_OWNER, LEAST_FOR_OWNER);
  const capped = to.length >= MAX_LOOKED_AT;
  const terms: Term[] = [{ signal: 'new-recipients', weight, count: fresh, ...(capped ? OR_MORE : {}) }];
  const outside = fresh - inside - Math.floor(knownOutside * OF_ACQUAINTANCES);
  const mostlyStrange = (fresh - known) * 2 > to.length;
  return { fresh, outside, mostlyNew, mostlyStrange, capped, hashes, friends, terms };
}

/** How many strangers of other domains are reached at once: a thief pays for each message, and not for each of its recipients. */
export function crowdTerms(profile: Profile, { outside, capped }: Seen, { home }: Where): readonly Term[] {
  const peak = profile.get('peak');
  const usual = Math.max(home ? USUAL_CROWD : AWAY_CROWD, peak);
  if (outside <= usual) return NONE;
  const tooMany = outside >= TOO_MANY || (outside >= MANY_AT_ONCE && outside > TIMES_ITS_MOST * peak);
  const weight = (home ? A_CROWD : AN_AWAY_CROWD) * Math.log2(outside / usual);
  const count = { count: outside, ...(capped ? OR_MORE : {}) };
  return [{ signal: 'many-recipients', weight: weight + (tooMany ? OF_TOO_MANY : 0), ...count }];
}

/** A message to more than a handful of strangers counts twice. */
export function countedAs(outside: number): number {
  return outside > A_HANDFUL ? 2 : Math.min(1, outside);
}

/** How many messages of today reach strangers of other domains, however few in each: friends beside them hide nobody. */
export function strangersTerms(
  { at }: SendEvent,
  profile: Profile,
  { seen: { outside }, home }: { seen: Seen; home: boolean },
): readonly Term[] {
  if (outside === 0) return NONE;
  const count = profile.get('dayStrangers') + countedAs(outside);
  // On its first day no place is an account's own.
  const isAway = !home && profile.get('firstAt') <= at - OWN_AFTER_MS;
  const usual = Math.max(USUAL_STRANGERS, 2 * profile.get('mostStrangers')) * (isAway ? AWAY_STRANGERS : 1);
  const each = isAway ? OF_MANY_AWAY : OF_MANY_STRANGERS;
  if (count <= usual) return NONE;
  const weight = Math.min(MOST_OF_STRANGERS, each * Math.log2(count / usual));
  return [{ signal: 'many-strangers', weight, count }];
}

/** How many in the last hour, by the time of submission, against the most that the account had on days before. */
export function rateTerms(event: SendEvent, profile: Profile, seen: Seen): readonly Term[] {
  const count = decayedHour(profile, event.at) + 1 + seen.fresh;
  const usual = Math.max(USUAL_PEAK, 2 * profile.get('peak'));
  // Several to the same people in a row belong together, as a series of patches does.
  if (isSeries(profile, seen)) return NONE;
  const bearable = seen.mostlyNew ? usual : FRIENDS_BEAR * usual;
  if (count <= bearable) return NONE;
  const weight =
    Math.min(MOST_OF_RATE, Math.log(count / bearable)) * (seen.mostlyNew ? 1 : A_RATE_TO_FRIENDS);
  return [{ signal: 'rate', weight, count: Math.round(count) }];
}

/** Only to people it knows: the first of them may be the thief's own. */
function isSeries(profile: Profile, { outside, hashes }: Seen): boolean {
  return outside === 0 && hashes[0] !== undefined && hashes[0] === profile.get('lastTo');
}

/** Messages and new recipients of the last hour: each fades away over an hour. */
export function decayedHour(profile: Profile, at: number): number {
  const age = Math.max(0, at - profile.get('hourAt'));
  return profile.get('hour') * Math.exp(-age / HOUR);
}

export interface Where {
  /** It comes from where the account always was, or nothing is known of where it is. */
  readonly home: boolean;
  /** From there, or from the operator that it has used for long. */
  readonly steady: boolean;
  readonly network?: NetworkSeen;
  readonly terms: readonly Term[];
}

export interface Around {
  /** It is written to strangers, mostly; and to such as nobody else here writes to. */
  readonly mostlyNew: boolean;
  readonly mostlyStrange: boolean;
  /** The share of all accounts' mail that comes from networks new to them, lately: when everybody moves, it says little. */
  readonly everywhere: number;
}

/** Where it comes from. */
export function networkTerms(event: SendEvent, profile: Profile, around: Around): Where {
  if (event.ip === undefined) return { home: true, steady: true, terms: NONE };
  const network: NetworkSeen = {
    network: hashOf(networkOf(event.ip)),
    asn: event.asn ?? 0,
    country: event.country === undefined ? 0 : hashOf(event.country),
    firstAt: event.at,
    lastAt: event.at,
  };
  const since = event.at - OWN_AFTER_MS;
  const steady = event.asn !== undefined && profile.usesOperator(event.asn, since);
  const used = profile.usesNetwork(network.network);
  if (used !== undefined && used <= since)
    return { home: true, steady, network, terms: around.mostlyNew ? NONE : FROM_OWN_NETWORK };
  const known = profile.networks();
  const few = profile.get('messages') < FEW_BEFORE_PLACES;
  if (known.length === 0 && few) return { home: true, steady, network, terms: NONE };
  if (used !== undefined) {
    // Of a new account the first place is as good as any.
    if (few && known.every(({ firstAt }) => firstAt > since))
      return { home: true, steady, network, terms: NONE };
    const weight = around.mostlyStrange ? OF_YOUNG_NETWORK : OF_YOUNG_NETWORK_TO_FRIENDS;
    return { home: false, steady, network, terms: [{ signal: 'known-network', weight }] };
  }
  // Not those that it came from after this: what waited is judged late.
  const lately = known.filter(({ firstAt }) => firstAt > event.at - HOUR && firstAt <= event.at).length;
  const terms: Term[] = [novelty(network, known, { ...around, moves: movesOf(profile) })];
  const many = MANY_NETWORKS[Math.min(lately, MANY_NETWORKS.length - 1)] ?? 0;
  // Where held mail came from is not remembered, and of a full list one may have been forgotten.
  const more = profile.get('held') > 0 || known.length >= NETWORKS ? OR_MORE : {};
  if (many > 0) terms.push({ signal: 'many-networks', weight: many, count: lately + 1, ...more });
  return { home: false, steady, network, terms };
}

/** How often the account's mail comes from a new place, by its past. */
function movesOf(profile: Profile): number {
  return (profile.get('pastMoves') + PRIOR_MOVES) / (profile.get('pastMessages') + PRIOR_MESSAGES);
}

function novelty(
  network: NetworkSeen,
  known: readonly NetworkSeen[],
  { mostlyNew, everywhere, moves }: Around & { moves: number },
): Term {
  const ofCountry = known.some(({ country }) => country === network.country);
  const ofOperator = known.some(({ asn }) => asn === network.asn);
  const signal = !ofCountry ? 'new-country' : ofOperator ? 'new-network' : 'new-operator';
  // Who writes to friends from a new place travels, more often than not.
  const weight = Math.max(
    0,
    Math.log(
      ELSEWHERE_OF_THIEF /
        Math.max(ELSEWHERE_OF_OWNER[signal], everywhere, moves - PRIOR_MOVES / PRIOR_MESSAGES),
    ),
  );
  return { signal, weight: mostlyNew ? weight : weight * OF_TRAVELLERS };
}

/** The /24 of an IPv4 address, the /48 of an IPv6 address, in one spelling each. */
export function networkOf(ip: string): string {
  const plain = ip.includes(':') ? ip.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '') : ip;
  if (!plain.includes(':')) return plain.slice(0, Math.max(0, plain.lastIndexOf('.')));
  const groups = parseIpv6(plain);
  if (groups === undefined) return plain;
  return groups
    .slice(0, 3)
    .map((group) => group.toString(16))
    .join(':');
}

/** What the message is like. */
export function contentTerms(event: SendEvent, profile: Profile, seen: Seen): Term[] {
  const { mostlyNew } = seen;
  const terms: Term[] = [];
  const { mailers } = profile;
  if (event.client !== undefined && profile.get('messages') >= FEW_BEFORE_PROGRAMS)
    if (!mailers.empty && !mailers.has(hashOf(event.client)))
      terms.push({ signal: 'new-mailer', weight: OF_NEW_PROGRAM });
  const text = event.fingerprint === undefined ? undefined : hashOf(event.fingerprint);
  const before = text === undefined ? 0 : profile.repeated(text);
  // Of a text that is held two in a row to one friend are no series.
  if (before >= REPEATS && (!isSeries(profile, seen) || (text !== undefined && profile.isKept(text))))
    terms.push({
      signal: 'same-body',
      weight: mostlyNew ? A_REPEAT : repeatToFriends(profile),
      count: before + 1,
    });
  return terms;
}

function repeatToFriends(profile: Profile): number {
  return movesOf(profile) >= OFTEN_ELSEWHERE ? A_REPEAT_OF_TRAVELLERS : A_REPEAT_TO_FRIENDS;
}

/** What others say of what it sent, and of who came in. */
export function troubleTerms(
  event: SendEvent,
  profile: Profile,
  about: { mostlyNew: boolean; home: boolean },
): Term[] {
  const terms: Term[] = [];
  const fade = fading(profile.get('troubleAt'), event.at);
  const unknown = profile.get('unknown') * fade;
  const bearable = Math.max(FEW_UNKNOWN, profile.get('dayMessages') * SHARE_UNKNOWN);
  if (about.mostlyNew && unknown > bearable)
    terms.push({
      signal: 'unknown-users',
      weight: Math.min(MOST_OF_UNKNOWN, Math.log(unknown / bearable)),
      count: Math.round(unknown),
    });
  const refused = profile.get('refused') * fade;
  if (about.mostlyNew && refused > FEW_REFUSED)
    terms.push({
      signal: 'refused',
      weight: Math.min(MOST_OF_REFUSED, Math.log2(refused / FEW_REFUSED)),
      count: Math.round(refused),
    });
  const logins = profile.get('logins');
  if (!about.home && logins > 0 && event.at < profile.get('loginAt') + DAY)
    terms.push({
      signal: 'login-trouble',
      weight: Math.min(MOST_OF_LOGINS, Math.log(1 + logins)),
      count: logins,
    });
  return terms;
}

/** Bad news fade to half within a day. */
export function fading(since: number, at: number): number {
  return 0.5 ** (Math.max(0, at - since) / DAY);
}

function clip(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
