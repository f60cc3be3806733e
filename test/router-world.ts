/** A router over a zone of its own: for the tests of where mail goes. */
import assert from 'node:assert/strict';
import type { Hop } from '../src/core/delivery/port.ts';
import type { Route } from '../src/core/delivery/route.ts';
import { type DnsAnswer, DnsRouter, type Resolver, type RouterOptions } from '../src/core/delivery/router.ts';
import type { Barred } from '../src/core/queue/spread.ts';
import { VirtualClock } from './virtual-clock.ts';

export type Mx = DnsAnswer<{ host: string; preference: number }>;

/** What we are called, and where we stand. */
export const US = { names: ['us.example'], addresses: ['192.0.2.99', '2001:DB8:0::99'] };
export const E = { name: 'e', ehlo: 'us.example' };

export const NO_DATA = { kind: 'no-data' } as const;
export const NO_NAME = { kind: 'no-name' } as const;
export const SERVFAIL = { kind: 'failed', why: 'SERVFAIL', trouble: 'remote' } as const;
export const NO_ANSWER = { kind: 'failed', why: 'no answer in time', trouble: 'local' } as const;

export const found = <T>(...records: T[]): DnsAnswer<T> => ({ kind: 'found', records, ttlSeconds: 300 });

/** `10 mx.example` as a record. */
export function mx(...lines: string[]): Mx {
  return found(
    ...lines.map((line) => ({ preference: Number.parseInt(line, 10), host: line.split(' ')[1] ?? '' })),
  );
}

export interface World {
  readonly router: DnsRouter;
  readonly clock: VirtualClock;
  readonly asked: string[];
  readonly zone: Record<string, DnsAnswer<never> | Mx | DnsAnswer<string>>;
  /** How long a question goes without its answer, ms. */
  readonly late: Record<string, number>;
}

/** A resolver over `mx NAME` and `a NAME` entries; what has none does not exist. */
export function aWorld(
  zone: World['zone'],
  { barred, ...options }: Partial<RouterOptions> & { barred?: Barred } = {},
): World {
  const clock = new VirtualClock();
  const asked: string[] = [];
  const late: World['late'] = {};
  const ask = async <T>(key: string): Promise<DnsAnswer<T>> => {
    asked.push(key);
    const ms = late[key];
    if (ms !== undefined) await new Promise<void>((resolve) => clock.after(ms, resolve));
    return (zone[key] ?? NO_NAME) as DnsAnswer<T>;
  };
  const resolver: Resolver = { mx: (domain) => ask(`mx ${domain}`), addresses: (host) => ask(`a ${host}`) };
  const router = new DnsRouter(
    { resolver, clock, ...(barred === undefined ? {} : { barred }) },
    { routes: [], egresses: [E], here: US, tls: 'opportunistic', port: 25, ...options },
  );
  return { router, clock, asked, zone, late };
}

export function to(route: Route): Extract<Route, { kind: 'to' }> {
  assert.equal(route.kind, 'to');
  return route as Extract<Route, { kind: 'to' }>;
}

export const hosts = (route: Route): string[] =>
  to(route).connect.hops.map(({ host, address }: Hop) => `${host} ${address}`);
