/**
 * What Outlook asks for: a POST to /autodiscover/autodiscover.xml at autodiscover.DOMAIN or DOMAIN, with the address in it
 * (MS-OXDSCLI, "POX"); newer versions ask first, with a GET of autodiscover.json, where that is.
 */
import type { Protocol, Service } from './services.ts';
import { element } from './xml.ts';

const TYPES: Readonly<Record<Protocol, string>> = { imap: 'IMAP', pop3: 'POP3', submission: 'SMTP' };
const ENCRYPTIONS = { implicit: 'SSL', starttls: 'TLS' } as const;
const OUTER = 'http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006';
const INNER = 'http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a';

/** The address in a request; undefined when there is none. */
export function addressAsked(request: string): string | undefined {
  return /<(?:\w+:)?EMailAddress>\s*([^<>&\s]{3,320})\s*<\//i.exec(request)?.[1];
}

export function autodiscoverResponse(address: string, services: readonly Service[]): string {
  return [
    '<?xml version="1.0" encoding="utf-8"?>',
    `<Autodiscover xmlns="${OUTER}">`,
    `  <Response xmlns="${INNER}">`,
    '    <Account>',
    `      ${element('AccountType', 'email')}`,
    `      ${element('Action', 'settings')}`,
    ...services.map((service) => protocol(address, service)),
    '    </Account>',
    '  </Response>',
    '</Autodiscover>',
    '',
  ].join('\n');
}

function protocol(address: string, service: Service): string {
  return [
    '      <Protocol>',
    `        ${element('Type', TYPES[service.protocol])}`,
    `        ${element('Server', service.host)}`,
    `        ${element('Port', service.port)}`,
    `        ${element('DomainRequired', 'off')}`,
    `        ${element('LoginName', address)}`,
    `        ${element('SPA', 'off')}`,
    `        ${element('SSL', 'on')}`,
    `        ${element('Encryption', ENCRYPTIONS[service.security])}`,
    `        ${element('AuthRequired', 'on')}`,
    '      </Protocol>',
  ].join('\n');
}

/** The answer to the GET: `url` is where the XML is. */
export function autodiscoverWhere(url: string): string {
  return JSON.stringify({ Protocol: 'AutodiscoverV1', Url: url });
}
