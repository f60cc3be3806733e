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

const { values } = parseArgs({
  options: {
    seeds: { type: 'string' },
    from: { type: 'string', default: '1' },
    threads: { type: 'string' },
    seed: { type: 'string' },
    only: { type: 'string' },
    minutes: { type: 'string' },
    bug: { type: 'string' },
  },
});

/** As the options have it. */
function planted(seed: number, bug: BugName | undefined): Scenario {
  const whole = scenarioOf(seed);
  const kept = values.only?.split(',').map(Number);
  return {
    ...whole,
    faults: whole.faults.filter(({ number }) => kept === undefined || kept.includes(number)),
    ...(values.minutes === undefined ? {} : { lengthMs: Number(values.minutes) * MINUTE_MS }),
    ...(bug === undefined ? {} : { bug }),
  };
}

async function one(seed: number, bug: BugName | undefined): Promise<number> {
  const { broken, history, digest } = await runScenario(planted(seed, bug), { keepHistory: true });
  process.stdout.write(`${history.join('\n')}\n\n`);
  for (const what of broken) process.stdout.write(`BROKEN ${what}\n`);
  process.stdout.write(`${broken.length === 0 ? 'clean' : 'failed'}; the history is ${digest}\n`);
  return broken.length === 0 ? 0 : 1;
}

async function many(count: number, bug: BugName | undefined): Promise<number> {
  const begun = systemClock.monotonic();
  const threads = values.threads === undefined ? {} : { threads: Number(values.threads) };
  const about = { from: Number(values.from), count, ...threads, ...(bug === undefined ? {} : { bug }) };
  const results = await runSeeds(about);
  const seconds = (systemClock.monotonic() - begun) / 1000;
  const failed = results.filter(({ broken }) => broken.length > 0);
  for (const [index, { seed, broken }] of failed.entries()) {
    const story = index < MOST_TOLD ? storyOf(await shrink(planted(seed, bug))) : broken.slice(0, 1);
    process.stdout.write(`seed ${seed}: ${story.join('\n')}\n`);
  }
  const delivered = results.reduce((sum, result) => sum + result.delivered, 0);
  const hours = results.reduce((sum, { virtualMs }) => sum + virtualMs, 0) / 3_600_000;
  process.stdout.write(
    `${count} seeds, ${failed.length} failed: ${delivered} deliveries in ${hours.toFixed(0)} hours of virtual time, ${seconds.toFixed(1)} s (${(count / seconds).toFixed(1)} seeds a second)\n`,
  );
  return failed.length === 0 ? 0 : 1;
}

function usage(): number {
  process.stderr.write(USAGE);
  return 2;
}

function main(): number | Promise<number> {
  const { seeds, seed, bug } = values;
  const numbers = [seeds, values.from, values.threads, seed, values.minutes];
  if ((seeds === undefined) === (seed === undefined)) return usage();
  if (!numbers.every((text) => text === undefined || /^\d+$/.test(text))) return usage();
  if (!/^(none|\d+(,\d+)*)$/.test(values.only ?? 'none')) return usage();
  if (bug !== undefined && !isBug(bug)) return usage();
  return seed === undefined ? many(Number(seeds), bug) : one(Number(seed), bug);
}

process.exitCode = await main();
