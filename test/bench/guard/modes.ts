/** What changes when the day is not a normal one: a drain, a move of everybody, lost state, clocks apart, a relaxation, a signal that is missing. */
import { Guard } from '../../../src/core/guard/guard.ts';
import type { SendEvent } from '../../../src/core/guard/event.ts';
import type { Chance } from '../../chance.ts';
import type { Staged } from './attacks.ts';
import { leaves, score } from './score.ts';
import { DAY, type Host, HOUR } from './traffic.ts';

const STOPPED_MS = 6 * HOUR;
/** How much faster than it came in a backlog is let go. */
const DRAIN_SPEED = 30;
/** Two workers' clocks differ by this. */
const SKEW_MS = 5 * 60_000;
/** What hosts allow an account in an hour, for comparison. */
const STATIC_AN_HOUR = 500;

type Change = (event: SendEvent) => SendEvent;

/** Of honest mail: held more, and less, than in the order in which it was sent, when every fourth day a pipeline stops for six hours. */
export function drained({ name, events }: Host): Record<string, unknown> {
  const before = heldOf(events);
  const after = heldOf(drainOrder(events));
  const extra = [...after].filter((event) => !before.has(event)).length;
  return { trace: name, held: before.size, heldWhenDrained: after.size, extra };
}

/** Each event in the order in which a pipeline lets it go that stands still now and then. */
function drainOrder(events: readonly SendEvent[]): SendEvent[] {
  const release = ({ at }: SendEvent): number => {
    const stop = Math.floor(at / (4 * DAY)) * 4 * DAY + 12 * HOUR;
    const since = at - stop;
    return since < 0 || since >= STOPPED_MS ? at : stop + STOPPED_MS + since / DRAIN_SPEED;
  };
  return events
    .map((event) => ({ event, at: release(event) }))
    .sort((one, other) => one.at - other.at)
    .map(({ event }) => event);
}

/** One day on which everybody's address is another: a migration of the host, an office that moves. */
export function moved({ name, events }: Host): Record<string, unknown> {
  const day = Math.floor(((events[Math.floor(events.length * 0.7)] as SendEvent).at ?? 0) / DAY);
  const shift: Change = (event) =>
    event.ip === undefined || Math.floor(event.at / DAY) < day
      ? event
      : { ...event, ip: event.ip.replace(/^\d+\.\d+/, '100.64') };
  const onThatDay = ({ at }: SendEvent): boolean => Math.floor(at / DAY) === day;
  const before = [...heldOf(events)].filter(onThatDay).length;
  const after = [...heldOf(events.map(shift))].filter(onThatDay).length;
  return { trace: name, messages: events.filter(onThatDay).length, held: before, heldWhenMoved: after };
}

function heldOf(events: readonly SendEvent[], guard = new Guard()): Set<SendEvent> {
  return new Set(events.filter((event) => !leaves(guard, event)));
}

export interface Mode {
  readonly name: string;
  /** Spams let out, for each stolen account. */
  run(staged: Staged, chance: Chance): readonly number[];
}

const all: Change = (event) => event;
const withOut = (...names: (keyof SendEvent)[]): Change => {
  return (event) =>
    Object.fromEntries(
      Object.entries(event).filter(([name]) => !names.includes(name as keyof SendEvent)),
    ) as unknown as SendEvent;
};

/** The same staged week, each time with something different. */
export const MODES: readonly Mode[] = [
  changed('normal', all),
  { name: 'state lost as it begins', run: (staged) => score(sinceFirstSpam(staged)).out },
  {
    name: 'two clocks 5 min apart',
    run: (staged, chance) =>
      score(mapped(staged, (event) => ({ ...event, at: event.at + (chance.next(2) === 0 ? 0 : SKEW_MS) })))
        .out,
  },
  { name: 'relaxed twice for the stolen accounts', run: (staged) => score(staged, relaxedFor(staged)).out },
  changed('without addresses', withOut('ip', 'asn', 'country')),
  changed('without recipients', (event) => ({ ...event, to: event.to.map(() => 'somebody@same.example') })),
  changed('without content', withOut('fingerprint', 'subject', 'linkDomains', 'client')),
  changed('each account by itself', (event) => ({
    ...event,
    ...(event.fingerprint === undefined ? {} : { fingerprint: `${event.account} ${event.fingerprint}` }),
    ...(event.linkDomains === undefined
      ? {}
      : { linkDomains: event.linkDomains.map((link) => `${event.account} ${link}`) }),
  })),
  { name: `static limit, ${STATIC_AN_HOUR} an hour`, run: limited },
  { name: 'off', run: ({ victims, spams }) => perVictim(victims, [...spams]) },
];

function changed(name: string, change: Change): Mode {
  return { name, run: (staged) => score(mapped(staged, change)).out };
}

function mapped({ events, spams, ...staged }: Staged, change: Change): Staged {
  const changedSpams = new Set<SendEvent>();
  const changedEvents = events.map((event) => {
    const other = { ...change(event) };
    if (spams.has(event)) changedSpams.add(other);
    return other;
  });
  return { ...staged, events: changedEvents, spams: changedSpams };
}

function sinceFirstSpam({ events, spams, ...staged }: Staged): Staged {
  const first = events.findIndex((event) => spams.has(event));
  return { ...staged, events: events.slice(first), spams };
}

function relaxedFor({ victims }: Staged): Guard {
  return new Guard({
    relaxations: victims.map((account) => ({ scope: { kind: 'account', account }, factor: 2 })),
  });
}

/** No guard, and a limit of messages in each hour of the clock. */
function limited({ events, spams, victims }: Staged): readonly number[] {
  const counts = new Map<string, number>();
  const out = events.filter((event) => {
    const key = `${event.account} ${Math.floor(event.at / HOUR)}`;
    const count = (counts.get(key) ?? 0) + event.to.length;
    counts.set(key, count);
    return spams.has(event) && count <= STATIC_AN_HOUR;
  });
  return perVictim(victims, out);
}

function perVictim(victims: readonly string[], out: readonly SendEvent[]): readonly number[] {
  const counts = new Map(victims.map((account) => [account, 0]));
  for (const { account, to } of out) counts.set(account, (counts.get(account) ?? 0) + to.length);
  return [...counts.values()];
}
