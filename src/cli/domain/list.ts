import { domainOf } from '../../core/delivery/route.ts';
import { type Command, EXIT } from '../command.ts';
import { columns, localTime, rfc3339 } from '../output.ts';
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
    const rows = domains.map(({ name, language, tenant = '', createdAt }) => [
      name,
      language,
      tenant,
      String(counts.get(name) ?? 0),
      localTime(createdAt).slice(0, 10),
    ]);
    const [head, ...lines] = columns([['Domain', 'Language', 'Tenant', 'Accounts', 'Since'], ...rows], [3]);
    output.say(domains.length === 0 ? 'No domain yet: relais domain add example.org' : (head as string));
    domains.forEach(({ name, language, tenant, createdAt }, index) => {
      const object = {
        domain: name,
        language,
        ...(tenant === undefined ? {} : { tenant }),
        accounts: counts.get(name) ?? 0,
        createdAt: rfc3339(createdAt),
      };
      output.item(object, lines[index] as string);
    });
    return EXIT.done;
  },
};
