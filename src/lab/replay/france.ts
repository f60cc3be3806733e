/**
 * The far ends of a French host's mail in 2018: the large providers by their mail hosts and words (PROVIDERS.md), and
 * many small hosts, some of which greylist. The weights are chosen, not measured.
 */
import { LARGE_BEARS, smallHost } from '../internet.ts';
import type { ProviderShape } from '../providers.ts';

const HOUR_MS = 3_600_000;
/** Who sends much that is complained of, or to many who are not there, is refused for hours (PROVIDERS.md, section 3). */
const STRICT = { complaints: 0.15, unknown: 0.3, perHour: Number.POSITIVE_INFINITY, forMs: 2 * HOUR_MS };
/** Of small hosts, one in so many greylists. */
const GREYLISTS = 12;
const GREYLIST_MS = 5 * 60_000;
/** More than in other worlds: connections are not what a replayed day is short of. */
const SMALL_CONNECTIONS = 50;

const LARGE: readonly (Pick<ProviderShape, 'name' | 'domains' | 'mx' | 'words' | 'weight'> &
  Partial<ProviderShape>)[] = [
  {
    name: 'google',
    domains: ['gmail.com'],
    mx: ['gmail-smtp-in.l.google.com', 'alt1.gmail-smtp-in.l.google.com'],
    words: 'google',
    weight: 24,
  },
  {
    name: 'outlook',
    domains: ['hotmail.com', 'hotmail.fr', 'outlook.com', 'live.fr'],
    mx: ['hotmail-com.olc.protection.outlook.com'],
    words: 'outlook',
    weight: 15,
    mood: { reputation: STRICT },
  },
  {
    name: 'yahoo',
    domains: ['yahoo.com', 'yahoo.fr', 'aol.com'],
    mx: ['mta5.am0.yahoodns.net', 'mta6.am0.yahoodns.net'],
    words: 'yahoo',
    weight: 9,
    mood: { reputation: STRICT },
  },
  {
    name: 'orange',
    domains: ['orange.fr', 'wanadoo.fr'],
    mx: ['smtp-in.orange.fr'],
    words: 'orange',
    weight: 13,
  },
  { name: 'free', domains: ['free.fr'], mx: ['mx1.free.fr', 'mx2.free.fr'], words: 'plain', weight: 8 },
  { name: 'sfr', domains: ['sfr.fr', 'neuf.fr'], mx: ['smtp-in.sfr.fr'], words: 'plain', weight: 6 },
  { name: 'laposte', domains: ['laposte.net'], mx: ['smtpz4.laposte.net'], words: 'plain', weight: 3 },
];
/** Of all recipients, in hundredths. */
const OTHERS = 100 - LARGE.reduce((sum, { weight }) => sum + weight, 0);

export const PROVIDER_NAMES: readonly string[] = LARGE.map(({ name }) => name);

/** The large providers, and so many small hosts. */
export function france(small: number): ProviderShape[] {
  const large = LARGE.map((shape): ProviderShape => ({ ...LARGE_BEARS, ...shape }));
  const others = Array.from(
    { length: small },
    (_, index): ProviderShape => ({
      ...smallHost(index, OTHERS / small),
      connections: SMALL_CONNECTIONS,
      ...(index % GREYLISTS === GREYLISTS - 1 ? { mood: { greylistMs: GREYLIST_MS } } : {}),
    }),
  );
  return [...large, ...others];
}
