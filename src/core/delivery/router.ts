/**
 * Where a domain's mail goes: a static route, or its MX hosts by DNS (RFC 5321 5.1, RFC 7505), folded into a site.
 *
 * The site is the sorted set of its MX hosts, so that domains hosted together share one path, one pace and one state.
 * Of several egresses one serves a site, always the same; another only for a blocked one whose operator asks for it (`queue/spread.ts`), or for a new one that has sent enough today (`queue/warm-ups.ts`). Answers are kept for as long as DNS allows, within bounds; an
 * expired answer still says the path of new mail, which is routed again when it is attempted. Who asks does not wait
 * for a name server that is silent: the lookup goes on, and what it finds is there the next time.
 *
 * Mail hosts that are ourselves are left out with all that are less preferred: for a domain that is not set up here
 * they would send us our own mail. When that leaves nobody the mail waits, because the likely cause is a domain that
 * the operator has yet to add; RFC 5321 5.1 has it come back undeliverable, which it does at the end of its lifetime.
 */
import { type Endpoint, endpointText } from '../config/network.ts';
import { createHash } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import type { Mishap, PathKey } from '../envelope.ts';
import { providerOf } from '../reputation/providers.ts';
import type { DnsAnswer, MxRecord, Resolver } from './dns.ts';
import { partsOf } from '../queue/freeze.ts';
import { type Barred, NOTHING_BARRED } from '../queue/spread.ts';
import { type Egress, egressFor } from './egress.ts';
import { Here, type HereOptions, isLoopback } from './here.ts';
import type { Hop, TlsPolicy } from './port.ts';
import { RememberingResolver } from './remembering.ts';
import type { Need, Route, Router } from './route.ts';

export type { DnsAnswer, Resolver };

export interface StaticRoute {
  /** A domain, `*.domain` for what is under it, or `*`. */
  readonly domain: string;
  readonly host: string;
  readonly port: number;
  /** Who runs it; told by another route to the same host, or by the host's name, unless given. */
  readonly provider?: string;
}

export interface RouterOptions {
  readonly routes: readonly StaticRoute[];
  /** One at least. */
  readonly egresses: readonly Egress[];
  /** What an MX host may be called, or stand at, and be this host. Static routes are not held against it. */
  readonly here: HereOptions;
  readonly tls: TlsPolicy;
  /** The port of MX hosts: 25 but in tests. */
  readonly port: number;
}

export interface RouterPorts {
  readonly resolver: Resolver;
  readonly clock: Clock;
  /** Egresses that mail of some providers is to leave alone; none unless given. */
  readonly barred?: Barred;
}

/** Bounds of what is remembered. */
const MAX_DOMAINS = 100_000;
const MIN_TTL_MS = 30_000;
const MAX_TTL_MS = 3_600_000;
/** MX hosts looked at, and addresses tried, at most: a zone cannot make us knock for ever (RFC 5321 5.1). */
const MAX_HOSTS = 16;
const MAX_HOPS = 8;
/** How long an egress that cannot be used is left alone. */
const AVOID_MS = 300_000;
/** How long who asks waits for a lookup, and how many domains are looked up at once. */
const PATIENCE_MS = 3_000;
const MAX_LOOKUPS = 10_000;

type ToRoute = Extract<Route, { kind: 'to' }>;

export class DnsRouter implements Router {
  readonly #resolver: Resolver;
  readonly #clock: Clock;
  readonly #options: RouterOptions;
  readonly #here: Here;
  readonly #barred: Barred;
  readonly #known = new Map<string, { route: ToRoute; until: number; barred: number }>();
  /** Whose the site of each static route is. */
  readonly #fixed: ReadonlyMap<string, string | undefined>;
  /** Whose each path is, also when it is nobody's known. */
  readonly #providers = new Map<PathKey, string | undefined>();
  readonly #asking = new Map<string, Promise<Route>>();
  /** Egresses that cannot be used, and until when nobody tries. Bounded by those that are configured. */
  readonly #avoided = new Map<string, number>();

  constructor(ports: RouterPorts, options: RouterOptions) {
    this.#resolver = new RememberingResolver(ports.resolver, ports.clock);
    this.#clock = ports.clock;
    this.#barred = ports.barred ?? NOTHING_BARRED;
    this.#options = options;
    this.#here = new Here(options.here);
    this.#fixed = providersOfRoutes(options.routes);
  }

