import { commandLine, toDomain } from '../arguments.ts';
import { expectDone } from '../changes.ts';
import { type Command, EXIT } from '../command.ts';
import { counted } from '../output.ts';
import { withStore } from '../with-store.ts';

export const domainRemove: Command = {
  name: 'domain remove',
  usage: 'DOMAIN',
  summary: 'Takes no more mail for a domain, and forgets its DKIM keys.',
  options: {},
  positionals: [1, 1],
  async run(call) {
    const domain = toDomain(call.positionals[0] as string);
    return withStore(call, async (store) => {
      const keys = await store.dkimKeys(domain);
      const entries = await store.listAddresses(domain);
      const accounts = entries.filter(({ own }) => own).length;
      // One that goes to several places is listed for each.
      const addresses = new Set(entries.filter(({ own }) => !own).map(({ address }) => address)).size;
      const left = [
        ...(accounts > 0 ? [counted(accounts, 'account')] : []),
        ...(addresses > 0 ? [counted(addresses, 'address')] : []),
      ];
      const one = accounts + addresses === 1;
      await expectDone(call, await store.removeDomain(domain), {
        missing: `${domain} is not a domain here. Those that are: ${commandLine(call, ['domain', 'list'])}`,
        'in-use':
          `${domain} still has ${left.join(' and ')}; remove ${one ? 'it' : 'them'} first. ` +
          `${one ? 'It is' : 'They are'} listed by: ${commandLine(call, ['address', 'list', domain])}`,
      });
      const selectors = keys.map(({ selector }) => selector);
      call.output.item(
        { domain, result: 'removed', selectors },
        `${domain} is removed, and its DKIM keys with it. Mail for it is now refused.`,
      );
      call.output.say('Take its MX record out of DNS, and in a week the DKIM records:');
      for (const selector of selectors) call.output.say(`  ${selector}._domainkey.${domain}`);
      return EXIT.done;
    });
  },
};
