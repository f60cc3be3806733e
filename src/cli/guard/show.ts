import { MAX_LOOKED_AT } from '../../core/guard/event.ts';
import { readDecided } from '../../core/guard/log-data.ts';
import { type HoldGroup, type LogEntry, OTHER } from '../../core/guard/port.ts';
import { groupName, ONLY_WAITED, reasonInWords } from '../../core/guard/reasons.ts';
import { relaxationName } from '../../core/guard/relaxation.ts';
import type { SqlStore } from '../../store/store.ts';
import type { QueuedDelivery } from '../../core/queue/admin.ts';
import { commandLine, readOption, toCount } from '../arguments.ts';
import { type Call, type Command, CommandError, EXIT } from '../command.ts';
import { counted, fromNow, localTime, rfc3339, sizeForPeople } from '../output.ts';
import { openReferences, withStore } from '../with-store.ts';
import { decisionLines, groupObject, type Named, named, STATES, termObject } from './words.ts';

/** Messages of a group, and decisions about an account, that are shown unless more are asked for. */
const SHOWN = 10;
const OWNER_MAY = 'may release it alone, by answering the notice about it';

export const guardShow: Command = {
  name: 'guard show',
  usage: 'GROUP|ACCOUNT [--limit N]',
  summary: 'Why mail is held, term by term; of an account, what was decided about its last messages.',
  options: {
    limit: { type: 'string', doc: `At most so many messages, or decisions; ${SHOWN} unless given.` },
  },
  positionals: [1, 1],
  examples: ['relais guard show H4711', 'relais guard show ana@example.org'],
  run: (call) =>
    withStore(call, async (store) => {
      const what = await named(store, call.positionals[0] as string);
      if (what.kind === 'group') await showGroup(call, store, what.group);
      else await showAccount(call, store, what);
      return EXIT.done;
    }),
};

async function showGroup(call: Call, store: SqlStore, group: HoldGroup): Promise<void> {
  const limit = readOption(call, 'limit', toCount) ?? SHOWN;
  const filter = { holdGroup: group.id, state: 'held' } as const;
  const [held, { deliveries }, references] = await Promise.all([
    store.listQueue({ filter, limit }),
    store.countQueue(filter),
    openReferences(store),
  ]);
  const messages = held
    .sort((one, other) => one.acceptedAt - other.acceptedAt)
    .map((delivery) => ({ ...deliveryObject(delivery), reference: references.of(delivery.message) }));
  const name = groupName(group.id);
  const first = messages.find(({ judged }) => judged) ?? messages[0];
  call.output.item(
    { ...groupObject(group), held: messages },
    [
      ...groupLines(group),
      ...(first === undefined
        ? []
        : [
            '',
            held.length === deliveries
              ? 'All of it:'
              : `${held.length} of ${counted(deliveries, 'recipient')}:`,
          ]),
      ...messages.map(
        ({ reference, recipient, judged }) =>
          `  ${reference}  ${recipient}${judged ? '' : '  (it only waited when its account was stopped)'}`,
      ),
      ...(held.length === deliveries
        ? []
        : [`  All of it: ${commandLine(call, ['queue', 'list', '--group', name])}`]),
    ].join('\n'),
  );
  if (first !== undefined)
    call.output.say(
      `\nTo read one:         ${commandLine(call, ['queue', 'show', first.reference, '--content'])}`,
    );
  if (group.state !== 'open') return;
  call.output.say(
    `It was its owner's:  ${commandLine(call, ['guard', 'release', name, '--reason', 'asked its owner'])}`,
  );
  call.output.say(
    `It was not:          ${commandLine(call, ['guard', 'drop', name, '--reason', 'password stolen'])}`,
  );
}

/** What only waited in the queue was judged before its account was stopped, and had passed. */
function deliveryObject({ recipient, acceptedAt, holdReason }: QueuedDelivery) {
  return { recipient, acceptedAt: rfc3339(acceptedAt), judged: holdReason !== ONLY_WAITED };
}

function groupLines(group: HoldGroup): string[] {
  const { decidedAt, decidedBy, reason } = group;
  return [
    `Group     ${groupName(group.id)}, ${STATES[group.state]}${decidedAt === undefined ? '' : ` since ${localTime(decidedAt)} by ${decidedBy}: ${reason}`}`,
    `Account   ${group.login}`,
    `Mail      ${counted(group.messages, 'message')} to ${counted(group.recipients, 'recipient')}, ${sizeForPeople(group.sizeBytes)}`,
    `Came      ${localTime(group.firstAt)} to ${localTime(group.lastAt)}`,
    ...(group.state === 'open'
      ? [`Kept      until ${localTime(group.expiresAt)}, unless somebody decides`]
      : []),
    ...(group.state === 'open'
      ? [`Owner     ${group.owners ? OWNER_MAY : 'cannot release it alone; you can'}`]
      : []),
    ...(group.subject === '' ? [] : [`Subject   ${group.subject}`]),
    `In common ${inCommon(group.campaign)}`,
    ...whyLines(group),
  ];
}

