import type { DeliveryId, PathKey } from '../../core/envelope.ts';
import { domainOfCustomer } from '../../core/queue/customer.ts';
import { type Freeze, scopesOf } from '../../core/queue/freeze.ts';
import type { DrainEstimate } from '../../core/queue/port.ts';
import type { TracedMessage, TraceQuery } from '../../core/trace/port.ts';
import { forwardsInWords, groupedEvents, groupedVerdicts } from '../../core/trace/grouping.ts';
import {
  blameInWords,
  saidBy,
  type Telling,
  type ToldEvent,
  toldEvents,
  type Verdict,
  inOneLine,
  replyInWords,
  verdictsOn,
} from '../../core/trace/sentences.ts';
import { withStops } from '../../core/trace/stops.ts';
import type { SqlStore } from '../../store/store.ts';
import {
  momentOf,
  optionOf,
  readOption,
  toCount,
  toLanguage,
  toOutsideAddress,
  toSender,
} from '../arguments.ts';
import { type Call, type Command, CommandError, EXIT } from '../command.ts';
import { localTime, rfc3339, sizeForPeople } from '../output.ts';
import { messageOf } from '../queue/filter.ts';
import { loadStanding, type PathLike, type Standing } from '../path/standing.ts';
import { drainObject, freezeObject } from '../path/words.ts';
import { openReferences, withStore } from '../with-store.ts';

const MOST = 20;
/** Freezes that people began or ended among which those of the messages are looked for. */
const MOST_OVER = 1000;

export const traceCommand: Command = {
  name: 'trace',
  usage: '[REFERENCE] [--from ADDRESS] [--to ADDRESS] [--since 24h] [--message-id ID]',
  summary: 'Tells what became of messages, in plain sentences; the newest first.',
  options: {
    'message-id': { type: 'string', doc: 'The Message-ID field, with or without its brackets.' },
    from: { type: 'string', doc: 'From this sender; "<>" for notices.' },
    to: { type: 'string', doc: 'To this recipient, or sent on by it.' },
    since: { type: 'string', doc: 'Accepted since: 24h ago, or a date.' },
    limit: { type: 'string', doc: `At most this many messages; ${MOST} unless given.` },
    language: { type: 'string', doc: 'Of the sentences: en or fr; default dsn.language.' },
  },
  positionals: [0, 1],
  examples: ['relais trace R7K2M4QW81ZC', 'relais trace --to bob@far.example --since 24h'],
  async run(call) {
    const language = readOption(call, 'language', toLanguage) ?? call.config.dsn.language;
    return withStore(call, async (store) => {
      const query = await queryOf(call, store);
      const messages = await store.trace(query);
      if (messages.length === 0) {
        throw new CommandError(
          EXIT.nothing,
          'no message matches: either it never reached this server, or its trace is older than 30 days',
        );
      }
      const references = await openReferences(store);
      const known = await knownOf(call, store, messages);
      const telling: Telling = {
        language,
        reader: 'operator',
        time: language === 'fr' ? frenchTime : localTime,
        now: Date.now(),
        ...standingOf(known, messages),
      };
      for (const message of await withPast(store, known, messages))
        tell(call, message, { telling, reference: references.of(message.message) });
      if (messages.length === query.limit && query.message === undefined)
        call.output.note(`the newest ${query.limit}; --limit shows more`);
      return EXIT.done;
    });
  },
};

async function queryOf(call: Call, store: SqlStore): Promise<TraceQuery> {
  const [reference] = call.positionals;
  const since = momentOf(call, 'since', Date.now());
  const id = optionOf(call, 'message-id');
  const sender = readOption(call, 'from', toSender);
  const recipient = readOption(call, 'to', toOutsideAddress);
  return {
    limit: readOption(call, 'limit', toCount) ?? MOST,
    ...(reference === undefined ? {} : { message: await messageOf(store, reference) }),
    ...(id === undefined ? {} : { messageIdField: id }),
    ...(sender === undefined ? {} : { sender }),
    ...(recipient === undefined ? {} : { recipient }),
    ...(since === undefined ? {} : { since }),
  };
}

/** `2018-03-12 à 08:00:05`. */
function frenchTime(ms: number): string {
  return localTime(ms).replace(' ', ' à ');
}

/** What is known of the paths that the deliveries of these messages are on. */
interface Known {
  readonly standing: Standing;
  readonly paths: ReadonlyMap<PathKey, PathLike>;
}

async function knownOf(call: Call, store: SqlStore, messages: readonly TracedMessage[]): Promise<Known> {
  const keys = new Set(messages.flatMap(({ deliveries }) => deliveries.map(({ path }) => path)));
  const [standing, ...paths] = await Promise.all([
    loadStanding(store, { config: call.config, now: Date.now() }),
    ...[...keys].map(async (path): Promise<PathLike> => (await store.path(path)) ?? { path }),
  ]);
  return { standing, paths: new Map(paths.map((path) => [path.path, path])) };
}

