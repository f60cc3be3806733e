import { reply } from '../../../wire/smtp/reply.ts';
import type { Answer, SmtpHandle } from '../handle.ts';

const GO_AHEAD = reply(220, '2.0.0', 'Ready to start TLS');

/** STARTTLS (RFC 3207). */
export function startTls(session: SmtpHandle): Answer {
  if (session.client.tls !== undefined) return reply(503, '5.5.1', 'TLS is on already');
  if (session.context.secure === undefined) return reply(454, '4.7.0', 'TLS is not available');
  // Commands sent ahead of the handshake are injected by somebody in between, or by a broken client (RFC 3207 5).
  if (session.reader.bufferedBytes > 0) {
    return {
      code: 503,
      enhanced: '5.5.1',
      lines: ['Nothing may follow STARTTLS before the handshake'],
      close: true,
    };
  }
  session.upgrade(GO_AHEAD);
  return undefined;
}
