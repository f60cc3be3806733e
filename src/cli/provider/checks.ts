/**
 * What a provider may hold against us, looked at through our own resolver: the name of the address and back, the name we
 * greet with, block lists, and what the customer's domain publishes.
 */
import { isPublicAddress, type Listing } from '../../core/reputation/dnsbl.ts';
import { listingsOf } from '../../core/reputation/watch.ts';
import type { DnsResolver } from '../../net/resolver.ts';
import type { SqlStore } from '../../store/store.ts';
import type { NamedConfig } from '../command.ts';
import { resolverOf } from '../dns.ts';
import { type Finding, note, right, unknown, wrong } from '../doctor/finding.ts';
import { judgeRecord } from '../domain/check.ts';
import { type DnsRecord, recordsOf, txtValue, zoneLine } from '../domain/records.ts';

export interface Asked {
  readonly config: NamedConfig;
  /** The addresses that mail leaves from. */
  readonly addresses: readonly string[];
  /** The name it greets with. */
  readonly ehlo: string;
  /** Whose mail it is about. */
  readonly domains: readonly string[];
}

/** Never rejects for what DNS says; rejects when the store is down. */
export async function checksOf(store: SqlStore, asked: Asked): Promise<Finding[]> {
  const resolver = resolverOf(asked.config);
  const found = await Promise.all([
    ...asked.addresses.map((address) => addressFindings(resolver, address, asked.ehlo)),
    ...asked.addresses.map((address) => listFindings(resolver, asked.config, address)),
    ...asked.domains.map((domain) => domainFindings(store, resolver, { ...asked, domain })),
  ]);
  return found.flat();
}

/** Forward-confirmed reverse DNS, and the name of EHLO. */
async function addressFindings(resolver: DnsResolver, address: string, ehlo: string): Promise<Finding[]> {
  if (!isPublicAddress(address)) return [note('address', `${address} is not public: nobody outside sees it`)];
  const [names, forward] = await Promise.all([resolver.names(address), resolver.addresses(ehlo)]);
  const greeting =
    forward.kind === 'failed'
      ? unknown('EHLO', `DNS did not say what ${ehlo} is: ${forward.why}`)
      : forward.kind === 'found' && forward.records.includes(address)
        ? right('EHLO', `${ehlo} is ${address}`)
        : wrong('EHLO', `${ehlo} is not ${address}`, `publish its address record, or set another ehlo`);
  if (names.kind === 'failed')
    return [unknown('PTR', `DNS did not say the name of ${address}: ${names.why}`), greeting];
  if (names.kind !== 'found')
    return [
      wrong('PTR', `${address} has no name`, `ask whoever gives you the address to set its PTR to ${ehlo}.`),
      greeting,
    ];
  const back = await Promise.all(names.records.map((name) => resolver.addresses(name)));
  const leadsBack = back.some((one) => one.kind === 'found' && one.records.includes(address));
  const called = `${address} is called ${names.records.join(', ')}`;
  return [
    leadsBack
      ? right('PTR', `${called}, which leads back to it`)
      : wrong('PTR', `${called}, which does not lead back to it`, `have its PTR set to ${ehlo}.`),
    greeting,
  ];
}

/** What each list says of an address; nothing for one that no list has. */
export async function listFindings(
  resolver: DnsResolver,
  config: Pick<NamedConfig, 'dnsbl'>,
  address: string,
): Promise<Finding[]> {
  const { lists } = config.dnsbl;
  const listings = await listingsOf(resolver, { lists, addresses: [address] });
  const clear = listings.filter(({ state }) => state === 'clear').map(({ list }) => list);
  return [
    ...listings.flatMap((listing) => listFinding(listing)),
    ...(clear.length === 0 ? [] : [right('block list', `${address} is not on ${clear.join(', ')}`)]),
  ];
}

function listFinding({ list, address, state, what = list }: Listing): Finding[] {
  switch (state) {
    case 'clear':
      return [];
    case 'listed':
      return [wrong('block list', `${address} is on ${list} (${what})`, 'find the cause, end it, then ask')];
    case 'refused':
      return [
        note('block list', `${list} does not tell us: ${what}`, 'ask it through a resolver of your own'),
      ];
    case 'unknown':
      return [unknown('block list', `${list}: ${what}`)];
    default:
      return state satisfies never;
  }
}

/** What a provider looks at; where mail programs and senders find us is nothing to it. */
const SAID_OF_SENDERS: ReadonlySet<DnsRecord['purpose']> = new Set(['spf', 'dkim', 'dmarc']);

/** SPF, DKIM and DMARC as `relais domain check` sees them. */
async function domainFindings(
  store: SqlStore,
  resolver: DnsResolver,
  { config, domain }: Pick<Asked, 'config'> & { domain: string },
): Promise<Finding[]> {
  if (!(await store.isLocal(domain)))
    return [note('domain', `${domain} is not a domain here: its records are its own`)];
  const records = recordsOf(domain, await store.dkimKeys(domain), config).filter(({ purpose }) =>
    SAID_OF_SENDERS.has(purpose),
  );
  return Promise.all(
    records.map(async (record) => {
      const what = record.purpose.toUpperCase();
      const { state, remark, publish } = await judgeRecord(record, resolver, config);
      const fact = `${record.name}: ${remark ?? state}`;
      if (state === 'right') return right(what, `${record.name} is right`);
      if (state === 'unknown') return unknown(what, fact);
      const line = zoneLine(publish === undefined ? record : { ...record, value: txtValue(publish) });
      return {
        ...wrong(what, fact, `publish: ${line}`),
        record: { name: record.name, isMissing: state === 'missing', publish: line },
      };
    }),
  );
}
