import type { PathSummary } from '../../core/queue/port.ts';
import { type Command, EXIT } from '../command.ts';
import { sayTable } from '../output.ts';
import { withStore } from '../with-store.ts';
import { ago, nameOf, nextTryOf, pathObject } from './of.ts';
import { type Around, apartOn, loadAround } from './standing.ts';
import {
  drainInWords,
  failingInWords,
  faultInWords,
  freezeInWords,
  freezesLines,
  isWide,
  scopeWord,
} from './words.ts';

const HEAD = [
  'Path',
  'State',
  'Connections',
  'Ready',
  'Waiting',
  'Trying',
  'Held',
  'Oldest',
  'Next try',
  'Owner',
];

export const pathList: Command = {
  name: 'path list',
  usage: '',
  summary:
    'Every destination: what stands still or drains, the connections it bears, what waits for it, and its worker.',
  options: {},
  positionals: [0, 0],
  async run(call) {
    const { output, config } = call;
    const now = Date.now();
    const around = await withStore(call, (store) => loadAround(store, { config, now }));
    const { paths, standing } = around;
    // Those that are over no path here would be told nowhere else.
    const seen = new Set(paths.flatMap((path) => standing.over(path)));
    const first = standing.freezes.filter((freeze) => isWide(freeze) || !seen.has(freeze));
    for (const line of freezesLines(call, first, around)) output.say(line);
    if (first.length > 0) output.say('');
    if (paths.length === 0) {
      output.say('No path yet: nothing was sent anywhere.');
      return EXIT.done;
    }
    const listed = paths.map((path) => ({
      cells: [
        nameOf(path),
        standing.stateOf(path),
        path.pace === undefined ? '' : String(path.pace.level),
        ...[path.ready, path.waiting, path.leased, path.held].map(String),
        ago(path.oldestAt, now),
        ago(nextTryOf(path, standing), now),
        path.owner === undefined ? '' : String(path.owner),
      ],
      object: { ...pathObject(path, standing), ...apartObject(path, around) },
      below: whyLines(path, around).map((line) => `  ${line}`),
    }));
    sayTable(output, { head: HEAD, right: [2, 3, 4, 5, 6] }, listed);
    return EXIT.done;
  },
};

/** What is wide was told before the first path. */
function whyLines(path: PathSummary, around: Around): string[] {
  const { standing } = around;
  const drain = standing.drainOf(path);
  const failing = standing.failingOf(path);
  return [
    ...standing
      .over(path)
      .flatMap((freeze) =>
        isWide(freeze)
          ? [`frozen with ${scopeWord(freeze.scope)}`]
          : [freezeInWords(freeze), faultInWords(freeze, standing.now)],
      ),
    ...apartLine(path, around),
    ...(drain === undefined ? [] : [drainInWords(drain, standing.now)]),
    ...(failing === undefined ? [] : [failingInWords(failing, standing.now)]),
  ];
}

/** A customer's freeze is told before the first path; on the path its mail is among what is ready or waiting. */
function apartLine(path: PathSummary, around: Around): string[] {
  const apart = apartOn(path, around);
  if (apart === 0) return [];
  const stand = apart === 1 ? 'stands still for its customer' : 'stand still for their customers';
  return [`${apart} of its ${path.ready + path.waiting} ready or waiting ${stand}`];
}

function apartObject(path: PathSummary, around: Around): { apart?: number } {
  const apart = apartOn(path, around);
  return apart === 0 ? {} : { apart };
}
