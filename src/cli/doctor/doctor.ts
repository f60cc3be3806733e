/** `relais doctor`: looks at everything that mail depends on, and says of each thing that it is right or what to do. */
import { parseConfig } from '../../core/config/parse.ts';
import { configWarnings } from '../../core/config/rules.ts';
import { nudgeServer } from '../../net/control.ts';
import { optionOf } from '../arguments.ts';
import { type Call, type Command, EXIT, type NamedConfig } from '../command.ts';
import { defaults, named, readConfig } from '../load-config.ts';
import { counted } from '../output.ts';
import { diskFindings } from './disk.ts';
import { networksFindings } from './guard.ts';
import { type Finding, note, type Patient, right, unknown, wrong } from './finding.ts';
import { blockListFindings, dnsFindings, egressFindings, nameFindings, portFindings } from './network.ts';
import { certificateFinding, filesFinding, serverFinding } from './process.ts';
import { storeFindings } from './store.ts';

const MARKS = { right: 'ok', note: '--', wrong: '!!', unknown: '??' } as const;
const WHAT_CHARS = 12;

export const doctor: Command = {
  name: 'doctor',
  usage: '',
  summary: 'Looks at everything that mail depends on; says what is right, and what to do about the rest.',
  options: {},
  positionals: [0, 0],
  ownConfig: true,
  async run(call) {
    const { config, findings } = readAnyConfig(call);
    for (const finding of findings) tell(call, finding);
    const patient = { config, running: await nudgeServer(config.data), now: Date.now() };
    const all = [...findings];
    for (const look of looks(call, patient)) {
      for (const finding of await look) {
        tell(call, finding);
        all.push(finding);
      }
    }
    const broken = all.filter(({ state }) => state === 'wrong').length;
    call.output.say(`\n${verdict(all)}`);
    return broken === 0 ? EXIT.done : EXIT.failed;
  },
};

function verdict(findings: readonly Finding[]): string {
  const count = (state: Finding['state']): number => findings.filter((one) => one.state === state).length;
  const more = count('note');
  const toKnow = more === 0 ? '' : `; ${counted(more, 'thing')} worth knowing, marked ${MARKS.note}`;
  const broken = count('wrong');
  return broken === 0 ? `Nothing is wrong${toKnow}.` : `${counted(broken, 'thing')} to put right${toKnow}.`;
}

/** All begin at once, and are told in this order. */
function looks({ context }: Call, patient: Patient): Promise<Finding[]>[] {
  return [
    guarded('server', () => [serverFinding(patient)]),
    guarded('data folder', () => diskFindings(patient)),
    guarded('store', () => storeFindings(context, patient)),
    guarded('DNS', () => dnsFindings(patient)),
    guarded('hostname', () => nameFindings(patient)),
    guarded('port', () => portFindings(patient)),
    guarded('egress', () => egressFindings(patient)),
    guarded('block list', () => blockListFindings(patient)),
    guarded('certificate', () => [certificateFinding(patient)]),
    guarded('open files', () => [filesFinding(patient)]),
    guarded('guard', () => networksFindings(patient)),
  ];
}

/** One look that fails does not keep us from the others. */
async function guarded(what: string, look: () => Finding[] | Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await look();
  } catch (error) {
    return [unknown(what, `it could not be looked at: ${(error as Error).message}`)];
  }
}

/** What is right in a wrong configuration still says where to look; for the rest the defaults do. */
function readAnyConfig(call: Call): { config: NamedConfig; findings: Finding[] } {
  const data = optionOf(call, 'data');
  try {
    const written = readConfig(optionOf(call, 'config'));
    if (written === undefined) {
      const config = defaults(data);
      return {
        config,
        findings: [note('configuration', 'no relais.toml: the defaults hold'), ...warned(config)],
      };
    }
    const { file, text } = written;
    const result = parseConfig(text);
    if ('config' in result) {
      const config = named(result.config, { file, data });
      return { config, findings: [right('configuration', file), ...warned(config)] };
    }
    const config = result.usable === undefined ? defaults(data) : named(result.usable, { file, data });
    const basis =
      result.usable === undefined
        ? 'it cannot be read, so what follows is by the defaults'
        : 'what follows is by the options that are right, and the defaults of the others';
    const wrongs = result.errors.map(({ path, problem, remedy }) =>
      wrong('configuration', `${file}: ${path} ${problem}`, remedy),
    );
    return { config, findings: [...wrongs, note('configuration', basis), ...warned(config)] };
  } catch (error) {
    return {
      config: defaults(data),
      findings: [
        wrong('configuration', (error as Error).message, 'name the right file with --config'),
        note('configuration', 'what follows is by the defaults'),
      ],
    };
  }
}

/** The name is looked at by itself, among DNS. */
function warned(config: NamedConfig): Finding[] {
  return configWarnings(config, config.hostname)
    .filter(({ path }) => path !== 'hostname')
    .map(({ path, problem, remedy }) => note('configuration', `${path} ${problem}`, remedy));
}

function tell({ output }: Call, finding: Finding): void {
  const { state, what, fact, remedy } = finding;
  const indent = ' '.repeat(WHAT_CHARS + 7);
  const lines = [
    `${MARKS[state]}  ${what.padEnd(WHAT_CHARS + 2)} ${fact}`,
    ...(remedy === undefined ? [] : [`${indent}${remedy}`]),
  ];
  output.item({ check: what, state, fact, ...(remedy === undefined ? {} : { remedy }) }, lines.join('\n'));
}
