import type { QueuedDelivery } from '../../core/queue/admin.ts';
import type { PathRow } from '../../core/queue/port.ts';
import { blameInWords, saidBy, verbatim } from '../../core/trace/sentences.ts';
import { type Call, type Command, CommandError, EXIT } from '../command.ts';
import { fromNow, localTime, rfc3339, sizeForPeople } from '../output.ts';
import { openReferences, withStore } from '../with-store.ts';
import { messageOf, pathForPeople } from './filter.ts';

/** Deliveries of one message that are shown. */
const MOST = 1000;

export const queueShow: Command = {
  name: 'queue show',
  usage: 'REFERENCE|ID',
  summary:
    'Everything about the deliveries of one message: what the far end said, whose fault, the next try.',
  options: {},
  positionals: [1, 1],
  async run(call) {
    const written = call.positionals[0] as string;
    return withStore(call, async (store) => {
      const message = await messageOf(store, written);
      const [deliveries, [traced], references] = await Promise.all([
        store.listQueue({ filter: { message }, limit: MOST }),
        store.trace({ message, limit: 1 }),
        openReferences(store),
      ]);
      if (traced === undefined)
        throw new CommandError(EXIT.nothing, `there is no message ${written}; its trace is kept for 30 days`);
      const now = Date.now();
      const reference = references.of(message);
      const { origin, messageIdField } = traced;
      const from = [origin.login, origin.client].filter((part) => part !== undefined).join(', ');
      call.output.say(
        [
          `Message   ${reference}, number ${message}${messageIdField === undefined ? '' : `, ${messageIdField}`}`,
          `From      ${traced.sender === '' ? '<> (a notice)' : traced.sender}, by ${origin.kind}${from === '' ? '' : ` (${from})`}`,
          `Size      ${sizeForPeople(traced.sizeBytes)}`,
          `Accepted  ${localTime(traced.acceptedAt)} (${fromNow(traced.acceptedAt, now)})`,
          `Expires   ${localTime(traced.expiresAt)} (${fromNow(traced.expiresAt, now)})`,
        ].join('\n'),
      );
      for (const delivery of deliveries) {
        tell(call, delivery, {
          reference,
          now,
          lanes: call.config.queue.lanesMs.length,
          path: await store.path(delivery.path),
        });
      }
      return EXIT.done;
    });
  },
};

interface About {
  readonly reference: string;
  readonly now: number;
  readonly lanes: number;
  readonly path: PathRow | undefined;
}

function tell({ output, config }: Call, delivery: QueuedDelivery, about: About): void {
  const { id, message, acceptedAt, expiresAt, finishedAt, dueAt, last, ...rest } = delivery;
  const object = {
    reference: about.reference,
    delivery: id,
    message,
    ...rest,
    pathState: about.path?.state ?? 'open',
    acceptedAt: rfc3339(acceptedAt),
    expiresAt: rfc3339(expiresAt),
    ...(finishedAt === undefined ? {} : { finishedAt: rfc3339(finishedAt) }),
    ...(delivery.state === 'waiting' ? { nextTryAt: rfc3339(dueAt) } : {}),
    ...(last === undefined ? {} : { last: { ...last, at: rfc3339(last.at) } }),
  };
  const blame =
    last?.blame === undefined ? [] : [`  Fault     ${blameInWords(last.blame, config.dsn.language)}`];
  const said =
    last === undefined
      ? []
      : [
          `  At        ${localTime(last.at)}, after ${last.afterMs} ms, stage ${last.stage}`,
          `  ${saidBy(last, config.dsn.language)}`,
          ...verbatim(last)
            .split('\n')
            .map((line) => `    ${line}`),
        ];
  output.item(
    object,
    [
      '',
      `${delivery.recipient}: ${stateLine(delivery, about)}`,
      ...placeLines(delivery, about),
      ...blame,
      ...said,
    ].join('\n'),
  );
}

function stateLine({ state, dueAt, holdReason, finishedAt }: QueuedDelivery, { now, path }: About): string {
  switch (state) {
    case 'held':
      return `held: ${holdReason ?? 'no reason given'}`;
    case 'leased':
      return 'being tried right now';
    case 'ready':
      return path?.state === 'frozen' ? frozen(path) : 'ready to be tried';
    case 'waiting':
      return path?.state === 'frozen'
        ? frozen(path)
        : `waiting, next try ${localTime(dueAt)} (${dueAt > now ? fromNow(dueAt, now) : 'now'})`;
    default:
      return `${state}${finishedAt === undefined ? '' : ` at ${localTime(finishedAt)}`}`;
  }
}

function frozen({ reason, since }: PathRow): string {
  return `frozen with its path since ${localTime(since)}: ${reason ?? 'no reason given'}`;
}

function placeLines({ id, path, lane, attempts }: QueuedDelivery, { lanes }: About): string[] {
  // What the store calls a copy for an account here: it never waits, and nobody is asked.
  if (path === 'local') return [`  Delivery  ${id}, into a mailbox here`];
  const tries = attempts === 0 ? 'not tried yet' : attempts === 1 ? 'tried once' : `tried ${attempts} times`;
  return [
    `  Delivery  ${id} on path ${pathForPeople(path)}`,
    `  Lane      ${lane === 0 ? 'live' : `${lane} of ${lanes}`}, ${tries}`,
  ];
}
