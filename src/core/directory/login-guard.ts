/**
 * Slows the guessing of passwords, per client address and per account.
 *
 * The idea: a guess costs its maker time, and a customer never pays for somebody else's guesses. The first failures are
 * free; each one after doubles the wait before the next try, up to a limit, and failures fade with time. During a wait the
 * password is not looked at, so nothing is learnt and nothing is counted.
 *
 *  - An address (an IPv6 /64 counts as one) that fails on many accounts is slowed whatever account it tries.
 *  - An account that fails from many addresses (a botnet) is slowed for addresses it does not know.
 *  - A network (IPv4 /24, IPv6 /64) with a good login in the last 30 days is never locked out: at worst it waits
 *    `TRUSTED_MAX_DELAY_MS`. Such a login to this very account does not feel the account's failures at all.
 *  - The same wrong password again is not a new guess: a telephone with last year's password harms nobody.
 *  - A success resets no counter, or an attacker with one account of its own could clear its address between guesses.
 *
 * Time is the wall clock, because the state outlives the process. Everything is bounded; the oldest is forgotten first.
 */
import type { Clock } from '../../base/clock.ts';
import { accountKey, addressKey, networkKey } from './login-keys.ts';

/** Failures remembered, for addresses and accounts each. */
export const MAX_TRACKED = 50_000;
/** Good logins remembered: pairs of an account and a network. */
export const MAX_KNOWN = 200_000;
export const KNOWN_FOR_MS = 30 * 24 * 3_600_000;
/** A trusted network waits no longer than this, which a person takes for a slow server. */
export const TRUSTED_MAX_DELAY_MS = 5_000;
const FIRST_DELAY_MS = 1_000;
const MAX_FAILURES = 100;
/** Wrong passwords remembered per account, to know one that comes again. */
const MAX_TAGS = 4;

type Kind = 'address' | 'account';

/** How patient the guard is. */
export interface LoginGuardOptions {
  readonly maxFailuresPerAddress: number;
  readonly maxFailuresPerAccount: number;
  /** One failure fades in this time, ms. */
  readonly windowMs: number;
  /** The longest wait that is imposed, ms. */
  readonly blockForMs: number;
}

const DEFAULTS: LoginGuardOptions = {
  maxFailuresPerAddress: 10,
  maxFailuresPerAccount: 5,
  windowMs: 10 * 60_000,
  blockForMs: 15 * 60_000,
};

export interface LoginAttempt {
  /** The client's IPv4 or IPv6 address. */
  readonly address: string;
  /** The name it gave, whether or not there is such an account. */
  readonly account: string;
}

export interface FailedLogin extends LoginAttempt {
  /** A keyed hash of the wrong password, when it was seen (SCRAM never shows it). Never the password. */
  readonly passwordTag?: string;
}

export type LoginDecision =
  | { readonly kind: 'allow' }
  /** Do not look at the password before `until` (ms since 1970). `reason` says whose failures they were. */
  | { readonly kind: 'delay'; readonly delayMs: number; readonly until: number; readonly reason: Kind };

/** One line of the operator's list. `key` is what `forgive` takes: `address:192.0.2.1`, `account:ann@example.org`. */
export interface Slowed {
  readonly key: string;
  readonly failures: number;
  readonly lastAt: number;
  /** When an unknown client may try next; in the past when it need not wait. */
  readonly until: number;
}

interface Entry {
  /** Fades: valid at `lastAt`. */
  failures: number;
  lastAt: number;
  tags: readonly string[];
}

/** What the store keeps, as JSON. Oldest first. */
export interface LoginGuardState {
  readonly version: 1;
  /** key, failures, lastAt, tags */
  readonly failures: readonly (readonly [string, number, number, readonly string[]])[];
  /** `account network`, time of the last good login */
  readonly known: readonly (readonly [string, number])[];
}

