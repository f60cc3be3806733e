/** The header fields that we put above a message: Received (RFC 5321 4.4), and what a submission lacked (RFC 6409 8). */
import { formatDate } from '../../wire/mime/date.ts';
import type { ClientFacts } from './session.ts';

export interface TraceFacts {
  readonly client: ClientFacts;
  readonly hostname: string;
  readonly reference: string;
  readonly at: number;
  readonly smtpUtf8: boolean;
  /** Named only when the message has one recipient: nobody learns of another. */
  readonly onlyRecipient?: string;
}

/** The Received field, folded, CRLF at the end. */
export function receivedField(facts: TraceFacts): string {
  const { client } = facts;
  const secure = client.tls === undefined ? '' : `\r\n\t(using ${client.tls.replace(' ', ' with cipher ')})`;
  const recipient = facts.onlyRecipient === undefined ? '' : `\r\n\tfor <${facts.onlyRecipient}>`;
  return (
    `Received: from ${client.helo ?? 'unknown'} (${literal(client.address)})${secure}\r\n` +
    `\tby ${facts.hostname} with ${protocol(facts)} id ${facts.reference}${recipient};\r\n` +
    `\t${formatDate(facts.at)}\r\n`
  );
}

/** RFC 3848 and RFC 6531 4.3: the `with` keyword says how the message came. */
function protocol({ client, smtpUtf8 }: TraceFacts): string {
  if (!client.esmtp) return 'SMTP';
  const base = smtpUtf8 ? 'UTF8SMTP' : client.kind === 'lmtp' ? 'LMTP' : 'ESMTP';
  return base + (client.tls === undefined ? '' : 'S') + (client.account === undefined ? '' : 'A');
}

/** RFC 5321 4.1.3. */
export function literal(address: string): string {
  return address.includes(':') ? `[IPv6:${address}]` : `[${address}]`;
}
