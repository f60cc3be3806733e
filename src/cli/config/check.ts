import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { listenText } from '../../core/config/network.ts';
import { parseConfig } from '../../core/config/parse.ts';
import { configWarnings } from '../../core/config/rules.ts';
import { optionOf } from '../arguments.ts';
import { type Command, CommandError, EXIT, type NamedConfig } from '../command.ts';
import { networksFindings } from '../doctor/guard.ts';
import { named, readConfig } from '../load-config.ts';
import { counted } from '../output.ts';

export const configCheck: Command = {
  name: 'config check',
  usage: '[FILE]',
  summary: 'Says every mistake in a configuration file, and what to write instead.',
  options: {},
  positionals: [0, 1],
  ownConfig: true,
  async run(call) {
    const { output } = call;
    const written = readConfig(call.positionals[0] ?? optionOf(call, 'config'));
    if (written === undefined) {
      throw new CommandError(
        EXIT.nothing,
        'there is no relais.toml here: then the defaults hold. To begin one: relais config reference > relais.toml',
      );
    }
    const { file, text } = written;
    const result = parseConfig(text);
    const right = 'config' in result ? result.config : result.usable;
    const config = right === undefined ? undefined : named(right, { file, data: optionOf(call, 'data') });
    const errors: Mistake[] = 'errors' in result ? [...result.errors] : [];
    const warnings: Mistake[] = [];
    if (config !== undefined) {
      errors.push(...missingFiles(config.tls));
      warnings.push(...configWarnings(config, config.hostname), ...badNetworks(config));
    }
    const object = {
      file,
      right: errors.length === 0,
      errors: errors.map(withoutValue),
      warnings: warnings.map(withoutValue),
    };
    output.item(
      object,
      config === undefined || errors.length > 0 ? told(file, errors) : praise(file, config),
    );
    for (const { message } of warnings) output.say(`Warning: ${message}`);
    return errors.length === 0 ? EXIT.done : EXIT.failed;
  },
};

function told(file: string, errors: readonly Mistake[]): string {
  const lines = errors.map(({ message }) => `  ${message}`);
  return [`${file} has ${counted(errors.length, 'mistake')}:`, ...lines].join('\n');
}

function praise(file: string, { listen, data, store }: NamedConfig): string {
  const listening = listen.map(({ kind, address }) => `${kind} on ${listenText(address)}`);
  const kept = store.kind === 'sqlite' ? `in ${resolve(data)}` : 'in a PostgreSQL';
  return `${file} is right. It listens for ${listening.join(', ')}; everything is kept ${kept}.`;
}

function withoutValue({ path, remedy, message }: Mistake): Mistake {
  return { path, remedy, message };
}

interface Mistake {
  readonly path: string;
  readonly remedy: string;
  readonly message: string;
}

/** What the configuration cannot know by itself: whether the files it names are there. */
function missingFiles(tls: {
  readonly cert: string | undefined;
  readonly key: string | undefined;
}): Mistake[] {
  return (['cert', 'key'] as const).flatMap((name) => {
    const file = tls[name];
    if (file === undefined || existsSync(file)) return [];
    const remedy = 'write where it is; a relative path is taken from the folder of the configuration';
    return [
      {
        path: `tls.${name}`,
        remedy,
        message: `tls.${name} = "${file}" cannot be: there is no such file; ${remedy}.`,
      },
    ];
  });
}

/** The server starts all the same, and the guard knows less. */
function badNetworks(config: NamedConfig): Mistake[] {
  return networksFindings({ config }).flatMap(({ state, fact, remedy = '' }) =>
    state === 'right' ? [] : [{ path: 'guard.networks', remedy, message: `${fact}; ${remedy}.` }],
  );
}
