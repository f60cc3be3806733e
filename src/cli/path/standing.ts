/** What stands still and what drains, as a command sees it: read once, asked for every path. */
import type { Config } from '../../core/config/options.ts';
import {
  customerOfScope,
  type Freeze,
  type Place,
  partsOf,
  type Scope,
  scopeKind,
  scopesOf,
} from '../../core/queue/freeze.ts';
import { FreezeBook } from '../../core/queue/freeze-book.ts';
import type { DrainEstimate, Failing, PathRow, PathSummary } from '../../core/queue/port.ts';
import { providerOfSite, siteOfHop } from '../../core/delivery/router.ts';
import type { PathKey } from '../../core/envelope.ts';
import { providerNamed } from '../../core/reputation/providers.ts';
import type { SqlStore } from '../../store/store.ts';
import { nodeName } from '../node-name.ts';

/** An owner reckons anew every 5 s; what is older than this is of a server that no longer runs, ms. */
const STALE_MS = 60_000;

/** A path as far as anything is known of it. */
export type PathLike = Pick<PathRow, 'path' | 'owner' | 'provider' | 'pace'>;
export type PathState = 'open' | 'frozen' | 'retrying' | 'draining';

export interface Standing {
  readonly now: number;
  /** This server. */
  readonly node: string;
  /** All that are known: this server and those that live now. */
  readonly nodes: readonly string[];
  /** Those that stand now, the oldest first. */
  readonly freezes: readonly Freeze[];
  placeOf(path: PathLike): Place;
  /** The freezes that a path is under, the widest first; with a customer's domain, those of that customer as well. */
  over(path: PathLike, customer?: string): readonly Freeze[];
  /** How far a backlog is; undefined when none drains. */
  drainOf(path: PathLike): DrainEstimate | undefined;
  /** What fails there; undefined when it goes well, or stands still by now. */
  failingOf(path: PathLike): Failing | undefined;
  stateOf(path: PathLike): PathState;
}

/** Rejects when the store is down. */
export async function loadStanding(
  store: Pick<SqlStore, 'freezes' | 'workers'>,
  about: { config: Config; now: number },
): Promise<Standing> {
  const { config, now } = about;
  const [state, workers] = await Promise.all([store.freezes(now), store.workers()]);
  // One that is over is taken down by the next worker that looks; none may run.
  const freezes = state.freezes.filter(({ until }) => until === undefined || until > now);
  const book = new FreezeBook();
  book.replace({ freezes, stoppages: [] });
  const node = nodeName(config.data);
  const nodes = new Map(workers.map((worker) => [worker.worker, worker.node]));
  const placeOf = ({ path, owner, provider = providerOfKey(path, config) }: PathLike): Place => ({
    path,
    // A path that nobody has is taken by this server as soon as by another.
    node: (owner === undefined ? undefined : nodes.get(owner)) ?? node,
    ...(provider === undefined ? {} : { provider }),
  });
  const over = (path: PathLike, customer?: string): readonly Freeze[] =>
    book.over({ ...placeOf(path), ...(customer === undefined ? {} : { customer }) });
  const ofNow = <Said extends { readonly at: number }>(path: PathLike, said: Said | undefined) =>
    said === undefined || now - said.at > STALE_MS || over(path).length > 0 ? undefined : said;
  const drainOf = (path: PathLike): DrainEstimate | undefined => {
    const drain = ofNow(path, path.pace?.drain);
    return drain === undefined ? undefined : goneOn(drain, now);
  };
  const failingOf = (path: PathLike): Failing | undefined => ofNow(path, path.pace?.failing);
  const stateOf = (path: PathLike): PathState => {
    if (over(path).length > 0) return 'frozen';
    if (failingOf(path) !== undefined) return 'retrying';
    return drainOf(path) === undefined ? 'open' : 'draining';
  };
  return {
    now,
    node,
    nodes: [...new Set([node, ...nodes.values()])],
    freezes,
    placeOf,
    over,
    drainOf,
    failingOf,
    stateOf,
  };
}

/** What has left at its pace since it was reckoned: whoever reads it counts what is left now. */
function goneOn(drain: DrainEstimate, now: number): DrainEstimate {
  const gone = (drain.perSecond * Math.max(0, now - drain.at)) / 1000;
  return { ...drain, at: Math.max(drain.at, now), left: Math.max(0, Math.round(drain.left - gone)) };
}

/** As long as no worker has said whose site it is, its key does, or the [[route]] that leads there. */
function providerOfKey(path: PathLike['path'], { route }: Config): string | undefined {
  if (path === '') return undefined;
  const { site } = partsOf(path);
  const written = route.find(
    ({ to, provider }) => provider !== undefined && siteOfHop(to) === site,
  )?.provider;
  return providerNamed(written) ?? written ?? providerOfSite(site);
}

