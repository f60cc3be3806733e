/**
 * A day to replay, as a TOML file says it: the host, its mail, the line that it shares, and what happens when. All
 * figures are those of the real host; `scale` says how much smaller the replay is. The manual, docs/replay.md, explains
 * each option; what is written here is checked as `relais.toml` is, and every mistake is told at once.
 */
import { parseDay } from '../../base/calendar.ts';
import { z } from 'zod';
import { parseRate } from '../../base/units.ts';
import { type ConfigError, wrongKey, wrongValue } from '../../core/config/fault.ts';
import { nearest } from '../../core/config/nearest.ts';
import {
  choice,
  count,
  duration,
  type Option,
  type Options,
  optionalText,
  parsed,
  text,
  type Values,
} from '../../core/config/option.ts';
import { type DocumentShape, parseToml, readDocument } from '../../core/config/parse.ts';
import { PROVIDER_NAMES } from './france.ts';

export const WHAT = [
  'capacity',
  'budget',
  'returning',
  'line-down',
  'provider-down',
  'provider-blocks',
  'resolver-dead',
  'disk-full',
  'one-customer',
  'botnet',
  'move',
] as const;

/** What can be asked of a day, and shown beside what was measured. */
export const TARGETS = [
  'lost',
  'expired',
  'inversions',
  'extra-wait',
  'live-delay',
  'neighbour',
  'spam',
  'blocks',
] as const;
export type Target = (typeof TARGETS)[number];

const WITH_RATE: readonly string[] = ['capacity', 'budget', 'returning', 'move'];
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const LOCAL_TIME = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d)$/;
const TIME_REMEDY = 'write a local date and time such as "2018-03-12 14:00"';
const RATE_REMEDY = 'write a rate such as "80Mbit/s"';
const LEVELS_REMEDY = 'write 24 numbers from 0, one for each hour of the local day, not all of them 0';

/** Local time as if it were UTC, ms. */
function parseLocal(written: string): number | undefined {
  const match = LOCAL_TIME.exec(written);
  const at =
    match === null || parseDay(match[1] as string) === undefined
      ? Number.NaN
      : Date.parse(`${match[1]}T${match[2]}:00Z`);
  return Number.isNaN(at) ? undefined : at;
}

function localTime(doc: string): Option<number, ''> {
  return { schema: parsed(parseLocal, TIME_REMEDY), suffix: '', doc };
}

function rate(value: string, doc: string): Option<number, 'Octets'> {
  const parse = (written: string): number | undefined => {
    if (written === '0') return 0;
    try {
      return parseRate(written) / 8;
    } catch {
      return undefined;
    }
  };
  return { schema: parsed(parse, RATE_REMEDY), suffix: 'Octets', default: value, doc };
}

function levels(doc: string): Option<number[], ''> {
  const error = LEVELS_REMEDY;
  const schema = z
    .array(z.number({ error }).min(0, { error }), { error })
    .length(24, { error })
    .refine((hours) => hours.some((level) => level > 0), { error });
  return { schema, suffix: '', default: Array.from({ length: 24 }, () => 1), doc };
}

function targets(doc: string): Option<Target[], ''> {
  const error = `write a list of ${TARGETS.map((word) => `"${word}"`).join(', ')}`;
  return { schema: z.array(z.enum(TARGETS, { error }), { error }), suffix: '', default: [], doc };
}

const ROOT = {
  title: text(undefined, 'The title of the report, in English.'),
  titleFr: optionalText('The same in French.'),
  summary: text(undefined, 'A sentence: what happens on this day.'),
  summaryFr: optionalText('The same in French.'),
  starts: localTime('When the replay begins, local time.'),
  zone: duration('1h', 'How far local time is ahead of UTC.', { min: '0s', max: '14h' }),
  length: duration('24h', 'How long it is.', { min: '10m', max: '7d' }),
  back: optionalText(
    'When everything works again; extra waits are counted from here. Empty: when the last event ends.',
  ),
  scale: count(1, 'One message, mailbox and octet a second in the replay stands for so many.', {
    max: 1_000_000,
  }),
  targets: targets('What the replay must reach.'),
} satisfies Options;

