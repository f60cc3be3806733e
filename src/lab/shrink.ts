/** A failing run made small: the fewest faults and the shortest time that still fail, the command, and its story. */
import { type Findings, runScenario, type Scenario, scenarioOf } from './exploration.ts';

const MINUTE_MS = 60_000;
/** Lines of a story. */
const MOST_LINES = 30;
/** What is part of every story. */
const TURNS = new Set(['script', 'heal', 'crash', 'boot', 'freeze', 'thaw']);

export interface Shrunk {
  readonly scenario: Scenario;
  readonly findings: Findings;
}

/** Leaves out one fault after the other, then time, for as long as it still fails. */
export async function shrink(scenario: Scenario): Promise<Shrunk> {
  const fails = async (one: Scenario): Promise<boolean> => (await runScenario(one)).broken.length > 0;
  let smallest = scenario;
  for (const { number } of scenario.faults) {
    const without = { ...smallest, faults: smallest.faults.filter((fault) => fault.number !== number) };
    if (await fails(without)) smallest = without;
  }
  for (;;) {
    const minutes = Math.floor(smallest.lengthMs / 2 / MINUTE_MS);
    const shorter = { ...smallest, lengthMs: minutes * MINUTE_MS };
    if (minutes === 0 || !(await fails(shorter))) break;
    smallest = shorter;
  }
  return { scenario: smallest, findings: await runScenario(smallest, { keepHistory: true }) };
}

/** The one command that repeats a run. */
export function commandOf({ options: { seed }, faults, lengthMs, bug }: Scenario): string {
  const whole = scenarioOf(seed);
  const only = faults.map(({ number }) => number).join(',') || 'none';
  return [
    `npm run lab -- --seed ${seed}`,
    ...(faults.length === whole.faults.length ? [] : [`--only ${only}`]),
    ...(lengthMs === whole.lengthMs ? [] : [`--minutes ${lengthMs / MINUTE_MS}`]),
    ...(bug === undefined ? [] : [`--bug ${bug}`]),
  ].join(' ');
}

/** The faults that are left, the last of what happened to whatever the first breach is about, and the command. */
export function storyOf({ scenario, findings }: Shrunk): string[] {
  const [breach = 'nothing'] = findings.broken;
  const copy = /\b(?:m|spam|bad)\d+\.\d+\b/.exec(breach)?.[0];
  const about = findings.history.filter(
    (line) => TURNS.has(kindOf(line)) || (copy !== undefined && line.includes(` ${copy} `)),
  );
  return [breach, ...about.slice(-MOST_LINES).map((line) => `  ${line}`), `  ${commandOf(scenario)}`];
}

function kindOf(line: string): string {
  return line.trimStart().split(/ +/)[1] ?? '';
}
