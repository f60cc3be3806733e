import { domainOf } from '../../core/delivery/route.ts';
import { normalise } from '../../core/intake/recipient.ts';
import { commandLine, isGiven, readOption, toAddress, toOutsideAddress } from '../arguments.ts';
import { DRY_RUN, expectDone, makeOrTry, NOT_CHANGED } from '../changes.ts';
import { type Command, EXIT } from '../command.ts';
import { withStore } from '../with-store.ts';

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
      const before = (await store.listAddresses(domainOf(address))).filter(
        (entry) => entry.address === address,
      );
      const request = { address, ...(target === undefined ? {} : { target }) };
      await expectDone(call, await makeOrTry(call, store, { change: 'removeAddress', request }), {
        missing:
          target === undefined
            ? `there is no address ${address}. Those that are: ${commandLine(call, ['address', 'list', domainOf(address)])}`
            : `mail for ${address} does not go to ${target}. See ${commandLine(call, ['address', 'list', domainOf(address)])}`,
        'is-account': `${address} is an account. To remove it: ${commandLine(call, ['account', 'remove', address])}`,
      });
      const removed = before
        .map((entry) => entry.target)
        .filter((one) => target === undefined || one === target);
      if (isGiven(call, 'dry-run')) {
        const would =
          target === undefined
            ? `${address} would be removed, and mail for it refused.`
            : `Mail for ${address} would no longer go to ${target}.`;
        call.output.item({ address, targets: removed, dryRun: true }, `${would} ${NOT_CHANGED}`);
        return EXIT.done;
      }
      const undo = commandLine(call, ['address', 'add', address, ...removed.flatMap((one) => ['--to', one])]);
      const what =
        target === undefined
          ? `${address} is removed: mail for it is now refused.`
          : `Mail for ${address} no longer goes to ${target}.`;
      call.output.item({ address, targets: removed, result: 'removed', undo }, what);
      call.output.say(`Undo: ${undo}`);
      return EXIT.done;
    });
  },
};
