/**
 * Whether block lists name our own addresses: asked now and then by one worker for all, through our own resolver. What
 * they said last is kept in the store, where commands read it.
 */
import type { Clock, Timer } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { repeat } from '../../base/repeat.ts';
import type { Resolver } from '../delivery/dns.ts';
import { dnsblName, isPublicAddress, type Listing, readDnsbl } from './dnsbl.ts';

/** Where it is kept. */
const SETTING = 'dnsbl';
/** Workers look so often whether it is time, ms. */
const LOOK_MS = 60_000;

export interface Watched {
  /** ms since the epoch. */
  readonly at: number;
  readonly listings: readonly Listing[];
}

export interface SettingStore {
  setting(name: string): Promise<string | undefined>;
  keepSetting(request: { name: string; value: string; ifAbsent: boolean }): Promise<string>;
}

export interface WatchPorts {
  readonly store: SettingStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly resolver: Pick<Resolver, 'addresses'>;
}

export interface WatchOptions {
  readonly lists: readonly string[];
  readonly intervalMs: number;
  /** Those that mail leaves from; what is not public is passed over. */
  readonly addresses: readonly string[];
}

/** Begins; nothing runs when there is nothing to ask. */
export function watchLists(ports: WatchPorts, options: WatchOptions): Timer {
  const { clock, log } = ports;
  if (options.lists.length === 0 || !options.addresses.some(isPublicAddress)) return { cancel() {} };
  return repeat(clock, {
    everyMs: LOOK_MS,
    run: () => lookWhenDue(ports, options),
    failed: (error) => log.warn({ error: String(error) }, 'could not ask the block lists'),
  });
}

/** What the lists said last; undefined when nobody has asked yet. Rejects when the store is down. */
export async function watched(store: Pick<SettingStore, 'setting'>): Promise<Watched | undefined> {
  const kept = await store.setting(SETTING);
  return kept === undefined ? undefined : (JSON.parse(kept) as Watched);
}

/** Asks when the last look is old. Rejects when the store is down. */
export async function lookWhenDue(ports: WatchPorts, options: WatchOptions): Promise<void> {
  const { store, clock, log, resolver } = ports;
  const before = await watched(store);
  const at = clock.now();
  if (before !== undefined && at < before.at + options.intervalMs) return;
  // First that somebody looks: the other workers leave it.
  await keep(store, { at, listings: before?.listings ?? [] });
  const listings = await listingsOf(resolver, options);
  await keep(store, { at, listings });
  for (const { address, list, state, what } of listings) {
    const was = before?.listings.find((one) => one.address === address && one.list === list)?.state;
    if (state === 'listed' && was !== 'listed') log.warn({ address, list, what }, 'a block list names us');
    if (state === 'clear' && was === 'listed') log.info({ address, list }, 'a block list names us no more');
  }
}

/** What each list says of each address that is public. */
export async function listingsOf(
  resolver: Pick<Resolver, 'addresses'>,
  { lists, addresses }: Pick<WatchOptions, 'lists' | 'addresses'>,
): Promise<Listing[]> {
  const pairs = addresses
    .filter(isPublicAddress)
    .flatMap((address) => lists.map((list) => ({ address, list })));
  return Promise.all(
    pairs.map(async ({ address, list }) =>
      readDnsbl(list, address, await resolver.addresses(dnsblName(address, list) ?? list)),
    ),
  );
}

async function keep(store: SettingStore, value: Watched): Promise<void> {
  await store.keepSetting({ name: SETTING, value: JSON.stringify(value), ifAbsent: false });
}
