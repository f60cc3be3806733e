import { forPeople, fromNow, localTime } from '../output.ts';
import { type Watched, watched } from '../../core/reputation/watch.ts';
import { policyOf } from '../../core/reputation/policy.ts';
import { inOneLine } from '../../core/trace/sentences.ts';
import { commandLine } from '../arguments.ts';
import { type Call, type Command, EXIT } from '../command.ts';
import { nameOf } from '../path/of.ts';
import { faultInWords, freezeInWords, freezeObject, scopeWord } from '../path/words.ts';
import { withStore } from '../with-store.ts';
import type { SqlStore } from '../../store/store.ts';
import { providerNamed } from '../../core/reputation/providers.ts';
import { OTHERS, type WarmUpStanding } from '../../core/reputation/warm-up.ts';
import { loadWarmUps, warmUpInWords } from '../path/warm-up.ts';
import type { CaseEvent, ProviderCase } from '../../core/reputation/case.ts';
import { isNothing, type Waiting } from '../../core/queue/admin.ts';
import { isProviderHold, isWarmUpStop } from '../../core/queue/freeze.ts';
import {
  type Desk,
  isForgotten,
  loadDesk,
  providerMeant,
  type Standing,
  spreadsOf,
  waitingIn,
} from './desk.ts';
import { detourOf } from './detour.ts';
import { spreadInWords, spreadObject } from './spreading.ts';
import {
  caseInWords,
  caseObject,
  nameInWords,
  stateInWords,
  TIME_RUNS_ON,
  waitingInWords,
  waitingObject,
} from './words.ts';

/** Paths, and cases that are closed, which are named to a person. */
const MOST_PATHS = 5;
const MOST_CLOSED = 3;

export const providerShow: Command = {
  name: 'provider show',
  usage: 'PROVIDER',
  summary: 'One provider: whether it takes our mail, what is held and why, and what happens next.',
  options: {},
  positionals: [1, 1],
  examples: ['relais provider show yahoo', 'relais provider show outlook.com'],
  async run(call) {
    return withStore(call, async (store) => {
      const desk = await loadDesk(call, store);
      const one = providerMeant(call, desk, call.positionals[0] as string);
      const warmUps = await warmUpsOf(store, call, one);
      const open = one.cases.filter(({ state }) => state !== 'closed');
      const waits = await Promise.all(open.map((found) => waitingIn(store, desk, found)));
      const told = await Promise.all(
        open.map((found, index) =>
          caseLines(call, store, {
            desk,
            one,
            found,
            waiting: waits[index] as (typeof waits)[number],
          }),
        ),
      );
      const object = {
        provider: one.name,
        state: one.state,
        freezes: one.freezes.map(freezeObject),
        cases: open.map((found, index) => ({
          ...caseObject(found),
          waiting: waitingObject(waits[index] as (typeof waits)[number]),
        })),
        spreads: spreadsOf(desk, one).map(spreadObject),
        ...(warmUps.length === 0 ? {} : { warmUps }),
        paths: one.paths.map(({ path }) => path),
      };
      const lists = listLines(await watched(store), desk.standing.now);
      const spread = spreadsOf(desk, one).map((found) =>
        spreadInWords(call, desk, { standing: one, spread: found }),
      );
      const lines = [
        ...headLines(one),
        ...warmUps.map(warmUpLine),
        ...spread,
        ...told.flat(),
        ...lists,
        ...tailLines(call, one),
      ];
      call.output.item(object, lines.join('\n'));
      return EXIT.done;
    });
  },
};

function headLines(one: Standing): string[] {
  const names = one.paths.map(nameOf);
  const more = names.length > MOST_PATHS ? ` and ${names.length - MOST_PATHS} more` : '';
  const words = {
    ok: 'takes our mail, as far as we know',
    held: 'refuses us, or a customer of ours',
    returning: 'takes our mail again',
    frozen: 'stands still',
  };
  return [
    `Provider  ${nameInWords(one.name)}${nameInWords(one.name) === one.name ? '' : ` (${one.name})`}`,
    `State     ${words[one.state]}`,
    ...(names.length === 0 ? [] : [`Paths     ${names.slice(0, MOST_PATHS).join('  ')}${more}`]),
  ];
}

/** A host that is nobody's whom we know shares the allowance of all others. */
async function warmUpsOf(
  store: SqlStore,
  call: Call,
  { name }: Standing,
): Promise<readonly WarmUpStanding[]> {
  const view = await loadWarmUps(store, { config: call.config, now: Date.now() });
  return view.at(providerNamed(name) === undefined ? OTHERS : name);
}

