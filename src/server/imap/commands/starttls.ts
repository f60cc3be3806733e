import type { Command } from '../../../wire/imap/command.ts';
import { bad, type Completion, type ImapHandle, no } from '../handle.ts';

/** STARTTLS (RFC 9051 6.2.1): once, and not above compression, which UNAUTHENTICATE leaves where it is (RFC 8437). */
export function startTls(session: ImapHandle, _: Command, tag: string): Completion | undefined {
  if (session.tlsSocket !== undefined) return bad('TLS is on already');
  if (session.isCompressed) return bad('TLS begins before the compression');
  if (session.context.secure === undefined) return no('TLS is not available');
  if (session.reader.bufferedBytes > 0) {
    // Commands sent ahead of the handshake are injected by somebody in between, or by a broken client.
    session.end(`${tag} BAD Nothing may follow STARTTLS before the handshake\r\n`);
    return undefined;
  }
  session.upgrade(`${tag} OK Ready to start TLS\r\n`);
  return undefined;
}
