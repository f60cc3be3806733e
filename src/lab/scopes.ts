/** Which freezes a path stands still for: with those of its provider, as its key tells whose it is. */
import { providerOfSite } from '../core/delivery/router.ts';
import type { PathKey } from '../core/envelope.ts';
import { partsOf, scopesOf, type Scope } from '../core/queue/freeze.ts';

export function scopesOfPath(path: PathKey, node: string): ReadonlySet<Scope> {
  const provider = path === '' ? undefined : providerOfSite(partsOf(path).site);
  return new Set(scopesOf({ path, node, ...(provider === undefined ? {} : { provider }) }));
}
