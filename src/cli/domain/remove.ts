import { commandLine, isGiven, toDomain } from '../arguments.ts';
import { DRY_RUN, expectDone, makeOrTry, NOT_CHANGED } from '../changes.ts';
import { type Command, EXIT } from '../command.ts';
import { counted } from '../output.ts';
import { withStore } from '../with-store.ts';

export const domainRemove: Command = {
  name: 'domain remove',
  usage: 'DOMAIN [--dry-run]',
  summary: 'Takes no more mail for a domain, and forgets its DKIM keys.',
  options: DRY_RUN,
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
      await expectDone(call, await makeOrTry(call, store, { change: 'removeDomain', request: domain }), {
        missing: `${domain} is not a domain here. Those that are: ${commandLine(call, ['domain', 'list'])}`,
        'in-use':
          `${domain} still has ${left.join(' and ')}; remove ${one ? 'it' : 'them'} first. ` +
          `${one ? 'It is' : 'They are'} listed by: ${commandLine(call, ['address', 'list', domain])}`,
      });
      const selectors = keys.map(({ selector }) => selector);
      if (isGiven(call, 'dry-run')) {
        const line = `${domain} would be removed, and its DKIM keys with it; mail for it would be refused. ${NOT_CHANGED}`;
        call.output.item({ domain, dryRun: true, selectors }, line);
        return EXIT.done;
      }
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
