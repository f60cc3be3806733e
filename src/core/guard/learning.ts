/** What an account's profile learns of its messages, and what it is known for by that. */
import type { SendEvent } from './event.ts';
import { hashOf } from './hash.ts';
import type { Profile } from './profile.ts';
import { learn } from './recipients.ts';
import {
  countedAs,
  decayedHour,
  fading,
  isMove,
  type Seen,
  type Term,
  USUAL_PEAK,
  USUAL_STRANGERS,
  type Where,
} from './signals.ts';
import type { SightingKey } from './sightings.ts';

const DAY = 86_400_000;
/** Days of bulk after which an account is known for it, and after which it is of no campaign for that. */
const BULK_DAYS = 2;
const PROVEN_DAYS = 5;
/** From one of these days to the next, in days: two messages around midnight are of one. */
const A_DAY_APART = 0.8;
/** Readers of an issue that need no issue before it, how many times as many as the last had there may be, and those of one that are not known. */
const LEAST_ISSUE = 100;
const ISSUE_GROWS = 4;
/** So often, in days. */
const GROWS_EVERY = 7;
/** A place that is not the account's first earns days of bulk when it has been used for so long, ms. */
const PLACE_MS = 7 * DAY;
const UNKNOWN_READERS = 1_000_000;
/** Unknown recipients of a list, of its messages, and of a hundred at least. */
const BULK_UNKNOWN = 0.1;
const LEAST_READERS = 100;
/** How many times as many as were released are the account's own way to write. */
export const MERGE_GROWS = 2;
/** How much of what is known of an account's past one day may replace. */
const A_DAY_TEACHES = 5;
const PAST_FADES = 0.98;
/** How many times as many messages to strangers as the busiest day had a day may make of it. */
const STRANGERS_GROW = 1.25;
/** How many times its busiest hour a day may make of it. */
const PEAK_GROWS = 2;

/** A message against its account's profile. */
export interface Message {
  readonly event: SendEvent;
  readonly profile: Profile;
  readonly seen: Seen;
  readonly where: Where;
  /** One more of the newsletters that the account is known for. */
  readonly bulk: boolean;
  /** By which it is known again: its texts and link domains, and what campaigns know them by. */
  readonly keys: {
    readonly account: number;
    readonly texts: readonly string[];
    readonly domains: readonly string[];
    readonly bodies: readonly SightingKey[];
    readonly links: readonly SightingKey[];
  };
  /** What speaks for its owner and against. */
  readonly terms: readonly Term[];
}

/** What was held teaches nothing, but that somebody wrote to friends from there, what they had not been sent yet. */
export function noteHeld({ event, profile, seen, where }: Message): void {
  const again = event.fingerprint !== undefined && profile.isKept(hashOf(event.fingerprint));
  if (event.fingerprint !== undefined) profile.keep(hashOf(event.fingerprint));
  if (seen.mostlyNew) profile.add('held', 1);
  if (where.network === undefined) return;
  if (!seen.mostlyNew && !again) profile.cameFrom(where.network);
  else if (!where.home) profile.distrust(where.network.network, event.at);
}

/** What passed becomes part of what the account is known for. */
export function remember(message: Message): void {
  const { event, profile, seen, where } = message;
  const { at } = event;
  for (const recipient of seen.hashes) learn(profile, recipient);
  if (where.network !== undefined) profile.cameFrom(where.network);
  if (event.client !== undefined) profile.mailers.add(hashOf(event.client));
  const hour = decayedHour(profile, at) + 1 + seen.fresh;
  profile.set('hour', hour);
  profile.set('hourAt', Math.max(at, profile.get('hourAt')));
  profile.set('dayPeak', Math.max(hour, profile.get('dayPeak')));
  profile.count(1);
  if (event.to.length > 0) {
    profile.add('dayMessages', 1);
    profile.add('dayNew', seen.mostlyNew ? 1 : 0);
    profile.add('dayStrangers', countedAs(seen.outside));
    profile.add('dayMoves', where.terms.some(isMove) ? 1 : 0);
  }
  if (event.list === true) rememberIssue(message);
  else if (message.bulk) profile.add('dayMerge', event.to.length);
}

/** Bulk from where the account always was: a day of it, and its readers. */
function rememberIssue({ event: { at, to }, profile, where }: Message): void {
  if (!isSteady(where) || !isOldPlace(profile, where, at)) return;
  profile.add('dayReaders', to.length === 0 ? UNKNOWN_READERS : to.length);
  if (at / DAY < profile.get('listDay') + A_DAY_APART) return;
  profile.set('listDay', at / DAY);
  profile.add('listDays', 1);
}

