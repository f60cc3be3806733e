import { domainOf } from '../../core/delivery/route.ts';
import { isCatchAll } from '../../core/directory/address.ts';
import { normalise } from '../../core/intake/recipient.ts';
import { commandLine, isGiven, readOption, toAddress, toOutsideAddress } from '../arguments.ts';
import { DRY_RUN, expectDone, makeOrTry, NOT_CHANGED } from '../changes.ts';
import { type Command, EXIT } from '../command.ts';
import { withStore } from '../with-store.ts';
import { mailFor } from './add.ts';

export const addressRemove: Command = {
  name: 'address remove',
  usage: 'ADDRESS [--to TARGET] [--dry-run]',
  summary: 'Removes an address, or only one of the places its mail goes.',
  options: { to: { type: 'string', doc: 'Only this place.' }, ...DRY_RUN },
  positionals: [1, 1],
  async run(call) {
    const address = toAddress(call.positionals[0] as string);
    const outside = readOption(call, 'to', toOutsideAddress);
    return withStore(call, async (store) => {
      const target =
        outside !== undefined && (await store.isLocal(domainOf(outside))) ? normalise(outside) : outside;
      const all = await store.listAddresses(undefined);
      const before = all.filter((entry) => entry.address === address);
      const leading = all.filter((entry) => entry.target === address && !entry.own).map((one) => one.address);
      const request = { address, ...(target === undefined ? {} : { target }) };
      await expectDone(call, await makeOrTry(call, store, { change: 'removeAddress', request }), {
        missing:
          target === undefined
            ? `there is no address ${address}. Those that are: ${commandLine(call, ['address', 'list', domainOf(address)])}`
            : `mail for ${address} does not go to ${target}. See ${commandLine(call, ['address', 'list', domainOf(address)])}`,
        'is-account': `${address} is an account. To remove it: ${commandLine(call, ['account', 'remove', address])}`,
        'in-use':
          `${leading.join(', ')} would lead nowhere: mail for ${leading.length > 1 ? 'them' : 'it'} goes to ${address}. ` +
          `Remove that first, with ${commandLine(call, ['address', 'remove', leading[0] ?? '', '--to', address])}`,
        last:
          `mail for the account ${address} goes only there. To have it in its mailbox again: ` +
          commandLine(call, ['address', 'add', address, '--to', address]),
      });
      const removed = before
        .map((entry) => entry.target)
        .filter((one) => target === undefined || one === target);
      if (isGiven(call, 'dry-run')) {
        const would =
          target === undefined
            ? isCatchAll(address)
              ? `Whatever else is sent to ${domainOf(address)} would be refused.`
              : `${address} would be removed, and mail for it refused.`
            : `${mailFor(address)} would no longer go to ${target}.`;
        call.output.item({ address, targets: removed, dryRun: true }, `${would} ${NOT_CHANGED}`);
        return EXIT.done;
      }
      const undo = commandLine(call, ['address', 'add', address, ...removed.flatMap((one) => ['--to', one])]);
      const what =
        target === undefined
          ? isCatchAll(address)
            ? `Whatever else is sent to ${domainOf(address)} is refused again.`
            : `${address} is removed: mail for it is now refused.`
          : `${mailFor(address)} no longer goes to ${target}.`;
      call.output.item({ address, targets: removed, result: 'removed', undo }, what);
      call.output.say(`Undo: ${undo}`);
      return EXIT.done;
    });
  },
};
