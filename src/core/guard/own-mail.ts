/**
 * Which held mail the owner of an account may release alone, by answering the notice about it: only what a thief would gain
 * nothing by. It came from where the owner has been for long and from a program that the owner uses, nothing speaks
 * of a stolen password, and nobody else sends the same. What is left is a mailing to many strangers at once.
 */
import { hashOf } from './hash.ts';
import type { Message } from './learning.ts';
import type { Profile } from './profile.ts';
import { networkOf, type Signal } from './signals.ts';

const DAY = 86_400_000;
/** A network is the owner's for long when the account's mail came from it this long ago, and still does, ms. */
export const LONG_MS = 14 * DAY;
/** Recipients of all that an owner releases alone within a day: the floor that no answer reaches below. */
export const MOST_BY_OWNER = 300;
/** What came from elsewhere lately, in the sum of its terms, that is nothing to speak of. */
const LITTLE_FROM_ELSEWHERE = 3;

/** A message of which one of these speaks against its owner may be a thief's. */
const OF_A_THIEF: ReadonlySet<Signal> = new Set([
  'new-network',
  'new-operator',
  'new-country',
  'many-networks',
  'new-mailer',
  'campaign-body',
  'campaign-link',
  'spread-text',
  'unknown-users',
  'refused',
  'login-trouble',
]);

/** Whether its owner alone may release it, should it be held. */
export function isOwners({ event, profile, where, terms }: Message): boolean {
  const { at, ip, client } = event;
  return (
    where.home &&
    ip !== undefined &&
    isOldNetwork(profile, ip, at) &&
    client !== undefined &&
    profile.mailers.has(hashOf(client)) &&
    !terms.some(({ signal, weight }) => weight > 0 && OF_A_THIEF.has(signal)) &&
    profile.get('stoppedAt') === 0 &&
    profile.get('away') < LITTLE_FROM_ELSEWHERE &&
    !(profile.get('logins') > 0 && at < profile.get('loginAt') + DAY)
  );
}

/** The account has used the network of this address for long, and no spam came from there. */
export function isOldNetwork(profile: Profile, ip: string, at: number): boolean {
  const since = profile.usesNetwork(hashOf(networkOf(ip)));
  return since !== undefined && since <= at - LONG_MS;
}
