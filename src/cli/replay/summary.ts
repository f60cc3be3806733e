/** What a replay came to, for the terminal and for programs. */
import type { Measures } from '../../lab/replay/measures.ts';
import { type Result, shownVerdicts, type Verdict, verdicts } from '../../lab/replay/result.ts';
import type { Target } from '../../lab/replay/scenario.ts';
import { columns, forPeople } from '../output.ts';

const NAMES: Readonly<Record<Target, string>> = {
  lost: 'lost, or sent back by our own fault',
  expired: 'expired in the queue',
  'extra-wait': 'extra wait (p99) over the ideal',
  inversions: 'overtaken by a younger one',
  'live-delay': 'new mail while the old leaves, p99',
  neighbour: 'the neighbour, worst minute',
};

/** How the figure of a target is written. */
function written(target: Target, value: number): string {
  switch (target) {
    case 'extra-wait':
      return `${value.toFixed(2)} x`;
    case 'live-delay':
      return value < 60_000 ? `${(value / 1000).toFixed(1)} s` : forPeople(value);
    case 'neighbour':
      return `${(Math.floor(value * 1000 + 1e-9) / 10).toFixed(1)} %`;
    default:
      return String(value);
  }
}

/** A few lines and a table. */
export function summary(result: Result): string {
  const { scenario, ways, seed } = result;
  const rows = shownVerdicts(result).map((verdict) => [
    NAMES[verdict.target],
    wanted(verdict),
    `${written(verdict.target, verdict.measured.classic)}${mark(verdict, 'classic')}`,
    `${written(verdict.target, verdict.measured.relais)}${mark(verdict, 'relais')}`,
  ]);
  const figures = (of: (measures: Measures) => string): string[] => [
    '',
    of(ways.classic.measures),
    of(ways.relais.measures),
  ];
  rows.push(
    ['extra wait, p99', ...figures(({ extraMs }) => forPeople(extraMs.p99))],
    ['the same, ideally', ...figures(({ idealMs }) => forPeople(idealMs.p99))],
    ['waiting when all works again', ...figures(({ waitingAtBack }) => String(waitingAtBack))],
    ['deliveries accepted', ...figures(({ accepted }) => String(accepted))],
  );
  const table = columns([['', 'target', 'the way of 2018', 'Relais'], ...rows]).join('\n');
  return `${scenario.title.en} (seed ${seed}, ${scenario.scale} times smaller)\n\n${table}`;
}

function wanted({ asked, bound, limit, target }: Verdict): string {
  if (!asked) return '';
  return limit === 0 ? '0' : `${bound === 'most' ? 'at most' : 'at least'} ${written(target, limit)}`;
}

function mark({ asked, reached }: Verdict, way: 'classic' | 'relais'): string {
  return !asked ? '' : reached[way] ? ' reached' : ' missed';
}

/** Everything, for programs. */
export function jsonOf(result: Result): Readonly<Record<string, unknown>> {
  const { scenario, seed, ways } = result;
  return { schema: 'relais.replay/1', scenario, seed, targets: verdicts(result), ways };
}
