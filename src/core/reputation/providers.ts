/**
 * The operators of mail hosts that have a name of their own here, by where their MX hosts stand, and what else people
 * call them. A name is given only when every MX host of a site is that provider's: a site that is theirs in part is not
 * theirs to judge.
 */

interface Provider {
  readonly name: string;
  /** What people read; made of the name unless given. */
  readonly title?: string;
  /** What else people, logs and other tools call it. */
  readonly aliases?: readonly string[];
  /** Words that only this provider's replies have. */
  readonly speaks?: readonly string[];
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
  | 'pages'
  /** What every postmaster knows, and nobody has written down where we looked. */
  | 'known';

const PROVIDERS: readonly Provider[] = [
  // Gmail and Workspace share their addresses: one provider.
  {
    name: 'google',
    title: 'Gmail',
    aliases: ['gmail', 'gmail.com', 'googlemail', 'workspace'],
    speaks: ['gsmtp', 'gcdp'],
    mx: ['.google.com', '.googlemail.com'],
    source: 'kumomta',
  },
  // AOL and the AT&T family too; not yahoo.co.jp, which is another company.
  { name: 'yahoo', aliases: ['yahoo.com', 'aol', 'aol.com'], mx: ['.yahoodns.net'], source: 'kumomta' },
  {
    name: 'outlook-consumer',
    title: 'Outlook.com',
    aliases: ['outlook.com', 'outlook', 'hotmail', 'hotmail.com', 'live.com'],
    mx: ['.olc.protection.outlook.com'],
    source: 'kumomta',
  },
  {
    name: 'microsoft365',
    title: 'Microsoft 365',
    aliases: ['office365', 'exchange-online', 'm365'],
    mx: ['.mail.protection.outlook.com'],
    source: 'kumomta',
  },
  { name: 'microsoft365-dane', title: 'Microsoft 365', mx: ['.mx.microsoft'], source: 'kumomta' },
  {
    name: 'apple',
    title: 'iCloud',
    aliases: ['icloud', 'icloud.com', 'me.com'],
    mx: ['.icloud.com'],
    source: 'kumomta',
  },
  { name: 'orange', aliases: ['orange.fr', 'wanadoo', 'orange-uk'], mx: ['.orange.fr'], source: 'kumomta' },
  { name: 'sfr', title: 'SFR', aliases: ['sfr.fr', 'neuf'], mx: ['smtp-in.sfr.fr'], source: 'logs' },
  { name: 'laposte', title: 'La Poste', aliases: ['laposte.net'], mx: ['.laposte.net'], source: 'logs' },
  { name: 'free', aliases: ['free.fr'], mx: ['mx1.free.fr', 'mx2.free.fr'], source: 'logs' },
  // Not all of ovh.net: its customers' own servers have names there.
  { name: 'ovh', title: 'OVH', mx: ['.mail.ovh.net'], source: 'logs' },
  {
    name: 'gmx-webde',
    title: 'GMX and web.de',
    aliases: ['gmx', 'gmx.net', 'web.de', 'mail.com', '1and1', 'ionos'],
    speaks: ['nemesis'],
    mx: ['.gmx.net', '.web.de'],
    source: 'kumomta',
  },
  {
    name: 't-online',
    title: 'T-Online',
    aliases: ['t-online.de', 'telekom'],
    mx: ['mx00.t-online.de', 'mx01.t-online.de', 'mx02.t-online.de', 'mx03.t-online.de'],
    source: 'logs',
  },
  {
    name: 'mimecast',
    speaks: ['mimecast'],
    mx: ['.mimecast.com', '.mimecast.co.za', '.mimecast-offshore.com'],
    source: 'kumomta',
  },
  { name: 'proofpoint', mx: ['.ppe-hosted.com', '.pphosted.com'], source: 'pages' },
  { name: 'barracuda', mx: ['.barracudanetworks.com'], source: 'kumomta' },
  { name: 'symantec', mx: ['.messagelabs.com'], source: 'logs' },
  { name: 'qq', title: 'QQ', mx: ['.qq.com'], source: 'kumomta' },
  { name: 'netease', title: 'NetEase', mx: ['.netease.com'], source: 'kumomta' },
  { name: 'netvigator', mx: ['.netvigator.com'], source: 'kumomta' },
  { name: 'kpn', title: 'KPN', mx: ['.kpnmail.nl'], source: 'kumomta' },
  { name: 'zoho', mx: ['mx.zoho.com', 'mx.zoho.eu'], source: 'logs' },
  {
    name: 'comcast',
    aliases: ['comcast.net', 'xfinity'],
    mx: ['.mxge.comcast.net', 'mx1.comcast.net', 'mx2.comcast.net'],
    source: 'known',
  },
  {
    name: 'yahoo-japan',
    title: 'Yahoo Japan',
    aliases: ['yahoo.co.jp'],
    mx: ['.mail.yahoo.co.jp'],
    source: 'known',
  },
  { name: 'mailru', title: 'Mail.ru', aliases: ['mail.ru'], mx: ['mxs.mail.ru'], source: 'known' },
  { name: 'yandex', aliases: ['yandex.ru'], mx: ['mx.yandex.ru', 'mx.yandex.net'], source: 'known' },
  {
    name: 'proton',
    aliases: ['protonmail', 'proton.me'],
    mx: ['mail.protonmail.ch', 'mailsec.protonmail.ch'],
    source: 'logs',
  },
  { name: 'fastmail', mx: ['.messagingengine.com'], source: 'known' },
  { name: 'seznam', aliases: ['seznam.cz'], mx: ['mx1.seznam.cz', 'mx2.seznam.cz'], source: 'known' },
  {
    name: 'rackspace',
    aliases: ['emailsrvr', 'emailsrvr.com'],
    mx: ['mx1.emailsrvr.com', 'mx2.emailsrvr.com'],
    source: 'known',
  },
  {
    name: 'godaddy',
    title: 'GoDaddy',
    aliases: ['secureserver', 'secureserver.net'],
    mx: ['smtp.secureserver.net', 'mailstore1.secureserver.net'],
    source: 'known',
  },
  { name: 'cisco', aliases: ['ironport', 'iphmx'], mx: ['.iphmx.com'], source: 'known' },
  { name: 'cloudflare', mx: ['.mx.cloudflare.net'], source: 'known' },
  { name: 'spamexperts', mx: ['.antispamcloud.com'], source: 'known' },
  { name: 'hornetsecurity', mx: ['.hornetsecurity.com'], source: 'known' },
];

/** Known by what they say only: no host names them, so they never hold a site. */
const SPEAKERS: readonly Omit<Provider, 'mx'>[] = [
  { name: 'cox', aliases: ['cox.net'], source: 'pages' },
  { name: 'spectrum', aliases: ['charter', 'roadrunner', 'rr.com', 'twc'], source: 'pages' },
  { name: 'att', aliases: ['att.net', 'bellsouth'], source: 'pages' },
  { name: 'facebook', source: 'pages' },
  { name: 'trendmicro', source: 'pages' },
  { name: 'exchange', source: 'pages' },
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

const NAMED: readonly Omit<Provider, 'mx'>[] = [...PROVIDERS, ...SPEAKERS];
const BY_NAME = new Map(
  NAMED.flatMap(({ name, aliases = [] }) => [name, ...aliases].map((word) => [word, name] as const)),
);
const BY_WORD = new Map(
  NAMED.flatMap(({ name, speaks = [] }) => speaks.map((word) => [word, name] as const)),
);

const TITLES = new Map(
  NAMED.flatMap(({ name, title }) => (title === undefined ? [] : [[name, title] as const])),
);

/** What people read for a provider's name; a site that has none is called by itself. */
export function titleOf(name: string): string {
  if (name.includes('.')) return name;
  return TITLES.get(name) ?? name.slice(0, 1).toUpperCase() + name.slice(1);
}

/** Everything that a provider may be called. */
export const PROVIDER_CALLS: readonly string[] = [...BY_NAME.keys()];

/** The name used here for a provider that somebody calls so; undefined for one that has no name here. */
export function providerNamed(called: string | undefined): string | undefined {
  return called === undefined ? undefined : BY_NAME.get(called.toLowerCase());
}

/** The provider of one host. */
export function providerOfMx(host: string | undefined): string | undefined {
  return host === undefined ? undefined : providerOf([host.toLowerCase()]);
}

/** The provider whose own words these are, in lower case. */
export function speakerOf(words: readonly string[]): string | undefined {
  for (let index = 0; index < words.length; index++) {
    const word = words[index] as string;
    const named = BY_WORD.get(word);
    if (named !== undefined) return named;
    // `[…eurprd06.prod.outlook.com …]`, `…protection.outlook.com`.
    if (word === 'outlook' && words[index + 1] === 'com') {
      return ['prod', 'protection'].includes(words[index - 1] ?? '') ? 'microsoft365' : 'outlook-consumer';
    }
  }
  return undefined;
}
