/**
 * What stands still, and why. A freeze is one row however much mail it keeps: nothing under it is attempted, and no
 * delivery is touched when it begins or ends (design, section 5).
 *
 * A scope says what is frozen. The narrowest that explains the trouble is chosen by whoever freezes; a path stands still
 * while any scope that it lies in does.
 */
import type { PathKey, RemoteReply } from '../envelope.ts';
import { OTHERS } from '../reputation/warm-up.ts';

/**
 * `all`, `node:NAME`, `provider:NAME`, `provider:NAME>EGRESS`, `site:KEY`, `egress:NAME`, `path:KEY`, or
 * `customer:DOMAIN>GROUP`: the mail of one customer to a provider, or to a site that is nobody's whom we know.
 */
export type Scope =
  | 'all'
  | `node:${string}`
  | `provider:${string}`
  | `site:${string}`
  | `egress:${string}`
  | `path:${string}`
  | `customer:${string}`;

export type ScopeKind = 'all' | 'node' | 'provider' | 'site' | 'egress' | 'path' | 'customer';

/**
 * Whose fault it is, which decides what the clock of a message does meanwhile: `local` stops it, `reputation` gives as
 * much time again at most, `path` lets it run, because the sender of mail to a dead host must be told in time, and so
 * does `sender`, who must be told what to put right.
 */
export type FreezeBlame = 'local' | 'reputation' | 'path' | 'sender';

/**
 * An operator and the machine may freeze the same thing; either is thawed without the other. `warm-up`: a new egress has
 * sent what it may today (`warm-ups.ts`); no canary looks whether that is over, its end does it.
 */
export type FreezeCause = 'operator' | 'automatic' | 'warm-up';

export interface Freeze {
  readonly scope: Scope;
  readonly cause: FreezeCause;
  readonly blame: FreezeBlame;
  /** ms since the epoch, as all times here. */
  readonly since: number;
  readonly reason: string;
  readonly by?: string;
  /** When it ends by itself. */
  readonly until?: number;
  /** When a real message tries again, and how long after that the next would. An operator's freeze has none. */
  readonly canary?: Canary;
  /** What showed it. */
  readonly reply?: RemoteReply;
}

export interface Canary {
  readonly at: number;
  readonly everyMs: number;
}

/** A freeze that is over: what counts when a message's time is reckoned. */
export interface Stoppage {
  readonly scope: Scope;
  readonly blame: FreezeBlame;
  readonly from: number;
  readonly to: number;
}

/** Who let something go, and why. */
export interface Thaw {
  readonly by: string;
  readonly reason?: string;
}

/** What a person froze or let go, once it is over. */
export interface Thawed extends Pick<Freeze, 'scope' | 'cause' | 'since' | 'reason' | 'by'> {
  readonly endedAt: number;
  /** Absent when its time was over. */
  readonly thaw?: Thaw;
}

/** A path, and what else it lies in; with a customer, that customer's mail on it. */
export interface Place {
  readonly path: PathKey;
  readonly node: string;
  readonly provider?: string;
  /** Its domain. */
  readonly customer?: string;
}

/** Every scope that a path lies in, the widest first. */
export function scopesOf({ path, node, provider, customer }: Place): Scope[] {
  const wide: Scope[] = ['all', `node:${node}`];
  if (path === '') return wide;
  const { site, egress } = partsOf(path);
  return [
    ...wide,
    ...(provider === undefined ? [] : [`provider:${provider}` as const]),
    streamScope(provider ?? OTHERS, egress),
    `egress:${egress}`,
    `site:${site}`,
    `path:${path}`,
    ...(customer === undefined ? [] : [customerScope(customer, provider ?? site)]),
  ];
}

/** What leaves one egress for one provider, or for all hosts that are nobody's whom we know (`others`). */
export function streamScope(provider: string, egress: string): Scope {
  return `provider:${provider}>${egress}`;
}

/** Whether a freeze is one of the provider desk's (`provider-desk.ts`): they refuse us, or one customer of ours. */
export function isProviderHold({ cause, blame }: Freeze): boolean {
  return cause === 'automatic' && (blame === 'reputation' || blame === 'sender');
}

/** Whether a freeze is that of a warm-up (`warm-ups.ts`): the allowance of a new egress is spent. */
export function isWarmUpStop({ cause }: Pick<Freeze, 'cause'>): boolean {
  return cause === 'warm-up';
}

/** The mail of a customer's domain to a provider, or to a site that has none. */
export function customerScope(domain: string, group: string): Scope {
  return `customer:${domain}>${group}`;
}

/** The two parts of a customer's scope; undefined for any other. */
export function customerOfScope(scope: Scope): { domain: string; group: string } | undefined {
  if (!scope.startsWith('customer:')) return undefined;
  const at = scope.indexOf('>');
  return { domain: scope.slice('customer:'.length, at), group: scope.slice(at + 1) };
}

/** The two parts of a path; one that needs verified TLS leaves by the same egress. */
export function partsOf(path: PathKey): { site: string; egress: string } {
  const at = path.lastIndexOf('>');
  return { site: path.slice(0, at), egress: path.slice(at + 1).replace(/\+tls$/, '') };
}

/** The scope that a text names; undefined when it names none. */
export function parseScope(text: string): Scope | undefined {
  return text === 'all' || /^(node|provider|site|egress|path|customer):./.test(text)
    ? (text as Scope)
    : undefined;
}

export function scopeKind(scope: Scope): ScopeKind {
  return (scope === 'all' ? 'all' : scope.slice(0, scope.indexOf(':'))) as ScopeKind;
}

export interface FreezeStore {
  /** Every freeze that stands, and the stoppages that ended after `since`. */
  freezes(since: number): Promise<{ freezes: Freeze[]; stoppages: Stoppage[] }>;
  /** Begins a freeze; one of the same scope and cause keeps its beginning and takes the rest from this one. */
  freeze(freeze: Freeze): Promise<Freeze>;
  /** Ends a freeze and keeps how long it lasted, and who ended it; undefined when there was none. */
  thaw(request: { scope: Scope; cause: FreezeCause; at: number; by?: Thaw }): Promise<Freeze | undefined>;
  /** What people froze or let go that was over after `since` (ms), the newest first. */
  thawed(request: { since: number; limit: number }): Promise<Thawed[]>;
  /** Ends the freezes that were to end by now; returns them. */
  thawDue(now: number): Promise<Freeze[]>;
  /** Takes the turn to try a canary: true for one caller only, who sets when the next is due. */
  takeCanary(request: { scope: Scope; cause: FreezeCause; dueAt: number; next: Canary }): Promise<boolean>;
  /** Forgets stoppages, and what people let go, that ended before `before` (ms), and who was told of them. */
  forgetStoppages(before: number): Promise<number>;
}
