/**
 * What Thunderbird, and many programs after it, ask for: https://autoconfig.DOMAIN/mail/config-v1.1.xml, or
 * https://DOMAIN/.well-known/autoconfig/mail/config-v1.1.xml (draft-bucksch-autoconfig). The name to log in by is the whole
 * address, which the program puts in.
 */
import type { Protocol, Service } from './services.ts';
import { element, xmlText } from './xml.ts';

const TYPES: Readonly<Record<Protocol, string>> = { imap: 'imap', pop3: 'pop3', submission: 'smtp' };
const SOCKETS = { implicit: 'SSL', starttls: 'STARTTLS' } as const;

export function mozillaConfig(domain: string, services: readonly Service[]): string {
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<clientConfig version="1.1">',
    `  <emailProvider id="${xmlText(domain)}">`,
    `    ${element('domain', domain)}`,
    `    ${element('displayName', domain)}`,
    `    ${element('displayShortName', domain)}`,
    ...services.map(server),
    '  </emailProvider>',
    '</clientConfig>',
    '',
  ].join('\n');
}

function server({ protocol, host, port, security }: Service): string {
  const tag = protocol === 'submission' ? 'outgoingServer' : 'incomingServer';
  return [
    `    <${tag} type="${TYPES[protocol]}">`,
    `      ${element('hostname', host)}`,
    `      ${element('port', port)}`,
    `      ${element('socketType', SOCKETS[security])}`,
    `      ${element('authentication', 'password-cleartext')}`,
    `      ${element('username', '%EMAILADDRESS%')}`,
    `    </${tag}>`,
  ].join('\n');
}
