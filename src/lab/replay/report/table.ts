/** The one table: every figure of both ways, the targets first. */
import { type Measures, nextNoonMs } from '../measures.ts';
import { type Result, shownVerdicts, type Verdict } from '../result.ts';
import type { Scenario, Target } from '../scenario.ts';
import { type Way, WAYS } from '../way.ts';
import { both, clock, filled, number, percent, same, span } from './text.ts';
import { TARGET_WORDS, WORDS, type Words } from './words.ts';

/** How the figure of a target is written. */
export const WRITTEN: Readonly<Record<Target, (value: number) => Words>> = {
  lost: (value) => number(value),
  expired: (value) => number(value),
  'extra-wait': (value) => filled({ en: '{value} ×', fr: '{value} ×' }, { value: number(value, 2) }),
  inversions: (value) => number(value),
  'live-delay': span,
  neighbour: percent,
  spam: (value) => number(value),
  blocks: (value) => number(value),
};

export function table(result: Result): string {
  const judged = shownVerdicts(result);
  const head = [WORDS.figure, WORDS.wanted, WORDS.classic, WORDS.relais]
    .map((words) => `<th scope="col">${both(words)}</th>`)
    .join('');
  const asked = judged.filter((verdict) => verdict.asked).map(targetRow);
  const others = judged.filter((verdict) => !verdict.asked).map(plainRow);
  const rows = figures(result).map(({ words, of }) => figureRow(words, of, result));
  return `<div class="scroll"><table><thead><tr>${head}</tr></thead><tbody class="asked">${asked.join('')}</tbody><tbody>${[...others, ...rows].join('')}</tbody></table></div>`;
}

function targetRow({ target, limit, bound, measured, reached }: Verdict): string {
  const write = WRITTEN[target];
  const wanted =
    limit === 0
      ? number(0)
      : filled(bound === 'most' ? WORDS.atMost : WORDS.atLeast, { value: write(limit) });
  const cell = (way: Way): string => {
    const [style, words] = reached[way] ? ['good', WORDS.reached] : ['bad', WORDS.missed];
    const mark = reached[way] ? '✓' : '✗';
    return `<td>${both(write(measured[way]))}<small class="${style}">${mark} ${both(words)}</small></td>`;
  };
  return `<tr><th scope="row">${both(TARGET_WORDS[target])}</th><td>${both(wanted)}</td>${WAYS.map(cell).join('')}</tr>`;
}

function plainRow({ target, measured }: Verdict): string {
  const write = WRITTEN[target];
  return row(TARGET_WORDS[target], [WORDS.noTarget, write(measured.classic), write(measured.relais)]);
}

/** How long it took; more than so much when some still waited at the end. */
export function drained({ drainToMs }: Measures, { backMs, lengthMs }: Scenario): Words {
  const took = span(Math.max(0, drainToMs - backMs));
  return drainToMs < lengthMs ? took : filled(same('> {took}'), { took });
}

interface Figure {
  readonly words: Words;
  of(measures: Measures): Words;
}

function figures({ scenario }: Result): Figure[] {
  const back = clock(scenario.backMs, scenario);
  return [
    { words: WORDS.waiting, of: ({ waitingAtBack }) => number(waitingAtBack) },
    { words: WORDS.drain, of: (measures) => drained(measures, scenario) },
    { words: WORDS.extraMedian, of: ({ extraMs }) => span(extraMs.median) },
    { words: WORDS.extra99, of: ({ extraMs }) => span(extraMs.p99) },
    { words: WORDS.ideal99, of: ({ idealMs }) => span(idealMs.p99) },
    { words: WORDS.beside99, of: ({ besideMs }) => span(besideMs.p99) },
    { words: WORDS.liveMedian, of: ({ liveMs }) => span(liveMs.median) },
    ...(nextNoonMs(scenario) <= scenario.lengthMs
      ? [
          {
            words: filled(WORDS.leftNoon, { back }),
            of: ({ leftNextNoon = 0 }: Measures) => number(leftNextNoon),
          },
        ]
      : []),
    { words: WORDS.neighbourDay, of: ({ neighbourDay }) => percent(neighbourDay) },
    { words: WORDS.accepted, of: ({ accepted }) => number(accepted) },
    { words: WORDS.delivered, of: ({ delivered }) => number(delivered) },
    { words: WORDS.refused, of: ({ refused }) => number(refused) },
    { words: WORDS.returned, of: ({ returned }) => number(returned) },
    { words: WORDS.duplicates, of: ({ duplicates }) => number(duplicates) },
    { words: WORDS.spamHeld, of: ({ spamHeld }) => number(spamHeld) },
    { words: WORDS.honestHeld, of: ({ honestHeld }) => number(honestHeld) },
    { words: WORDS.victimsHeld, of: ({ victimsHeld }) => number(victimsHeld) },
    { words: WORDS.attempts, of: ({ attemptsEach }) => number(attemptsEach, 2) },
  ];
}

function figureRow(words: Words, of: Figure['of'], { ways }: Result): string {
  return row(words, [WORDS.noTarget, of(ways.classic.measures), of(ways.relais.measures)]);
}

function row(words: Words, cells: readonly Words[]): string {
  return `<tr><th scope="row">${both(words)}</th>${cells.map((cell) => `<td>${both(cell)}</td>`).join('')}</tr>`;
}
