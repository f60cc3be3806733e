/**
 * What every SASL mechanism looks like from the server's side (RFC 4422), without I/O and without a directory.
 *
 * The protocol shell decodes base64, handles cancelling (`*`), and hands each response to `step`. Where the mechanism
 * needs to know something, the step says what and is resumed with it. No mechanism here sends data together with
 * success, because neither SMTP (RFC 4954 4) nor IMAP (RFC 9051 6.2.2) can carry it: it goes as one more challenge.
 */
import type { ScramKeys } from './scram-keys.ts';

/** Octets of one decoded response; RFC 4954 4 allows lines of 12 288, which no mechanism here needs. */
export const MAX_RESPONSE_BYTES = 4_096;

export type SaslFault =
  /** The response breaks the mechanism's grammar. */
  | 'malformed'
  /** The user or its proof is wrong; the two are never told apart. */
  | 'credentials'
  /** The client's channel binding is not this connection's: somebody may sit between. */
  | 'channel-binding'
  /** `step` was called after the end, or before a question was answered. */
  | 'out-of-order';

export type SaslStep =
  | { readonly kind: 'challenge'; readonly bytes: Buffer }
  | {
      readonly kind: 'verify-password';
      /** Whom to act as; empty means the user itself. */
      readonly authzid: string;
      readonly user: string;
      readonly password: string;
      readonly resume: (verdict: 'right' | 'wrong') => SaslStep;
    }
  | {
      readonly kind: 'need-keys';
      readonly authzid: string;
      readonly user: string;
      /** Nothing for a user without keys: the exchange goes on as for a known one and fails at the end. */
      readonly resume: (keys: ScramKeys | undefined) => SaslStep;
    }
  /** A proof was checked: whoever counts guesses says whether this one may be answered, right or wrong, before it is. */
  | { readonly kind: 'proof'; readonly resume: () => SaslStep }
  | { readonly kind: 'success'; readonly user: string; readonly authzid: string }
  | { readonly kind: 'failure'; readonly why: SaslFault };

export interface SaslExchange {
  /** Takes a decoded response; nothing when the client began without an initial response. Never throws. */
  readonly step: (response: Buffer | undefined) => SaslStep;
}

export function failure(why: SaslFault): SaslStep {
  return { kind: 'failure', why };
}

/** The step that asks for the password to be checked; the verdict ends the exchange. */
export function verifyPassword(login: { authzid: string; user: string; password: string }): SaslStep {
  return {
    kind: 'verify-password',
    ...login,
    resume: (verdict) =>
      verdict === 'right'
        ? { kind: 'success', user: login.user, authzid: login.authzid }
        : failure('credentials'),
  };
}

/** Decodes a response line strictly (RFC 4648 4, RFC 4954 4: `=` is the empty response); nothing when it is not base64. */
export function decodeResponse(text: string): Buffer | undefined {
  if (text === '=') return Buffer.alloc(0);
  if (text.length > MAX_RESPONSE_BYTES * 2 || text.length % 4 !== 0) return undefined;
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined;
  return Buffer.from(text, 'base64');
}

/** UTF-8 text of a response; nothing when it is too long or not UTF-8. */
export function responseText(response: Buffer): string | undefined {
  if (response.length > MAX_RESPONSE_BYTES) return undefined;
  const text = response.toString('utf8');
  return text.includes('\ufffd') ? undefined : text;
}
