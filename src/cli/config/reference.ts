import { configReference } from '../../core/config/reference.ts';
import { type Command, EXIT } from '../command.ts';

export const configReferenceCommand: Command = {
  name: 'config reference',
  usage: '',
  summary: 'Every option with its default and what it means: a relais.toml to begin with.',
  options: {},
  positionals: [0, 0],
  examples: ['relais config reference > relais.toml'],
  ownConfig: true,
  async run({ output }) {
    const text = configReference();
    output.item({ reference: text }, text.trimEnd());
    return EXIT.done;
  },
};
