import { domainOf } from '../../core/delivery/route.ts';
import { type Command, EXIT } from '../command.ts';
import { localTime, rfc3339, sayTable } from '../output.ts';
import { withStore } from '../with-store.ts';

export const domainList: Command = {
  name: 'domain list',
  usage: '',
  summary: 'The domains that we take mail for.',
  options: {},
  positionals: [0, 0],
  async run(call) {
    const { output } = call;
    const [domains, accounts] = await withStore(call, (store) =>
      Promise.all([store.listDomains(), store.listAccounts(undefined)]),
    );
    const counts = new Map<string, number>();
    for (const { address } of accounts)
      counts.set(domainOf(address), (counts.get(domainOf(address)) ?? 0) + 1);
    if (domains.length === 0) {
      output.say('No domain yet: relais domain add example.org');
      return EXIT.done;
    }
    const listed = domains.map(({ name, language, tenant, createdAt }) => {
      const own = counts.get(name) ?? 0;
      return {
        cells: [name, language, tenant ?? '', String(own), localTime(createdAt).slice(0, 10)],
        object: {
          domain: name,
          language,
          ...(tenant === undefined ? {} : { tenant }),
          accounts: own,
          createdAt: rfc3339(createdAt),
        },
      };
    });
    sayTable(output, { head: ['Domain', 'Language', 'Tenant', 'Accounts', 'Since'], right: [3] }, listed);
    return EXIT.done;
  },
};
