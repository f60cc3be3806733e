/** NOOP, UTF8 and STLS. */
import type { Answer, Pop3Handle } from '../handle.ts';

export function noop(): Answer {
  return '+OK';
}

/** RFC 6856 section 2.1: messages are given as they came, with it and without it. */
export function utf8(): Answer {
  return '+OK';
}

/** RFC 2595 section 4. */
export function stls(session: Pop3Handle): Answer {
  if (session.tlsSocket !== undefined) return '-ERR TLS is on already';
  if (session.context.secure === undefined) return '-ERR There is no TLS here';
  if (session.aheadBytes > 0) return '-ERR Nothing may follow STLS before the handshake';
  // What was said in the clear counts for nothing.
  session.phase = { kind: 'authorization' };
  session.upgrade('+OK Ready to start TLS\r\n');
  return undefined;
}
