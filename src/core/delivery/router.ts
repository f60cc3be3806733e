/**
 * Where a domain's mail goes: a static route, or its MX hosts by DNS (RFC 5321 5.1, RFC 7505), folded into a site.
 *
 * The site is the sorted set of its MX hosts, so that domains hosted together share one path, one pace and one state.
 * Answers are kept for as long as DNS allows, within bounds; an expired answer still says the path of new mail, which
 * is routed again when it is attempted.
 */
import { createHash } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import type { PathKey, RemoteReply } from '../envelope.ts';
import type { Hop, TlsPolicy } from './port.ts';
import type { Route, Router, TlsNeed } from './route.ts';

/** What DNS says. Answers carry their time to live in seconds. */
export interface Resolver {
  mx(domain: string): Promise<DnsAnswer<{ host: string; preference: number }>>;
  /** IPv6 first. */
  addresses(host: string): Promise<DnsAnswer<string>>;
}

export type DnsAnswer<T> =
  | { readonly kind: 'found'; readonly records: readonly T[]; readonly ttlSeconds: number }
  /** NXDOMAIN: there is no such name. */
  | { readonly kind: 'no-name' }
  /** The name exists, without records of this kind. */
  | { readonly kind: 'no-data' }
  | { readonly kind: 'failed'; readonly why: string; readonly trouble: 'local' | 'remote' };

export interface StaticRoute {
  /** A domain, `*.domain` for what is under it, or `*`. */
  readonly domain: string;
  readonly host: string;
  readonly port: number;
}

export interface Egress {
  readonly name: string;
  readonly address?: string;
  readonly ehlo: string;
}

export interface RouterOptions {
  readonly routes: readonly StaticRoute[];
  readonly egress: Egress;
  readonly tls: TlsPolicy;
  /** The port of MX hosts: 25 but in tests. */
  readonly port: number;
}

/** Bounds of what is remembered. */
const MAX_DOMAINS = 100_000;
const MIN_TTL_MS = 30_000;
const MAX_TTL_MS = 3_600_000;
/** MX hosts looked at, and addresses tried, at most: a zone cannot make us knock for ever (RFC 5321 5.1). */
const MAX_HOSTS = 16;
const MAX_HOPS = 8;

type ToRoute = Extract<Route, { kind: 'to' }>;

export class DnsRouter implements Router {
  readonly #resolver: Resolver;
  readonly #clock: Clock;
  readonly #options: RouterOptions;
  readonly #known = new Map<string, { route: ToRoute; until: number }>();
  readonly #asking = new Map<string, Promise<Route>>();

  constructor(ports: { resolver: Resolver; clock: Clock }, options: RouterOptions) {
    this.#resolver = ports.resolver;
    this.#clock = ports.clock;
    this.#options = options;
  }

  known(domain: string, need: TlsNeed = 'as configured'): PathKey | undefined {
    const route = this.#known.get(domain)?.route ?? this.#static(domain);
    return route === undefined ? undefined : needing(route, need).path;
  }

  async route(domain: string, need: TlsNeed = 'as configured'): Promise<Route> {
    const route = await this.#route(domain);
    return route.kind === 'to' ? needing(route, need) : route;
  }

  #route(domain: string): Promise<Route> {
    const known = this.#known.get(domain);
    if (known !== undefined && known.until > this.#clock.monotonic()) return Promise.resolve(known.route);
    const fixed = this.#static(domain);
    if (fixed !== undefined) return Promise.resolve(fixed);
    const asking = this.#asking.get(domain) ?? this.#ask(domain).finally(() => this.#asking.delete(domain));
    this.#asking.set(domain, asking);
    return asking;
  }

