import { commandLine, neededReason, toAddress } from '../arguments.ts';
import { expectDone } from '../changes.ts';
import { type Command, EXIT } from '../command.ts';
import { withStore } from '../with-store.ts';
import { noAccount } from './of.ts';

export const accountLock: Command = {
  name: 'account lock',
  usage: 'ADDRESS --reason REASON',
  summary: 'Keeps an account from logging in to send; it goes on receiving.',
  options: { reason: { type: 'string', doc: 'Why; shown by account list and in the log.' } },
  positionals: [1, 1],
  examples: ['relais account lock ana@example.org --reason "password stolen, ticket 4711"'],
  async run(call) {
    const address = toAddress(call.positionals[0] as string);
    const reason = neededReason(call);
    return withStore(call, async (store) => {
      const at = Date.now();
      await expectDone(call, await store.lockAccount({ address, reason, at }), {
        missing: noAccount(call, address),
      });
      const undo = commandLine(call, ['account', 'unlock', address]);
      call.output.item(
        { address, result: 'locked', reason, undo },
        `${address} is locked: it can no longer send.`,
      );
      call.output.say(`Undo: ${undo}`);
      return EXIT.done;
    });
  },
};
