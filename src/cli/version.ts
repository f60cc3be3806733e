import { readFileSync } from 'node:fs';
import { type Command, EXIT } from './command.ts';

const PACKAGE = new URL('../../package.json', import.meta.url);

/** Which Relais this is, such as `0.1.0`. */
export function programVersion(): string {
  return (JSON.parse(readFileSync(PACKAGE, 'utf8')) as { version: string }).version;
}

export const version: Command = {
  name: 'version',
  usage: '',
  summary: 'Which Relais this is, and on which Node it runs.',
  options: {},
  positionals: [0, 0],
  ownConfig: true,
  async run({ output }) {
    const relais = programVersion();
    const node = process.versions.node;
    output.item({ relais, node }, `relais ${relais} (Node ${node})`);
    return EXIT.done;
  },
};
