/** `relais replay`: a day replayed in the lab, the way of 2018 beside Relais. */
import { writeFileSync } from 'node:fs';
import { nearest } from '../../core/config/nearest.ts';
import { builtIn, fromFile, scenarioNames } from '../../lab/replay/catalogue.ts';
import { replay } from '../../lab/replay/replay.ts';
import { reportHtml } from '../../lab/replay/report/report.ts';
import type { Scenario } from '../../lab/replay/scenario.ts';
import { commandLine, optionOf, readOption, toCount } from '../arguments.ts';
import { type Call, type Command, CommandError, EXIT } from '../command.ts';
import { fileFault } from '../file-fault.ts';
import { jsonOf, summary } from './summary.ts';

export const replayCommand: Command = {
  name: 'replay',
  usage: '[SCENARIO|FILE.toml] [--seed N] [--report FILE.html] [--json]',
  summary:
    'Replays a day in the lab, the way of 2018 beside Relais; without a name it lists the days there are.',
  options: {
    seed: {
      type: 'string',
      doc: 'Another run of the same day; 1 unless given. The same seed gives the same result.',
    },
    report: { type: 'string', doc: 'Writes the report, an HTML page that needs nothing else, to this file.' },
  },
  positionals: [0, 1],
  examples: [
    'relais replay',
    'relais replay gandi-2018 --report gandi-2018.html',
    'relais replay my-day.toml --seed 7 --json',
  ],
  ownConfig: true,
  run,
};

async function run(call: Call): Promise<number> {
  const [name] = call.positionals;
  if (name === undefined) return list(call);
  const seed = readOption(call, 'seed', toCount) ?? 1;
  const scenario = scenarioOf(name);
  const report = optionOf(call, 'report');
  // Before the minutes that the replay takes.
  if (report !== undefined) write(report, '');
  call.output.note(`relais: ${scenario.title.en}: replaying it in both ways; this takes up to a few minutes`);
  const result = await replay(scenario, seed);
  if (report !== undefined) write(report, reportHtml(result));
  call.output.item(jsonOf(result), summary(result));
  call.output.say(
    report === undefined
      ? `\nThe curves: ${commandLine(call, ['replay', name, '--seed', String(seed), '--report', `${scenario.name}.html`])}`
      : `\nThe report: ${report}`,
  );
  return EXIT.done;
}

function list({ output }: Call): number {
  const names = scenarioNames();
  const width = Math.max(...names.map((name) => name.length));
  for (const name of names) {
    const { title, summary: sentence } = builtIn(name);
    output.item(
      { schema: 'relais.replay-scenario/1', name, title, summary: sentence },
      `${name.padEnd(width)}  ${sentence.en}`,
    );
  }
  output.say('\nA day of your own: relais replay FILE.toml; docs/replay.md has its format.');
  return EXIT.done;
}

function scenarioOf(name: string): Scenario {
  const names = scenarioNames();
  if (names.includes(name)) return builtIn(name);
  if (!name.endsWith('.toml')) {
    const near = nearest(name, names);
    const remedy =
      near === undefined
        ? `there are ${names.join(', ')}, or a file that ends in .toml`
        : `did you mean ${near}?`;
    throw new CommandError(EXIT.usage, `there is no scenario "${name}": ${remedy}`);
  }
  const result = read(name);
  if ('scenario' in result) return result.scenario;
  const told = result.errors.map(({ message }) => `\n  ${message}`).join('');
  throw new CommandError(EXIT.usage, `${name} is no scenario:${told}`);
}

function read(name: string): ReturnType<typeof fromFile> {
  try {
    return fromFile(name);
  } catch (error) {
    throw new CommandError(
      EXIT.usage,
      `"${name}" cannot be read: ${fileFault(error)}; write the path of a scenario, or one of ${scenarioNames().join(', ')}`,
    );
  }
}

function write(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw new CommandError(
      EXIT.usage,
      `"${file}" cannot be written: ${fileFault(error)}; name a file in a folder that is there`,
    );
  }
}
