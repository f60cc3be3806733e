import { commandLine, isGiven, toDomain, toTenant } from '../arguments.ts';
import { DRY_RUN, expectDone, NOT_CHANGED } from '../changes.ts';
import { type Command, CommandError, EXIT } from '../command.ts';
import { withStore } from '../with-store.ts';

export const domainTenant: Command = {
  name: 'domain tenant',
  usage: 'DOMAIN [NAME|--none] [--dry-run]',
  summary: 'Says whose a domain is, where one customer has several: guard relax can be about all of them.',
  options: {
    none: { type: 'boolean', doc: 'Nobody’s in particular any more.' },
    ...DRY_RUN,
  },
  positionals: [1, 2],
  examples: ['relais domain tenant example.org acme', 'relais domain tenant example.org --none'],
  async run(call) {
    const [domain, name] = [toDomain(call.positionals[0] as string), call.positionals[1]];
    const none = isGiven(call, 'none');
    if ((name === undefined) !== none)
      throw new CommandError(EXIT.usage, 'write the name of its tenant, such as acme, or --none');
    const tenant = name === undefined ? undefined : toTenant(name);
    const dryRun = isGiven(call, 'dry-run');
    return withStore(call, async (store) => {
      const before = (await store.listDomains()).find((one) => one.name === domain);
      const missing = `${domain} is not a domain here. Those that are: ${commandLine(call, ['domain', 'list'])}`;
      if (before === undefined) throw new CommandError(EXIT.nothing, missing);
      const isSo = before.tenant === tenant;
      if (!dryRun && !isSo)
        await expectDone(call, await store.setTenant({ domain, tenant, at: Date.now() }), { missing });
      const whose = tenant === undefined ? 'of no tenant' : `of tenant ${tenant}`;
      const was = before.tenant === undefined ? 'none' : before.tenant;
      const line = isSo
        ? `${domain} is ${whose} already.`
        : dryRun
          ? `${domain} would be ${whose} (it is of ${was}). ${NOT_CHANGED}`
          : `${domain} is ${whose}.`;
      call.output.item({ domain, tenant: tenant ?? null, before: before.tenant ?? null, dryRun }, line);
      if (!isSo && tenant !== undefined)
        call.output.say(
          `What is relaxed for all domains of ${tenant} ${dryRun ? 'would end' : 'is over'}: preview it anew.`,
        );
      return EXIT.done;
    });
  },
};
