/** The directory as intake asks it, a thousand times a second: remembered for a moment, bounded, never stale for long. */
import type { Clock } from '../../base/clock.ts';
import type { AccountId } from '../envelope.ts';
import type { DirectoryStore } from './admin.ts';
import type { VacationStore } from '../mailbox/vacation.ts';
import { type QuotaLimits, type QuotaStore, withDefaults } from '../mailbox/quota.ts';
import { withoutDetail } from './address.ts';
import type { Account, Directory, Soon, Targets } from './port.ts';

type Details = Pick<QuotaStore, 'quota'> & Pick<VacationStore, 'vacation'>;

export interface DirectoryOptions {
  /** What stands before the detail of a subaddress; empty, as unless given: there are none. */
  readonly separator?: string | undefined;
  /** Of every account that has none of its own. */
  readonly quota?: QuotaLimits | undefined;
}

/** How long a change made elsewhere may go unseen, ms. */
const TTL_MS = 2_000;
const MAX_ENTRIES = 50_000;

export class CachedDirectory implements Directory {
  readonly #store: DirectoryStore & Details;
  readonly #limits: QuotaLimits;
  readonly #separator: string;
  readonly #domains: Remembered<string, boolean>;
  readonly #targets: Remembered<string, Targets | undefined>;

  constructor(
    store: DirectoryStore & Details,
    clock: Clock,
    { separator = '', quota = {} }: DirectoryOptions = {},
  ) {
    this.#store = store;
    this.#separator = separator;
    this.#limits = quota;
    this.#domains = new Remembered(clock, (domain) => store.isLocal(domain));
    this.#targets = new Remembered(clock, (address) => this.#look(address));
  }

  isLocal(domain: string): Soon<boolean> {
    return this.#domains.get(domain);
  }

  targets(address: string): Soon<Targets | undefined> {
    return this.#targets.get(address);
  }

  /** What is used is asked for only where there is a limit, and what is answered only where something is. */
  async #look(address: string): Promise<Targets | undefined> {
    const found = await this.#store.targets({ address, separator: this.#separator });
    const { bytes, messages } = this.#limits;
    const isEveryone = bytes !== undefined || messages !== undefined;
    if (!found?.accounts.some(({ isLimited, isAway }) => isEveryone || isLimited || isAway)) return found;
    const accounts = found.accounts.map(async (account) => {
      const quota = isEveryone || account.isLimited ? await this.#store.quota(account.id) : undefined;
      const away = account.isAway ? await this.#store.vacation(account.id) : undefined;
      return {
        ...account,
        ...(quota === undefined ? {} : { quota: withDefaults(quota, this.#limits) }),
        ...(away === undefined ? {} : { away }),
      };
    });
    return { ...found, accounts: await Promise.all(accounts) };
  }

  /** Never remembered: a changed password or a lock counts at once. A subaddress is its owner's. */
  async account(login: string): Promise<Account | undefined> {
    const found = await this.#store.account(login);
    const owner = found === undefined ? withoutDetail(login, this.#separator) : undefined;
    return owner === undefined ? found : this.#store.account(owner);
  }

  holds(account: AccountId, address: string): Soon<boolean> {
    const targets = this.targets(address.toLowerCase());
    const holds = (found: Targets | undefined): boolean =>
      found !== undefined &&
      found.standIn !== true &&
      (found.holders?.includes(account) ?? found.accounts.some(({ id }) => id === account));
    return targets instanceof Promise ? targets.then(holds) : holds(targets);
  }
}

/** Answers to questions, each asked once at a time and remembered for `TTL_MS`. Faults are not remembered. */
class Remembered<Key, Value> {
  readonly #clock: Clock;
  readonly #ask: (key: Key) => Promise<Value>;
  readonly #known = new Map<Key, { value: Value; until: number }>();
  readonly #asking = new Map<Key, Promise<Value>>();

  constructor(clock: Clock, ask: (key: Key) => Promise<Value>) {
    this.#clock = clock;
    this.#ask = ask;
  }

  get(key: Key): Soon<Value> {
    const known = this.#known.get(key);
    if (known !== undefined && known.until > this.#clock.monotonic()) return known.value;
    const asking = this.#asking.get(key) ?? this.#askOnce(key);
    this.#asking.set(key, asking);
    return asking;
  }

  async #askOnce(key: Key): Promise<Value> {
    try {
      const value = await this.#ask(key);
      this.#known.delete(key);
      if (this.#known.size >= MAX_ENTRIES) this.#known.delete(this.#known.keys().next().value as Key);
      this.#known.set(key, { value, until: this.#clock.monotonic() + TTL_MS });
      return value;
    } finally {
      this.#asking.delete(key);
    }
  }
}
