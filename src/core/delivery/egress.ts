/** Where mail leaves from: which of our source addresses serves a site. */
import { createHash } from 'node:crypto';
import { ipFamily } from '../config/network.ts';
import type { Hop } from './port.ts';

export interface Egress {
  readonly name: string;
  /** Whichever the system picks when there is none. */
  readonly address?: string;
  readonly ehlo: string;
  /** The day on which it began to send (days since 1970-01-01): it warms up from then on. Without it, it is warm. */
  readonly since?: number;
}

/**
 * The egress of a site, and the hops that it can reach: the first, in the site's own order, whose address is of the
 * family of some hop. Undefined when none is.
 *
 * The order is by rendezvous hashing (Thaler and Ravishankar, 1998): each egress scores by a hash of the site and its
 * name, and the highest wins. Every worker finds the same without asking, and a new egress takes only its share.
 */
export function egressFor(
  site: string,
  hops: readonly Hop[],
  egresses: readonly Egress[],
): { egress: Egress; hops: readonly Hop[] } | undefined {
  const scored = egresses.map((egress) => ({ egress, score: score(site, egress) }));
  scored.sort((a, b) => (a.score < b.score ? 1 : -1));
  for (const { egress } of scored) {
    const within = hops.filter((hop) => reaches(egress, hop));
    if (within.length > 0) return { egress, hops: within };
  }
  return undefined;
}

function score(site: string, egress: Egress): string {
  return createHash('sha256').update(`${site}\n${egress.name}`).digest('hex');
}

/** A connection has both its ends in one family; a hop that is a name has its address looked up when it is dialled. */
function reaches(egress: Egress, hop: Hop): boolean {
  const [ours, theirs] = [egress.address, hop.address].map((address) =>
    address === undefined ? undefined : ipFamily(address),
  );
  return ours === undefined || theirs === undefined || ours === theirs;
}
