/** What commands see of the provider desk: providers, what of their mail stands still, and the cases. */
import { nearest } from '../../core/config/nearest.ts';
import type { PathKey } from '../../core/envelope.ts';
import {
  customerOfScope,
  type Freeze,
  isProviderHold,
  partsOf,
  type Scope,
  scopeKind,
  scopesOf,
} from '../../core/queue/freeze.ts';
import type { Waiting } from '../../core/queue/admin.ts';
import { blocksOf, type Spread } from '../../core/queue/spread.ts';
import type { PathSummary } from '../../core/queue/port.ts';
import type { ProviderCase } from '../../core/reputation/case.ts';
import { PROVIDER_NAMES, providerNamed } from '../../core/reputation/providers.ts';
import type { SqlStore } from '../../store/store.ts';
import { commandLine } from '../arguments.ts';
import { type Call, CommandError, EXIT } from '../command.ts';
import { type Around, loadAround, under } from '../path/standing.ts';

/** Cases that are shown, and for how long closed ones are. */
const MOST_CASES = 1_000;
export const SHOWN_FOR_MS = 30 * 86_400_000;

export interface Desk extends Around {
  /** The newest first. */
  readonly cases: readonly ProviderCase[];
  /** In force now. */
  readonly spreads: readonly Spread[];
}

/** Rejects when the store is down. */
export async function loadDesk(call: Call, store: SqlStore): Promise<Desk> {
  const now = Date.now();
  const [around, cases, spreads] = await Promise.all([
    loadAround(store, { config: call.config, now }),
    store.cases({ since: now - SHOWN_FOR_MS, limit: MOST_CASES }),
    store.spreads(now),
  ]);
  return { ...around, cases, spreads };
}

/** One provider, or a site that has none. */
export interface Standing {
  readonly name: string;
  readonly paths: readonly PathSummary[];
  /** What of its mail stands still, and why; the widest first. */
  readonly freezes: readonly Freeze[];
  /** The open ones first, then the newest. */
  readonly cases: readonly ProviderCase[];
  readonly state: 'ok' | 'held' | 'returning' | 'frozen';
}

/** Providers with paths, and sites that have a case, by name. */
export function providersOf(desk: Desk): Standing[] {
  const named = desk.paths.flatMap((path) => desk.standing.placeOf(path).provider ?? []);
  const names = new Set([...named, ...desk.cases.map(({ provider }) => provider)]);
  return [...names].sort().map((name) => providerIn(desk, name));
}

export function providerIn(desk: Desk, name: string): Standing {
  const paths = desk.paths.filter((path) => path.path !== '' && groupOf(desk, path) === name);
  const cases = desk.cases.filter(({ provider }) => provider === name);
  const open = cases.filter(({ state }) => state !== 'closed');
  const freezes = desk.standing.freezes.filter((freeze) => isOf(desk, freeze, { name, paths }));
  const held = freezes.some(isProviderHold);
  return {
    name,
    paths,
    freezes,
    cases: [...open, ...cases.filter((one) => !open.includes(one))],
    state: held ? 'held' : open.length > 0 ? 'returning' : freezes.length > 0 ? 'frozen' : 'ok',
  };
}

function groupOf({ standing }: Desk, path: PathSummary): string {
  return standing.placeOf(path).provider ?? partsOf(path.path).site;
}

/** A hold of it, or anything else that is about it and nothing wider. */
function isOf(
  desk: Desk,
  { scope }: Freeze,
  about: { name: string; paths: readonly PathSummary[] },
): boolean {
  const customer = customerOfScope(scope);
  if (customer !== undefined) return customer.group === about.name;
  if (!['provider', 'path', 'site'].includes(scopeKind(scope))) return false;
  if (scope === `provider:${about.name}` || scope.startsWith(`provider:${about.name}>`)) return true;
  return about.paths.some((path) => scopesOf(desk.standing.placeOf(path)).includes(scope));
}

/** What of one provider's mail leaves by another egress because somebody asked for it. */
export function spreadsOf({ spreads }: Desk, { name, cases }: Standing): Spread[] {
  const scopes = new Set<Scope>([providerScope(name), ...cases.map(({ scope }) => scope)]);
  return spreads.filter(({ scope }) => scopes.has(scope));
}

export function providerScope(name: string): Scope {
  return `provider:${name}`;
}

/** The blocks that a spread is about, as they stand. */
export function blockedBy({ standing }: Desk, scope: Scope): Scope[] {
  return blocksOf({ scope }, standing.freezes, (path) => standing.placeOf({ path }).provider);
}

/** The provider that a command names: by any name of it, or a site. Throws when there is none. */
export function providerMeant(call: Call, desk: Desk, text: string): Standing {
  const known = providersOf(desk).map(({ name }) => name);
  const sites = desk.paths.flatMap(({ path }) => (path === '' ? [] : [partsOf(path).site]));
  const name = providerNamed(text) ?? [...known, ...sites].find((one) => one === text);
  const byHost = desk.paths.find(({ path }) =>
    partsOf(path as PathKey)
      .site.split(/[,:]/)
      .includes(text),
  );
  const found = name ?? (byHost === undefined ? undefined : groupOf(desk, byHost));
  if (found !== undefined) return providerIn(desk, found);
  const near = nearest(text, [...known, ...sites, ...PROVIDER_NAMES]);
  const those = `Those that are: ${commandLine(call, ['provider', 'list'])}`;
  throw new CommandError(
    EXIT.nothing,
    `there is no provider ${text}. ${near === undefined ? those : `Did you mean '${near}'?`}`,
  );
}

/**
 * Whether no mail is left that could show whether a case is over: its try is due, and there is none. Known of what is counted
 * with the paths: of customers only of those that stand longest.
 */
export function isForgotten(desk: Desk, { scope, state }: ProviderCase): boolean {
  if (state !== 'held') return false;
  const isDue = desk.standing.freezes.some(
    (freeze) =>
      freeze.scope === scope && freeze.canary !== undefined && freeze.canary.at <= desk.standing.now,
  );
  const { deliveries, leased } = under(scope, desk);
  return isDue && deliveries === 0 && leased === 0;
}

/** The mail that a case keeps back; one that is closed keeps none. */
export async function waitingIn(store: SqlStore, desk: Desk, one: ProviderCase): Promise<Waiting> {
  if (one.state === 'closed') return { deliveries: 0, trying: 0, customers: 0 };
  return store.countWaiting({
    paths: pathsIn(desk, one),
    ...(one.customer === undefined ? {} : { domain: one.customer }),
  });
}

/** The paths that a case is about, of all or of one customer's mail. */
export function pathsIn(desk: Desk, { scope, customer }: ProviderCase): PathKey[] {
  const about = customer === undefined ? {} : { customer };
  return desk.paths
    .filter((path) => scopesOf({ ...desk.standing.placeOf(path), ...about }).includes(scope))
    .map(({ path }) => path as PathKey);
}
