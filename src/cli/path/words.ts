/** How commands tell freezes and drains: in words for people, in objects for programs. */
import {
  customerOfScope,
  type Freeze,
  type FreezeBlame,
  isProviderHold,
  isWarmUpStop,
  parseScope,
  type Scope,
  scopeKind,
  type Thawed,
} from '../../core/queue/freeze.ts';
import { OTHERS } from '../../core/reputation/warm-up.ts';
import type { DrainEstimate, Failing } from '../../core/queue/port.ts';
import { inOneLine } from '../../core/trace/sentences.ts';
import { commandLine } from '../arguments.ts';
import type { Call } from '../command.ts';
import { counted, forPeople, fromNow, localTime, rfc3339 } from '../output.ts';
import { type Around, under } from './standing.ts';

/** Freezes that are told one by one. */
const MOST_TOLD = 10;

/** What the clock of a message does meanwhile. */
export const CLOCKS: Readonly<Record<FreezeBlame, string>> = {
  local: 'nothing is lost, and its time does not run',
  reputation: 'its time stands still, for as long again as its lifetime at most',
  path: 'its time runs on, so that its senders are told in time',
  sender: 'its time runs on, so that the customer is told in time what to put right',
};

/** `frozen since … until … by ana: repairs`. */
export function freezeInWords({ since, until, by, cause, reason }: Freeze): string {
  const end = until === undefined ? '' : ` until ${localTime(until)}`;
  const who = cause !== 'operator' ? ', automatically' : ` by ${by ?? 'an operator'}`;
  return `frozen since ${localTime(since)}${end}${who}: ${reason}`;
}

/** `frozen … by ana: repairs; thawed … by ben: done`. */
export function thawedInWords({ scope, since, by, cause, reason, endedAt, thaw }: Thawed): string {
  const who = cause === 'operator' ? `by ${by ?? 'an operator'}` : 'automatically';
  const why = thaw?.reason === undefined ? '' : `: ${thaw.reason}`;
  const how = thaw === undefined ? 'its time was over' : `thawed by ${thaw.by}${why}`;
  return `${scopeWord(scope)} frozen ${localTime(since)} ${who}: ${reason}; ${localTime(endedAt)} ${how}`;
}

export function thawedObject({ scope, since, cause, by, reason, endedAt, thaw }: Thawed): object {
  return {
    scope,
    cause,
    since: rfc3339(since),
    reason,
    ...(by === undefined ? {} : { by }),
    endedAt: rfc3339(endedAt),
    ...(thaw === undefined ? {} : { thawedBy: thaw.by, thawReason: thaw.reason }),
  };
}

/** Whose fault it is, what that does to the clock, and when a message tries again. */
export function faultInWords({ blame, cause, canary }: Freeze, now: number): string {
  const fault = {
    local: 'The fault is ours',
    reputation: 'They refuse us',
    path: 'The fault is theirs',
    sender: 'They refuse this customer',
  };
  const ours = { operator: 'We decided it', automatic: fault.local, 'warm-up': 'It is our own limit' };
  const whose = blame === 'local' ? ours[cause] : fault[blame];
  const next = canary === undefined ? '' : `; the next canary tries ${moment(canary.at, now)}`;
  return `${whose}: ${CLOCKS[blame]}${next}.`;
}

function moment(at: number, now: number): string {
  return at > now ? `at ${localTime(at)} (${fromNow(at, now)})` : 'now, or as soon as there is one';
}

/** The scope as a command takes it. */
export function scopeWord(scope: Scope): string {
  const key = scope.replace(/^path:/, '');
  return scopeKind(scope) === 'path' && parseScope(key) === undefined ? key : scope;
}

/** What stands still, at the beginning of a sentence. */
export function scopeInWords(scope: Scope): string {
  if (scope === 'all') return 'All mail';
  if (scopeKind(scope) === 'node') return `All mail on ${scope.slice('node:'.length)}`;
  if (scope.startsWith(`provider:${OTHERS}>`))
    return `Mail from ${scope.slice(scope.indexOf('>') + 1)} to hosts of no known provider (${scope})`;
  const customer = customerOfScope(scope);
  return customer === undefined
    ? scopeWord(scope)
    : `Mail of ${customer.domain} to ${customer.group} (${scope})`;
}

/** One freeze with what it keeps back and how it ends, in lines. */
function freezeLines(call: Call, freeze: Freeze, around: Around): string[] {
  const { deliveries } = under(freeze.scope, around);
  const how = howItGoesOn(call, freeze);
  return [
    `${scopeInWords(freeze.scope)} is ${freezeInWords(freeze)}`,
    `  ${faultInWords(freeze, around.standing.now)} ${counted(deliveries, 'delivery')} held back.`,
    ...(how === undefined ? [] : [`  ${how}`]),
  ];
}