/** Its first place, or one of a week at least. */
function isOldPlace(profile: Profile, { network }: Where, at: number): boolean {
  if (network === undefined) return true;
  const since = profile.usesNetwork(network.network) ?? at;
  return since <= Math.max(at - PLACE_MS, profile.get('firstAt') + DAY);
}

/** Such mail was released: the account is known for it, and for as many readers. */
export function proveBulk(profile: Profile, readers: number): void {
  profile.set('listDays', Math.max(PROVEN_DAYS, profile.get('listDays')));
  profile.set('mostReaders', Math.max(readers, profile.get('mostReaders')));
}

function isSteady({ home, steady }: Where): boolean {
  return home || steady;
}

/** A day that is over becomes part of the past, and may change it only so much. */
export function turnDay(profile: Profile, at: number): void {
  const day = Math.floor(at / DAY);
  const before = profile.get('day');
  if (day <= before) return;
  if (before > 0) {
    const messages = profile.get('dayMessages');
    const share = Math.min(1, A_DAY_TEACHES / Math.max(1, messages));
    const fade = messages > 0 ? PAST_FADES : 1;
    profile.set('pastMessages', profile.get('pastMessages') * fade + messages * share);
    profile.set('pastNew', profile.get('pastNew') * fade + profile.get('dayNew') * share);
    profile.set('pastMoves', profile.get('pastMoves') * fade + profile.get('dayMoves') * share);
    profile.set(
      'peak',
      Math.max(
        profile.get('peak') * PAST_FADES,
        Math.min(profile.get('dayPeak'), PEAK_GROWS * Math.max(USUAL_PEAK, profile.get('peak'))),
      ),
    );
    const most = profile.get('mostStrangers');
    profile.set(
      'mostStrangers',
      Math.max(
        most * PAST_FADES,
        Math.min(profile.get('dayStrangers'), STRANGERS_GROW * Math.max(USUAL_STRANGERS, most)),
      ),
    );
  }
  profile.set('day', day);
  profile.set('dayMessages', 0);
  profile.set('dayNew', 0);
  profile.set('dayMoves', 0);
  profile.set('dayPeak', 0);
  profile.set('dayStrangers', 0);
  growReaders(profile, before);
  profile.set('dayReaders', 0);
  profile.set('dayMerge', 0);
}

/** `day`: the one that is over. */
function growReaders(profile: Profile, day: number): void {
  const readers = profile.get('dayReaders');
  if (readers <= profile.get('mostReaders') || day < profile.get('readersDay') + GROWS_EVERY) return;
  profile.set('mostReaders', readers);
  profile.set('readersDay', day);
}

/** The account has been known for it, from here: it says that it is bulk, or is like what was released. */
export function isBulk({ event, profile, where }: Pick<Message, 'event' | 'profile' | 'where'>): boolean {
  const known = event.list === true ? isIssue(event, profile) : isMerge(event, profile);
  if (!known || !(isSteady(where) || linksHomeOnly(event, profile))) return false;
  // Whose readers are mostly not there has no list.
  const unknown = profile.get('unknown') * fading(profile.get('troubleAt'), event.at);
  return unknown <= BULK_UNKNOWN * Math.max(LEAST_READERS, profile.get('dayMessages'));
}

/** Where no operators are known, what links to nowhere but where released mail did comes from wherever it is sent. */
function linksHomeOnly({ asn, linkDomains = [] }: SendEvent, profile: Profile): boolean {
  return asn === undefined && linkDomains.length > 0 && isKnownToLink(linkDomains, profile);
}

/** It says that it is bulk, and has not many times as many readers as what the account is known for. */
function isIssue({ to }: SendEvent, profile: Profile): boolean {
  const most = Math.max(LEAST_ISSUE, ISSUE_GROWS * profile.get('mostReaders'));
  return profile.get('listDays') >= BULK_DAYS && profile.get('dayReaders') + to.length <= most;
}

/** Known for bulk for so long that what it sends is of no campaign. */
export function isProven({ bulk, profile }: Pick<Message, 'bulk' | 'profile'>): boolean {
  const hasReaders = profile.get('mostReaders') >= LEAST_ISSUE;
  return bulk && (profile.get('merge') > 0 || (profile.get('listDays') >= PROVEN_DAYS && hasReaders));
}

/** Letters to many, one by one or in one: twice as many in a day as were released, and links to nowhere else. */
function isMerge({ to, linkDomains = [] }: SendEvent, profile: Profile): boolean {
  const merge = profile.get('merge');
  return (
    merge > 0 &&
    profile.get('dayMerge') + to.length <= MERGE_GROWS * merge &&
    isKnownToLink(linkDomains, profile)
  );
}

/** Nowhere but where released mail did. */
function isKnownToLink(linkDomains: readonly string[], { domains }: Profile): boolean {
  return linkDomains.every((link) => domains.has(hashOf(link)));
}
