/** From the words of a command line to the command, its options checked, its errors said in one sentence. */
import { parseArgs } from 'node:util';
import { nearest } from '../core/config/nearest.ts';
import { refuseEmpty } from './arguments.ts';
import {
  type Call,
  type Command,
  type CommandContext,
  CommandError,
  type CommandGroup,
  EXIT,
  type NamedConfig,
  type OptionSpec,
  type Streams,
} from './command.ts';
import { commands, groups } from './commands.ts';
import { defaults, loadConfig } from './load-config.ts';
import { createOutput, harmless, schemaOf } from './output.ts';
import { originOf } from './store-closed.ts';
import { version } from './version.ts';

/** Every command has these. */
const COMMON: Readonly<Record<string, OptionSpec>> = {
  config: {
    type: 'string',
    doc: 'The configuration file; else $RELAIS_CONFIG, relais.toml here, /etc/relais/relais.toml.',
  },
  data: { type: 'string', doc: 'The data folder, instead of the one in the configuration.' },
  json: { type: 'boolean', doc: 'One JSON object a line.' },
  help: { type: 'boolean', short: 'h', doc: 'What this command does.' },
};

/** Runs what the arguments say; resolves to the exit code. Never rejects for a mistake of the user's. */
export async function runCommand(argv: readonly string[], context: CommandContext): Promise<number> {
  const streams = context.streams ?? processStreams();
  try {
    const found = find(argv);
    if (typeof found === 'string') {
      streams.out.write(found);
      return EXIT.done;
    }
    return await call(found, { context, streams });
  } catch (error) {
    streams.err.write(`relais: ${harmless((error as Error).message)}\n`);
    return error instanceof CommandError ? error.exitCode : EXIT.failed;
  }
}

function processStreams(): Streams {
  // Whoever read our output has seen enough: `relais queue list | head`.
  process.stdout.on('error', (error: NodeJS.ErrnoException) =>
    process.exit(error.code === 'EPIPE' ? EXIT.done : EXIT.failed),
  );
  return { in: process.stdin, out: process.stdout, err: process.stderr };
}

interface Found {
  readonly command: Command;
  readonly rest: readonly string[];
}

async function call({ command, rest }: Found, around: Pick<Call, 'context' | 'streams'>): Promise<number> {
  if (command.ownArguments) {
    const output = createOutput('people', around.streams);
    return command.run({ ...around, positionals: rest, options: {}, config: defaults(), output });
  }
  const { values, positionals } = parse(command, rest);
  if (values.help === true) {
    around.streams.out.write(helpOf(command));
    return EXIT.done;
  }
  const [least, most] = command.positionals;
  if (positionals.length < least || positionals.length > most) {
    const over = positionals[most];
    const why = over === undefined ? '' : `"${over}" is a word too many; `;
    throw new CommandError(EXIT.usage, `${why}usage: relais ${command.name} ${command.usage}`.trimEnd());
  }
  refuseEmpty(command, { ...COMMON, ...command.options }, { values, positionals });
  const config = command.ownConfig
    ? defaults()
    : loadConfig({ file: values.config as string, data: values.data as string });
  sayOrigin(command, config, around.streams);
  return command.run({
    ...around,
    positionals,
    options: values,
    config,
    output: createOutput(values.json === true ? schemaOf(command.name) : 'people', around.streams),
  });
}

/** A person who stands in another folder than they think is told, once, that no file was found. */
function sayOrigin(command: Command, config: NamedConfig, { err }: Streams): void {
  if (command.ownConfig || config.file !== undefined || err.isTTY !== true || !isByHand(command)) return;
  err.write(`relais: ${originOf(config)}.\n`);
}

/** Those without a title are called by other programs of ours. */
function isByHand(command: Command): boolean {
  return groups.some(({ title, commands: some }) => title !== undefined && some.includes(command));
}

function parse(
  command: Command,
  rest: readonly string[],
): { values: Record<string, string | boolean | string[] | undefined>; positionals: string[] } {
  const specs = { ...COMMON, ...command.options };
  const options = Object.fromEntries(
    Object.entries(specs).map(([name, { doc: _doc, ...spec }]) => [name, spec]),
  );
  try {
    const args = command.readsOver ? rest.filter((word) => !/^-[^-h]/.test(word)) : [...rest];
    return parseArgs({ args, options, allowPositionals: true, strict: true }) as ReturnType<typeof parse>;
  } catch (error) {
    const why = mistyped(error as NodeJS.ErrnoException, { specs, rest });
    throw new CommandError(EXIT.usage, `${why} See relais ${command.name} --help`);
  }
}