function warmUpLine(found: WarmUpStanding): string {
  return `Warm-up   ${found.egress} is new: ${warmUpInWords(found)}`;
}

async function caseLines(
  call: Call,
  store: SqlStore,
  about: {
    desk: Desk;
    one: Standing;
    found: ProviderCase;
    waiting: Waiting;
  },
): Promise<string[]> {
  const { desk, one, found, waiting } = about;
  const { now } = desk.standing;
  const detour = detourOf(call.config, desk, found);
  const events = await store.caseEvents(found.id);
  const reply = events.findLast(({ kind }) => kind === 'reply')?.detail.reply;
  return [
    '',
    `Case ${found.id}: ${caseInWords(found)}`,
    `  Now      ${stateInWords(found, { freezes: one.freezes, detour, now, isForgotten: isForgotten(desk, found) })}`,
    ...(reply === undefined ? [] : [`  Said     ${inOneLine(reply)}`]),
    ...retriedLine(events, waiting),
    `  Waiting  ${waitingInWords(waiting, now)}`,
    ...(found.blame === 'sender' ? [`  Time     ${TIME_RUNS_ON}`] : []),
    `  More     ${commandLine(call, ['provider', 'case', String(found.id)])}`,
    ...(found.state === 'held'
      ? [`  ${nudgeInWords(found)} ${commandLine(call, ['provider', 'retry', one.name])}`]
      : []),
  ];
}

/** Who only slows us down begins anew with each try that comes too early. */
function nudgeInWords({ blame, class: name }: ProviderCase): string {
  if (blame === 'sender') return 'It is put right?';
  return name === 'ip-throttled'
    ? 'They said that it is over? (A try before that may prolong it.)'
    : 'They unblocked us?';
}

/** What became of the last try that somebody asked for. */
function retriedLine(events: readonly CaseEvent[], waiting: Waiting): string[] {
  const index = events.findLastIndex(({ kind }) => kind === 'retry');
  const asked = events[index];
  if (asked === undefined) return [];
  const answer = events
    .slice(index + 1)
    .find(({ kind }) => kind === 'tried' || kind === 'renewed' || kind === 'returning');
  const became =
    answer !== undefined
      ? `${becameInWords(answer)} ${localTime(answer.at)}`
      : isNothing(waiting)
        ? 'nothing waits that could try'
        : 'no answer yet';
  return [`  Retried  ${localTime(asked.at)} by ${asked.detail.by ?? 'an operator'}: ${became}`];
}

function becameInWords({ kind, detail: { by } }: CaseEvent): string {
  if (kind !== 'returning') return 'not taken';
  return by === undefined ? 'taken' : `no answer before ${by} thawed it`;
}

/** What block lists said of our addresses when they were last asked; nothing when all is well. */
function listLines(seen: Watched | undefined, now: number): string[] {
  const listed = seen?.listings.filter(({ state }) => state === 'listed') ?? [];
  if (seen === undefined || listed.length === 0) return [];
  return [
    '',
    `Block lists that name us, as of ${fromNow(seen.at, now)}:`,
    ...listed.map(({ address, list, what = list }) => `  ${address} is on ${list} (${what})`),
  ];
}

function tailLines(call: Call, one: Standing): string[] {
  const others = one.freezes.filter((freeze) => !isProviderHold(freeze));
  const closed = one.cases.filter(({ state }) => state === 'closed').slice(0, MOST_CLOSED);
  const { throttledMs, blockedMs, listedMs, ceilingMs, source } = policyOf(one.name);
  const now = Date.now();
  return [
    ...others.flatMap((freeze) => [
      '',
      `${scopeWord(freeze.scope)} is ${freezeInWords(freeze)}`,
      `  ${faultInWords(freeze, now)}${isWarmUpStop(freeze) ? '' : ` To let it go: ${commandLine(call, ['path', 'thaw', scopeWord(freeze.scope)])}`}`,
    ]),
    ...(closed.length === 0 ? [] : ['', 'Cases that are closed:']),
    ...closed.map((found) => `  ${found.id}  ${localTime(found.openedAt)}  ${caseInWords(found)}`),
    '',
    `When it refuses us it is left alone for ${forPeople(throttledMs)} (throttled), ${forPeople(blockedMs)} (blocked) or ${forPeople(listedMs)} (on a list), then twice as long each time, ${forPeople(ceilingMs)} at most; longer when it says so. From: ${source}.`,
  ];
}