/** What a freeze keeps back. */
export interface HeldBack {
  /** Ready or waiting. */
  readonly deliveries: number;
  /** Being tried now: they go on. */
  readonly leased: number;
  /** Those with mail on them. */
  readonly paths: readonly PathSummary[];
}

/** What lies in a scope. */
export function under(scope: Scope, around: Around): HeldBack {
  const inside = inScope(scope, around);
  return {
    deliveries: sumOf(inside.map((path) => waitingOn(path, scope, around))),
    leased: sumOf(inside.map(({ leased }) => leased)),
    paths: inside.filter((path) => waitingOn(path, scope, around) > 0),
  };
}

/** What of a scope waits on one of its paths; of a customer's scope that was not counted, all that does. */
export function waitingOn(
  { path, ready, waiting }: PathSummary,
  scope: Scope,
  { waitingOf }: Pick<Around, 'waitingOf'>,
): number {
  return waitingOf.get(scope)?.get(path) ?? ready + waiting;
}

/** What of one path stands still for its customers, of those that were counted. */
export function apartOn(
  { path }: Pick<PathSummary, 'path'>,
  { waitingOf }: Pick<Around, 'waitingOf'>,
): number {
  return sumOf([...waitingOf.values()].map((byPath) => byPath.get(path) ?? 0));
}

export function sumOf(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

/** The paths of a scope; of a customer's, those that its mail may be on. */
function inScope(scope: Scope, { paths, standing }: Pick<Around, 'paths' | 'standing'>): PathSummary[] {
  const customer = customerOfScope(scope)?.domain;
  const about = customer === undefined ? {} : { customer };
  return paths.filter((path) => scopesOf({ ...standing.placeOf(path), ...about }).includes(scope));
}

/** Every path that is known, and what stands still of them. */
export interface Around {
  readonly paths: readonly PathSummary[];
  readonly standing: Standing;
  /** Of freezes of one customer each, those that stand longest: what waits of that customer, by path. */
  readonly waitingOf: ReadonlyMap<Scope, ReadonlyMap<PathKey, number>>;
}

/** Freezes of customers whose mail is counted apart from that of others. */
const MOST_COUNTED = 20;

/** With the paths that were frozen before anything was sent there. */
export async function loadAround(store: SqlStore, about: { config: Config; now: number }): Promise<Around> {
  const [listed, standing] = await Promise.all([store.listPaths(undefined), loadStanding(store, about)]);
  const known = new Set(listed.map(({ path }) => path));
  const early = standing.freezes.flatMap(({ scope }): PathSummary[] => {
    const path = scope.replace(/^path:/, '') as PathSummary['path'];
    if (scopeKind(scope) !== 'path' || known.has(path)) return [];
    known.add(path);
    return [emptyPath(path)];
  });
  const paths = [...listed, ...early];
  return { paths, standing, waitingOf: await waitingByScope(store, { paths, standing }) };
}

async function waitingByScope(
  store: SqlStore,
  around: Pick<Around, 'paths' | 'standing'>,
): Promise<Around['waitingOf']> {
  const scopes = [...new Set(around.standing.freezes.map(({ scope }) => scope))]
    .filter((scope) => customerOfScope(scope) !== undefined)
    .slice(0, MOST_COUNTED);
  const counts = new Map<Scope, ReadonlyMap<PathKey, number>>();
  // One after the other: each asks once for each of its paths, and connections are few.
  for (const scope of scopes) counts.set(scope, await waitingByPath(store, around, scope));
  return counts;
}

async function waitingByPath(
  store: SqlStore,
  around: Pick<Around, 'paths' | 'standing'>,
  scope: Scope,
): Promise<ReadonlyMap<PathKey, number>> {
  const domain = customerOfScope(scope)?.domain as string;
  const counts = new Map<PathKey, number>();
  for (const { path, ready, waiting } of inScope(scope, around))
    if (ready + waiting > 0)
      counts.set(path, (await store.countWaiting({ paths: [path], domain })).deliveries);
  return counts;
}

/** With what waits under a scope of one customer, which may not be among those that were counted. */
export async function withCounted(store: SqlStore, around: Around, scope: Scope): Promise<Around> {
  if (customerOfScope(scope) === undefined || around.waitingOf.has(scope)) return around;
  const waitingOf = new Map(around.waitingOf).set(scope, await waitingByPath(store, around, scope));
  return { ...around, waitingOf };
}

export function emptyPath(path: PathSummary['path']): PathSummary {
  return { path, ready: 0, waiting: 0, leased: 0, held: 0 };
}
