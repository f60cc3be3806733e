import type { PathSummary } from '../../core/queue/port.ts';
import { type Command, EXIT } from '../command.ts';
import { sayTable } from '../output.ts';
import { withStore } from '../with-store.ts';
import { ago, nameOf, pathObject } from './of.ts';
import { loadAround, type Standing } from './standing.ts';
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
        ago(path.nextDueAt, now),
        path.owner === undefined ? '' : String(path.owner),
      ],
      object: pathObject(path, standing),
      below: whyLines(path, standing).map((line) => `  ${line}`),
    }));
    sayTable(output, { head: HEAD, right: [2, 3, 4, 5, 6] }, listed);
    return EXIT.done;
  },
};

/** What is wide was told before the first path. */
function whyLines(path: PathSummary, standing: Standing): string[] {
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
    ...(drain === undefined ? [] : [drainInWords(drain, standing.now)]),
    ...(failing === undefined ? [] : [failingInWords(failing, standing.now)]),
  ];
}
