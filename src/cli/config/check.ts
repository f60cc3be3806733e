import { existsSync } from 'node:fs';
import { parseConfig } from '../../core/config/parse.ts';
import { optionOf } from '../arguments.ts';
import { type Command, CommandError, EXIT } from '../command.ts';
import { readConfig } from '../load-config.ts';
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
    const errors = 'errors' in result ? result.errors : missingFiles(result.config.tls);
    if (errors.length === 0) {
      const listening =
        'config' in result
          ? result.config.listen.map(({ kind, address }) => `${kind} on ${address.host}:${address.port}`)
          : [];
      output.item(
        { file, right: true, errors: [] },
        `${file} is right. It listens for ${listening.join(', ')}.`,
      );
      return EXIT.done;
    }
    output.say(`${file} has ${counted(errors.length, 'mistake')}:`);
    const object = {
      file,
      right: false,
      errors: errors.map(({ path, remedy, message }) => ({ path, remedy, message })),
    };
    output.item(object, errors.map(({ message }) => `  ${message}`).join('\n'));
    return EXIT.failed;
  },
};

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
    const remedy = 'write where it is, from the folder that the server starts in';
    return [
      {
        path: `tls.${name}`,
        remedy,
        message: `tls.${name} = "${file}" cannot be: there is no such file; ${remedy}.`,
      },
    ];
  });
}
