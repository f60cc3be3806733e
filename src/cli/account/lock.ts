import { commandLine, isGiven, neededReason, toAddress } from '../arguments.ts';
import { DRY_RUN, expectDone, makeOrTry, NOT_CHANGED } from '../changes.ts';
import { type Command, EXIT } from '../command.ts';
import { withStore } from '../with-store.ts';
import { noAccount } from './of.ts';

export const accountLock: Command = {
  name: 'account lock',
  usage: 'ADDRESS --reason REASON [--dry-run]',
  summary: 'Keeps an account from logging in to send; it goes on receiving.',
  options: { reason: { type: 'string', doc: 'Why; shown by account list and in the log.' }, ...DRY_RUN },
  positionals: [1, 1],
  examples: ['relais account lock ana@example.org --reason "password stolen, ticket 4711"'],
  async run(call) {
    const address = toAddress(call.positionals[0] as string);
    const dryRun = isGiven(call, 'dry-run');
    const reason = dryRun ? '' : neededReason(call);
    return withStore(call, async (store) => {
      const request = { address, reason, at: Date.now() };
      await expectDone(call, await makeOrTry(call, store, { change: 'lockAccount', request }), {
        missing: noAccount(call, address),
      });
      if (dryRun) {
        const line = `${address} would be locked: it could no longer send. ${NOT_CHANGED}`;
        call.output.item({ address, dryRun }, line);
        return EXIT.done;
      }
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
