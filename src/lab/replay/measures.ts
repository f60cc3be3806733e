/** What a replay comes to, in the figures that the targets are about. */
import { idealTimes, leftBeside, type Step } from './ideal.ts';
import type { Fact, Standing } from './record.ts';
import type { Ran } from './run.ts';
import type { Scenario } from './scenario.ts';
import { capacitySteps, type LineMinute } from './shared-line.ts';

export interface Measures {
  /** Deliveries that a customer was told are kept. */
  readonly accepted: number;
  readonly delivered: number;
  /** Refused for a reason of their own: nobody of that name, their content. */
  readonly refused: number;
  /** Spam that was taken by far ends, and that the guard holds. */
  readonly spam: number;
  readonly spamHeld: number;
  /** Of customers' own mail, what the guard holds; and of those whose accounts a botnet has. */
  readonly honestHeld: number;
  readonly victimsHeld: number;
  /** Providers that refused us for our reputation at some time. */
  readonly refusing: number;
  /** Sent back although recipient and content were fine. */
  readonly returned: number;
  readonly expired: number;
  readonly lost: number;
  readonly duplicates: number;
  readonly attemptsEach: number;
  /** Messages overtaken by a younger one of the same account and provider by more than a minute. */
  readonly inversions: number;
  readonly waitingAtBack: number;
  /** From when the backlog leaves, and when the last of it has left (ms); at the latest the end of the replay. */
  readonly drainFromMs: number;
  readonly drainToMs: number;
  /** Of what waited: how long after everything worked again it left, and what the capacity itself needs. */
  readonly extraMs: Spread;
  readonly idealMs: Spread;
  /** The same when live mail goes at once. */
  readonly besideMs: Spread;
  /** From acceptance to delivery, of what was accepted during the drain. */
  readonly liveMs: Spread;
  /** Part of what the neighbour wanted that it got: all day, and in the worst minute. */
  readonly neighbourDay: number;
  readonly neighbourWorst: number;
  /** Accepted before everything worked again, and still waiting the next day at noon; absent when it ends before. */
  readonly leftNextNoon?: number;
}

