import { forgive } from '../../core/directory/login-memory.ts';
import { type Command, CommandError, EXIT } from '../command.ts';
import { tellServer, withStore } from '../with-store.ts';

export const loginForgive: Command = {
  name: 'login forgive',
  usage: 'KEY',
  summary: 'Forgets failed logins: the address or the account may try again at once.',
  options: {},
  positionals: [1, 1],
  examples: ['relais login forgive address:192.0.2.1', 'relais login forgive account:ana@example.org'],
  async run(call) {
    const [key = ''] = call.positionals;
    if (!/^(address|account):./.test(key)) {
      throw new CommandError(
        EXIT.usage,
        `${key} is no key: write address:… or account:…, as relais login list shows it`,
      );
    }
    const known = await withStore(call, (store) => forgive(store, key, Date.now()));
    await tellServer(call);
    call.output.item(
      { key, result: known ? 'forgiven' : 'not-slowed' },
      known ? `${key} is forgiven.` : `Nothing is held against ${key}.`,
    );
    return known ? EXIT.done : EXIT.nothing;
  },
};