/** What stands still, and what drains, of what something still waits on. */
function standingOf(
  { standing, paths }: Known,
  messages: readonly TracedMessage[],
): { frozen: Map<DeliveryId, Freeze>; draining: Map<PathKey, DrainEstimate> } {
  const frozen = new Map<DeliveryId, Freeze>();
  const draining = new Map<PathKey, DrainEstimate>();
  for (const { id, state, path, customer } of messages.flatMap(({ deliveries }) => deliveries)) {
    if (state !== 'ready' && state !== 'waiting') continue;
    const known = paths.get(path) ?? { path };
    const drain = standing.drainOf(known);
    if (drain !== undefined) draining.set(path, drain);
    const [freeze] = standing.over(known, domainOfCustomer(customer));
    if (freeze !== undefined) frozen.set(id, freeze);
  }
  return { frozen, draining };
}

/** The messages with what their deliveries stood still by that is over. */
async function withPast(
  store: SqlStore,
  { standing, paths }: Known,
  messages: readonly TracedMessage[],
): Promise<TracedMessage[]> {
  const since = Math.min(...messages.map(({ acceptedAt }) => acceptedAt));
  const [{ stoppages }, thawed] = await Promise.all([
    store.freezes(since),
    store.thawed({ since, limit: MOST_OVER }),
  ]);
  return messages.map((message) =>
    withStops(message, { stoppages, thawed }, ({ path, customer }) => {
      // What the store calls a copy for an account here: it never waits.
      if (path === 'local') return [];
      const place = standing.placeOf(paths.get(path) ?? { path });
      return scopesOf({ ...place, customer: domainOfCustomer(customer) });
    }),
  );
}

interface About {
  readonly telling: Telling;
  readonly reference: string;
}

function tell({ output }: Call, message: TracedMessage, { telling, reference }: About): void {
  const { language } = telling;
  const head = [
    reference,
    message.sender === '' ? '<>' : message.sender,
    localTime(message.acceptedAt),
    sizeForPeople(message.sizeBytes),
  ];
  const lines = [
    [...head, ...(message.messageIdField === undefined ? [] : [message.messageIdField])].join('  '),
    ...forwardsInWords(message, telling).map((sentence) => `  ${sentence}`),
    ...groupedVerdicts(message, telling).flatMap((verdict) => [
      `  ${verdict.sentence}`,
      ...(verdict.blame === undefined || verdict.kind === 'frozen'
        ? []
        : [`    ${blameInWords(verdict.blame, language)}`]),
      ...(verdict.reply === undefined ? [] : quoted(verdict.reply, language)),
    ]),
    '',
    ...groupedEvents(message, telling).flatMap((event) => [
      `  ${localTime(event.at)}  ${event.sentence}`,
      ...(event.reply === undefined ? [] : [`    ${' '.repeat(19)}${inOneLine(event.reply, language)}`]),
    ]),
    '',
  ];
  const [verdicts, events] = [verdictsOn(message, telling), toldEvents(message, telling)];
  output.item(objectOf(message, { reference, verdicts, events, telling }), lines.join('\n'));
}

function quoted(reply: NonNullable<Verdict['reply']>, language: Telling['language']): string[] {
  return [
    `    ${saidBy(reply, language)}`,
    ...replyInWords(reply, language)
      .split('\n')
      .map((line) => `      ${line}`),
  ];
}

/** Only for what waits: of the others it means nothing any more. */
function standingObject(
  delivery: TracedMessage['deliveries'][number] | undefined,
  { frozen, draining }: Telling,
): Record<string, unknown> {
  if (delivery?.state !== 'ready' && delivery?.state !== 'waiting') return {};
  const freeze = frozen.get(delivery.id);
  const drain = draining?.get(delivery.path);
  return {
    ...(freeze === undefined ? {} : { freeze: freezeObject(freeze) }),
    ...(drain === undefined ? {} : { drain: drainObject(drain) }),
  };
}

function objectOf(
  message: TracedMessage,
  {
    reference,
    verdicts,
    events,
    telling,
  }: {
    reference: string;
    verdicts: readonly Verdict[];
    events: readonly ToldEvent[];
    telling: Telling;
  },
): Record<string, unknown> {
  return {
    reference,
    message: message.message,
    messageId: message.messageIdField ?? null,
    sender: message.sender,
    acceptedAt: rfc3339(message.acceptedAt),
    expiresAt: rfc3339(message.expiresAt),
    sizeBytes: message.sizeBytes,
    origin: message.origin,
    recipients: verdicts.map(({ nextTryAt, ...verdict }, index) => ({
      ...verdict,
      ...(message.deliveries[index]?.via === undefined ? {} : { via: message.deliveries[index].via }),
      path: message.deliveries[index]?.path,
      attempts: message.deliveries[index]?.attempts,
      ...(nextTryAt === undefined ? {} : { nextTryAt: rfc3339(nextTryAt) }),
      ...standingObject(message.deliveries[index], telling),
    })),
    events: events.map(({ at, until, ...event }) => ({
      at: rfc3339(at),
      ...event,
      ...(until === undefined ? {} : { until: rfc3339(until) }),
    })),
  };
}
