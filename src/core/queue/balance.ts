/**
 * Who has how much of the work: paths belong to whoever met their mail first, so one worker may have nearly all of them.
 * One that has far more than its share gives some back, and one that is cut off gives all of them to those that are not.
 */
import type { StrainState } from '../capacity/strain.ts';
import type { WorkerId } from '../envelope.ts';

/** A living worker and how many paths it owns. */
export interface Share {
  readonly worker: WorkerId;
  readonly node: string;
  readonly paths: number;
  /** How near it is to its budgets. */
  readonly strain?: StrainState;
}

/** Paths may differ this much from an even share before any is handed over: what moves costs its connections. */
const SLACK = 1.25;

/** How many paths `worker` is to give to the others; `isCutOff` says which nodes stand still by their own fault. */
export function surplus(
  worker: WorkerId,
  shares: readonly Share[],
  isCutOff: (node: string) => boolean,
): number {
  const own = shares.find((share) => share.worker === worker);
  const able = shares.filter(({ node }) => !isCutOff(node));
  if (own === undefined || able.length === 0) return 0;
  if (isCutOff(own.node)) return own.paths;
  const even = Math.ceil(shares.reduce((sum, { paths }) => sum + paths, 0) / able.length);
  return own.paths > even * SLACK + 1 ? own.paths - even : 0;
}
