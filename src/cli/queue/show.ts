import type { QueuedDelivery } from '../../core/queue/admin.ts';
import { groupName, heldInWords } from '../../core/guard/reasons.ts';
import { domainOfCustomer } from '../../core/queue/customer.ts';
import type { TracedMessage } from '../../core/trace/port.ts';
import { blameInWords, saidBy, verbatim } from '../../core/trace/sentences.ts';
import { type Call, type Command, CommandError, EXIT } from '../command.ts';
import { fromNow, localTime, rfc3339, sizeForPeople } from '../output.ts';
import { standingObject } from '../path/of.ts';
import { loadStanding, type PathLike, type Standing } from '../path/standing.ts';
import { drainInWords, failingInWords, faultInWords, freezeInWords, scopeWord } from '../path/words.ts';
import { isGiven } from '../arguments.ts';
import { writeContent } from '../content.ts';
import type { SqlStore } from '../../store/store.ts';
import { openReferences, withStore } from '../with-store.ts';
import { messageOf, pathForPeople } from './filter.ts';

/** Deliveries of one message that are shown. */
const MOST = 1000;

export const queueShow: Command = {
  name: 'queue show',
  usage: 'REFERENCE|ID [--content]',
  summary:
    'Everything about the deliveries of one message: what the far end said, whose fault, the next try.',
  options: {
    content: { type: 'boolean', doc: 'Only the message itself, as its sender gave it, octet by octet.' },
  },
  positionals: [1, 1],
  examples: ['relais queue show R7K2M4QW81ZC', 'relais queue show R7K2M4QW81ZC --content > message.eml'],
  async run(call) {
    const written = call.positionals[0] as string;
    return withStore(call, async (store) => {
      const message = await messageOf(store, written);
      if (isGiven(call, 'content')) {
        const received = await store.receivedBytes(message);
        if (received === undefined)
          throw new CommandError(
            EXIT.nothing,
            `the message ${written} is not kept any more: it is, as long as it waits or is in a mailbox here`,
          );
        await writeContent(store, { message, received }, call.streams.out);
        return EXIT.done;
      }
      const now = Date.now();
      const [deliveries, [traced], references, standing] = await Promise.all([
        store.listQueue({ filter: { message }, limit: MOST }),
        store.trace({ message, limit: 1 }),
        openReferences(store),
        loadStanding(store, { config: call.config, now }),
      ]);
      if (traced === undefined)
        throw new CommandError(EXIT.nothing, `there is no message ${written}; its trace is kept for 30 days`);
      const reference = references.of(message);
      const { origin, messageIdField } = traced;
      const from = [origin.login, origin.client].filter((part) => part !== undefined).join(', ');
      call.output.say(
        [
          `Message   ${reference}, number ${message}${messageIdField === undefined ? '' : `, ${messageIdField}`}`,
          `From      ${traced.sender === '' ? '<> (a notice)' : traced.sender}, by ${origin.kind}${from === '' ? '' : ` (${from})`}`,
          `Size      ${sizeForPeople(traced.sizeBytes)}`,
          `Accepted  ${localTime(traced.acceptedAt)} (${fromNow(traced.acceptedAt, now)})`,
          ...(await endLines(store, { traced, deliveries, now })),
        ].join('\n'),
      );
      for (const delivery of deliveries) {
        tell(call, delivery, {
          reference,
          standing,
          lanes: call.config.queue.lanesMs.length,
          path: (await store.path(delivery.path)) ?? { path: delivery.path },
          customer: domainOfCustomer(delivery.customer),
          tries: triesOf(traced, delivery),
        });
      }
      return EXIT.done;
    });
  },
};

/** When what waits of it ends; what the guard holds gets back the time for which it was held. */
async function endLines(
  store: SqlStore,
  about: { traced: TracedMessage; deliveries: readonly QueuedDelivery[]; now: number },
): Promise<string[]> {
  const { traced, deliveries, now } = about;
  const groups = new Set(deliveries.flatMap(({ holdGroup }) => holdGroup ?? []));
  const held = await Promise.all(
    [...groups].map(async (id) => {
      const end = (await store.holdGroup(id))?.expiresAt;
      if (end === undefined) return [];
      return [
        `Kept      until ${localTime(end)} (${fromNow(end, now)}) in ${groupName(id)}, unless somebody decides; its own time does not run`,
      ];
    }),
  );
  const isAllHeld = deliveries.every(({ holdGroup }) => holdGroup !== undefined);
  const waits = deliveries.some(({ finishedAt }) => finishedAt === undefined);
  const when =
    waits && traced.expiresAt <= now
      ? ', and later by as long as its time stood still'
      : ` (${fromNow(traced.expiresAt, now)})`;
  const expires = `Expires   ${localTime(traced.expiresAt)}${when}`;
  return [...held.flat(), ...(isAllHeld && groups.size > 0 ? [] : [expires])];
}

