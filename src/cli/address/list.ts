import { isCatchAll } from '../../core/directory/address.ts';
import type { AddressEntry } from '../../core/directory/admin.ts';
import type { SqlStore } from '../../store/store.ts';
import { commandLine, toDomain } from '../arguments.ts';
import { type Command, EXIT } from '../command.ts';
import { sayTable } from '../output.ts';
import { withStore } from '../with-store.ts';

export const addressList: Command = {
  name: 'address list',
  usage: '[DOMAIN]',
  summary: 'What mail can be sent to here, and where it goes.',
  options: {},
  positionals: [0, 1],
  async run(call) {
    const { output, positionals } = call;
    const domain = positionals[0] === undefined ? undefined : toDomain(positionals[0]);
    const entries = await withStore(call, async (store) => [
      ...(await store.listAddresses(domain)).map((entry) => ({ ...entry, byDefault: false })),
      ...(await postmasters(store, domain, call.config.addresses)),
    ]);
    if (entries.length === 0) {
      const add = commandLine(call, ['account', 'add', `ana@${domain ?? 'example.org'}`]);
      output.say(`No address${domain === undefined ? '' : ` at ${domain}`}. To make an account: ${add}`);
      return domain === undefined ? EXIT.done : EXIT.nothing;
    }
    const listed = entries.map(({ address, target, own, byDefault }) => {
      const why = byDefault
        ? '  (by default: RFC 5321 asks for this address)'
        : isCatchAll(address)
          ? '  (whatever else is sent to the domain)'
          : '';
      return {
        cells: [address, own ? 'its own mailbox' : `${target}${why}`],
        object: {
          address,
          target,
          account: own,
          ...(byDefault ? { byDefault } : {}),
          ...(isCatchAll(address) ? { catchAll: true } : {}),
        },
      };
    });
    sayTable(output, { head: ['Address', 'Goes to'] }, listed);
    return EXIT.done;
  },
};

/** Every domain has a postmaster (RFC 5321 4.5.1): where the mail for those goes that nobody named, of all domains or of one. */
export async function postmasters(
  store: SqlStore,
  only: string | undefined,
  { separator }: { separator: string },
): Promise<(AddressEntry & { byDefault: true })[]> {
  const domains = (await store.listDomains()).filter(({ name }) => only === undefined || name === only);
  const named = new Set((await store.listAddresses(only)).map(({ address }) => address));
  const defaults = domains.map(async ({ name }) => {
    const address = `postmaster@${name}`;
    if (named.has(address)) return [];
    const targets = await store.targets({ address, separator });
    const accounts = (targets?.accounts ?? []).map(
      async ({ id }) => (await store.accountById(id))?.address ?? String(id),
    );
    const places = [...(await Promise.all(accounts)), ...(targets?.forwards ?? [])];
    return places.map((target) => ({ address, target, own: false, byDefault: true as const }));
  });
  return (await Promise.all(defaults)).flat();
}
