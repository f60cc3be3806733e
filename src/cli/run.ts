/** From the words of a command line to the command, its options checked, its errors said in one sentence. */
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { parseArgs } from 'node:util';
import { defaultConfig, parseConfig } from '../core/config/parse.ts';
import { nearest } from '../core/config/nearest.ts';
import { type Command, type CommandContext, CommandError, EXIT, type NamedConfig, type OptionSpec } from './command.ts';
import { commands } from './commands.ts';
import { createOutput } from './output.ts';

/** Every command has these. */
const COMMON: Readonly<Record<string, OptionSpec>> = {
  config: { type: 'string', doc: 'The configuration file; default relais.toml here, if there is one.' },
  data: { type: 'string', doc: 'The data folder, instead of the one in the configuration.' },
  json: { type: 'boolean', doc: 'One JSON object a line.' },
  help: { type: 'boolean', short: 'h', doc: 'What this command does.' },
};

/** Runs what the arguments say; resolves to the exit code. Never rejects for a mistake of the user's. */
export async function runCommand(argv: readonly string[], context: CommandContext): Promise<number> {
  try {
    const found = find(argv);
    if (typeof found === 'string') {
      process.stdout.write(found);
      return EXIT.done;
    }
    return await call(found.command, found.rest, context);
  } catch (error) {
    process.stderr.write(`relais: ${(error as Error).message}\n`);
    return error instanceof CommandError ? error.exitCode : EXIT.failed;
  }
}

async function call(command: Command, rest: readonly string[], context: CommandContext): Promise<number> {
  const { values, positionals } = parse(command, rest);
  if (values.help === true) {
    process.stdout.write(helpOf(command));
    return EXIT.done;
  }
  const [least, most] = command.positionals;
  if (positionals.length < least || positionals.length > most) {
    throw new CommandError(EXIT.usage, `usage: relais ${command.name} ${command.usage}`);
  }
  return command.run({
    context,
    positionals,
    options: values,
    config: loadConfig(values.config as string | undefined, values.data as string | undefined),
    output: createOutput(values.json === true ? 'json' : 'people'),
  });
}

function parse(command: Command, rest: readonly string[]): { values: Record<string, string | boolean | string[] | undefined>; positionals: string[] } {
  const specs = { ...COMMON, ...command.options };
  const options = Object.fromEntries(
    Object.entries(specs).map(([name, { doc: _doc, ...spec }]) => [name, spec]),
  );
  try {
    return parseArgs({ args: [...rest], options, allowPositionals: true, strict: true }) as ReturnType<typeof parse>;
  } catch (error) {
    const unknown = /'--?([^']+)'/.exec((error as Error).message)?.[1] ?? '';
    const near = nearest(unknown.split('=')[0] as string, Object.keys(specs));
    const hint = near === undefined || near === unknown ? '' : ` Did you mean --${near}?`;
    throw new CommandError(EXIT.usage, `${(error as Error).message.split('. ')[0]}.${hint} See relais ${command.name} --help`);
  }
}

function find(argv: readonly string[]): { command: Command; rest: readonly string[] } | string {
  for (const words of [2, 1]) {
    const name = argv.slice(0, words).join(' ');
    const command = commands.find((candidate) => candidate.name === name);
    if (command !== undefined) return { command, rest: argv.slice(words) };
  }
  const [first] = argv;
  if (first === undefined || first === 'help' || first === '--help' || first === '-h') return helpOfAll(commands);
  const group = commands.filter((candidate) => candidate.name.startsWith(`${first} `));
  if (group.length > 0) {
    if (argv[1] === undefined || argv[1] === '--help') return helpOfAll(group);
    const near = nearest(argv.slice(0, 2).join(' '), group.map(({ name }) => name));
    throw new CommandError(EXIT.usage, `there is no command ${argv.slice(0, 2).join(' ')}.${near === undefined ? '' : ` Did you mean ${near}?`} See relais ${first} --help`);
  }
  const near = nearest(first, commands.map(({ name }) => name.split(' ')[0] as string));
  throw new CommandError(EXIT.usage, `there is no command ${first}.${near === undefined ? '' : ` Did you mean ${near}?`} See relais --help`);
}

/** The configuration: a file that is named must be there; `relais.toml` here is used when it is. */
function loadConfig(file: string | undefined, data: string | undefined): NamedConfig {
  const text = readConfig(file);
  const result = text === undefined ? { config: defaultConfig() } : parseConfig(text);
  if ('errors' in result) {
    const lines = result.errors.map((error) => `  ${error.message}`);
    throw new CommandError(EXIT.failed, `${file ?? 'relais.toml'} has ${result.errors.length === 1 ? 'a mistake' : 'mistakes'}:\n${lines.join('\n')}`);
  }
  const config = result.config;
  return {
    ...config,
    hostname: config.hostname ?? hostname(),
    ...(data === undefined ? {} : { data }),
  };
}

function readConfig(file: string | undefined): string | undefined {
  try {
    return readFileSync(file ?? 'relais.toml', 'utf8');
  } catch (error) {
    if (file === undefined && (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new CommandError(EXIT.failed, `cannot read ${file ?? 'relais.toml'}: ${(error as Error).message}`);
  }
}

function helpOfAll(list: readonly Command[]): string {
  const width = Math.max(...list.map(({ name }) => name.length));
  const lines = list.map(({ name, summary }) => `  relais ${name.padEnd(width)}  ${summary}`);
  return `Usage: relais COMMAND [ARGUMENTS]\n\n${lines.join('\n')}\n\nEach command explains itself with --help and speaks JSON Lines with --json.\n`;
}

function helpOf(command: Command): string {
  const options = Object.entries({ ...command.options, ...COMMON }).map(([name, { type, doc }]) => {
    const left = `--${name}${type === 'string' ? ' VALUE' : ''}`;
    return `  ${left.padEnd(24)} ${doc}`;
  });
  const examples = (command.examples ?? []).map((example) => `  ${example}`);
  const more = examples.length === 0 ? '' : `\nExamples:\n${examples.join('\n')}\n`;
  return `${command.summary}\n\nUsage: relais ${command.name} ${command.usage}\n${more}\nOptions:\n${options.join('\n')}\n`;
}
