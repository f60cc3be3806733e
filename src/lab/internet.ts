/** The far ends that scenarios use unless they have their own: the large providers, and many small hosts. */
import type { ProviderShape } from './providers.ts';

/** What a large provider bears. */
export const LARGE_BEARS = {
  link: { octetsPerSecond: 100_000_000, latencyMs: 12, loss: 0 },
  serviceMs: 80,
  connections: 50,
  messagesPerConnection: 100,
} as const;

const LARGE: readonly ProviderShape[] = [
  large('google', {
    domains: ['gmail.com'],
    mx: ['gmail-smtp-in.l.google.com', 'alt1.gmail-smtp-in.l.google.com'],
    weight: 32,
  }),
  large('outlook', {
    domains: ['hotmail.com', 'outlook.com', 'live.fr'],
    mx: ['hotmail-com.olc.protection.outlook.com'],
    weight: 16,
  }),
  large('yahoo', {
    domains: ['yahoo.com', 'yahoo.fr', 'aol.com'],
    mx: ['mta5.am0.yahoodns.net', 'mta6.am0.yahoodns.net'],
    weight: 12,
  }),
  large('orange', { domains: ['orange.fr', 'wanadoo.fr'], mx: ['smtp-in.orange.fr'], weight: 14 }),
];

/** What the large ones leave of all recipients, in hundredths. */
const OTHERS = 100 - LARGE.reduce((sum, { weight }) => sum + weight, 0);

function large(
  name: 'google' | 'outlook' | 'yahoo' | 'orange',
  rest: Pick<ProviderShape, 'domains' | 'mx' | 'weight'>,
): ProviderShape {
  return {
    name,
    words: name,
    ...LARGE_BEARS,
    ...rest,
  };
}

/** The large ones, and `small` hosts that share the rest. */
export function internet(small: number): ProviderShape[] {
  return [...LARGE, ...Array.from({ length: small }, (_, index) => smallHost(index, OTHERS / small))];
}

/** One of many small hosts; `weight`: its part of all recipients. */
export function smallHost(index: number, weight: number): ProviderShape {
  const domain = `host${index + 1}.example`;
  return {
    name: domain,
    domains: [domain],
    mx: [`mx.${domain}`],
    words: 'plain',
    weight,
    link: { octetsPerSecond: 2_000_000, latencyMs: 25, loss: 0 },
    serviceMs: 150,
    connections: 10,
    messagesPerConnection: 50,
  };
}
