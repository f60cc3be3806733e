/**
 * What one message says about whether its account is in its owner's hands. Each signal is a term: the logarithm of how
 * much likelier what is seen is from a thief than from the owner. Terms add up; an operator reads them one by one.
 */
import type { SendEvent } from './event.ts';
import { hashOf } from './hash.ts';
import type { NetworkSeen, Profile } from './profile.ts';
import { knows } from './recipients.ts';

export type Signal =
  | 'new-recipients'
  | 'many-recipients'
  | 'rate'
  | 'new-network'
  | 'new-operator'
  | 'new-country'
  | 'known-network'
  | 'many-networks'
  | 'new-mailer'
  | 'same-body'
  | 'campaign-body'
  | 'campaign-link'
  | 'past'
  | 'feedback';

export interface Term {
  readonly signal: Signal;
  /** Natural logarithm of the likelihood ratio; below zero it speaks for the owner. */
  readonly weight: number;
  /** The figure behind it: recipients, networks, accounts, repeats. */
  readonly count?: number;
}

/** How often the message of a thief is to people the account never wrote to, mostly. */
const NEW_OF_THIEF = 0.95;
/** What is known of an account before it has sent: as if of ten messages three had been to new people. */
const PRIOR_NEW = 3;
const PRIOR_MESSAGES = 10;
const LEAST_NEW = 0.02;
const MOST_NEW = 0.6;
/** Strangers of the account's own domain are colleagues, most often: what is written to them weighs so much. */
const OF_COLLEAGUES = 0.3;
/** What speaks for the owner counts at most so much: a thief may write to the owner's friends as well. */
export const MOST_FOR_OWNER = -1;

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** A network is the account's own when it has been used for so long. */
const OWN_AFTER_MS = DAY;

/** Recipients an hour that are nothing unusual for anybody. */
const USUAL_PEAK = 20;

export interface Seen {
  /** Recipients it never wrote to, of those that are known here. */
  readonly fresh: number;
  /** Most of them. */
  readonly mostlyNew: boolean;
  readonly terms: readonly Term[];
}

/** Who it is written to, against whom the account writes to. */
export function recipientTerms(event: SendEvent, profile: Profile): Seen {
  const { to } = event;
  if (to.length === 0) return { fresh: 0, mostlyNew: false, terms: [] };
  let fresh = 0;
  let inside = 0;
  const domain = domainPart(event.account);
  for (const recipient of to) {
    if (knows(profile, recipient)) continue;
    fresh++;
    if (domainPart(recipient) === domain) inside++;
  }
  const mostlyNew = fresh * 2 > to.length;
  const usual = clip(
    (profile.get('pastNew') + PRIOR_NEW) / (profile.get('pastMessages') + PRIOR_MESSAGES),
    LEAST_NEW,
    MOST_NEW,
  );
  const weight = mostlyNew
    ? Math.log(NEW_OF_THIEF / usual) * (inside * 2 > fresh ? OF_COLLEAGUES : 1)
    : Math.max(MOST_FOR_OWNER, Math.log((1 - NEW_OF_THIEF) / (1 - usual)));
  return { fresh, mostlyNew, terms: [{ signal: 'new-recipients', weight, count: fresh }] };
}

/** How many in the last hour, by the time of submission, against the most that the account had on days before. */
export function rateTerms(event: SendEvent, profile: Profile, seen: Seen): Term[] {
  const count = decayedHour(profile, event.at) + Math.max(1, event.to.length);
  const usual = Math.max(USUAL_PEAK, 2 * profile.get('peak'));
  if (count <= usual) return [];
  const weight = Math.min(2, Math.log(count / usual)) * (seen.mostlyNew ? 1 : 0.2);
  return [{ signal: 'rate', weight, count: Math.round(count) }];
}

/** Recipients of the last hour: each fades away over an hour. */
export function decayedHour(profile: Profile, at: number): number {
  const age = Math.max(0, at - profile.get('hourAt'));
  return profile.get('hour') * Math.exp(-age / HOUR);
}

export interface Where {
  /** It comes from where the account always was, or nothing is known of places. */
  readonly home: boolean;
  readonly network?: NetworkSeen;
  readonly terms: readonly Term[];
}

/**
 * Where it comes from. `noveltyNow`: the share of all accounts' mail that comes from networks new to them, lately: when
 * everybody moves, a new network says little.
 */
export function networkTerms(event: SendEvent, profile: Profile, noveltyNow: number): Where {
  if (event.ip === undefined) return { home: true, terms: [] };
  const network: NetworkSeen = {
    network: hashOf(networkOf(event.ip)),
    asn: event.asn ?? 0,
    country: event.country === undefined ? 0 : hashOf(event.country),
    firstAt: event.at,
    lastAt: event.at,
  };
  const known = profile.networks();
  if (known.length === 0) return { home: true, network, terms: [] };
  const before = known.find((entry) => entry.network === network.network);
  if (before !== undefined) {
    const own = before.firstAt <= event.at - OWN_AFTER_MS || before.firstAt <= oldestOf(known) + HOUR;
    return { home: own, network, terms: [{ signal: 'known-network', weight: own ? -0.5 : 0.2 }] };
  }
  const lately = known.filter(({ firstAt }) => firstAt > event.at - HOUR).length;
  const terms: Term[] = [novelty(network, known, noveltyNow)];
  if (lately > 1) terms.push({ signal: 'many-networks', weight: Math.min(4, lately), count: lately + 1 });
  return { home: false, network, terms };
}

function novelty(network: NetworkSeen, known: readonly NetworkSeen[], noveltyNow: number): Term {
  const [signal, usual] = known.some(({ country }) => country === network.country)
    ? known.some(({ asn }) => asn === network.asn)
      ? (['new-network', 0.2] as const)
      : (['new-operator', 0.05] as const)
    : (['new-country', 0.015] as const);
  return { signal, weight: Math.max(0, Math.log(0.9 / Math.max(usual, noveltyNow))) };
}

function oldestOf(known: readonly NetworkSeen[]): number {
  return known.reduce((oldest, { firstAt }) => Math.min(oldest, firstAt), Number.POSITIVE_INFINITY);
}

/** The /24 of an IPv4 address, the /48 of an IPv6 address. */
export function networkOf(ip: string): string {
  if (!ip.includes(':')) return ip.slice(0, Math.max(0, ip.lastIndexOf('.')));
  return ip.split(':', 3).join(':');
}

/** What the message is like. */
export function contentTerms(event: SendEvent, profile: Profile): Term[] {
  if (event.client === undefined || profile.get('messages') < 5) return [];
  const { mailers } = profile;
  return mailers.empty || mailers.has(hashOf(event.client)) ? [] : [{ signal: 'new-mailer', weight: 0.7 }];
}

function domainPart(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1);
}

function clip(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
