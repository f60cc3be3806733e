/** The commands that need no more than a reply. */
import { type Reply, reply } from '../../../wire/smtp/reply.ts';
import { OK } from '../replies.ts';
import type { SmtpHandle } from '../handle.ts';

/** NOOP (RFC 5321 4.1.1.9). */
export function noop(): Reply {
  return OK;
}

/** HELP (RFC 5321 4.1.1.8). */
export function help(): Reply {
  return reply(214, '2.0.0', 'EHLO MAIL RCPT DATA BDAT RSET NOOP STARTTLS AUTH QUIT; see RFC 5321');
}

/** VRFY (RFC 5321 3.5.3): neither confirms nor denies. */
export function vrfy(): Reply {
  return reply(252, '2.5.1', 'Send the message and see');
}

/** EXPN (RFC 5321 3.5.2): lists are nobody's business. */
export function expn(): Reply {
  return reply(502, '5.7.1', 'Lists are not expanded here');
}

/** RSET (RFC 5321 4.1.1.5). */
export function rset(session: SmtpHandle): Reply {
  if (session.phase.kind !== 'new') session.resetTransaction();
  return OK;
}

/** QUIT (RFC 5321 4.1.1.10). */
export function quit(): Reply {
  return { code: 221, enhanced: '2.0.0', lines: ['Goodbye'], close: true };
}
