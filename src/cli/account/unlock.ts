import { groupName } from '../../core/guard/reasons.ts';
import { commandLine, isGiven, toAddress } from '../arguments.ts';
import { DRY_RUN, expectDone, makeOrTry, NOT_CHANGED } from '../changes.ts';
import { type Call, type Command, CommandError, EXIT } from '../command.ts';
import { withStore } from '../with-store.ts';
import { accountOf, noAccount } from './of.ts';

/** Groups of held mail that are named. */
const MOST_GROUPS_NAMED = 10;

/** `as`: of whose two commands it is one; the other undoes it. */
export function unlockCommand(
  as: 'account' | 'guard',
  words: Pick<Command, 'summary' | 'examples'>,
): Command {
  return {
    name: `${as} unlock`,
    usage: 'ADDRESS [--dry-run]',
    options: DRY_RUN,
    positionals: [1, 1],
    ...words,
    run: (call) => unlock(call, as),
  };
}

export const accountUnlock: Command = unlockCommand('account', {
  summary: 'Lets a locked account send again; what the guard thought of it is forgotten.',
});

async function unlock(call: Call, as: 'account' | 'guard'): Promise<number> {
  const address = toAddress(call.positionals[0] as string);
  return withStore(call, async (store) => {
    const { lockedReason } = await accountOf(store, call, address);
    if (lockedReason === undefined)
      throw new CommandError(EXIT.nothing, `${address} is not locked; nothing to do`);
    const request = { address, reason: undefined, at: Date.now() };
    await expectDone(call, await makeOrTry(call, store, { change: 'lockAccount', request }), {
      missing: noAccount(call, address),
    });
    if (isGiven(call, 'dry-run')) {
      const line = `${address} would be unlocked. It is locked: ${lockedReason}. ${NOT_CHANGED}`;
      call.output.item({ address, dryRun: true }, line);
      return EXIT.done;
    }
    const undo = commandLine(call, [as, 'lock', address, '--reason', lockedReason]);
    call.output.item(
      { address, result: 'unlocked', undo },
      `${address} can send again. It was locked: ${lockedReason}`,
    );
    const held = await store.listHolds({ login: address, limit: MOST_GROUPS_NAMED });
    if (held.length > 0)
      call.output.say(
        `Still held of it: ${held.map(({ id }) => groupName(id)).join(', ')}. To decide: ${commandLine(call, ['guard', 'holds', '--account', address])}`,
      );
    call.output.say(
      `If somebody else knows its password, change it now: ${commandLine(call, ['account', 'passwd', address])}`,
    );
    call.output.say(`Undo: ${undo}`);
    return EXIT.done;
  });
}