/** ms. */
export interface Spread {
  readonly median: number;
  readonly p99: number;
  readonly worst: number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

export function measure(scenario: Scenario, ran: Ran): Measures {
  const { backMs, lengthMs } = scenario;
  const { facts } = ran;
  const clean = facts.filter(({ own, spam }) => !own && !spam);
  const waited = clean.filter(({ acceptedMs, endedMs }) => acceptedMs < backMs && endedMs > backMs);
  const drainFromMs = drainBegins(ran.standings, backMs);
  const drainToMs = waited.reduce(
    (last, { endedMs }) => Math.max(last, Math.min(endedMs, lengthMs)),
    drainFromMs,
  );
  const live = clean.filter(({ acceptedMs }) => acceptedMs >= drainFromMs && acceptedMs < drainToMs);
  const noonMs = nextNoonMs(scenario);
  const stolen = new Set(facts.filter(({ spam }) => spam).map(({ customer }) => customer));
  const count = (of: (fact: Fact) => boolean): number => facts.filter(of).length;
  return {
    accepted: facts.length,
    delivered: count(({ state, spam }) => state === 'delivered' && !spam),
    refused: count(({ state, own, spam }) => state === 'failed' && own && !spam),
    spam: count(({ state, spam }) => state === 'delivered' && spam),
    spamHeld: count(({ held, spam }) => held && spam),
    honestHeld: count(({ held, spam, customer }) => held && !spam && !stolen.has(customer)),
    victimsHeld: count(({ held, spam, customer }) => held && !spam && stolen.has(customer)),
    refusing: ran.refusing.length,
    returned: clean.filter(({ state }) => state === 'failed').length,
    expired: clean.filter(({ state }) => state === 'expired').length,
    lost: ran.lost,
    duplicates: ran.duplicates,
    attemptsEach: rounded(facts.reduce((sum, { attempts }) => sum + attempts, 0) / Math.max(1, facts.length)),
    inversions: inversions(facts, lengthMs),
    waitingAtBack: waited.length,
    drainFromMs,
    drainToMs,
    extraMs: spread(waited.map(({ endedMs }) => Math.min(endedMs, lengthMs) - backMs)),
    ...ideals(scenario, facts),
    liveMs: spread(live.map(({ acceptedMs, endedMs }) => Math.min(endedMs, lengthMs) - acceptedMs)),
    ...neighbour(ran.minutes),
    ...(noonMs > lengthMs ? {} : { leftNextNoon: waited.filter(({ endedMs }) => endedMs > noonMs).length }),
  };
}

/** Noon of the local day after the one on which everything worked again, ms since the replay began. */
export function nextNoonMs({
  startsAt,
  zoneMs,
  backMs,
}: Pick<Scenario, 'startsAt' | 'zoneMs' | 'backMs'>): number {
  const beganAt = startsAt + zoneMs;
  const midnightAt = Math.floor((beganAt + backMs) / DAY_MS) * DAY_MS;
  return midnightAt + DAY_MS + 12 * HOUR_MS - beganAt;
}

/** The nearest rank; 0 of nothing. */
export function quantile(sorted: ArrayLike<number>, part: number): number {
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? 0;
}

function spread(values: readonly number[]): Spread {
  const sorted = Float64Array.from(values).sort();
  const at = (part: number): number => Math.round(quantile(sorted, part));
  return { median: at(0.5), p99: at(0.99), worst: at(1) };
}

/** What stood still when everything worked again goes on with the first thaw. */
function drainBegins(standings: readonly Standing[], backMs: number): number {
  const isWide = ({ scope }: Standing): boolean => scope.startsWith('node:') || scope === 'all';
  const before = standings.findLast((one) => isWide(one) && one.atMs < backMs);
  if (before?.kind !== 'freeze') return backMs;
  return standings.find((one) => isWide(one) && one.kind === 'thaw' && one.atMs >= backMs)?.atMs ?? backMs;
}

function ideals(scenario: Scenario, facts: readonly Fact[]): Pick<Measures, 'idealMs' | 'besideMs'> {
  const steps = capacitySteps(scenario);
  return {
    idealMs: idealExtra(scenario, facts, steps),
    besideMs: idealExtra(scenario, facts, besideLive(scenario, facts, steps)),
  };
}

function idealExtra({ backMs, lengthMs }: Scenario, facts: readonly Fact[], steps: readonly Step[]): Spread {
  const before = facts.filter(({ acceptedMs }) => acceptedMs < backMs);
  const arrivals = {
    atMs: before.map(({ acceptedMs }) => acceptedMs),
    octets: before.map(({ octets }) => octets),
  };
  const times = idealTimes(arrivals, steps);
  const extra = [...times].filter((at, index) => at > backMs && !before[index]?.own && !before[index]?.spam);
  return spread(extra.map((at) => Math.min(at, lengthMs) - backMs));
}

/** The steps less what mail that is accepted from then on needs itself. */
function besideLive({ backMs, lengthMs }: Scenario, facts: readonly Fact[], steps: readonly Step[]): Step[] {
  const live = facts.filter(({ acceptedMs }) => acceptedMs >= backMs);
  return leftBeside(
    { atMs: live.map(({ acceptedMs }) => acceptedMs), octets: live.map(({ octets }) => octets) },
    steps,
    { everyMs: MINUTE_MS, untilMs: lengthMs },
  );
}

/** `facts`: in the order of acceptance. What is late for a reason of its own is not counted. */
export function inversions(facts: readonly Fact[], lengthMs: number): number {
  const lines = new Map<string, Fact[]>();
  for (const fact of facts) {
    const key = `${fact.customer} ${fact.provider}`;
    const line = lines.get(key);
    if (line === undefined) lines.set(key, [fact]);
    else line.push(fact);
  }
  let count = 0;
  for (const line of lines.values()) {
    // Of all that are younger, and of all that are younger or came at the same moment.
    let [younger, sameOrYounger, atMs] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, -1];
    for (const { acceptedMs, endedMs, own, spam } of line.toReversed()) {
      if (acceptedMs !== atMs) [younger, atMs] = [sameOrYounger, acceptedMs];
      if (!own && !spam && younger < Math.min(endedMs, lengthMs) - MINUTE_MS) count++;
      sameOrYounger = Math.min(sameOrYounger, endedMs);
    }
  }
  return count;
}

function neighbour(minutes: readonly LineMinute[]): Pick<Measures, 'neighbourDay' | 'neighbourWorst'> {
  const wanted = minutes.reduce((sum, minute) => sum + minute.neighbourWanted, 0);
  const got = minutes.reduce((sum, minute) => sum + minute.neighbourGot, 0);
  const parts = minutes.map(({ neighbourGot, neighbourWanted }) =>
    neighbourWanted === 0 ? 1 : neighbourGot / neighbourWanted,
  );
  return {
    neighbourDay: wanted === 0 ? 1 : rounded(got / wanted),
    neighbourWorst: rounded(Math.min(1, ...parts)),
  };
}

function rounded(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
