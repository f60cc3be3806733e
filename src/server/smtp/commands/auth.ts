import type { Command } from '../../../wire/smtp/command.ts';
import { reply } from '../../../wire/smtp/reply.ts';
import { beginAuth, mechanisms } from '../auth.ts';
import type { Answer, SmtpHandle } from '../handle.ts';

/** AUTH (RFC 4954): logs in. */
export function auth(session: SmtpHandle, command: Extract<Command, { verb: 'AUTH' }>): Answer {
  if (session.client.account !== undefined) return reply(503, '5.5.1', 'Already logged in');
  // RFC 4954 4: where AUTH is not offered at all.
  if (session.context.kind !== 'submission')
    return reply(502, '5.5.1', 'Nobody logs in here: mail is submitted on another port');
  if (!mechanisms(session).includes(command.mechanism)) {
    return session.client.tls === undefined && session.context.secure !== undefined
      ? reply(538, '5.7.11', 'Please start TLS before logging in')
      : reply(504, '5.5.4', `${command.mechanism} is not offered here`);
  }
  return beginAuth(session, command);
}
