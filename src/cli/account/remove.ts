import type { AddressEntry } from '../../core/directory/admin.ts';
import { isGiven, commandLine, toAddress } from '../arguments.ts';
import { DRY_RUN, expectDone, makeOrTry, NOT_CHANGED } from '../changes.ts';
import { type Command, EXIT } from '../command.ts';
import { counted } from '../output.ts';
import { withStore } from '../with-store.ts';
import { noAccount } from './of.ts';

export const accountRemove: Command = {
  name: 'account remove',
  usage: 'ADDRESS [--with-mail] [--dry-run]',
  summary: 'Removes an account, and the addresses that lead to it.',
  options: {
    'with-mail': { type: 'boolean', doc: 'Also when there is mail in it: that is deleted.' },
    ...DRY_RUN,
  },
  positionals: [1, 1],
  async run(call) {
    const address = toAddress(call.positionals[0] as string);
    return withStore(call, async (store) => {
      const account = (await store.listAccounts(undefined)).find((one) => one.address === address);
      const messages = account?.messages ?? 0;
      const addresses = leadingTo(address, await store.listAddresses(undefined));
      const request = { address, withMail: isGiven(call, 'with-mail'), at: Date.now() };
      await expectDone(call, await makeOrTry(call, store, { change: 'removeAccount', request }), {
        missing: noAccount(call, address),
        'has-mail':
          `${address} has ${counted(messages, 'message')}, which would be lost. ` +
          `To delete them too: ${commandLine(call, ['account', 'remove', address, '--with-mail'])}`,
      });
      const also = [
        ...(messages > 0 ? [`its ${counted(messages, 'message')}`] : []),
        ...(addresses.length > 0 ? [`what led to it (${addresses.join(', ')})`] : []),
      ];
      const dryRun = isGiven(call, 'dry-run');
      const is = dryRun ? 'would be' : 'is';
      call.output.item(
        { address, ...(dryRun ? { dryRun } : { result: 'removed' }), messages, addresses },
        `${address} ${is} removed${also.length > 0 ? `, with ${also.join(' and ')}` : ''}. ${dryRun ? NOT_CHANGED : 'This cannot be undone.'}`,
      );
      return EXIT.done;
    });
  },
};

/** What leads to an address, and what leads to nothing else than that. */
function leadingTo(gone: string, entries: readonly AddressEntry[]): string[] {
  const dropped = new Set([gone]);
  const leading = new Set<string>();
  for (const one of dropped) {
    for (const { address, own, target } of entries) {
      if (own || target !== one || address === gone) continue;
      leading.add(address);
      const others = entries.filter((entry) => entry.address === address && !dropped.has(entry.target));
      if (others.length === 0) dropped.add(address);
    }
  }
  return [...leading];
}
