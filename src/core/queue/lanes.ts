/**
 * The retry lanes (design, section 5): live is lane 0, then one lane per configured interval. The last lane repeats
 * until the lifetime ends.
 */
import type { Random } from '../../base/random.ts';

export interface LaneOptions {
  /** The interval of each lane after live, ms. */
  readonly lanesMs: readonly number[];
}

/** Lanes after live, at most: a configuration with more is refused. */
export const MOST_LANES = 15;

/** Every lane that there can be, live first: what the store looks through. */
export const ALL_LANES: readonly number[] = Array.from({ length: MOST_LANES + 1 }, (_, lane) => lane);

/** Part by which an interval varies, either way: keeps a failed batch from coming back as one. */
const JITTER = 0.1;

/** The lane after `lane`, and how long a delivery waits in it, in ms. */
export function nextLane(
  lane: number,
  options: LaneOptions,
  random: Random,
): { lane: number; delayMs: number } {
  const next = Math.min(lane + 1, options.lanesMs.length);
  return { lane: next, delayMs: laneDelay(next, options, random) };
}

/** How long a delivery waits in a lane, in ms, with jitter. */
export function laneDelay(lane: number, options: LaneOptions, random: Random): number {
  const base = options.lanesMs[Math.max(lane, 1) - 1] ?? options.lanesMs.at(-1) ?? 60_000;
  return Math.round(base * (1 + JITTER * (2 * random.float() - 1)));
}
