import { french } from '../../base/french.ts';
import { type Clearing, clearingOf } from '../../core/reputation/clearing.ts';
import type { CaseEvent, ProviderCase } from '../../core/reputation/case.ts';
import { type Suspect, suspectsOf, type Volume } from '../../core/reputation/culprit.ts';
import { evidenceText, ownFaultText, type WrongRecord } from '../../core/reputation/evidence.ts';
import { particularsOf } from '../../core/reputation/particulars.ts';
import { titleOf } from '../../core/reputation/providers.ts';
import { reputationWords } from '../../core/reputation/words.ts';
import type { ReplyClass } from '../../core/reputation/meaning.ts';
import { domainOfCustomer } from '../../core/queue/customer.ts';
import { inOneLine } from '../../core/trace/sentences.ts';
import type { AccountId, Language, PathKey, RemoteReply } from '../../core/envelope.ts';
import type { SqlStore } from '../../store/store.ts';
import { isGiven, readOption, toLanguage } from '../arguments.ts';
import { type Call, type Command, CommandError, EXIT } from '../command.ts';
import { resolverOf } from '../dns.ts';
import type { Finding } from '../doctor/finding.ts';
import { localTime, rfc3339 } from '../output.ts';
import { withStore } from '../with-store.ts';
import { checksOf } from './checks.ts';
import { type Detour, detourOf } from './detour.ts';
import { type Desk, isForgotten, loadDesk, providerMeant, waitingIn } from './desk.ts';
import {
  caseInWords,
  caseObject,
  eventInWords,
  stateInWords,
  TIME_RUNS_ON,
  waitingInWords,
  waitingObject,
} from './words.ts';

const MARKS = { right: 'ok', note: '--', wrong: '!!', unknown: '??' } as const;
/** Volumes are of the day before the block, ms; events and suspects that are told. */
const BEFORE_MS = 86_400_000;
const MOST_VOLUMES = 100;
const MOST_EVENTS = 30;
/** Customers whose records are looked at: those that are most likely behind it. */
const MOST_CHECKED = 3;

export const providerCase: Command = {
  name: 'provider case',
  usage: 'NUMBER|PROVIDER [--no-checks] [--language en|fr]',
  summary:
    'A block from its beginning: their words, who is likely behind it, what we find wrong with us, whom to ask.',
  options: {
    'no-checks': { type: 'boolean', doc: 'Ask nobody in DNS.' },
    language: {
      type: 'string',
      doc: 'Of the text for a customer, and of what it means, what to do and how it ends: en or fr; default dsn.language. All else is in English.',
    },
  },
  positionals: [1, 1],
  examples: ['relais provider case 12', 'relais provider case yahoo --json'],
  async run(call) {
    const language = readOption(call, 'language', toLanguage) ?? call.config.dsn.language;
    return withStore(call, async (store) => {
      const desk = await loadDesk(call, store);
      const one = await caseMeant(call, store, desk);
      const facts = await factsOf(call, store, { desk, one, language });
      call.output.item(objectOf(facts), linesOf(facts, language).join('\n'));
      return EXIT.done;
    });
  },
};

/** By its number, or the latest of a provider. Throws when there is none. */
export async function caseMeant(call: Call, store: SqlStore, desk: Desk): Promise<ProviderCase> {
  const text = call.positionals[0] as string;
  const found = /^\d{1,15}$/.test(text)
    ? await store.providerCase(Number(text))
    : providerMeant(call, desk, text).cases[0];
  if (found !== undefined) return found;
  const missing = /^\d+$/.test(text) ? `there is no case ${text}` : `${text} has no case`;
  throw new CommandError(EXIT.nothing, `${missing}; closed ones are kept for a year`);
}

interface Facts {
  readonly desk: Desk;
  readonly one: ProviderCase;
  readonly events: readonly CaseEvent[];
  readonly waiting: Awaited<ReturnType<typeof waitingIn>>;
  readonly suspects: readonly (Suspect & { readonly address?: string })[];
  readonly checks: readonly Finding[];
  readonly clearing: Clearing | undefined;
  /** Where to ask: the page or address of the list or the provider, and the page that the replies name. */
  readonly ask: readonly string[];
  readonly replies: readonly RemoteReply[];
  readonly evidence: string;
  readonly detour: Detour | undefined;
}

