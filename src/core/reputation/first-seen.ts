/** When a store first knew each egress address: an address that it has never seen may be new to everybody. */
import { formatDay, parseDay, utcDay } from '../../base/calendar.ts';

const PREFIX = 'egress-first-seen/';

export interface FirstSeenStore {
  setting(name: string): Promise<string | undefined>;
  keepSetting(setting: { name: string; value: string; ifAbsent: boolean }): Promise<string>;
}

/** Remembers the addresses that a server sends from, each once. Rejects when the store is down. */
export async function keepFirstSeen(
  store: FirstSeenStore,
  about: { addresses: readonly string[]; now: number },
): Promise<void> {
  const value = formatDay(utcDay(about.now));
  for (const address of about.addresses) {
    const name = PREFIX + address;
    if ((await store.setting(name)) === undefined) await store.keepSetting({ name, value, ifAbsent: true });
  }
}

/** The day, since 1970-01-01; undefined when no server ever sent from there. */
export async function firstSeen(
  store: Pick<FirstSeenStore, 'setting'>,
  address: string,
): Promise<number | undefined> {
  return parseDay((await store.setting(PREFIX + address)) ?? '');
}
