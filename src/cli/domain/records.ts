/** The DNS records that a domain needs, as we would publish them. */
import { servicesOf } from '../../core/autoconfig/services.ts';
import { srvRecords } from '../../core/autoconfig/srv.ts';
import type { DkimKey } from '../../core/directory/admin.ts';
import { formatTxt } from '../../wire/dkim/keys.ts';
import type { NamedConfig } from '../command.ts';

export interface DnsRecord {
  readonly purpose: 'mx' | 'spf' | 'dkim' | 'dmarc' | 'srv' | 'autoconfig';
  /** Without the dot at its end. */
  readonly name: string;
  readonly type: 'MX' | 'TXT' | 'SRV' | 'CNAME';
  /** The right-hand side as a zone file writes it. */
  readonly value: string;
  /** Of a TXT record: its text in one piece, as many web forms want it. */
  readonly text?: string;
  /** Mail comes and goes without it: it only helps mail programs to find their settings. */
  readonly optional?: true;
}

const TTL_SECONDS = 3_600;
const PREFERENCE = 10;
/** RFC 1035 3.3: octets of one character string. */
const STRING_CHARS = /.{1,255}/g;

/** What to publish so that mail comes here and what we send is believed. */
export function recordsOf(domain: string, keys: readonly DkimKey[], config: NamedConfig): DnsRecord[] {
  return [
    { purpose: 'mx', name: domain, type: 'MX', value: `${PREFERENCE} ${config.hostname}.` },
    txt('spf', domain, spfText(config)),
    ...keys.map((key) => txt('dkim', `${key.selector}._domainkey.${domain}`, key.publicRecord)),
    // RFC 7489: begin by watching; p=quarantine once the reports show only mail of ours.
    txt('dmarc', `_dmarc.${domain}`, `v=DMARC1; p=none; rua=mailto:postmaster@${domain}`),
    ...settingsOf(domain, config),
  ];
}

/** By which mail programs find the servers of a domain: SRV (RFC 6186), and the names at which they ask over HTTP. */
function settingsOf(domain: string, { hostname, listen }: NamedConfig): DnsRecord[] {
  const srv = srvRecords(servicesOf(listen, hostname)).map(
    ({ name, priority, weight, port, target }): DnsRecord => ({
      purpose: 'srv',
      name: `${name}.${domain}`,
      type: 'SRV',
      value: `${priority} ${weight} ${port} ${target}.`,
      optional: true,
    }),
  );
  const names = listen.some(({ kind }) => kind === 'http') ? ['autoconfig', 'autodiscover'] : [];
  return [
    ...srv,
    ...names.map(
      (name): DnsRecord => ({
        purpose: 'autoconfig',
        name: `${name}.${domain}`,
        type: 'CNAME',
        value: `${hostname}.`,
        optional: true,
      }),
    ),
  ];
}

/** The SPF terms (RFC 7208) that stand for this server: its MX, and the addresses it sends from. */
export function spfTerms({ egress }: NamedConfig): string[] {
  const sources = egress.filter(({ address }) => !/^(127\.|::1$)/.test(address));
  return ['mx', ...sources.map(({ address }) => `${address.includes(':') ? 'ip6' : 'ip4'}:${address}`)];
}

function spfText(config: NamedConfig): string {
  return `v=spf1 ${spfTerms(config).join(' ')} ~all`;
}

function txt(purpose: DnsRecord['purpose'], name: string, text: string): DnsRecord {
  return { purpose, name, type: 'TXT', value: txtValue(text), text };
}

/** The text of a TXT record as a zone file writes it. */
export function txtValue(text: string): string {
  return formatTxt(text.match(STRING_CHARS) ?? []);
}

/** One line of a zone file. */
export function zoneLine({ name, type, value }: DnsRecord): string {
  return `${name}. ${TTL_SECONDS} IN ${type} ${value}`;
}
