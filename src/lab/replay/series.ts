/** The curves of a replay: one value for each few minutes, made from the facts when it is over. */
import { quantile } from './measures.ts';
import type { Fact } from './record.ts';
import type { Ran } from './run.ts';
import type { Scenario } from './scenario.ts';

export interface Series {
  readonly bucketMs: number;
  /** Deliveries that wait at the end of each bucket, but for those that wait for a reason of their own. */
  readonly backlog: readonly number[];
  /** Providers that refused us for our reputation; their mail is in the backlogs, and in none of the next three. */
  readonly refusing: readonly string[];
  /** How long the oldest that waits has waited, ms. */
  readonly oldestMs: readonly number[];
  /** What a message accepted in this bucket waits, ms; -1: none was. */
  readonly liveMedianMs: readonly number[];
  readonly liveP99Ms: readonly number[];
  /** Part of what the neighbour wanted that it got, in the worst minute of the bucket. */
  readonly neighbour: readonly number[];
  /** The backlog by provider; the small hosts together are `others`. */
  readonly byProvider: Readonly<Record<string, readonly number[]>>;
}

const MINUTE_MS = 60_000;
/** A curve has about so many points. */
const POINTS = 400;
export const OTHERS = 'others';

export function seriesOf(scenario: Scenario, ran: Ran, named: readonly string[]): Series {
  const minutes = Math.ceil(scenario.lengthMs / MINUTE_MS);
  const bucketMs = Math.max(1, Math.ceil(minutes / POINTS)) * MINUTE_MS;
  const count = Math.ceil(scenario.lengthMs / bucketMs);
  const waiting = ran.facts.filter(({ own, spam }) => !own && !spam);
  const welcome = waiting.filter(({ provider }) => !ran.refusing.includes(provider));
  const nameOf = (fact: Fact): string => {
    const name = ran.providers[fact.provider] ?? '';
    return named.includes(name) ? name : OTHERS;
  };
  const byProvider = Object.fromEntries(
    [...named, OTHERS].map((name) => [
      name,
      backlog(
        waiting.filter((fact) => nameOf(fact) === name),
        { bucketMs, count },
      ),
    ]),
  );
  return {
    bucketMs,
    backlog: backlog(waiting, { bucketMs, count }),
    refusing: ran.refusing.map((index) => ran.providers[index] ?? ''),
    oldestMs: oldest(welcome, { bucketMs, count }),
    ...delays(welcome, { bucketMs, count, lengthMs: scenario.lengthMs }),
    neighbour: neighbour(ran, { bucketMs, count }),
    byProvider,
  };
}

interface Buckets {
  readonly bucketMs: number;
  readonly count: number;
}

function backlog(facts: readonly Fact[], { bucketMs, count }: Buckets): number[] {
  const changes = new Int32Array(count + 1);
  const change = (ms: number, by: number): void => {
    const slot = Math.min(count, Math.floor(ms / bucketMs));
    changes[slot] = (changes[slot] as number) + by;
  };
  for (const { acceptedMs, endedMs } of facts) {
    change(acceptedMs, 1);
    change(endedMs, -1);
  }
  let waits = 0;
  return Array.from({ length: count }, (_, slot) => (waits += changes[slot] as number));
}

/** `facts`: in the order of acceptance. */
function oldest(facts: readonly Fact[], { bucketMs, count }: Buckets): number[] {
  let first = 0;
  return Array.from({ length: count }, (_, slot) => {
    const at = (slot + 1) * bucketMs;
    while ((facts[first]?.endedMs ?? Number.POSITIVE_INFINITY) <= at) first++;
    const fact = facts[first];
    return fact === undefined || fact.acceptedMs > at ? 0 : Math.round(at - fact.acceptedMs);
  });
}

function delays(
  facts: readonly Fact[],
  { bucketMs, count, lengthMs }: Buckets & { lengthMs: number },
): Pick<Series, 'liveMedianMs' | 'liveP99Ms'> {
  const buckets: number[][] = Array.from({ length: count }, () => []);
  for (const { acceptedMs, endedMs } of facts)
    buckets[Math.floor(acceptedMs / bucketMs)]?.push(Math.min(endedMs, lengthMs) - acceptedMs);
  const sorted = buckets.map((delaysOf) => Float64Array.from(delaysOf).sort());
  const at = (part: number): number[] =>
    sorted.map((delaysOf) => (delaysOf.length === 0 ? -1 : Math.round(quantile(delaysOf, part))));
  return { liveMedianMs: at(0.5), liveP99Ms: at(0.99) };
}

function neighbour({ minutes }: Ran, { bucketMs, count }: Buckets): number[] {
  const each = bucketMs / MINUTE_MS;
  return Array.from({ length: count }, (_, slot) => {
    const parts = minutes
      .slice(slot * each, (slot + 1) * each)
      .map(({ neighbourGot, neighbourWanted }) =>
        neighbourWanted === 0 ? 1 : neighbourGot / neighbourWanted,
      );
    return Math.round(Math.min(1, ...parts) * 10_000) / 10_000;
  });
}
