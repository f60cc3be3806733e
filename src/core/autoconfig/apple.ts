/**
 * A configuration profile for Mail on macOS and iOS (Apple, "Configuration Profile Reference", com.apple.mail.managed): whoever opens
 * it is asked for the password and has the account. One incoming server; Apple's programs know no STARTTLS switch, only encrypted or not.
 */
import type { Service } from './services.ts';
import { element } from './xml.ts';

export interface ProfileAbout {
  readonly address: string;
  readonly domain: string;
  readonly services: readonly Service[];
  /** Of the profile and of the account in it: the same for one address, so that a second one takes the place of the first. */
  readonly ids: readonly [profile: string, account: string];
}

/** Undefined when mail cannot be both read and sent here. */
export function appleProfile({ address, domain, services, ids }: ProfileAbout): string | undefined {
  const incoming = services.find(({ protocol }) => protocol !== 'submission');
  const outgoing = services.find(({ protocol }) => protocol === 'submission');
  if (incoming === undefined || outgoing === undefined) return undefined;
  const account = dict({
    EmailAccountDescription: domain,
    EmailAccountType: incoming.protocol === 'imap' ? 'EmailTypeIMAP' : 'EmailTypePOP',
    EmailAddress: address,
    ...server('Incoming', incoming, address),
    ...server('Outgoing', outgoing, address),
    OutgoingPasswordSameAsIncomingPassword: true,
    PayloadDescription: address,
    PayloadDisplayName: domain,
    PayloadIdentifier: `${domain}.mail.${ids[1]}`,
    PayloadType: 'com.apple.mail.managed',
    PayloadUUID: ids[1],
    PayloadVersion: 1,
  });
  const profile = dict({
    PayloadContent: [account],
    PayloadDescription: address,
    PayloadDisplayName: domain,
    PayloadIdentifier: `${domain}.mail`,
    PayloadType: 'Configuration',
    PayloadUUID: ids[0],
    PayloadVersion: 1,
  });
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">',
    `<plist version="1.0">\n${profile}\n</plist>\n`,
  ].join('\n');
}

function server(way: 'Incoming' | 'Outgoing', { host, port }: Service, address: string): Values {
  return {
    [`${way}MailServerAuthentication`]: 'EmailAuthPassword',
    [`${way}MailServerHostName`]: host,
    [`${way}MailServerPortNumber`]: port,
    [`${way}MailServerUseSSL`]: true,
    [`${way}MailServerUsername`]: address,
  };
}

/** A list is of what is XML already. */
type Values = Readonly<Record<string, string | number | boolean | readonly string[]>>;

function dict(values: Values): string {
  const lines = Object.entries(values).map(([key, value]) => `${element('key', key)}${inXml(value)}`);
  return `<dict>\n${lines.join('\n')}\n</dict>`;
}

function inXml(value: Values[string]): string {
  if (typeof value === 'boolean') return `<${value}/>`;
  if (typeof value === 'number') return element('integer', value);
  return typeof value === 'string' ? element('string', value) : `<array>\n${value.join('\n')}\n</array>`;
}
