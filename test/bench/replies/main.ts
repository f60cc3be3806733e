/**
 * `npm run bench:replies -- PATH…`: how well and how fast replies are read, on labelled replies: files of JSON Lines, or
 * folders with a `replies.jsonl`. Prints; asserts nothing. `--json`: one object.
 */
import { parseArgs } from 'node:util';
import { Classifier } from '../../../src/core/reputation/classifier.ts';
import { BLAMES } from '../../../src/core/reputation/meaning.ts';
import { isAside, type Labelled, readLabelled } from './labelled.ts';
import {
  bouncedWrongly,
  confusion,
  leaveOneOut,
  type Read,
  readAll,
  rulesOfOneRow,
  type Share,
  shareOf,
} from './score.ts';

const SCOPES = Object.keys(BLAMES);
const MEASURE_MS = 1_000;
const LONG_BYTES = 2_048;

const { values, positionals } = parseArgs({
  options: { json: { type: 'boolean', default: false } },
  allowPositionals: true,
});

if (positionals.length === 0) {
  process.stderr.write('usage: npm run bench:replies -- FILE|FOLDER … [--json]\n');
  process.exitCode = 2;
} else {
  const report = measured(positionals.flatMap(readLabelled));
  process.stdout.write(values.json ? `${JSON.stringify(report)}\n` : told(report));
}

type Report = ReturnType<typeof measured>;

function measured(rows: readonly Labelled[]) {
  const classifier = new Classifier();
  const reads = readAll(rows, classifier);
  const strangers = leaveOneOut(rows);
  const said = leaveOneOut(rows.filter(({ isCode }) => !isCode));
  const classed = reads.filter(({ row }) => row.class !== undefined);
  return {
    schema: 'relais.bench-replies/1',
    all: shareOf(reads),
    developedOn: shareOf(reads.filter(({ row }) => !isAside(row))),
    heldAside: shareOf(reads.filter(({ row }) => isAside(row))),
    sameClass: {
      right: classed.filter(({ row, meaning }) => row.class === meaning.class).length,
      of: classed.length,
    },
    unknown: reads.filter(({ meaning }) => meaning.class === 'unknown').length,
    leaveOneProviderOut: { ...sum(strangers), inWords: sum(said), byProvider: strangers },
    confusion: { scopes: SCOPES, rows: confusion(reads, SCOPES) },
    bouncedWrongly: bouncedWrongly(reads).map(({ read, stage, after }) => ({
      ...lineOf(read),
      stage,
      after,
    })),
    rulesOfOneRow: rulesOfOneRow(rows),
    rules: classifier.rules.length,
    perSecond: speed(classifier, rows),
    perSecondLong: speed(classifier, rows.map(lengthened)),
    misses: reads.filter(({ right }) => !right).map(lineOf),
  };
}

function sum(shares: readonly Share[]): Share {
  const add = (name: keyof Share): number => shares.reduce((total, one) => total + one[name], 0);
  return { right: add('right'), of: add('of') };
}

function lineOf({ row, meaning }: Read) {
  const { provider, reply, scope, class: name } = row;
  return { provider, text: reply.text, scope, class: name, read: meaning };
}

/** As long as a reply is kept: its words again and again, which is as bad as it can be. */
function lengthened(row: Labelled): Labelled {
  const { text } = row.reply;
  return { ...row, reply: { ...row.reply, text: `${text} ${text} `.repeat(40).slice(0, LONG_BYTES) } };
}

/** Replies a second of processor time: of one core that does nothing else. */
function speed(classifier: Classifier, rows: readonly Labelled[]): number {
  let count = 0;
  const begun = process.cpuUsage();
  let spent = 0;
  while (spent < MEASURE_MS * 1000) {
    for (const { reply } of rows) classifier.classify(reply);
    count += rows.length;
    const { user, system } = process.cpuUsage(begun);
    spent = user + system;
  }
  return Math.round((count * 1e6) / spent);
}

function told(report: Report): string {
  const { leaveOneProviderOut: strangers, misses, bouncedWrongly: bounced } = report;
  const atOnce = bounced.filter(({ after }) => after === 'the first reply');
  const worst = [...strangers.byProvider].sort((a, b) => b.of - b.right - (a.of - a.right)).slice(0, 12);
  return [
    `Right scope, all rows            ${percent(report.all)}`,
    `Right scope, developed on        ${percent(report.developedOn)}`,
    `Right scope, sources held aside  ${percent(report.heldAside)}`,
    `Right scope, provider left out   ${percent(strangers)}, of which with words of its own ${percent(strangers.inWords)}`,
    `Right class, rows that say one   ${percent(report.sameClass)}`,
    `Left unknown                     ${report.unknown}`,
    `Bounced wrongly                  ${atOnce.length} at once, ${bounced.length - atOnce.length} after a second reply like it`,
    `Replies a second                 ${report.perSecond.toLocaleString('en')} as they are, ${report.perSecondLong.toLocaleString('en')} of 2 KiB`,
    `Rules                            ${report.rules}, of one row only: ${report.rulesOfOneRow.join(', ') || 'none'}`,
    '',
    'Written on the row (down), read (across):',
    ...matrix(report),
    '',
    `Providers left out, the worst: ${worst.map(({ provider, right, of }) => `${provider} ${right}/${of}`).join(', ')}`,
    '',
    ...bounced.map(
      ({ after, stage, text, scope, read }) =>
        `bounced after ${after} (${scope}, ${stage}, ${read.rule}): ${short(text)}`,
    ),
    ...misses.map(
      ({ scope, class: name, read, provider, text }) =>
        `miss: ${name} (${scope}) read as ${read.class} by ${read.rule}: ${provider}: ${short(text)}`,
    ),
    '',
  ].join('\n');
}

function matrix({ confusion: { scopes, rows } }: Report): string[] {
  const width = Math.max(...scopes.map((scope) => scope.length));
  const head = scopes.map((scope) => scope.slice(0, 8).padStart(8)).join(' ');
  return [
    `${' '.repeat(width)} ${head}`,
    ...rows.map((row, index) => {
      const cells = row.map((count) => (count === 0 ? '·' : String(count)).padStart(8)).join(' ');
      return `${(scopes[index] as string).padEnd(width)} ${cells}`;
    }),
  ];
}

function percent({ right, of }: Share): string {
  return `${of === 0 ? '–' : ((100 * right) / of).toFixed(1)} %  (${right} of ${of})`;
}

function short(text: string): string {
  return text.length > 160 ? `${text.slice(0, 160)}…` : text;
}
