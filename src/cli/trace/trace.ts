import type { PathKey } from '../../core/envelope.ts';
import type { PathRow } from '../../core/queue/port.ts';
import type { TracedMessage, TraceQuery } from '../../core/trace/port.ts';
import {
  blameInWords,
  saidBy,
  type Telling,
  type ToldEvent,
  toldEvents,
  type Verdict,
  verbatim,
  verdictsOn,
} from '../../core/trace/sentences.ts';
import type { SqlStore } from '../../store/store.ts';
import { optionOf, toCount, toLanguage, toMoment, toOutsideAddress, toSender } from '../arguments.ts';
import { type Call, type Command, CommandError, EXIT } from '../command.ts';
import { localTime, rfc3339, sizeForPeople } from '../output.ts';
import { messageOf } from '../queue/filter.ts';
import { openReferences, withStore } from '../with-store.ts';

const MOST = 20;

export const traceCommand: Command = {
  name: 'trace',
  usage: '[REFERENCE] [--from ADDRESS] [--to ADDRESS] [--since 24h] [--message-id ID]',
  summary: 'Tells what became of messages, in plain sentences; the newest first.',
  options: {
    'message-id': { type: 'string', doc: 'The Message-ID field, with or without its brackets.' },
    from: { type: 'string', doc: 'From this sender; "<>" for notices.' },
    to: { type: 'string', doc: 'To this recipient.' },
    since: { type: 'string', doc: 'Accepted since: 24h ago, or a date.' },
    limit: { type: 'string', doc: `At most this many messages; ${MOST} unless given.` },
    language: { type: 'string', doc: 'Of the sentences: en or fr; default dsn.language.' },
  },
  positionals: [0, 1],
  examples: ['relais trace R7K2M4QW81ZC', 'relais trace --to bob@far.example --since 24h'],
  async run(call) {
    const language = toLanguage(optionOf(call, 'language')) ?? call.config.dsn.language;
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
      const telling: Telling = {
        language,
        time: localTime,
        now: Date.now(),
        frozen: await frozenOf(store, messages),
      };
      for (const message of messages)
        tell(call, message, { telling, reference: references.of(message.message) });
      if (messages.length === query.limit && query.message === undefined)
        call.output.note(`the newest ${query.limit}; --limit shows more`);
      return EXIT.done;
    });
  },
};

async function queryOf(call: Call, store: SqlStore): Promise<TraceQuery> {
  const [reference] = call.positionals;
  const [id, from, to, since] = ['message-id', 'from', 'to', 'since'].map((name) => optionOf(call, name));
  return {
    limit: toCount(optionOf(call, 'limit')) ?? MOST,
    ...(reference === undefined ? {} : { message: await messageOf(store, reference) }),
    ...(id === undefined ? {} : { messageIdField: id }),
    ...(from === undefined ? {} : { sender: toSender(from) }),
    ...(to === undefined ? {} : { recipient: toOutsideAddress(to) }),
    ...(since === undefined ? {} : { since: toMoment(since, Date.now()) }),
  };
}

/** The frozen ones among the paths that something still waits on. */
async function frozenOf(store: SqlStore, messages: readonly TracedMessage[]): Promise<Map<PathKey, PathRow>> {
  const open = messages.flatMap(({ deliveries }) =>
    deliveries.filter(({ state }) => state === 'ready' || state === 'waiting'),
  );
  const rows = await Promise.all([...new Set(open.map(({ path }) => path))].map((path) => store.path(path)));
  return new Map(rows.flatMap((row) => (row?.state === 'frozen' ? [[row.path, row]] : [])));
}

interface About {
  readonly telling: Telling;
  readonly reference: string;
}

function tell({ output }: Call, message: TracedMessage, { telling, reference }: About): void {
  const verdicts = verdictsOn(message, telling);
  const events = toldEvents(message, telling);
  const { language } = telling;
  const head = [
    reference,
    message.sender === '' ? '<>' : message.sender,
    localTime(message.acceptedAt),
    sizeForPeople(message.sizeBytes),
  ];
  const lines = [
    [...head, ...(message.messageIdField === undefined ? [] : [message.messageIdField])].join('  '),
    ...verdicts.flatMap((verdict) => [
      `  ${verdict.sentence}`,
      ...(verdict.blame === undefined ? [] : [`    ${blameInWords(verdict.blame, language)}`]),
      ...(verdict.reply === undefined ? [] : quoted(verdict.reply, language)),
    ]),
    '',
    ...events.flatMap((event) => [
      `  ${localTime(event.at)}  ${event.sentence}`,
      ...(event.reply === undefined
        ? []
        : [`    ${' '.repeat(19)}${verbatim(event.reply).replaceAll('\n', ' / ')}`]),
    ]),
    '',
  ];
  output.item(objectOf(message, { reference, verdicts, events }), lines.join('\n'));
}

function quoted(reply: NonNullable<Verdict['reply']>, language: Telling['language']): string[] {
  return [
    `    ${saidBy(reply, language)}`,
    ...verbatim(reply)
      .split('\n')
      .map((line) => `      ${line}`),
  ];
}

function objectOf(
  message: TracedMessage,
  {
    reference,
    verdicts,
    events,
  }: { reference: string; verdicts: readonly Verdict[]; events: readonly ToldEvent[] },
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
      path: message.deliveries[index]?.path,
      attempts: message.deliveries[index]?.attempts,
      ...(nextTryAt === undefined ? {} : { nextTryAt: rfc3339(nextTryAt) }),
    })),
    events: events.map(({ at, ...event }) => ({ at: rfc3339(at), ...event })),
  };
}
