/** A scenario replayed in both ways: what is shown, and what JSON holds. */
import { type Measures, measure } from './measures.ts';
import type { Standing } from './record.ts';
import type { Ran } from './run.ts';
import { PROVIDER_NAMES } from './france.ts';
import type { Scenario, Target } from './scenario.ts';
import { type Series, seriesOf } from './series.ts';
import type { Way } from './way.ts';

export interface WayResult {
  readonly measures: Measures;
  readonly series: Series;
  /** What stood still and went on; nothing ever does in the way of 2018. */
  readonly standings: readonly Standing[];
  readonly digest: string;
}

export interface Result {
  readonly scenario: Scenario;
  readonly seed: number;
  readonly ways: Readonly<Record<Way, WayResult>>;
}

/** A target, and what was measured, in the same unit: a count, a ratio, ms, or a part of 1. */
export interface Verdict {
  readonly target: Target;
  readonly limit: number;
  /** Whether the limit is the most or the least. */
  readonly bound: 'most' | 'least';
  readonly measured: Readonly<Record<Way, number>>;
  readonly reached: Readonly<Record<Way, boolean>>;
  /** Whether this scenario asks for it. */
  readonly asked: boolean;
}

/** What each target asks, and where it stands. */
const TARGETS: Readonly<
  Record<Target, { limit: number; bound: 'most' | 'least'; of(measures: Measures): number }>
> = {
  lost: { limit: 0, bound: 'most', of: ({ lost, returned }) => lost + returned },
  expired: { limit: 0, bound: 'most', of: ({ expired }) => expired },
  'extra-wait': { limit: 1.1, bound: 'most', of: ({ extraMs, idealMs }) => ratio(extraMs.p99, idealMs.p99) },
  inversions: { limit: 0, bound: 'most', of: ({ inversions }) => inversions },
  'live-delay': { limit: 10_000, bound: 'most', of: ({ liveMs }) => liveMs.p99 },
  spam: { limit: 100, bound: 'most', of: ({ spam }) => spam },
  blocks: { limit: 0, bound: 'most', of: ({ refusing }) => refusing },
  neighbour: { limit: 0.99, bound: 'least', of: ({ neighbourWorst }) => neighbourWorst },
};

/** To be handed from the thread that ran it. */
export function wayResult(scenario: Scenario, ran: Ran): WayResult {
  return {
    measures: measure(scenario, ran),
    series: seriesOf(scenario, ran, PROVIDER_NAMES),
    standings: ran.standings,
    digest: ran.digest,
  };
}

/** What to show: the ideal is the line's, so that where the line is not what is short it says nothing. */
export function shownVerdicts(result: Pick<Result, 'scenario' | 'ways'>): Verdict[] {
  return verdicts(result).filter(({ asked, target }) => asked || target !== 'extra-wait');
}

export function verdicts({ scenario, ways }: Pick<Result, 'scenario' | 'ways'>): Verdict[] {
  return (Object.entries(TARGETS) as [Target, (typeof TARGETS)[Target]][]).map(
    ([target, { limit, bound, of }]) => {
      const measured = { classic: of(ways.classic.measures), relais: of(ways.relais.measures) };
      const isReached = (value: number): boolean => (bound === 'most' ? value <= limit : value >= limit);
      return {
        ...{ target, limit, bound, measured },
        reached: { classic: isReached(measured.classic), relais: isReached(measured.relais) },
        asked: scenario.targets.includes(target),
      };
    },
  );
}

/** An ideal of less than a second is no measure: it counts as one. */
function ratio(valueMs: number, idealMs: number): number {
  return Math.round((valueMs / Math.max(idealMs, 1_000)) * 1_000) / 1_000;
}
