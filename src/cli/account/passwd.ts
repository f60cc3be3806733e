import { toAddress } from '../arguments.ts';
import { expectDone } from '../changes.ts';
import { type Command, EXIT } from '../command.ts';
import { withStore } from '../with-store.ts';
import { noAccount } from './of.ts';
import { choosePassword, PASSWORD_OPTIONS, tellMade } from './password.ts';

export const accountPasswd: Command = {
  name: 'account passwd',
  usage: 'ADDRESS [--password-stdin|--ask]',
  summary: 'Gives an account another password; without a given one, makes one and shows it once.',
  options: PASSWORD_OPTIONS,
  positionals: [1, 1],
  async run(call) {
    const address = toAddress(call.positionals[0] as string);
    const { made, ...credentials } = await choosePassword(call);
    return withStore(call, async (store) => {
      await expectDone(call, await store.setPassword({ address, ...credentials, at: Date.now() }), {
        missing: noAccount(call, address),
      });
      call.output.item(
        { address, result: 'changed', ...(made === undefined ? {} : { password: made }) },
        `${address} has another password.`,
      );
      if (made !== undefined) tellMade(call, made);
      return EXIT.done;
    });
  },
};
