/**
 * `npm run lab -- --seeds N [--from S] [--threads T]`: runs N seeds and tells of each that breaks a promise, shrunk, with
 * the command that repeats it. `npm run lab -- --seed S [--only 1,4] [--minutes M]`: one seed, with its history. `--bug
 * NAME` plants one of `bugs.ts`. Exits with 1 when one failed.
 */
import { parseArgs } from 'node:util';
import { systemClock } from '../base/clock.ts';
import { BUGS, type BugName, isBug } from './bugs.ts';
import { runSeeds } from './run-seeds.ts';
import { runScenario, type Scenario, scenarioOf } from './exploration.ts';
import { shrink, storyOf } from './shrink.ts';

const USAGE = `usage: npm run lab -- --seeds N [--from S] [--threads T] [--bug NAME]
       npm run lab -- --seed S [--only FAULT,FAULT|none] [--minutes M] [--bug NAME]
bugs: ${Object.keys(BUGS).join(' ')}
`;
const MINUTE_MS = 60_000;
/** Failures that are shrunk and told in full; of the others only their first breach. */
const MOST_TOLD = 10;

const OPTIONS = {
  seeds: { type: 'string' },
  from: { type: 'string' },
  threads: { type: 'string' },
  seed: { type: 'string' },
  only: { type: 'string' },
  minutes: { type: 'string' },
  bug: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;
type Name = keyof typeof OPTIONS;
type Values = { readonly [name in Exclude<Name, 'help'>]?: string };

/** What each option must be, and in words. */
const FORMS: readonly (readonly [names: readonly Exclude<Name, 'help'>[], form: RegExp, words: string])[] = [
  [['seeds', 'threads', 'minutes'], /^[1-9]\d{0,8}$/, 'a whole number from 1'],
  [['seed', 'from'], /^\d{1,9}$/, 'a whole number from 0'],
  [['only'], /^(none|\d+(,\d+)*)$/, 'numbers of faults such as 1,4, or none'],
];

/** A seed's scenario as the options have it. */
function planted(seed: number, { only, minutes, bug }: Values): Scenario {
  const whole = scenarioOf(seed);
  const kept = only?.split(',').map(Number);
  return {
    ...whole,
    faults: whole.faults.filter(({ number }) => kept === undefined || kept.includes(number)),
    ...(minutes === undefined ? {} : { lengthMs: Number(minutes) * MINUTE_MS }),
    ...bugOf(bug),
  };
}

function bugOf(bug: string | undefined): { bug?: BugName } {
  return bug === undefined ? {} : { bug: bug as BugName };
}

async function one(values: Values): Promise<number> {
  const scenario = planted(Number(values.seed), values);
  const { broken, history, digest } = await runScenario(scenario, { keepHistory: true });
  process.stdout.write(`${history.join('\n')}\n\n`);
  for (const what of broken) process.stdout.write(`BROKEN ${what}\n`);
  process.stdout.write(`${broken.length === 0 ? 'clean' : 'failed'}; the history is ${digest}\n`);
  return broken.length === 0 ? 0 : 1;
}

async function many(values: Values): Promise<number> {
  const count = Number(values.seeds);
  const begun = systemClock.monotonic();
  const threads = values.threads === undefined ? {} : { threads: Number(values.threads) };
  const about = { from: Number(values.from ?? 1), count, ...threads, ...bugOf(values.bug) };
  const results = await runSeeds(about);
  const seconds = (systemClock.monotonic() - begun) / 1000;
  const failed = results.filter(({ broken }) => broken.length > 0);
  for (const [index, { seed, broken }] of failed.entries()) {
    const story = index < MOST_TOLD ? storyOf(await shrink(planted(seed, values))) : broken.slice(0, 1);
    process.stdout.write(`seed ${seed}: ${story.join('\n')}\n`);
  }
  const delivered = results.reduce((sum, result) => sum + result.delivered, 0);
  const hours = results.reduce((sum, { virtualMs }) => sum + virtualMs, 0) / 3_600_000;
  process.stdout.write(
    `${count} seeds, ${failed.length} failed: ${delivered} deliveries in ${hours.toFixed(0)} hours of virtual time, ${seconds.toFixed(1)} s (${(count / seconds).toFixed(1)} seeds a second)\n`,
  );
  return failed.length === 0 ? 0 : 1;
}

/** What is wrong with the options, as a sentence; nothing when they will do. */
function mistakeIn(values: Values): string | undefined {
  for (const [names, form, words] of FORMS)
    for (const name of names) {
      const text = values[name];
      if (text !== undefined && !form.test(text)) return `--${name} ${text}: write ${words}`;
    }
  if (values.bug !== undefined && !isBug(values.bug)) return `there is no bug ${values.bug}`;
  if ((values.seeds === undefined) === (values.seed === undefined)) return 'write one of --seeds and --seed';
  return undefined;
}

function refuse(mistake: string): number {
  process.stderr.write(`lab: ${mistake}\n${USAGE}`);
  return 2;
}

async function main(): Promise<number> {
  let values: Values & { help?: boolean };
  try {
    values = parseArgs({ options: OPTIONS }).values;
  } catch (error) {
    return refuse((error as Error).message);
  }
  if (values.help === true) {
    process.stdout.write(USAGE);
    return 0;
  }
  const mistake = mistakeIn(values);
  if (mistake !== undefined) return refuse(mistake);
  return values.seed === undefined ? many(values) : one(values);
}

process.exitCode = await main();