/** What is wrong with an option that cannot be read, and what to write instead. */
function mistyped(
  { code, message }: NodeJS.ErrnoException,
  { specs, rest }: { specs: Readonly<Record<string, OptionSpec>>; rest: readonly string[] },
): string {
  const written = /'--?([^' ,]+)/.exec(message)?.[1] ?? '';
  const name = written.split('=')[0] as string;
  if (code !== 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE') {
    const near = nearest(name, Object.keys(specs));
    return `${message.split('. ')[0]}.${near === undefined ? '' : ` Did you mean --${near}?`}`;
  }
  if (specs[name]?.type === 'boolean') return `--${name} takes no value.`;
  const next = rest[rest.indexOf(`--${name}`) + 1] ?? '';
  const isValue = /^-[^-]/.test(next);
  const dash = isValue ? `; one that begins with a dash is written --${name}=${next}` : '';
  return `--${name} needs a value${dash}. It means: ${specs[name]?.doc}`;
}

function find(argv: readonly string[]): Found | string {
  const [first, ...others] = argv;
  if (first === 'help') return others.length === 0 ? helpOfAll() : find([...others, '--help']);
  if (first === undefined || first === '--help' || first === '-h') return helpOfAll();
  if (first === '--version' || first === '-V') return { command: version, rest: others };
  for (const words of [2, 1]) {
    const name = argv.slice(0, words).join(' ');
    const command = commands.find((candidate) => candidate.name === name);
    if (command !== undefined) return { command, rest: argv.slice(words) };
  }
  const verbs = commands
    .filter(({ name }) => name.startsWith(`${first} `))
    .map(({ name }) => name.slice(first.length + 1));
  if (verbs.length === 0) {
    const names = commands.map(({ name }) => name.split(' ')[0] as string);
    throw noCommand(first, { near: nearest(first, [...names, 'help']), help: 'relais --help' });
  }
  const verb = others[0];
  if (verb === undefined || verb === '--help' || verb === '-h') {
    return helpOfSome(commands.filter(({ name }) => name.startsWith(`${first} `)));
  }
  const near = nearest(verb, verbs);
  throw noCommand(`${first} ${verb}`, {
    near: near === undefined ? undefined : `${first} ${near}`,
    help: `relais ${first} --help`,
  });
}

function noCommand(name: string, { near, help }: { near: string | undefined; help: string }): CommandError {
  const hint = near === undefined ? '' : ` Did you mean ${near}?`;
  return new CommandError(EXIT.usage, `there is no command ${name}.${hint} See ${help}`);
}

function helpOfAll(): string {
  const shown = groups.filter(({ title }) => title !== undefined);
  const width = widest(shown.flatMap((group) => group.commands));
  const parts = shown.map((group: CommandGroup) => `${group.title}\n${lines(group.commands, width)}\n`);
  return `Usage: relais COMMAND [ARGUMENTS]\n\n${parts.join('\n')}\nEach command explains itself with --help and speaks JSON Lines with --json.\nIt ends with 0 (done), 1 (refused or failed), 2 (wrong usage), 3 (nothing matched, or nothing has that name) or 75 (try again later).\n`;
}

function helpOfSome(list: readonly Command[]): string {
  return `${lines(list, widest(list))}\n\nEach explains itself with --help.\n`;
}

function lines(list: readonly Command[], width: number): string {
  return list.map(({ name, summary }) => `  relais ${name.padEnd(width)}  ${summary}`).join('\n');
}

function widest(list: readonly Command[]): number {
  return Math.max(...list.map(({ name }) => name.length));
}

function helpOf(command: Command): string {
  const options = Object.entries({ ...command.options, ...COMMON }).map(([name, { type, doc, short }]) => {
    const left = `${short === undefined ? '' : `-${short}, `}--${name}${type === 'string' ? ' VALUE' : ''}`;
    return `  ${left.padEnd(22)} ${doc}`;
  });
  const examples = (command.examples ?? []).map((example) => `  ${example}`);
  const more = examples.length === 0 ? '' : `\nExamples:\n${examples.join('\n')}\n`;
  return `${command.summary}\n\nUsage: relais ${command.name}${command.usage === '' ? '' : ` ${command.usage}`}\n${more}\nOptions:\n${options.join('\n')}\n`;
}
