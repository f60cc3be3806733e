import { scopesOf } from '../../core/queue/freeze.ts';
import type { PathSummary } from '../../core/queue/port.ts';
import { inOneLine } from '../../core/trace/sentences.ts';
import { commandLine } from '../arguments.ts';
import { type Command, EXIT } from '../command.ts';
import { counted, fromNow, localTime } from '../output.ts';
import { openReferences, withStore } from '../with-store.ts';
import { nameOf, nextTryOf, pathObject, pathOf } from './of.ts';
import { loadAround, type Standing } from './standing.ts';
import { loadWarmUps, warmUpInWords } from './warm-up.ts';
import {
  drainInWords,
  failingInWords,
  faultInWords,
  freezeInWords,
  scopeWord,
  thawedInWords,
  thawedObject,
} from './words.ts';

/** Its oldest deliveries that are shown. */
const SHOWN = 10;
/** Freezes that people began or ended and that are over: those of so many days, and so many of them. */
const OVER_DAYS = 7;
const MOST_OVER = 5;
/** Among which those of this path are looked for. */
const LOOKED_AT = 500;

export const pathShow: Command = {
  name: 'path show',
  usage: 'PATH',
  summary: 'One destination, with its oldest deliveries and what was last said to them.',
  options: {},
  positionals: [1, 1],
  examples: [
    "relais path show 'mx.far.example>default'",
    'relais path show mx.far.example',
    'relais path show unrouted',
  ],
  async run(call) {
    return withStore(call, async (store) => {
      const now = Date.now();
      const { paths, standing } = await loadAround(store, { config: call.config, now });
      const path = pathOf(call, paths);
      const [oldest, references, thawed, warmUps] = await Promise.all([
        store.listQueue({ filter: { path: path.path }, limit: SHOWN }),
        openReferences(store),
        store.thawed({ since: now - OVER_DAYS * 86_400_000, limit: LOOKED_AT }),
        loadWarmUps(store, { config: call.config, now }),
      ]);
      const place = standing.placeOf(path);
      const scopes = scopesOf(place);
      const over = thawed.filter(({ scope }) => scopes.includes(scope)).slice(0, MOST_OVER);
      const warmUp = warmUps.of(place);
      const lines = [
        ...pathLines(path, standing),
        ...(warmUp === undefined ? [] : [`Warm-up   ${warmUpInWords(warmUp)}`]),
        ...over.map((one, index) => `${index === 0 ? 'Before    ' : '          '}${thawedInWords(one)}`),
        ...(oldest.length === 0 ? [] : ['', 'Its oldest deliveries:']),
        ...oldest.flatMap(({ message, recipient, state, last }) => [
          `  ${references.of(message)}  ${recipient}  ${state}`,
          ...(last === undefined ? [] : [`    (${inOneLine(last)})`]),
        ]),
      ];
      const sample = oldest.map(({ message, recipient, state, last }) => ({
        reference: references.of(message),
        recipient,
        state,
        last,
      }));
      const warming = warmUp === undefined ? {} : { warmUp };
      call.output.item(
        { ...pathObject(path, standing), ...warming, oldest: sample, thawed: over.map(thawedObject) },
        lines.join('\n'),
      );
      if (oldest.length === SHOWN)
        call.output.say(`All of them: ${commandLine(call, ['queue', 'list', '--path', nameOf(path)])}`);
      return EXIT.done;
    });
  },
};

function pathLines(path: PathSummary, standing: Standing): string[] {
  const { now } = standing;
  const { provider } = standing.placeOf(path);
  const { oldestAt, pace, owner } = path;
  const nextAt = nextTryOf(path, standing);
  return [
    `Path      ${nameOf(path)}`,
    ...(provider === undefined ? [] : [`Provider  ${provider}`]),
    ...stateLines(path, standing).map((line, index) => `${index === 0 ? 'State     ' : '          '}${line}`),
    ...(pace === undefined ? [] : [`Bears     ${counted(pace.level, 'connection')} at a time`]),
    `Mail      ${path.ready} ready, ${path.waiting} waiting, ${path.leased} being tried, ${path.held} held`,
    ...(oldestAt === undefined
      ? []
      : [`Oldest    accepted ${localTime(oldestAt)} (${fromNow(oldestAt, now)})`]),
    ...(nextAt === undefined ? [] : [`Next try  ${localTime(nextAt)} (${fromNow(nextAt, now)})`]),
    `Owner     ${owner === undefined ? 'none: no worker has it now' : `worker ${owner}`}`,
  ];
}

/** Its own freeze first needs no name. */
function stateLines(path: PathSummary, standing: Standing): string[] {
  const drain = standing.drainOf(path);
  if (drain !== undefined) return [`draining: ${drainInWords(drain, standing.now)}`];
  const failing = standing.failingOf(path);
  if (failing !== undefined) return [failingInWords(failing, standing.now)];
  const freezes = standing.over(path);
  if (freezes.length === 0) return ['open'];
  return freezes.flatMap((freeze) => {
    const own = freeze.scope === `path:${path.path}`;
    return [
      `${own ? '' : `with ${scopeWord(freeze.scope)}, `}${freezeInWords(freeze)}`,
      faultInWords(freeze, standing.now),
    ];
  });
}
