/** The scenarios that come with Relais, and those in files. */
import { readdirSync, readFileSync } from 'node:fs';
import { parseScenario, type Scenario, type ScenarioResult } from './scenario.ts';

const FOLDER = new URL('./scenarios/', import.meta.url);
const ENDING = '.toml';

/** gandi-2018 first, the others by name. */
export function scenarioNames(): string[] {
  const names = readdirSync(FOLDER)
    .filter((file) => file.endsWith(ENDING))
    .map((file) => file.slice(0, -ENDING.length));
  return names.sort((a, b) => Number(b === 'gandi-2018') - Number(a === 'gandi-2018') || (a < b ? -1 : 1));
}

/** One that comes with Relais. */
export function builtIn(name: string): Scenario {
  const result = parseScenario(name, readFileSync(new URL(name + ENDING, FOLDER), 'utf8'));
  if ('errors' in result)
    throw new Error(`scenario ${name}: ${result.errors.map(({ message }) => message).join(' ')}`);
  return result.scenario;
}

/** One from a file of the user's; throws what reading it throws. */
export function fromFile(path: string): ScenarioResult {
  const name = path.replace(/^.*[/\\]/, '').replace(/\.toml$/, '');
  return parseScenario(name, readFileSync(path, 'utf8'));
}
