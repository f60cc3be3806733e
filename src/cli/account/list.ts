import { commandLine, toDomain } from '../arguments.ts';
import { type Command, EXIT } from '../command.ts';
import { sayTable } from '../output.ts';
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
    const listed = accounts.map(({ id: _, ...account }) => {
      const { address, language, messages, lockedReason } = account;
      const locked = lockedReason === undefined ? '' : `locked: ${lockedReason}`;
      return {
        cells: [address, language, String(messages), locked],
        object: { ...account, locked: lockedReason !== undefined },
      };
    });
    sayTable(output, { head: ['Account', 'Language', 'Messages', ''], right: [2] }, listed);
    return EXIT.done;
  },
};
