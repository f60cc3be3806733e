/** Whether mail can leave round a block of one of our addresses, and by which of the others. */
import type { PathKey } from '../../core/envelope.ts';
import { customerOfScope, isProviderHold, type Scope } from '../../core/queue/freeze.ts';
import { isBlock, type Spread } from '../../core/queue/spread.ts';
import type { ProviderCase } from '../../core/reputation/case.ts';
import type { NamedConfig } from '../command.ts';
import { blockedBy, type Desk, providerIn, type Standing, spreadsOf } from './desk.ts';

/** A block, and what there is beside it. */
export interface Ways {
  readonly block: Scope;
  readonly egress: string;
  /** The site, where the block is of one alone. */
  readonly site?: string;
  /** Egresses that its mail can leave by. */
  readonly open: readonly string[];
  /** The others, which the router passes over: blocked there too, or standing still for another reason. */
  readonly shut: readonly Shut[];
}

export interface Shut {
  readonly egress: string;
  readonly blocked: boolean;
}

type Egresses = Pick<NamedConfig, 'egress' | 'guard'>;

/** Of every block that a spread of this scope is about. */
export function waysOf(config: Egresses, desk: Desk, scope: Scope): Ways[] {
  const among = blockedBy(desk, scope);
  return among.map((block) => waysRound(config, desk, block));
}

/** That of `guard.pool` takes no part. */
function waysRound(config: Egresses, desk: Desk, block: Scope): Ways {
  const cut = block.lastIndexOf('>');
  const [where, egress] = [block.slice(0, cut), block.slice(cut + 1)];
  const site = where.startsWith('path:') ? where.slice('path:'.length) : undefined;
  const provider = providerOf(desk, block);
  const others = config.egress
    .map(({ name }) => name)
    .filter((name) => name !== egress && name !== config.guard.pool);
  const over = others.map((name) => {
    const scopes = [
      `${where}>${name}`,
      `egress:${name}`,
      ...(provider === undefined ? [] : [`${provider}>${name}`]),
    ];
    return { egress: name, freezes: desk.standing.freezes.filter(({ scope }) => scopes.includes(scope)) };
  });
  return {
    block,
    egress,
    ...(site === undefined ? {} : { site }),
    open: over.filter(({ freezes }) => freezes.length === 0).map((one) => one.egress),
    shut: over
      .filter(({ freezes }) => freezes.length > 0)
      .map(({ egress: name, freezes }) => ({ egress: name, blocked: freezes.some(isBlock) })),
  };
}

/** Of a site's block, the provider that runs it, as a scope. */
function providerOf({ standing }: Desk, block: Scope): string | undefined {
  if (!block.startsWith('path:')) return undefined;
  const { provider } = standing.placeOf({ path: block.slice('path:'.length) as PathKey });
  return provider === undefined ? undefined : `provider:${provider}`;
}

/** `egress a`; `egress a at mx.far.example`. */
export function blockInWords({ egress, site }: Pick<Ways, 'egress' | 'site'>): string {
  return `egress ${egress}${site === undefined ? '' : ` at ${site}`}`;
}

/** `egress b is blocked there too, egress c stands still`. */
export function shutInWords({ shut }: Pick<Ways, 'shut'>): string {
  if (shut.length === 0) return 'there is no other egress';
  return shut
    .map(({ egress, blocked }) => `egress ${egress} ${blocked ? 'is blocked there too' : 'stands still'}`)
    .join(', ');
}

/** `egress b`, `egress b or c`. */
export function openInWords({ open }: Pick<Ways, 'open'>): string {
  return `egress ${open.join(' or ')}`;
}

/** Customers whose mail is refused for their own sake: no other egress helps them. */
export function customersHeld({ freezes }: Pick<Standing, 'freezes'>): string[] {
  return freezes.filter(isProviderHold).flatMap(({ scope }) => customerOfScope(scope)?.domain ?? []);
}

/** What an operator had spread of one case. */
export interface Detour extends Ways {
  readonly spread: Spread;
}

/** Undefined where its mail stays with its egress. */
export function detourOf(
  config: Egresses,
  desk: Desk,
  { provider, scope, state }: ProviderCase,
): Detour | undefined {
  if (state !== 'held') return undefined;
  const spread = spreadsOf(desk, providerIn(desk, provider)).find((one) =>
    blockedBy(desk, one.scope).includes(scope),
  );
  const way = waysOf(config, desk, spread?.scope ?? scope).find(({ block }) => block === scope);
  return spread === undefined || way === undefined ? undefined : { spread, ...way };
}
