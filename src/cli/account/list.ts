import { commandLine, toDomain } from '../arguments.ts';
import { type Command, EXIT } from '../command.ts';
import { columns } from '../output.ts';
import { withStore } from '../with-store.ts';

export const accountList: Command = {
  name: 'account list',
  usage: '[DOMAIN]',
  summary: 'The accounts, of all domains or of one.',
  options: {},
  positionals: [0, 1],
  async run(call) {
    const { output, positionals } = call;
    const domain = positionals[0] === undefined ? undefined : toDomain(positionals[0]);
    const accounts = await withStore(call, (store) => store.listAccounts(domain));
    if (accounts.length === 0) {
      output.say(
        `No account${domain === undefined ? '' : ` at ${domain}`}. To make one: ${commandLine(call, ['account', 'add', `ana@${domain ?? 'example.org'}`])}`,
      );
      return domain === undefined ? EXIT.done : EXIT.nothing;
    }
    const rows = accounts.map(({ address, language, messages, lockedReason }) => [
      address,
      language,
      String(messages),
      lockedReason === undefined ? '' : `locked: ${lockedReason}`,
    ]);
    const [head, ...lines] = columns([['Account', 'Language', 'Messages', ''], ...rows], [2]);
    output.say(head as string);
    accounts.forEach(({ id: _, ...account }, index) => {
      output.item({ ...account, locked: account.lockedReason !== undefined }, lines[index] as string);
    });
    return EXIT.done;
  },
};