/** Of a provider that refuses us its own page: a try before it is over may prolong it. */
function howItGoesOn(call: Call, freeze: Freeze): string | undefined {
  if (isWarmUpStop(freeze)) return undefined;
  const { scope } = freeze;
  const provider = customerOfScope(scope)?.group ?? /^provider:([^>]+)/.exec(scope)?.[1];
  if (isProviderHold(freeze) && provider !== undefined)
    return `What they say, and how to go on: ${commandLine(call, ['provider', 'show', provider])}`;
  const how = freeze.cause === 'operator' ? 'To let it go' : 'To try at once';
  return `${how}: ${commandLine(call, ['path', 'thaw', scopeWord(scope)])}`;
}

/** Several freezes, and how many more there are. */
export function freezesLines(call: Call, freezes: readonly Freeze[], around: Around): string[] {
  const more = freezes.length - MOST_TOLD;
  return [
    ...freezes.slice(0, MOST_TOLD).flatMap((freeze) => freezeLines(call, freeze, around)),
    ...(more > 0 ? [`And ${counted(more, 'freeze')} more: ${commandLine(call, ['path', 'list'])}`] : []),
  ];
}

export function isWide({ scope }: Pick<Freeze, 'scope'>): boolean {
  return ['all', 'node', 'provider', 'egress'].includes(scopeKind(scope));
}

export function freezeObject({ since, until, canary, ...rest }: Freeze): Record<string, unknown> {
  return {
    ...rest,
    since: rfc3339(since),
    ...(until === undefined ? {} : { until: rfc3339(until) }),
    ...(canary === undefined ? {} : { canary: { at: rfc3339(canary.at), everyMs: canary.everyMs } }),
  };
}

/** `retrying: 421 4.3.2 try later; next try in 4 s`. */
export function failingInWords({ reply, nextAt }: Failing, now: number): string {
  const said = inOneLine(reply);
  return `retrying: ${said}; next try ${nextAt > now ? fromNow(nextAt, now) : 'now'}`;
}

export function failingObject({ nextAt, reply }: Failing): Record<string, unknown> {
  return { reply, nextTryAt: rfc3339(nextAt) };
}

export type Drain = Pick<DrainEstimate, 'left' | 'perSecond' | 'endsAt'>;

/** `1200 deliveries at 1.7 a second: about 12 minutes left, until 14:32`. */
export function drainInWords({ left, perSecond, endsAt }: Drain, now: number): string {
  const rest = counted(left, 'delivery');
  if (endsAt === undefined) return `${rest}, at a pace that is not known yet`;
  return `${rest} at ${rateForPeople(perSecond)}: about ${lengthOf(endsAt - now)} left, until ${clockTime(wholeMinute(endsAt), now)}`;
}

/** Told without seconds an end is not sooner than it is. */
function wholeMinute(ms: number): number {
  return Math.ceil(ms / 60_000) * 60_000;
}

function rateForPeople(perSecond: number): string {
  if (perSecond >= 10) return `${Math.round(perSecond)} a second`;
  return perSecond >= 1 ? `${perSecond.toFixed(1)} a second` : `${Math.ceil(perSecond * 60)} a minute`;
}

function lengthOf(ms: number): string {
  const minutes = Math.max(1, Math.round(ms / 60_000));
  return minutes < 60 ? counted(minutes, 'minute') : forPeople(ms);
}

/** `14:32`; with its day when that is another. */
export function clockTime(ms: number, now: number): string {
  const [day, time] = localTime(ms).slice(0, -3).split(' ') as [string, string];
  return localTime(now).startsWith(day) ? time : `${day} ${time}`;
}

export function drainObject({ left, perSecond, endsAt }: Drain): Record<string, unknown> {
  return { left, perSecond, ...(endsAt === undefined ? {} : { endsAt: rfc3339(endsAt) }) };
}

/** Several backlogs as one: it ends with the last of them. */
export function together(drains: readonly Drain[]): Drain | undefined {
  if (drains.length === 0) return undefined;
  const ends = drains.flatMap(({ endsAt }) => (endsAt === undefined ? [] : [endsAt]));
  const perSecond = drains.reduce((sum, drain) => sum + drain.perSecond, 0);
  return {
    left: drains.reduce((sum, { left }) => sum + left, 0),
    perSecond: Math.round(perSecond * 100) / 100,
    // While one of them has no end, nor have all.
    ...(ends.length < drains.length ? {} : { endsAt: Math.max(...ends) }),
  };
}
