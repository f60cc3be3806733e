import type { Command } from '../../../wire/smtp/command.ts';
import { type Reply, reply } from '../../../wire/smtp/reply.ts';
import { mechanisms } from '../auth.ts';
import type { SmtpHandle } from '../handle.ts';

/** EHLO and HELO (RFC 5321 4.1.1.1), or LHLO (RFC 2033 4.1): names the client, offers what this session has, begins anew. */
export function ehlo(
  session: SmtpHandle,
  command: Extract<Command, { verb: 'EHLO' | 'HELO' | 'LHLO' }>,
): Reply {
  const isLmtp = session.context.kind === 'lmtp';
  if (isLmtp !== (command.verb === 'LHLO'))
    return reply(500, '5.5.1', isLmtp ? 'This is LMTP: say LHLO' : 'This is SMTP: say EHLO');
  session.greeted(command.domain, command.verb === 'HELO' ? 'smtp' : 'esmtp');
  const { hostname } = session.context;
  if (command.verb === 'HELO') return reply(250, undefined, hostname);
  return { code: 250, lines: [hostname, ...offers(session)] };
}

function offers(session: SmtpHandle): string[] {
  const { limits, secure } = session.context;
  const encrypted = session.client.tls !== undefined;
  const auth = mechanisms(session);
  return [
    'PIPELINING',
    `SIZE ${limits.maxMessageBytes}`,
    '8BITMIME',
    'BINARYMIME',
    'CHUNKING',
    'SMTPUTF8',
    'ENHANCEDSTATUSCODES',
    'DSN',
    `LIMITS RCPTMAX=${limits.maxRecipients} MAILMAX=${limits.maxTransactions}`,
    ...(secure !== undefined && !encrypted ? ['STARTTLS'] : []),
    ...(encrypted ? ['REQUIRETLS'] : []),
    ...(auth.length > 0 ? [`AUTH ${auth.join(' ')}`] : []),
  ];
}
