/** What `path freeze` and `path thaw` mean by their argument; a name that nobody knows is answered with the nearest. */
import { nearest } from '../../core/config/nearest.ts';
import { parseScope, partsOf, type Scope, scopeKind } from '../../core/queue/freeze.ts';
import { PROVIDER_NAMES, providerNamed } from '../../core/reputation/providers.ts';
import { commandLine } from '../arguments.ts';
import { type Call, CommandError, EXIT } from '../command.ts';
import { UNROUTED_WORD } from '../queue/filter.ts';
import type { Around } from './standing.ts';

/** Names listed in an error. */
const MOST_NAMED = 30;

/** Of a path its whole key, of a site its key or one of its hosts, or a scope as the core writes them. Throws. */
export function scopeOf(call: Call, around: Around): Scope {
  const text = call.positionals[0] as string;
  if (text === UNROUTED_WORD || text === `path:${UNROUTED_WORD}`) {
    const why = 'mail that has no path yet is held back by all, or by its node, and by nothing else';
    throw new CommandError(EXIT.usage, why);
  }
  // What is there comes first: a host may be called like a scope.
  if (around.paths.some(({ path }) => path === text)) return `path:${text}`;
  if (text === 'node') return `node:${around.standing.node}`;
  const scope = parseScope(text);
  if (scope !== undefined) return known(call, scope, around);
  if (isKey(text)) return `path:${text}`;
  return siteOf(text, around) ?? noName(call, text, around);
}

function known(call: Call, scope: Scope, around: Around): Scope {
  if (around.standing.freezes.some((freeze) => freeze.scope === scope)) return scope;
  const kind = scopeKind(scope);
  const name = scope.slice(kind.length + 1);
  switch (kind) {
    case 'all':
      return scope;
    case 'site':
      return siteOf(name, around) ?? missing(call, { kind, name, names: sites(around) });
    case 'path': {
      const names = around.paths.map(({ path }) => path);
      return isKey(name) || names.some((path) => path === name)
        ? scope
        : missing(call, { kind, name, names });
    }
    // `customer:example.org>yahoo`: nobody has a list of those.
    case 'customer':
      return scope;
    case 'node':
    case 'provider':
    case 'egress': {
      if (kind === 'provider' && name.includes('>')) return streamOf(call, scope, around);
      const names = namesOf(kind, call, around);
      const meant = calledIn(kind, name);
      return names.includes(meant) ? `${kind}:${meant}` : missing(call, { kind, name, names });
    }
    default:
      return kind satisfies never;
  }
}

/** `provider:yahoo>a`: what leaves one egress for one provider. */
function streamOf(call: Call, scope: Scope, around: Around): Scope {
  const [called, egress] = scope.slice('provider:'.length).split('>') as [string, string];
  const provider = calledIn('provider', called);
  for (const [kind, name] of [
    ['provider', provider],
    ['egress', egress],
  ] as const) {
    const names = namesOf(kind, call, around);
    if (!names.includes(name)) missing(call, { kind, name, names });
  }
  return `provider:${provider}>${egress}`;
}

/** A provider may be called by any of its names: `gmail` is google. */
function calledIn(kind: 'node' | 'provider' | 'egress', name: string): string {
  return kind === 'provider' ? (providerNamed(name) ?? name) : name;
}

function namesOf(kind: 'node' | 'provider' | 'egress', call: Call, { paths, standing }: Around): string[] {
  if (kind === 'node') return [...standing.nodes];
  if (kind === 'provider') {
    const seen = paths.flatMap(({ provider }) => (provider === undefined ? [] : [provider]));
    return [...new Set([...PROVIDER_NAMES, ...seen])];
  }
  const written = call.config.egress.map(({ name }) => name);
  const seen = paths.flatMap(({ path }) => (path === '' ? [] : [partsOf(path).egress]));
  return [...new Set([...(written.length === 0 ? ['default'] : written), ...seen])];
}

/** A path may be frozen before anything was ever sent there, when its whole key is written. */
function isKey(text: string): boolean {
  return /[^>]>[^>]/.test(text);
}

function sites({ paths }: Around): string[] {
  return [...new Set(paths.flatMap(({ path }) => (path === '' ? [] : [partsOf(path).site])))];
}

function siteOf(name: string, around: Around): Scope | undefined {
  const all = sites(around);
  const found = all.includes(name) ? [name] : all.filter((site) => site.split(/[,+]/).includes(name));
  if (found.length > 1) {
    const commands = found.map((site) => `site:${site}`).join('  ');
    throw new CommandError(EXIT.usage, `${name} is a host of several sites; name one of: ${commands}`);
  }
  if (found[0] !== undefined) return `site:${found[0]}`;
  const scope: Scope = `site:${name}`;
  return around.standing.freezes.some((freeze) => freeze.scope === scope) ? scope : undefined;
}

function missing(call: Call, about: { kind: string; name: string; names: readonly string[] }): never {
  const { kind, name, names } = about;
  const near = nearest(name, names);
  const list = commandLine(call, [kind === 'provider' ? 'provider' : 'path', 'list']);
  const those = ['path', 'site'].includes(kind) || names.length > MOST_NAMED ? list : names.join(', ');
  const hint = near === undefined ? `Those that are: ${those}` : `Did you mean '${kind}:${near}'?`;
  throw new CommandError(EXIT.nothing, `there is no ${kind} ${name}. ${hint}`);
}

/** A name without its kind: perhaps that of something else. */
function noName(call: Call, text: string, around: Around): never {
  const named = (['provider', 'egress', 'node'] as const).flatMap((kind) =>
    namesOf(kind, call, around).map((name) => ({ name, scope: `${kind}:${name}` })),
  );
  const exact = named.find(({ name }) => name === text)?.scope;
  const others = around.paths.map(({ path }) => path).filter((path) => path !== '');
  const near =
    exact ?? nearest(text, [...others, ...sites(around), ...named.map(({ scope }) => scope), 'all']);
  const hint =
    near === undefined ? `Those that are: ${commandLine(call, ['path', 'list'])}` : `Did you mean '${near}'?`;
  throw new CommandError(EXIT.nothing, `there is no path ${text}. ${hint}`);
}