export interface LoginGuard {
  readonly decide: (attempt: LoginAttempt) => LoginDecision;
  readonly failed: (attempt: FailedLogin) => void;
  readonly succeeded: (attempt: LoginAttempt) => void;
  /** Failures of the account of late, to be asked before `succeeded`; 0 for a network that it is known from. */
  readonly troubleBefore: (attempt: LoginAttempt) => number;
  /** Forgets the failures of a key of `list`; false when there were none. */
  readonly forgive: (key: string) => boolean;
  /** Who is being slowed, worst first. */
  readonly list: () => Slowed[];
  readonly exportState: () => LoginGuardState;
  /** Adds what another guard, or this one before a restart, exported; lines that are damaged are left out. */
  readonly absorb: (state: unknown) => void;
}

interface Memory {
  readonly clock: Clock;
  readonly options: LoginGuardOptions;
  readonly address: Map<string, Entry>;
  readonly account: Map<string, Entry>;
  readonly knownPairs: Map<string, number>;
  readonly knownNetworks: Map<string, number>;
}

/** Starts with what the store kept, or with nothing; lines that are damaged are left out. */
export function createLoginGuard(
  clock: Clock,
  { state, ...options }: Partial<LoginGuardOptions> & { state?: unknown } = {},
): LoginGuard {
  const memory: Memory = {
    clock,
    options: { ...DEFAULTS, ...options },
    address: new Map(),
    account: new Map(),
    knownPairs: new Map(),
    knownNetworks: new Map(),
  };
  restore(memory, state);
  return {
    decide: (attempt) => decide(memory, attempt),
    failed: (attempt) => recordFailure(memory, attempt),
    troubleBefore: (attempt) => troubleBefore(memory, attempt),
    succeeded: (attempt) => recordSuccess(memory, { ...attempt, at: clock.now() }),
    forgive: (key) => memory.address.delete(key) || memory.account.delete(key),
    list: () => list(memory),
    exportState: () => exportState(memory),
    absorb: (other) => restore(memory, other),
  };
}

function decide(memory: Memory, attempt: LoginAttempt): LoginDecision {
  const now = memory.clock.now();
  const network = networkKey(attempt.address);
  const trustedPair = isKnown(memory.knownPairs, pairKey(attempt.account, network), now);
  const trusted = trustedPair || isKnown(memory.knownNetworks, network, now);
  const byAddress = waitUntil(memory, 'address', { key: addressKey(attempt.address), trusted });
  const byAccount = trustedPair
    ? 0
    : waitUntil(memory, 'account', { key: accountKey(attempt.account), trusted });
  const until = Math.max(byAddress, byAccount);
  if (until <= now) return { kind: 'allow' };
  return {
    kind: 'delay',
    delayMs: until - now,
    until,
    reason: byAddress >= byAccount ? 'address' : 'account',
  };
}

/** When the next try of a key may come; 0 when it has no failures to wait for. */
function waitUntil(memory: Memory, kind: Kind, who: { key: string; trusted: boolean }): number {
  const entry = memory[kind].get(who.key);
  if (entry === undefined) return 0;
  const { options } = memory;
  const free = kind === 'address' ? options.maxFailuresPerAddress : options.maxFailuresPerAccount;
  // Anybody can make an account wait, so that wait is shorter.
  const longest = kind === 'address' ? options.blockForMs : options.blockForMs / 3;
  const over = Math.floor(entry.failures) - free;
  if (over < 0) return 0;
  const delayMs = Math.min(
    FIRST_DELAY_MS * 2 ** Math.min(over, 30),
    who.trusted ? TRUSTED_MAX_DELAY_MS : longest,
  );
  // A clock set back must not lengthen anybody's wait.
  return Math.min(entry.lastAt, memory.clock.now()) + delayMs;
}

function recordFailure(memory: Memory, attempt: FailedLogin): void {
  const account = accountKey(attempt.account);
  const tag = attempt.passwordTag;
  const tags = memory.account.get(account)?.tags ?? [];
  if (tag !== undefined && tags.includes(tag)) return;
  addFailure(memory, 'address', { key: addressKey(attempt.address), tags: [] });
  addFailure(memory, 'account', {
    key: account,
    tags: tag === undefined ? tags : [...tags, tag].slice(-MAX_TAGS),
  });
}

