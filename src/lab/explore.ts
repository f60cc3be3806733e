/**
 * `npm run lab -- --seeds N [--from S]`: runs N seeds and prints each that breaks a promise, shrunk, with the command
 * that repeats it. `npm run lab -- --seed S [--only 1,4]`: one seed, with its history. Exits with 1 when one failed.
 */
import { systemClock } from '../base/clock.ts';
import { parseArgs } from 'node:util';
import { commandOf, runScenario, type Scenario, scenarioOf, shrink } from './exploration.ts';

const USAGE = 'usage: npm run lab -- --seeds N [--from S] | --seed S [--only FAULT,FAULT]\n';

async function one(seed: number, only: string | undefined): Promise<number> {
  const whole = scenarioOf(seed);
  const kept = only?.split(',').map(Number);
  const faults = whole.faults.filter(({ number }) => kept === undefined || kept.includes(number));
  const { broken, history, digest } = await runScenario({ ...whole, faults }, { keepHistory: true });
  process.stdout.write(`${history.join('\n')}\n\n`);
  for (const what of broken) process.stdout.write(`BROKEN ${what}\n`);
  process.stdout.write(`${broken.length === 0 ? 'clean' : 'failed'}; the history is ${digest}\n`);
  return broken.length === 0 ? 0 : 1;
}

async function many(from: number, count: number): Promise<number> {
  const begun = systemClock.monotonic();
  let failures = 0;
  for (let seed = from; seed < from + count; seed++) {
    const scenario = scenarioOf(seed);
    const { broken } = await runScenario(scenario);
    if (broken.length === 0) continue;
    failures++;
    process.stdout.write(`seed ${seed}: ${broken[0]}\n`);
    tell(await shrink(scenario));
  }
  const seconds = (systemClock.monotonic() - begun) / 1000;
  process.stdout.write(
    `${count} seeds, ${failures} failed, in ${seconds.toFixed(1)} s (${(count / seconds).toFixed(1)} a second)\n`,
  );
  return failures === 0 ? 0 : 1;
}

function tell(scenario: Scenario): void {
  for (const { atMs, what, forMs } of scenario.faults) {
    const lasts = forMs === undefined ? '' : `, for ${Math.round(forMs / 1000)} s`;
    process.stdout.write(`  ${Math.round(atMs / 1000)} s: ${what}${lasts}\n`);
  }
  process.stdout.write(`  ${commandOf(scenario)}\n`);
}

const { values } = parseArgs({
  options: {
    seeds: { type: 'string' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    only: { type: 'string' },
  },
});
const numbers = [values.seeds, values.from, values.seed].filter((value) => value !== undefined);
if (
  (values.seeds === undefined) === (values.seed === undefined) ||
  !numbers.every((text) => /^\d+$/.test(text))
) {
  process.stderr.write(USAGE);
  process.exitCode = 2;
} else if (values.seed !== undefined) process.exitCode = await one(Number(values.seed), values.only);
else process.exitCode = await many(Number(values.from), Number(values.seeds));
