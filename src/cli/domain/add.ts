import { generateDkimKeys } from '../../wire/dkim/keys.ts';
import { commandLine, readOption, toDomain, toLanguage, toTenant } from '../arguments.ts';
import { expectDone } from '../changes.ts';
import { type Command, EXIT } from '../command.ts';
import { withStoreMade } from '../with-store.ts';
import { recordsOf, zoneLine } from './records.ts';

export const domainAdd: Command = {
  name: 'domain add',
  usage: 'DOMAIN [--language en|fr] [--tenant NAME]',
  summary: 'Takes mail for a domain; makes its DKIM keys and says what to publish in DNS.',
  options: {
    language: { type: 'string', doc: 'The language of its notices: en or fr.' },
    tenant: { type: 'string', doc: 'Whose it is, in a word, where somebody has several domains.' },
  },
  positionals: [1, 1],
  examples: ['relais domain add example.org', 'relais domain add example.fr --language fr'],
  async run(call) {
    const { config, output } = call;
    const domain = toDomain(call.positionals[0] as string);
    const language = readOption(call, 'language', toLanguage) ?? config.dsn.language;
    const tenant = readOption(call, 'tenant', toTenant);
    const now = Date.now();
    return withStoreMade(call, async (store) => {
      const made = await generateDkimKeys(selectorOf(now));
      const keys = made.map(({ txt, ...key }) => ({ ...key, domain, publicRecord: txt.join('') }));
      const added = { name: domain, language, createdAt: now, ...(tenant === undefined ? {} : { tenant }) };
      await expectDone(call, await store.addDomain({ ...added, keys }), {
        exists: `${domain} is here already. To see its DNS records: ${commandLine(call, ['domain', 'check', domain])}`,
      });
      output.say(`${domain} is added. Publish these records in its DNS zone:\n`);
      for (const record of recordsOf(domain, keys, config))
        output.item({ domain, ...record }, zoneLine(record));
      if (!domain.includes('.'))
        output.note(
          `relais: ${domain} has no dot: nobody outside can write to it. If that is a slip: ${commandLine(call, ['domain', 'remove', domain])}`,
        );
      output.say(
        `\nThen see whether they are right: ${commandLine(call, ['domain', 'check', domain])}` +
          `\nAnd make a first account:        ${commandLine(call, ['account', 'add', `postmaster@${domain}`])}`,
      );
      return EXIT.done;
    });
  },
};

/** `20180312`: says how old a key is, and never comes twice for keys that are changed at most daily. */
function selectorOf(now: number): string {
  return new Date(now).toISOString().slice(0, 10).replaceAll('-', '');
}
