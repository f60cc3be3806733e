/**
 * The connections of a path that are left for live mail while our own budget is what its backlog waits for. Live mail has its octets for
 * sure (`core/capacity/rate.ts`); without room it would wait for a connection, all of which would be held by messages that wait for
 * theirs, and one more of those makes none of them faster. Where the far end, or the line, is what takes long, there is no such room:
 * the backlog would be slower for it.
 */
import type { Kind } from './shares.ts';

export class LiveRoom {
  readonly #part: number;
  readonly #backlogWaits: () => boolean;
  /** Messages under way that are not live. */
  #others = 0;

  /** `liveShare`: what live mail surely gets, of 1. `backlogWaits`: whether our own budget keeps waiting what is not live. */
  constructor(liveShare: number, backlogWaits: () => boolean) {
    this.#part = 1 - liveShare;
    this.#backlogWaits = backlogWaits;
  }

  async carry<Outcome>(kind: Kind, transfer: () => Promise<Outcome>): Promise<Outcome> {
    if (kind === 'live') return transfer();
    this.#others++;
    try {
      return await transfer();
    } finally {
      this.#others--;
    }
  }

  /** What the next connection may take: of so many that there may be, and with these being opened. One is never left for nothing. */
  among(
    connections: number,
    opening: Iterable<{ readonly taken: { readonly kind: Kind } | undefined }>,
  ): 'all' | 'live' {
    const most = Math.max(1, Math.floor(connections * this.#part));
    let others = this.#others;
    for (const { taken } of opening) if (taken !== undefined && taken.kind !== 'live') others++;
    return others >= most && this.#backlogWaits() ? 'live' : 'all';
  }
}
