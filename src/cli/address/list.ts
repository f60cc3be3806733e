import { commandLine, toDomain } from '../arguments.ts';
import { type Command, EXIT } from '../command.ts';
import { columns } from '../output.ts';
import { withStore } from '../with-store.ts';

export const addressList: Command = {
  name: 'address list',
  usage: '[DOMAIN]',
  summary: 'What mail can be sent to here, and where it goes.',
  options: {},
  positionals: [0, 1],
  async run(call) {
    const { output, positionals } = call;
    const domain = positionals[0] === undefined ? undefined : toDomain(positionals[0]);
    const entries = await withStore(call, (store) => store.listAddresses(domain));
    if (entries.length === 0) {
      const add = commandLine(call, ['account', 'add', `ana@${domain ?? 'example.org'}`]);
      output.say(`No address${domain === undefined ? '' : ` at ${domain}`}. To make an account: ${add}`);
      return domain === undefined ? EXIT.done : EXIT.nothing;
    }
    const rows = entries.map(({ address, target, own }) => [address, own ? 'its own mailbox' : target]);
    const [head, ...lines] = columns([['Address', 'Goes to'], ...rows]);
    output.say(head as string);
    entries.forEach(({ address, target, own }, index) => {
      output.item({ address, target, account: own }, lines[index] as string);
    });
    return EXIT.done;
  },
};