function whyLines({ sample, messages }: HoldGroup): string[] {
  const decided = readDecided(sample);
  if (decided === undefined) return [`Why       ${reasonInWords(ONLY_WAITED, 'en')}`];
  const { limit } = decided;
  const from = limit === undefined ? '' : `; held from ${limit} on`;
  const whose = messages === 1 ? '' : 'of its first message; ';
  return [
    `Why       (${whose}how much each speaks against its owner, rounded${from})`,
    ...decisionLines(decided).map((line) => `  ${line}`),
  ];
}

function inCommon(campaign: string): string {
  if (campaign === OTHER) return 'nothing: what is beyond the other groups, or only waited';
  return /\.[a-z-]{2,}$/.test(campaign) ? `links to ${campaign}` : `their text (${campaign})`;
}

async function showAccount(
  call: Call,
  store: SqlStore,
  { login, groups }: Extract<Named, { kind: 'account' }>,
): Promise<void> {
  const now = Date.now();
  const [account, log, references] = await Promise.all([
    store.account(login),
    store.guardLog({ account: login, limit: readOption(call, 'limit', toCount) ?? SHOWN }),
    openReferences(store),
  ]);
  const lines = log.map((line) => ({
    ...line,
    ...(line.message === undefined ? {} : { reference: references.of(line.message) }),
  }));
  if (account === undefined && lines.length === 0)
    throw new CommandError(EXIT.nothing, `there is no account ${login}, and the guard knows nothing of it`);
  const stopped = account?.lockedReason;
  call.output.item(
    {
      schema: 'relais.guard-account/1',
      account: login,
      maySend: account !== undefined && stopped === undefined,
      ...(stopped === undefined ? {} : { reason: stopped }),
      holds: groups.map(groupObject),
      log: lines.map(lineObject),
    },
    [
      `Account   ${login}`,
      `Sending   ${stopped === undefined ? 'allowed' : `stopped: ${stopped}`}`,
      ...groups.map(
        (group) =>
          `Held      ${groupName(group.id)}: ${[counted(group.messages, 'message'), group.subject].filter(Boolean).join(', ')}`,
      ),
      '',
      lines.length === 0
        ? 'It sent nothing in the last 30 days.'
        : 'What it sent last, and what was said of it:',
      ...lines.flatMap((line) => lineLines(line, now)),
    ].join('\n'),
  );
  const last = lines.find(({ reference }) => reference !== undefined)?.reference;
  if (last !== undefined) call.output.say(`\nWhat became of one:  ${commandLine(call, ['trace', last])}`);
  if (stopped !== undefined)
    call.output.say(
      `\nIf its password was stolen, change that first: ${commandLine(call, ['account', 'passwd', login])}\nTo let it send again: ${commandLine(call, ['guard', 'unlock', login])}`,
    );
}

const KINDS: Readonly<Record<LogEntry['kind'], string>> = {
  pass: 'passed',
  pool: 'passed, doubted',
  hold: 'held',
  stop: 'held: the account is stopped',
  'unknown-recipient': 'a recipient does not exist',
  refused: 'a far end refused what it sent',
  login: 'somebody came in from a new network after wrong passwords',
  released: 'held mail was released',
  dropped: 'held mail was dropped: its texts do not pass again',
  learnt: 'its past elsewhere was learnt',
  locked: 'it may not send any more',
  unlocked: 'it may send again',
};

type Line = LogEntry & { readonly reference?: string };

function lineLines(line: Line, now: number): string[] {
  const decided = line.kind === 'released' ? undefined : readDecided(line.data);
  const { at, kind, group, reference } = line;
  return [
    `  ${localTime(at)} (${fromNow(at, now)})  ${KINDS[kind]}${group === undefined ? '' : ` as ${groupName(group)}`}${reference === undefined ? '' : `  ${reference}`}`,
    ...(decided === undefined ? [] : [`    ${decisionLines(decided).join('; ')}`]),
  ];
}

function lineObject(line: Line): Record<string, unknown> {
  const decided = line.kind === 'released' ? undefined : readDecided(line.data);
  return {
    at: rfc3339(line.at),
    kind: line.kind,
    ...(line.reference === undefined ? {} : { reference: line.reference }),
    ...(line.group === undefined ? {} : { group: groupName(line.group) }),
    ...(decided === undefined
      ? {}
      : {
          score: decided.score,
          recipients: decided.event.to.length,
          ...(decided.event.to.length < MAX_LOOKED_AT ? {} : { recipientsAtLeast: true }),
          terms: decided.terms.map(termObject),
          ...(decided.relaxed === undefined ? {} : { relaxed: relaxationName(decided.relaxed) }),
        }),
  };
}