const TABLES = {
  mail: {
    options: {
      mailboxes: count(10_000, 'Mailboxes of the host.'),
      messagesPerDay: count(50_000, 'Messages that its customers send in a day.'),
      hours: levels('How the day shares them out.'),
      smallHosts: count(12, 'Far ends beside the large providers.', { max: 500 }),
    },
  },
  line: { options: { capacity: rate('1Gbit/s', 'What the line of the host carries outwards.') } },
  budget: {
    options: {
      out: rate('1Gbit/s', 'What deliveries may send: `[budget] out` of relais.toml.'),
      mail: rate('1Gbit/s', 'What mail may use of the line in all, its readers included, who come first.'),
    },
  },
  neighbour: {
    options: {
      peak: rate('0', 'What the service beside mail on the same line sends in its busiest hour.'),
      hours: levels('How the day shares it out; the largest is the busiest hour.'),
    },
  },
  readers: {
    options: {
      peak: rate('0', "What customers' mail programs fetch over the same line in their busiest hour."),
      hours: levels('How the day shares it out; the largest is the busiest hour.'),
    },
  },
} satisfies Record<string, { options: Options }>;

const EVENT = {
  at: localTime('When it begins.'),
  what: choice(undefined, WHAT, 'What happens.'),
  for: duration('0s', 'How long it lasts; 0s: from then on.', { min: '0s', max: '7d' }),
  rate: rate(
    '0',
    'For capacity, budget (mail) and move: the rate from then on; for returning: what is fetched beside the usual.',
  ),
  provider: optionalText('For provider-down and provider-blocks: whose.'),
  messages: count(1, 'For one-customer and botnet: how many.'),
  accounts: count(1, 'For botnet: through how many accounts.'),
} satisfies Options;

const SHAPE: DocumentShape = {
  root: ROOT,
  tables: TABLES,
  lists: { event: { doc: 'What happens.', default: [], options: EVENT } },
};

type Tables = { readonly [K in keyof typeof TABLES]: Values<(typeof TABLES)[K]['options']> };

/** Times are ms since the replay began; rates octets a second of the real host. */
export interface ReplayEvent extends Omit<Values<typeof EVENT>, 'at'> {
  readonly atMs: number;
}

export interface Scenario extends Tables {
  /** The word that calls it, or the name of its file. */
  readonly name: string;
  readonly title: Readonly<Record<'en' | 'fr', string>>;
  readonly summary: Readonly<Record<'en' | 'fr', string>>;
  /** ms since the epoch. */
  readonly startsAt: number;
  readonly zoneMs: number;
  readonly lengthMs: number;
  readonly backMs: number;
  readonly scale: number;
  readonly targets: readonly Target[];
  readonly events: readonly ReplayEvent[];
}

export type ScenarioResult = { readonly scenario: Scenario } | { readonly errors: readonly ConfigError[] };

type Root = Values<typeof ROOT>;
type Draft = Partial<Root> & { [K in keyof Tables]: Partial<Tables[K]> } & {
  event: Partial<Values<typeof EVENT>>[];
};

/** Reads the text of a scenario file. Pure; every mistake is found, not only the first. */
export function parseScenario(name: string, tomlText: string): ScenarioResult {
  const document = parseToml(tomlText);
  if ('error' in document) return { errors: [document.error] };
  const errors: ConfigError[] = [];
  // Built from the same table as its type.
  const draft = readDocument(SHAPE, document.table, errors) as unknown as Draft;
  errors.push(...timeErrors(draft), ...draft.event.flatMap(eventErrors));
  if (errors.length > 0) return { errors };
  return { scenario: scenarioOf(name, draft as Root & Tables & { event: Values<typeof EVENT>[] }) };
}