  known(domain: string, need: Need = 'as configured'): PathKey | undefined {
    const route = this.#remembered(domain)?.route ?? this.#static(domain);
    return route?.kind === 'to' ? needing(route, need).path : undefined;
  }

  providerOf(path: PathKey): string | undefined {
    const plain = (path.endsWith('+tls') ? path.slice(0, -'+tls'.length) : path) as PathKey;
    if (!this.#providers.has(plain)) this.#noteProvider(plain, this.#byKey(plain));
    return this.#providers.get(plain);
  }

  /**
   * Of a path that was not routed here yet, as its key tells it: what stands still for its provider stands still from the first
   * moment.
   */
  #byKey(path: PathKey): string | undefined {
    const { site } = partsOf(path);
    return this.#fixed.has(site) ? this.#fixed.get(site) : providerOfSite(site);
  }

  #noteProvider(path: PathKey, provider: string | undefined): void {
    const oldest = this.#providers.size < MAX_DOMAINS ? undefined : this.#providers.keys().next().value;
    if (oldest !== undefined) this.#providers.delete(oldest);
    this.#providers.set(path, provider);
  }

  avoid(egress: string): void {
    this.#avoided.set(egress, this.#clock.monotonic() + AVOID_MS);
    for (const [domain, { route }] of this.#known) {
      if (partsOf(route.path).egress === egress) this.#known.delete(domain);
    }
  }

  async route(domain: string, need: Need = 'as configured'): Promise<Route> {
    const route = await this.#route(domain);
    return route.kind === 'to' ? needing(route, need) : route;
  }

  #route(domain: string): Promise<Route> {
    const known = this.#remembered(domain);
    if (known !== undefined && known.until > this.#clock.monotonic()) return Promise.resolve(known.route);
    const fixed = this.#static(domain);
    if (fixed !== undefined) return Promise.resolve(fixed);
    return this.#asking.get(domain) ?? this.#look(domain);
  }

  /** Not what was found while other egresses were barred. */
  #remembered(domain: string): { route: ToRoute; until: number } | undefined {
    const known = this.#known.get(domain);
    return known?.barred === this.#barred.version ? known : undefined;
  }

  /** Everybody who asks meanwhile shares the lookup, also when nobody waits for it any more. */
  #look(domain: string): Promise<Route> {
    if (this.#asking.size >= MAX_LOOKUPS)
      return Promise.resolve(unknown('local', `too many domains are being looked up; ${domain} must wait`));
    const answer = new Promise<Route>((resolve) => {
      const patience = this.#clock.after(PATIENCE_MS, () =>
        resolve(unknown('local', `looking up the MX of ${domain}: no answer yet`)),
      );
      void this.#ask(domain)
        .then(resolve)
        .finally(() => {
          patience.cancel();
          this.#asking.delete(domain);
        });
    });
    this.#asking.set(domain, answer);
    return answer;
  }

  #static(domain: string): Route | undefined {
    const found = this.#options.routes.find((route) => matches(route.domain, domain));
    if (found === undefined) return undefined;
    const hop = { host: found.host, address: found.host, port: found.port };
    const site = siteOfHop(found);
    return this.#remember(domain, this.#to(site, [hop], this.#fixed.get(site)), MAX_TTL_MS);
  }

  async #ask(domain: string): Promise<Route> {
    const literal = addressOfLiteral(domain);
    if (literal !== undefined) return this.#literal(domain, literal);
    const mx = await this.#resolver.mx(domain);
    switch (mx.kind) {
      case 'failed':
        return unknown(mx.trouble, `looking up the MX of ${domain}: ${mx.why}`);
      case 'no-name':
        return nowhere('5.1.2', { mishap: 'no-domain', text: `the domain ${domain} does not exist` });
      case 'no-data':
        // RFC 5321 5.1: without MX the domain is its own mail host.
        return this.#hosts(domain, [{ host: domain, preference: 0 }], MIN_TTL_MS);
      case 'found': {
        // A null MX means something only by itself (RFC 7505 section 3): beside others it is a slip, and they count.
        const records = mx.records.filter(({ host }) => host !== '' && host !== '.');
        if (records.length === 0)
          return nowhere('5.1.10', {
            mishap: 'no-mail',
            text: `the domain ${domain} takes no mail (RFC 7505)`,
          });
        return this.#hosts(domain, records, mx.ttlSeconds * 1000);
      }
      default:
        return mx satisfies never;
    }
  }

  #literal(domain: string, address: string): Route {
    if (isLoopback(address))
      return nowhere('5.4.6', { mishap: 'leads-back', text: `${domain} leads back to this server` });
    if (this.#here.hasAddress(address)) return comesBack(domain, address);
    return this.#to(address, [{ host: address, address, port: this.#options.port }]);
  }

  async #hosts(domain: string, records: readonly MxRecord[], ttlMs: number): Promise<Route> {
    const sorted = [...records].sort(byPreference);
    const namedUs = sorted.find(({ host }) => this.#here.isNamed(host));
    const asked = preferredTo(namedUs, sorted).slice(0, MAX_HOSTS);
    const answers = await Promise.all(asked.map(({ host }) => this.#resolver.addresses(host)));
    const addressesOf = (host: MxRecord): readonly string[] => {
      const answer = answers[asked.indexOf(host)];
      return answer?.kind === 'found' ? answer.records : [];
    };
    const us = asked.find((host) => addressesOf(host).some((one) => this.#here.hasAddress(one))) ?? namedUs;
    const others = preferredTo(us, sorted);
    const hops = others.flatMap((record) => this.#hopsOf(record.host, addressesOf(record)));
    if (hops.length > 0) {
      const names = others.map(({ host }) => host);
      const route = this.#to(siteKey(names), hops, providerOf(names));
      // Without a host that could not be looked up it is half an answer, and not kept for long.
      const keptMs = answers.some(({ kind }) => kind === 'failed') ? MIN_TTL_MS : ttlMs;
      return this.#remember(domain, route, Math.min(Math.max(keptMs, MIN_TTL_MS), MAX_TTL_MS));
    }
    if (us === undefined && records.length > MAX_HOSTS)
      return unknown(
        'remote',
        `none of the first ${MAX_HOSTS} mail hosts of ${domain} has an address`,
        'no-address',
      );
    return noHop(domain, answers.slice(0, others.length), us);
  }

  #hopsOf(host: string, addresses: readonly string[]): Hop[] {
    const outside = addresses.filter((address) => !isLoopback(address));
    return outside.map((address) => ({ host, address, port: this.#options.port }));
  }

  #to(site: string, hops: readonly Hop[], provider?: string): Route {
    const { egresses, tls } = this.#options;
    const usable = egresses.filter(({ name }) => (this.#avoided.get(name) ?? 0) <= this.#clock.monotonic());
    const own = egressFor(site, hops, usable);
    const chosen =
      this.#standIn({ site, hops, provider }, { own, usable }) ?? own ?? egressFor(site, hops, egresses);
    if (chosen === undefined) {
      const family = hops[0]?.address.includes(':') ? 'IPv6' : 'IPv4';
      return unknown(
        'local',
        `${site} has only ${family} addresses, and no [[egress]] of that family is set`,
      );
    }
    const { name, ehlo, address } = chosen.egress;
    return {
      kind: 'to',
      path: `${site}>${name}` as PathKey,
      connect: {
        hops: chosen.hops.slice(0, MAX_HOPS),
        tls,
        egress: { ehlo, ...(address === undefined ? {} : { address }) },
      },
      ...(provider === undefined ? {} : { provider }),
    };
  }

  /** Another than its own, while that is barred. */
  #standIn(
    { site, hops, provider }: { site: string; hops: readonly Hop[]; provider: string | undefined },
    { own, usable }: { own: ReturnType<typeof egressFor>; usable: readonly Egress[] },
  ): ReturnType<typeof egressFor> {
    if (own === undefined) return undefined;
    const placeOf = ({ name }: Egress) => ({
      path: `${site}>${name}` as PathKey,
      ...(provider === undefined ? {} : { provider }),
    });
    const barred = placeOf(own.egress);
    if (!this.#barred.bars(barred)) return undefined;
    const open = usable.map((egress) => ({ egress, place: placeOf(egress) }));
    const others = open.filter(
      ({ place }) => !this.#barred.bars(place) && this.#barred.mayStandIn(place, barred),
    );
    return egressFor(
      site,
      hops,
      others.map(({ egress }) => egress),
    );
  }

  #remember(domain: string, route: Route, ttlMs: number): Route {
    if (route.kind !== 'to') return route;
    if (this.#known.size >= MAX_DOMAINS) {
      const oldest = this.#known.keys().next().value;
      if (oldest !== undefined) this.#known.delete(oldest);
    }
    this.#known.set(domain, {
      route,
      until: this.#clock.monotonic() + ttlMs,
      barred: this.#barred.version,
    });
    this.#noteProvider(route.path, route.provider);
    return route;
  }
}

/**
 * By site. Several routes may lead to one host, and it is one provider's all the same: whoever says which one speaks for
 * all of them, the first when they differ; otherwise its name tells.
 */
function providersOfRoutes(routes: readonly StaticRoute[]): Map<string, string | undefined> {
  const providers = new Map<string, string | undefined>();
  for (const route of routes) {
    const site = siteOfHop(route);
    if (route.provider !== undefined && !providers.has(site)) providers.set(site, route.provider);
  }
  for (const route of routes) {
    const site = siteOfHop(route);
    if (!providers.has(site)) providers.set(site, providerOf([route.host.toLowerCase()]));
  }
  return providers;
}

/** The site that a static route leads to. */
export function siteOfHop(hop: Endpoint): string {
  return endpointText(hop);
}

function byPreference(a: MxRecord, b: MxRecord): number {
  return a.preference - b.preference || (a.host < b.host ? -1 : 1);
}

/** The hosts that are preferred to one; all, when there is no such one. */
function preferredTo(host: MxRecord | undefined, hosts: readonly MxRecord[]): readonly MxRecord[] {
  return host === undefined ? hosts : hosts.filter(({ preference }) => preference < host.preference);
}

/** The same hosts over verified TLS only, as a path of its own. */
function needing(route: ToRoute, need: Need): ToRoute {
  if (need === 'as configured' || need === 'doubted') return route;
  return { ...route, path: `${route.path}+tls` as PathKey, connect: { ...route.connect, tls: 'verified' } };
}

function matches(pattern: string, domain: string): boolean {
  if (pattern === '*') return true;
  return pattern.startsWith('*.') ? domain.endsWith(pattern.slice(1)) : domain === pattern;
}

function addressOfLiteral(domain: string): string | undefined {
  const match = /^\[(?:IPv6:)?([0-9a-f.:]+)\]$/i.exec(domain);
  return match?.[1];
}

/** Readable while short; a long set is named by one of its hosts and a digest. */
function siteKey(hosts: readonly string[]): string {
  const sorted = [...new Set(hosts)].sort();
  const key = sorted.join(',');
  if (key.length <= 120) return key;
  return `${sorted[0]}+${createHash('sha256').update(key).digest('hex').slice(0, 16)}`;
}

/** Whose a site is, as its key tells it; of a set that is too long for one, the host that is named there speaks for all. */
export function providerOfSite(site: string): string | undefined {
  return providerOf(site.replace(/\+[0-9a-f]{16}$/, '').split(','));
}

/** Why none of a domain's hosts can be gone to: one of them could be when DNS works, or `us` stands in the way, or none. */
function noHop(domain: string, answers: readonly DnsAnswer<string>[], us: MxRecord | undefined): Route {
  const failed = answers.find((answer) => answer.kind === 'failed');
  if (failed !== undefined)
    return unknown(failed.trouble, `looking up the mail hosts of ${domain}: ${failed.why}`);
  return us === undefined
    ? nowhere('5.4.4', { mishap: 'no-address', text: `no mail host of ${domain} has an address` })
    : comesBack(domain, us.host);
}

function comesBack(domain: string, host: string): Route {
  const text = `mail for ${domain} comes back to this host: its mail host ${host} is this server, where the domain is not set up (add it, or write a [[route]] for it)`;
  const { reply } = unknown('remote', text, 'leads-back');
  return { kind: 'unknown', trouble: 'remote', reply: { ...reply, enhanced: '4.4.6' } };
}

function unknown(
  trouble: 'local' | 'remote',
  text: string,
  mishap: Mishap = 'no-lookup',
): Extract<Route, { kind: 'unknown' }> {
  // What is ours is told as that, and no further.
  const what = trouble === 'local' ? {} : { mishap };
  return { kind: 'unknown', trouble, reply: { stage: 'route', ...what, text, afterMs: 0 } };
}

function nowhere(enhanced: string, why: { mishap: Mishap; text: string }): Route {
  return { kind: 'nowhere', reply: { stage: 'route', enhanced, ...why, afterMs: 0 } };
}
