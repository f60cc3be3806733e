/** What a replay came to, for the terminal and for programs. */
import type { Measures } from '../../lab/replay/measures.ts';
import { type Result, shownVerdicts, type Verdict, verdicts } from '../../lab/replay/result.ts';
import { WRITTEN } from '../../lab/replay/report/table.ts';
import { number, span } from '../../lab/replay/report/text.ts';
import type { Target } from '../../lab/replay/scenario.ts';
import type { Way } from '../../lab/replay/way.ts';
import { columns } from '../output.ts';

const NAMES: Readonly<Record<Target, string>> = {
  lost: 'lost, or sent back by our own fault',
  expired: 'expired in the queue',
  'extra-wait': 'extra wait (p99) over the ideal',
  inversions: 'overtaken by a younger one',
  'live-delay': 'new mail while the old leaves, p99',
  neighbour: 'the neighbour, worst minute',
  spam: 'spams taken by far ends',
  blocks: 'providers that refused the host',
};

/** A few lines and a table. */
export function summary(result: Result): string {
  const { scenario, ways, seed } = result;
  const rows = shownVerdicts(result).map((verdict) => [
    NAMES[verdict.target],
    wanted(verdict),
    `${WRITTEN[verdict.target](verdict.measured.classic).en}${mark(verdict, 'classic')}`,
    `${WRITTEN[verdict.target](verdict.measured.relais).en}${mark(verdict, 'relais')}`,
  ]);
  const figures = (of: (measures: Measures) => string): string[] => [
    '',
    of(ways.classic.measures),
    of(ways.relais.measures),
  ];
  rows.push(
    ['extra wait, p99', ...figures(({ extraMs }) => span(extraMs.p99).en)],
    ['the same, ideally', ...figures(({ idealMs }) => span(idealMs.p99).en)],
    ['waiting when all works again', ...figures(({ waitingAtBack }) => number(waitingAtBack).en)],
    ['deliveries accepted', ...figures(({ accepted }) => number(accepted).en)],
  );
  const table = columns([['', 'target', 'the way of 2018', 'Relais'], ...rows]).join('\n');
  return `${scenario.title.en} (seed ${seed}, ${scenario.scale} times smaller)\n\n${table}`;
}

function wanted({ asked, bound, limit, target }: Verdict): string {
  if (!asked) return '';
  return limit === 0 ? '0' : `${bound === 'most' ? 'at most' : 'at least'} ${WRITTEN[target](limit).en}`;
}

function mark({ asked, reached }: Verdict, way: Way): string {
  return !asked ? '' : reached[way] ? ' reached' : ' missed';
}

/** Everything, for programs. */
export function jsonOf(result: Result): Readonly<Record<string, unknown>> {
  const { scenario, seed, ways } = result;
  return { schema: 'relais.replay/1', scenario, seed, targets: verdicts(result), ways };
}