function scenarioOf(name: string, draft: Root & Tables & { event: Values<typeof EVENT>[] }): Scenario {
  const { title, titleFr = title, summary, summaryFr = summary, starts, zoneMs, lengthMs } = draft;
  const events = draft.event
    .map(({ at, ...rest }) => ({ ...rest, atMs: at - starts }))
    .sort((a, b) => a.atMs - b.atMs);
  const ends = events.map(({ atMs, forMs }) => atMs + forMs);
  const back = draft.back === undefined ? undefined : parseLocal(draft.back);
  const { mail, line, budget, neighbour, readers, scale } = draft;
  return {
    ...{ name, scale, mail, line, budget, neighbour, readers, events, zoneMs, lengthMs },
    title: { en: title, fr: titleFr },
    summary: { en: summary, fr: summaryFr },
    startsAt: starts - zoneMs,
    backMs: back === undefined ? Math.max(0, ...ends) : back - starts,
    targets: draft.targets,
  };
}

function timeErrors({ starts, lengthMs, back, event }: Draft): ConfigError[] {
  if (starts === undefined || lengthMs === undefined) return [];
  const outside = (path: string, at: number | undefined, written: unknown): ConfigError[] =>
    at === undefined || (at >= starts && at < starts + lengthMs)
      ? []
      : [wrongValue(path, written, 'write a time between starts and its end, which is starts and length')];
  const backAt = back === undefined ? undefined : parseLocal(back);
  return [
    ...(back !== undefined && backAt === undefined ? [wrongValue('back', back, TIME_REMEDY)] : []),
    ...outside('back', backAt, back),
    ...event.flatMap(({ at }, index) =>
      outside(`event[${index}].at`, at, at === undefined ? at : written(at)),
    ),
  ];
}

function eventErrors(event: Draft['event'][number], index: number): ConfigError[] {
  const path = `event[${index}]`;
  const { what, provider, forMs } = event;
  if (what === 'provider-down' || what === 'provider-blocks') {
    if (provider === undefined)
      return [wrongKey(`${path}.provider`, 'is missing', `write whose ${what} it is`)];
    if (!PROVIDER_NAMES.includes(provider)) {
      const near = nearest(provider, PROVIDER_NAMES);
      const remedy = near === undefined ? `write one of ${PROVIDER_NAMES.join(', ')}` : `write "${near}"`;
      return [wrongValue(`${path}.provider`, provider, remedy)];
    }
  }
  const needsRate = what !== undefined && WITH_RATE.includes(what);
  if (needsRate && event.rateOctets === 0) {
    return [wrongKey(`${path}.rate`, 'is missing', `${what} is a rate; ${RATE_REMEDY}`)];
  }
  const mustEnd = what !== undefined && what !== 'capacity' && what !== 'budget';
  if (mustEnd && forMs === 0) {
    return [wrongKey(`${path}.for`, 'is missing', 'write how long it lasts, such as for = "2h"')];
  }
  return [];
}

function written(at: number): string {
  return new Date(at).toISOString().slice(0, 16).replace('T', ' ');
}

/** The real host's figure at this moment, from its peak and its hours. */
export function levelAt(
  { peakOctets, hours }: { readonly peakOctets: number; readonly hours: readonly number[] },
  atMs: number,
  { startsAt, zoneMs }: Pick<Scenario, 'startsAt' | 'zoneMs'>,
): number {
  const most = Math.max(...hours);
  const minutes = ((startsAt + zoneMs + atMs) % DAY_MS) / MINUTE_MS;
  // The figure of an hour is that of its middle; between two middles it goes evenly.
  const position = (minutes / 60 - 0.5 + 24) % 24;
  const [from, part] = [Math.floor(position), position % 1];
  const level = (hours[from] as number) * (1 - part) + (hours[(from + 1) % 24] as number) * part;
  return (peakOctets * level) / most;
}

/** Parts of a day's messages for each hour of the replay, so that an average hour is 1. */
export function mailLevels({ mail, startsAt, zoneMs, lengthMs }: Scenario): number[] {
  const sum = mail.hours.reduce((total, level) => total + level, 0);
  const first = new Date(startsAt + zoneMs).getUTCHours();
  return Array.from(
    { length: Math.ceil(lengthMs / 3_600_000) + 1 },
    (_, hour) => ((mail.hours[(first + hour) % 24] as number) * 24) / sum,
  );
}
