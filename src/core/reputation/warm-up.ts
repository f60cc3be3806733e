/**
 * How much a new address may send. A provider that has never heard of an address trusts it with little, and with more each
 * day on which it had no reason to complain: so an egress with a beginning (`since`) has an allowance for each provider on
 * each day, and one for all other hosts together. Our own limit: what is over it waits, and loses nothing.
 *
 * Which day of its warm-up an egress has come to at a provider follows from the calendar and from what is kept: the days
 * since its beginning, less those on which that provider refused our address or our rate. Nothing else moves it, so a
 * restart changes nothing, and a clock that is set back comes to a day whose allowance is spent as far as it was.
 *
 * The figures are ours. Published advice agrees on the shape (some fifty messages on the first day, at most twice as many
 * on the next, two to four weeks in all) and not on the numbers.
 */
import type { Egress } from '../delivery/egress.ts';

const DAY_MS = 86_400_000;

/**
 * Recipients at one provider on each day of a warm-up, the first day first. It doubles in the first days, when the numbers
 * are small; later a day has a third more than the one before, so that a bad day shows before it is a bad week.
 */
export const PROVIDER_ALLOWANCES: readonly number[] = [
  50, 100, 200, 300, 400, 600, 800, 1_000, 1_400, 2_000, 2_600, 3_500, 4_500, 6_000, 8_000, 10_000, 13_000,
  17_000, 22_000, 28_000, 36_000, 46_000, 60_000, 75_000, 95_000, 120_000, 150_000, 200_000,
];
export const WARM_UP_DAYS = PROVIDER_ALLOWANCES.length;
/** All other hosts together have so many times as much: they are many, and each sees little of it. */
export const OTHERS_FACTOR = 4;
/** What stands for all hosts that are nobody's whom Relais knows; no provider is called so. */
export const OTHERS = 'others';

/** A worker takes this part of a day's allowance at a time, and no more than so many: what a crash can lose. */
const CHUNK_PART = 100;
const MOST_CHUNK = 100;

/** For how long days are kept, ms: longer than any warm-up that is worth going on with. */
export const WARM_UP_FOR_MS = 366 * DAY_MS;

/** The mail of one egress to one provider, or to all others. */
export interface WarmUpStream {
  readonly egress: string;
  /** A provider's name, or `others`. */
  readonly provider: string;
}

/** A day of the calendar, UTC, and the day on which the egress began: days since 1970-01-01. */
export interface WarmUpDay {
  readonly day: number;
  readonly since: number;
}

/** What is kept of one stream: recipients that workers took for today, and days before today on which it was refused. */
export interface WarmUpCount {
  readonly taken: number;
  readonly refusedDays: number;
}

export interface WarmUpStore {
  /**
   * Takes up to `count` of what the stream's allowance for the day has left, for one worker alone. `granted`: recipients,
   * 0 when there is nothing left; undefined when its warm-up is over and there is nothing to count.
   */
  takeWarmUp(request: WarmUpStream & WarmUpDay & { count: number }): Promise<{ granted?: number }>;
  /** The stream was refused for our address or our rate on this day. */
  noteWarmUpRefusal(about: WarmUpStream & { day: number }): Promise<void>;
  /** What is kept of every stream of an egress, by its provider. */
  warmUps(about: { egress: string } & WarmUpDay): Promise<(WarmUpCount & { provider: string })[]>;
  /** Forgets days before `before` (days since 1970-01-01); how many. */
  forgetWarmUps(before: number): Promise<number>;
}

/** Which day of its warm-up it is, from 1 on; before its beginning the first. */
export function warmUpStep(
  { day, since }: WarmUpDay,
  { refusedDays }: Pick<WarmUpCount, 'refusedDays'>,
): number {
  return Math.max(1, day - since + 1 - refusedDays);
}

/** Recipients on that day of a warm-up; undefined when it is over. */
export function allowanceOf(provider: string, step: number): number | undefined {
  const allowance = PROVIDER_ALLOWANCES[step - 1];
  if (allowance === undefined) return undefined;
  return provider === OTHERS ? allowance * OTHERS_FACTOR : allowance;
}

/** Recipients that a worker takes at a time when it needs `count`. */
export function chunkOf(allowance: number, count: number): number {
  return Math.max(count, Math.min(MOST_CHUNK, Math.ceil(allowance / CHUNK_PART)));
}

/** Where a stream stands: what commands show. */
export interface WarmUpStanding extends WarmUpStream {
  /** From 1 to `days`. */
  readonly day: number;
  readonly days: number;
  /** Recipients that workers took for today, and how many there are in all. */
  readonly taken: number;
  readonly allowance: number;
  readonly refusedDays: number;
}

/** Undefined when its warm-up is over. */
export function standingOf(
  stream: WarmUpStream,
  today: WarmUpDay,
  count: WarmUpCount,
): WarmUpStanding | undefined {
  const step = warmUpStep(today, count);
  const allowance = allowanceOf(stream.provider, step);
  return allowance === undefined
    ? undefined
    : { ...stream, ...count, day: step, days: WARM_UP_DAYS, allowance };
}

/** The egresses that have a beginning. */
export function beginners<E extends Pick<Egress, 'since'>>(
  egresses: readonly E[],
): (E & { since: number })[] {
  return egresses.filter((egress): egress is E & { since: number } => egress.since !== undefined);
}