  #static(domain: string): ToRoute | undefined {
    const found = this.#options.routes.find((route) => matches(route.domain, domain));
    if (found === undefined) return undefined;
    const hop = { host: found.host, address: found.host, port: found.port };
    const route = this.#to(`${found.host.includes(':') ? `[${found.host}]` : found.host}:${found.port}`, [
      hop,
    ]);
    this.#remember(domain, route, MAX_TTL_MS);
    return route;
  }

  async #ask(domain: string): Promise<Route> {
    const literal = addressOfLiteral(domain);
    if (literal !== undefined && isHere(literal))
      return nowhere('5.4.6', `${domain} leads back to this server`);
    if (literal !== undefined)
      return this.#to(literal, [{ host: literal, address: literal, port: this.#options.port }]);
    const mx = await this.#resolver.mx(domain);
    switch (mx.kind) {
      case 'failed':
        return {
          kind: 'unknown',
          trouble: mx.trouble,
          reply: said(`looking up the MX of ${domain}: ${mx.why}`),
        };
      case 'no-name':
        return nowhere('5.1.2', `the domain ${domain} does not exist`);
      case 'no-data':
        // RFC 5321 5.1: without MX the domain is its own mail host.
        return this.#hosts(domain, [{ host: domain, preference: 0 }], MIN_TTL_MS);
      case 'found':
        if (mx.records.some((record) => record.host === '' || record.host === '.')) {
          return nowhere('5.1.10', `the domain ${domain} takes no mail (RFC 7505)`);
        }
        return this.#hosts(domain, mx.records, mx.ttlSeconds * 1000);
      default:
        return mx satisfies never;
    }
  }

  async #hosts(
    domain: string,
    records: readonly { host: string; preference: number }[],
    ttlMs: number,
  ): Promise<Route> {
    const sorted = [...records]
      .sort((a, b) => a.preference - b.preference || (a.host < b.host ? -1 : 1))
      .slice(0, MAX_HOSTS);
    const answers = await Promise.all(sorted.map(({ host }) => this.#resolver.addresses(host)));
    const hops: Hop[] = [];
    answers.forEach((answer, index) => {
      if (answer.kind !== 'found') return;
      const host = (sorted[index] as { host: string }).host;
      for (const address of answer.records)
        if (!isHere(address)) hops.push({ host, address, port: this.#options.port });
    });
    if (hops.length === 0) return noAddress(domain, answers);
    const route = this.#to(siteKey(sorted.map(({ host }) => host)), hops.slice(0, MAX_HOPS));
    this.#remember(domain, route, Math.min(Math.max(ttlMs, MIN_TTL_MS), MAX_TTL_MS));
    return route;
  }

  #to(site: string, hops: readonly Hop[]): ToRoute {
    const { egress, tls } = this.#options;
    return {
      kind: 'to',
      path: `${site}>${egress.name}` as PathKey,
      connect: {
        hops,
        tls,
        egress: { ehlo: egress.ehlo, ...(egress.address === undefined ? {} : { address: egress.address }) },
      },
    };
  }

  #remember(domain: string, route: ToRoute, ttlMs: number): void {
    if (this.#known.size >= MAX_DOMAINS) {
      const oldest = this.#known.keys().next().value;
      if (oldest !== undefined) this.#known.delete(oldest);
    }
    this.#known.set(domain, { route, until: this.#clock.monotonic() + ttlMs });
  }
}

/** The same hosts over verified TLS only, as a path of its own. */
function needing(route: ToRoute, need: TlsNeed): ToRoute {
  if (need === 'as configured') return route;
  return { ...route, path: `${route.path}+tls` as PathKey, connect: { ...route.connect, tls: 'verified' } };
}

function matches(pattern: string, domain: string): boolean {
  if (pattern === '*') return true;
  return pattern.startsWith('*.') ? domain.endsWith(pattern.slice(1)) : domain === pattern;
}

/** No mail host of anybody else: a zone that names it would have us speak to ourselves (RFC 5321 5.1). */
function isHere(address: string): boolean {
  return /^(127\.|0\.|::1?$|::ffff:(127|0)\.)/i.test(address);
}

function addressOfLiteral(domain: string): string | undefined {
  const match = /^\[(?:IPv6:)?([0-9a-f.:]+)\]$/i.exec(domain);
  return match?.[1];
}

/** Readable while short; a long set is named by its first host and a digest. */
function siteKey(hosts: readonly string[]): string {
  const key = [...new Set(hosts)].sort().join(',');
  if (key.length <= 120) return key;
  return `${hosts[0]}+${createHash('sha256').update(key).digest('hex').slice(0, 16)}`;
}

function noAddress(domain: string, answers: readonly DnsAnswer<string>[]): Route {
  const failed = answers.find((answer) => answer.kind === 'failed');
  if (failed !== undefined) {
    return {
      kind: 'unknown',
      trouble: failed.trouble,
      reply: said(`looking up the mail hosts of ${domain}: ${failed.why}`),
    };
  }
  return nowhere('5.4.4', `no mail host of ${domain} has an address`);
}

function nowhere(enhanced: string, text: string): Route {
  return { kind: 'nowhere', reply: { ...said(text), enhanced } };
}

function said(text: string): RemoteReply {
  return { stage: 'route', text, afterMs: 0 };
}
