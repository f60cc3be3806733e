import { commandLine, toAddress } from '../arguments.ts';
import { expectDone } from '../changes.ts';
import { type Command, CommandError, EXIT } from '../command.ts';
import { withStore } from '../with-store.ts';
import { accountOf, noAccount } from './of.ts';

export const accountUnlock: Command = {
  name: 'account unlock',
  usage: 'ADDRESS',
  summary: 'Lets a locked account send again.',
  options: {},
  positionals: [1, 1],
  async run(call) {
    const address = toAddress(call.positionals[0] as string);
    return withStore(call, async (store) => {
      const { lockedReason } = await accountOf(store, call, address);
      if (lockedReason === undefined)
        throw new CommandError(EXIT.nothing, `${address} is not locked; nothing to do`);
      const change = await store.lockAccount({ address, reason: undefined, at: Date.now() });
      await expectDone(call, change, { missing: noAccount(call, address) });
      const undo = commandLine(call, ['account', 'lock', address, '--reason', lockedReason]);
      call.output.item(
        { address, result: 'unlocked', undo },
        `${address} can send again. It was locked: ${lockedReason}`,
      );
      call.output.say(`Undo: ${undo}`);
      return EXIT.done;
    });
  },
};
