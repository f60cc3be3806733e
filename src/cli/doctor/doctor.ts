/** `relais doctor`: looks at everything that mail depends on, and says of each thing that it is right or what to do. */
import { parseConfig } from '../../core/config/parse.ts';
import { nudgeServer } from '../../net/control.ts';
import { optionOf } from '../arguments.ts';
import { type Call, type Command, EXIT, type NamedConfig } from '../command.ts';
import { defaults, named, readConfig } from '../load-config.ts';
import { counted } from '../output.ts';
import { diskFindings } from './disk.ts';
import { type Finding, note, type Patient, right, unknown, wrong } from './finding.ts';
import { dnsFindings, nameFindings, portFindings } from './network.ts';
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
    call.output.say(broken === 0 ? '\nNothing is wrong.' : `\n${counted(broken, 'thing')} to put right.`);
    return broken === 0 ? EXIT.done : EXIT.failed;
  },
};

/** All begin at once, and are told in this order. */
function looks({ context }: Call, patient: Patient): Promise<Finding[]>[] {
  return [
    guarded('server', () => [serverFinding(patient)]),
    guarded('data folder', () => diskFindings(patient)),
    guarded('store', () => storeFindings(context, patient)),
    guarded('DNS', () => dnsFindings(patient)),
    guarded('hostname', () => nameFindings(patient)),
    guarded('port', () => portFindings(patient)),
    guarded('certificate', () => [certificateFinding(patient)]),
    guarded('open files', () => [filesFinding(patient)]),
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

/** The rest is looked at by the defaults when the configuration is wrong. */
function readAnyConfig(call: Call): { config: NamedConfig; findings: Finding[] } {
  const data = optionOf(call, 'data');
  const fallback = { ...defaults(), ...(data === undefined ? {} : { data }) };
  try {
    const written = readConfig(optionOf(call, 'config'));
    if (written === undefined)
      return { config: fallback, findings: [note('configuration', 'no relais.toml: the defaults hold')] };
    const { file, text } = written;
    const result = parseConfig(text);
    if ('config' in result)
      return { config: named(result.config, data), findings: [right('configuration', file)] };
    const findings = result.errors.map(({ path, remedy }) =>
      wrong('configuration', `${file}: ${path} is wrong`, remedy),
    );
    return {
      config: fallback,
      findings: [...findings, note('configuration', 'what follows is by the defaults')],
    };
  } catch (error) {
    return {
      config: fallback,
      findings: [wrong('configuration', (error as Error).message, 'name the right file with --config')],
    };
  }
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
