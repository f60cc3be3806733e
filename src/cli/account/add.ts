import { domainOf } from '../../core/delivery/route.ts';
import { commandLine, readOption, toAddress, toLanguage } from '../arguments.ts';
import { expectDone } from '../changes.ts';
import type { SqlStore } from '../../store/store.ts';
import { type Call, type Command, EXIT } from '../command.ts';
import { withStore } from '../with-store.ts';
import { choosePassword, PASSWORD_OPTIONS, tellMade } from './password.ts';

export const accountAdd: Command = {
  name: 'account add',
  usage: 'ADDRESS [--password-stdin|--ask] [--language en|fr]',
  summary: 'Makes an account with its mailbox; without a given password, makes one and shows it once.',
  options: {
    ...PASSWORD_OPTIONS,
    language: {
      type: 'string',
      doc: 'The language of its notices, and of its first folders (Sent, Envoyés): en or fr.',
    },
  },
  positionals: [1, 1],
  examples: [
    'relais account add ana@example.org',
    'pass show ana | relais account add ana@example.org --password-stdin',
  ],
  async run(call) {
    const address = toAddress(call.positionals[0] as string);
    const asked = readOption(call, 'language', toLanguage);
    const { made, ...credentials } = await choosePassword(call);
    return withStore(call, async (store) => {
      const domain = domainOf(address);
      const known = (await store.listDomains()).find(({ name }) => name === domain);
      const language = asked ?? known?.language ?? call.config.dsn.language;
      const change = await store.addAccount({ address, language, at: Date.now(), ...credentials });
      await expectDone(call, change, {
        'no-domain': `${domain} is not a domain here. To add it: ${commandLine(call, ['domain', 'add', domain])}`,
        reserved: `${address} looks like the return addresses that forwards get (SRS), which only this server makes: choose another address`,
        'catch-all':
          `${address} stands for whatever else is sent to ${domain}, and is no account. To send that to an account: ` +
          commandLine(call, ['address', 'add', address, '--to', `ana@${domain}`]),
        ...(change === 'exists' ? { exists: await whatExists(call, store, address) } : {}),
      });
      call.output.item(
        { address, result: 'added', language, ...(made === undefined ? {} : { password: made }) },
        `${address} is added.`,
      );
      if (made !== undefined) tellMade(call, made);
      return EXIT.done;
    });
  },
};

/** For whoever takes a name that something has. */
async function whatExists(call: Call, store: SqlStore, address: string): Promise<string> {
  if ((await store.account(address)) !== undefined)
    return `${address} is an account already. To change its password: ${commandLine(call, ['account', 'passwd', address])}`;
  const targets = (await store.listAddresses(domainOf(address))).filter((entry) => entry.address === address);
  return (
    `${address} is an address already: its mail goes to ${targets.map(({ target }) => target).join(', ')}. ` +
    `To make it an account, first ${commandLine(call, ['address', 'remove', address])}`
  );
}