interface About {
  readonly reference: string;
  readonly standing: Standing;
  readonly lanes: number;
  readonly path: PathLike;
  /** The domain of whose mail it is. */
  readonly customer: string;
  /** Times that a far end was met, or was to be. */
  readonly tries: number;
}

function triesOf({ events }: TracedMessage, { id, attempts }: QueuedDelivery): number {
  const met = events.filter(({ delivery, detail }) => delivery === id && detail.reply?.remote !== undefined);
  return Math.max(met.length, attempts);
}

function tell({ output, config }: Call, delivery: QueuedDelivery, about: About): void {
  const { id, message, acceptedAt, expiresAt, finishedAt, dueAt, last, ...rest } = delivery;
  const object = {
    reference: about.reference,
    delivery: id,
    message,
    ...rest,
    ...pathStanding(about),
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

/** `state` is the delivery's own here. */
function pathStanding({ path, standing, customer }: About): Record<string, unknown> {
  const { state, ...rest } = standingObject(path, standing, customer);
  return { pathState: state, ...rest };
}

function stateLine(delivery: QueuedDelivery, about: About): string {
  const { state, dueAt, finishedAt } = delivery;
  const { now } = about.standing;
  switch (state) {
    case 'held':
      return `held: ${heldInWords(delivery)}`;
    case 'leased':
      return 'being tried right now';
    case 'ready':
      return whileStanding(about) ?? 'ready to be tried';
    case 'waiting':
      return (
        frozen(about) ??
        `waiting, next try ${localTime(dueAt)} (${dueAt > now ? fromNow(dueAt, now) : 'now'})`
      );
    default:
      return `${state}${finishedAt === undefined ? '' : ` at ${localTime(finishedAt)}`}`;
  }
}

/** `frozen since … by ana: repairs`, and whose fault; one line each when several freezes are over its path. */
function frozen({ path, standing, customer }: About): string | undefined {
  const freezes = standing.over(path, customer);
  if (freezes.length === 0) return undefined;
  return freezes
    .map(
      (freeze) =>
        `${freezeInWords(freeze)} (${scopeWord(freeze.scope)})\n  ${faultInWords(freeze, standing.now)}`,
    )
    .join('\n  ');
}

function whileStanding(about: About): string | undefined {
  const { path, standing } = about;
  const still = frozen(about);
  if (still !== undefined) return still;
  const failing = standing.failingOf(path);
  if (failing !== undefined) return failingInWords(failing, standing.now);
  const drain = standing.drainOf(path);
  return drain === undefined
    ? undefined
    : `ready to be tried; its path drains: ${drainInWords(drain, standing.now)}`;
}

function placeLines({ id, path, lane, attempts }: QueuedDelivery, { lanes, tries }: About): string[] {
  // What the store calls a copy for an account here: it never waits, and nobody is asked.
  if (path === 'local') return [`  Delivery  ${id}, into a mailbox here`];
  return [
    `  Delivery  ${id} on path ${pathForPeople(path)}`,
    `  Lane      ${lane === 0 ? 'live' : `${lane} of ${lanes}`}, ${triesInWords(tries, attempts)}`,
  ];
}

/** What is no fault of its own does not count against a delivery (design, promise 3). */
function triesInWords(tries: number, counted: number): string {
  if (tries === 0) return 'not tried yet';
  const times = tries === 1 ? 'tried once' : `tried ${tries} times`;
  if (counted === tries) return times;
  if (counted > 0)
    return `${times}, of which ${counted} ${counted === 1 ? 'counts' : 'count'}: the fault of the others was not its own`;
  const none = tries === 1 ? 'that does not count' : 'none of that counts';
  return `${times}; ${none}, because the fault was not its own`;
}