function addFailure(memory: Memory, kind: Kind, failure: { key: string; tags: readonly string[] }): void {
  const now = memory.clock.now();
  const entries = memory[kind];
  const old = entries.get(failure.key);
  const left = old === undefined ? 0 : faded(memory, old);
  remember(entries, {
    key: failure.key,
    value: { failures: Math.min(left + 1, MAX_FAILURES), lastAt: now, tags: failure.tags },
    limit: MAX_TRACKED,
  });
}

function faded(memory: Memory, entry: Entry): number {
  const age = Math.max(0, memory.clock.now() - entry.lastAt);
  return Math.max(0, entry.failures - age / memory.options.windowMs);
}

function recordSuccess(memory: Memory, login: LoginAttempt & { at: number }): void {
  const network = networkKey(login.address);
  remember(memory.knownPairs, { key: pairKey(login.account, network), value: login.at, limit: MAX_KNOWN });
  remember(memory.knownNetworks, { key: network, value: login.at, limit: MAX_KNOWN });
}

function troubleBefore(memory: Memory, attempt: LoginAttempt): number {
  const pair = pairKey(attempt.account, networkKey(attempt.address));
  const entry = memory.account.get(accountKey(attempt.account));
  if (entry === undefined || isKnown(memory.knownPairs, pair, memory.clock.now())) return 0;
  return Math.ceil(faded(memory, entry));
}

function pairKey(account: string, network: string): string {
  return `${accountKey(account)} ${network}`;
}

function isKnown(known: Map<string, number>, key: string, now: number): boolean {
  const at = known.get(key);
  return at !== undefined && now - at < KNOWN_FOR_MS;
}

/** A Map keeps insertion order, so its first key is the least recently written. */
function remember<T>(map: Map<string, T>, item: { key: string; value: T; limit: number }): void {
  map.delete(item.key);
  map.set(item.key, item.value);
  if (map.size <= item.limit) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}

function list(memory: Memory): Slowed[] {
  const now = memory.clock.now();
  const slowed: Slowed[] = [];
  for (const kind of ['address', 'account'] as const) {
    for (const [key, entry] of memory[kind]) {
      const until = waitUntil(memory, kind, { key, trusted: false });
      if (until > now)
        slowed.push({ key, failures: Math.ceil(faded(memory, entry)), lastAt: entry.lastAt, until });
    }
  }
  return slowed.sort((left, right) => right.until - left.until);
}

function exportState(memory: Memory): LoginGuardState {
  const now = memory.clock.now();
  const failures = [...memory.address, ...memory.account]
    .filter(([, entry]) => faded(memory, entry) > 0)
    .map(([key, entry]) => [key, entry.failures, entry.lastAt, entry.tags] as const);
  const known = [...memory.knownPairs].filter(([, at]) => now - at < KNOWN_FOR_MS);
  return { version: 1, failures, known };
}

function restore(memory: Memory, state: unknown): void {
  if (typeof state !== 'object' || state === null) return;
  const { failures, known } = state as Partial<Record<keyof LoginGuardState, unknown>>;
  for (const line of asArray(failures)) {
    const [key, count, lastAt, tags] = asArray(line);
    if (typeof key !== 'string' || !isTime(count) || !isTime(lastAt)) continue;
    const kind = key.startsWith('account:') ? 'account' : 'address';
    const kept = asArray(tags)
      .filter((tag) => typeof tag === 'string')
      .slice(-MAX_TAGS);
    remember(memory[kind], {
      key,
      value: { failures: Math.min(count, MAX_FAILURES), lastAt, tags: kept },
      limit: MAX_TRACKED,
    });
  }
  for (const line of asArray(known)) {
    const [key, at] = asArray(line);
    if (typeof key !== 'string' || !key.includes(' ') || !isTime(at)) continue;
    remember(memory.knownPairs, { key, value: at, limit: MAX_KNOWN });
    const network = key.slice(key.lastIndexOf(' ') + 1);
    const latest = Math.max(at, memory.knownNetworks.get(network) ?? 0);
    remember(memory.knownNetworks, { key: network, value: latest, limit: MAX_KNOWN });
  }
}

function asArray(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}
