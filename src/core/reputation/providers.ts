/**
 * The operators of mail hosts that have a name of their own here, by where their MX hosts stand. A name is given only
 * when every MX host of a site is that provider's: a site that is theirs in part is not theirs to judge.
 *
 * Left out: providers known to us only by the domains of their customers (Comcast, mail.com, Yahoo Japan).
 */

interface Provider {
  readonly name: string;
  /** A host's full name, or with a dot first, every name under it. */
  readonly mx: readonly string[];
  readonly source: Source;
}

/** Where the suffixes are from. */
type Source =
  /** The traffic shaping files of KumoMTA at 3ebc1e8. */
  | 'kumomta'
  /** Log lines and delivery status notifications in public threads. */
  | 'logs'
  /** Pages of third parties, such as the SMTP Field Manual. */
  | 'pages';

const PROVIDERS: readonly Provider[] = [
  // Gmail and Workspace share their addresses: one provider.
  { name: 'google', mx: ['.google.com', '.googlemail.com'], source: 'kumomta' },
  // AOL and the AT&T family too; not yahoo.co.jp, which is another company.
  { name: 'yahoo', mx: ['.yahoodns.net'], source: 'kumomta' },
  { name: 'outlook-consumer', mx: ['.olc.protection.outlook.com'], source: 'kumomta' },
  { name: 'microsoft365', mx: ['.mail.protection.outlook.com'], source: 'kumomta' },
  { name: 'microsoft365-dane', mx: ['.mx.microsoft'], source: 'kumomta' },
  { name: 'apple', mx: ['.icloud.com'], source: 'kumomta' },
  { name: 'orange', mx: ['.orange.fr'], source: 'kumomta' },
  { name: 'sfr', mx: ['smtp-in.sfr.fr'], source: 'logs' },
  { name: 'laposte', mx: ['.laposte.net'], source: 'logs' },
  { name: 'free', mx: ['mx1.free.fr', 'mx2.free.fr'], source: 'logs' },
  // Not all of ovh.net: its customers' own servers have names there.
  { name: 'ovh', mx: ['.mail.ovh.net'], source: 'logs' },
  { name: 'gmx-webde', mx: ['.gmx.net', '.web.de'], source: 'kumomta' },
  {
    name: 't-online',
    mx: ['mx00.t-online.de', 'mx01.t-online.de', 'mx02.t-online.de', 'mx03.t-online.de'],
    source: 'logs',
  },
  { name: 'mimecast', mx: ['.mimecast.com', '.mimecast.co.za', '.mimecast-offshore.com'], source: 'kumomta' },
  { name: 'proofpoint', mx: ['.ppe-hosted.com', '.pphosted.com'], source: 'pages' },
  { name: 'barracuda', mx: ['.barracudanetworks.com'], source: 'kumomta' },
  { name: 'symantec', mx: ['.messagelabs.com'], source: 'logs' },
  { name: 'qq', mx: ['.qq.com'], source: 'kumomta' },
  { name: 'netease', mx: ['.netease.com'], source: 'kumomta' },
  { name: 'netvigator', mx: ['.netvigator.com'], source: 'kumomta' },
  { name: 'kpn', mx: ['.kpnmail.nl'], source: 'kumomta' },
  { name: 'zoho', mx: ['mx.zoho.com', 'mx.zoho.eu'], source: 'logs' },
];

/** The names that there are. */
export const PROVIDER_NAMES: readonly string[] = PROVIDERS.map(({ name }) => name);

/** The provider of a site, when every one of its MX hosts (in lower case) is that provider's. */
export function providerOf(mxHosts: readonly string[]): string | undefined {
  if (mxHosts.length === 0) return undefined;
  return PROVIDERS.find(({ mx }) => mxHosts.every((host) => mx.some((suffix) => stands(host, suffix))))?.name;
}

function stands(host: string, suffix: string): boolean {
  return suffix.startsWith('.') ? host.endsWith(suffix) : host === suffix;
}