async function factsOf(
  call: Call,
  store: SqlStore,
  { desk, one, language }: { desk: Desk; one: ProviderCase; language: Language },
): Promise<Facts> {
  const events = await store.caseEvents(one.id);
  const replies = events.flatMap(({ detail }) => detail.reply ?? []);
  const paths = desk.paths
    .filter(
      (path) => desk.standing.placeOf(path).provider === one.provider || one.scope === `path:${path.path}`,
    )
    .map(({ path }) => path);
  const [waiting, volumes] = await Promise.all([
    waitingIn(store, desk, one),
    volumesBefore(store, one, paths),
  ]);
  const all = suspectsOf(events, volumes);
  // Of a block of one customer nobody else is behind it, however much they send.
  const suspects = await named(
    store,
    one.customer === undefined ? all : all.filter(({ replies: met }) => met > 0),
  );
  const particulars = replies.map(({ text }) => particularsOf(text));
  const said = [...new Set(particulars.flatMap(({ address }) => address ?? []))];
  const egress = await egressOf(call, one);
  const domains =
    one.customer === undefined ? suspects.map(({ customer }) => domainOfCustomer(customer)) : [one.customer];
  const asked = {
    config: call.config,
    ...egress,
    addresses: addressesAsked(egress.addresses, said),
    domains: [...new Set(domains)].slice(0, MOST_CHECKED),
  };
  const checks = isGiven(call, 'no-checks') ? [] : await checksOf(store, asked);
  const list = particulars.find((said) => said.list !== undefined)?.list;
  const isOwnFault = one.blame === 'sender';
  // Nobody there takes off what a customer has to put right: only the page that says what it lacks helps.
  const clearing = isOwnFault ? undefined : clearingOf({ list, provider: one.provider });
  const since = Math.min(one.openedAt, ...events.map(({ at }) => at));
  return {
    desk,
    one,
    events,
    waiting,
    suspects,
    checks,
    clearing,
    ask: [...new Set([clearing?.ask, particulars.find(({ url }) => url !== undefined)?.url])].filter(
      (one) => one !== undefined,
    ),
    replies,
    detour: detourOf(call.config, desk, one),
    evidence: isOwnFault
      ? ownFaultText(
          { provider: titleOf(one.provider), ...ownFaultOf(one, checks, language), since, replies },
          language,
        )
      : evidenceText({
          provider: titleOf(one.provider),
          ...egress,
          named: said,
          since,
          replies,
          checked: checks
            .filter(({ state }) => state === 'right')
            .map(({ what, fact }) => `${what}: ${fact}`),
        }),
  };
}

/** Who sent there in the day before the block. */
function volumesBefore(
  store: SqlStore,
  { openedAt: until }: ProviderCase,
  paths: readonly PathKey[],
): Promise<Volume[]> {
  return store.recentVolumes({ paths, since: until - BEFORE_MS, until, limit: MOST_VOLUMES });
}

function ownFaultOf(
  { customer, class: name }: ProviderCase,
  checks: readonly Finding[],
  language: Language,
): { customer: string; means: string; wrong: WrongRecord[] } {
  return {
    customer: customer ?? '(write the domain here)',
    means: reputationWords(language).classes[name as ReplyClass].means,
    wrong: checks.flatMap(({ what, record }) => (record === undefined ? [] : [{ what, ...record }])),
  };
}

/** Those that are ours; where nobody knows them, those that the replies name are looked at all the same. */
function addressesAsked(ours: readonly string[], named: readonly string[]): readonly string[] {
  return ours.length > 0 ? ours : named;
}

/** Where its mail leaves from: as written, or what our own name says. */
async function egressOf(
  call: Call,
  { egress }: ProviderCase,
): Promise<{ addresses: readonly string[]; ehlo: string }> {
  const { config } = call;
  const written = config.egress.find(({ name }) => name === egress);
  const ehlo = written?.ehlo ?? config.hostname;
  if (written !== undefined) return { addresses: [written.address], ehlo };
  if (isGiven(call, 'no-checks')) return { addresses: [], ehlo };
  const answer = await resolverOf(config).addresses(config.hostname);
  return { addresses: answer.kind === 'found' ? answer.records : [], ehlo };
}

/** With the address of the account, which is what people know it by. */
function named(
  store: SqlStore,
  suspects: readonly Suspect[],
): Promise<(Suspect & { readonly address?: string })[]> {
  return Promise.all(
    suspects.map(async (suspect) => {
      const id = Number(suspect.customer.split('/')[1]);
      const account = Number.isInteger(id) ? await store.accountById(id as AccountId) : undefined;
      return account === undefined ? suspect : { ...suspect, address: account.address };
    }),
  );
}

function linesOf(facts: Facts, language: Language): string[] {
  const { desk, one, events, waiting, suspects, checks, evidence, detour } = facts;
  const { now, freezes } = desk.standing;
  const meaning = reputationWords(language).classes[one.class as ReplyClass];
  const shown = events.slice(-MOST_EVENTS);
  return [
    `Case ${one.id}: ${caseInWords(one)}`,
    `Opened   ${localTime(one.openedAt)}${renewedInWords(one)}`,
    `Now      ${stateInWords(one, { freezes, detour, now, into: intoOf(events), isForgotten: isForgotten(desk, one) })}`,
    `Waiting  ${waitingInWords(waiting, now)}`,
    ...alsoOpen(facts),
    ...(one.blame === 'sender' && one.state !== 'closed' ? [`Time     ${TIME_RUNS_ON}`] : []),
    `Means    ${meaning.means}`,
    `Do       ${adviceFor(one, meaning.advice)}`,
    '',
    'They said:',
    ...quoted(facts.replies).map((line) => `  ${line}`),
    '',
    'Likely behind it:',
    ...(suspects.length === 0 ? ['  nobody stands out'] : suspects.map((one) => `  ${suspectInWords(one)}`)),
    ...(checks.length === 0 ? [] : ['', 'What we see of us:']),
    ...checks.flatMap(({ state, what, fact, remedy }) => [
      `  ${MARKS[state]}  ${what}: ${fact}`,
      ...(remedy === undefined ? [] : [`      ${remedy}`]),
    ]),
    '',
    ...endLines(facts, language),
    ...evidence.split('\n').map((line) => `  | ${line}`.trimEnd()),
    '',
    'What happened:',
    ...(events.length > shown.length ? [`  … ${events.length - shown.length} before`] : []),
    ...shown.map((event) => `  ${localTime(event.at)}  ${eventInWords(event, one)}`),
  ];
}

function renewedInWords({ renewed }: ProviderCase): string {
  if (renewed === 0) return '';
  return `, renewed ${renewed === 1 ? 'once' : `${renewed} times`}`;
}

/** With the domain in the commands. */
function adviceFor({ customer }: ProviderCase, advice: string): string {
  return customer === undefined ? advice : advice.replace(/\bDOMAINE?\b/, customer);
}

/** Other cases of its provider. */
function alsoOpen({ desk, one }: Facts): string[] {
  const others = desk.cases.filter(
    ({ id, provider, state }) => id !== one.id && provider === one.provider && state !== 'closed',
  );
  return others.map(
    (other) => `Also     case ${other.id} is open: ${caseInWords(other)} (relais provider case ${other.id})`,
  );
}

const ENDS = {
  en: {
    own: (customer: string) => `when ${customer} has put it right; one of its messages tries at each pause`,
    ours: 'when they take a message again; one is tried at each pause',
    customer: 'the customer',
  },
  fr: french({
    own: (customer: string) =>
      `quand ${customer} aura corrigé ce qui manque\u00a0; un de ses messages essaie après chaque pause`,
    ours: 'quand ils accepteront de nouveau un message ; un message essaie après chaque pause',
    customer: 'le client',
  }),
};

/** How it ends, whom to ask, and what to paste below: of a block of ours, or of what a customer has to put right. */
function endLines({ one, clearing, ask }: Facts, language: Language): string[] {
  if (one.blame === 'sender')
    return [
      `How it ends: ${ENDS[language].own(one.customer ?? ENDS[language].customer)}`,
      ...(ask.length === 0 ? [] : [`They say what it lacks: ${ask.join(' or ')}`]),
      '',
      'Ready to paste, to the customer:',
    ];
  return [
    `How it ends: ${clearing?.[language] ?? ENDS[language].ours}`,
    `Ask: ${ask.length === 0 ? 'the postmaster of that host' : ask.join(' or ')}`,
    '',
    'Ready to paste, once the cause is found and ended:',
  ];
}

/** The case that it is part of by now. */
function intoOf(events: readonly CaseEvent[]): number | undefined {
  return events.findLast(({ kind }) => kind === 'closed')?.detail.into;
}

/** Each reply once, with how often it was said. */
function quoted(replies: readonly RemoteReply[]): string[] {
  const counts = new Map<string, number>();
  for (const reply of replies) {
    const text = `${inOneLine(reply)} (at ${reply.stage})`;
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return [...counts].map(([text, count]) => (count === 1 ? text : `${count} times: ${text}`));
}

function suspectInWords({
  customer,
  address,
  replies,
  ofReplies,
  sent,
  ofSent,
}: Facts['suspects'][number]): string {
  const domain = customer.split('/', 1)[0] as string;
  const who = address ?? (customer.endsWith('/-') ? `mail of ${domain} that nobody logged in for` : customer);
  const met = shareInWords(replies, ofReplies, 'refusal');
  const sentThere = shareInWords(sent, ofSent, 'message');
  const share = sentThere === '' ? '' : `${sentThere} there in the day before`;
  return `${who}: ${[met, share].filter((part) => part !== '').join('; ')}`;
}

/** `2 of the 3 refusals`, `the one refusal`. */
function shareInWords(part: number, whole: number, noun: string): string {
  if (whole > 1) return `${part} of the ${whole} ${noun}s`;
  return part === 1 ? `the one ${noun}` : '';
}

function detourObject({ spread, open }: Detour): Record<string, unknown> {
  const { reason, by, until } = spread;
  return { reason, by, until: rfc3339(until), leavesBy: open };
}

function objectOf(facts: Facts): Record<string, unknown> {
  const { one, events, waiting, suspects, checks, clearing, ask, evidence } = facts;
  return {
    ...caseObject(one),
    waiting: waitingObject(waiting),
    replies: facts.replies,
    suspects,
    checks: checks.map(({ what, ...rest }) => ({ check: what, ...rest })),
    ...(one.blame === 'sender' && one.state !== 'closed' ? { timeRunsOn: true } : {}),
    ...(intoOf(events) === undefined ? {} : { into: intoOf(events) }),
    ...(clearing === undefined ? {} : { clears: clearing.en }),
    ask,
    evidence,
    ...(facts.detour === undefined ? {} : { spread: detourObject(facts.detour) }),
    events: events.map(({ at, ...event }) => ({ at: rfc3339(at), ...event })),
  };
}
