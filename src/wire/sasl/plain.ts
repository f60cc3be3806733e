/** SASL PLAIN (RFC 4616): `[authzid] NUL authcid NUL password` in one response. Only for use inside TLS. */
import { failure, responseText, type SaslExchange, type SaslStep, verifyPassword } from './exchange.ts';
import { saslprep } from './saslprep.ts';

/** RFC 4616 2: the longest user name, authorisation name and password that are looked at, in UTF-16 units. */
const MAX_PART_CHARS = 1_024;

/** Starts an exchange on the server's side. */
export function createPlain(): SaslExchange {
  let phase: 'start' | 'asked' | 'done' = 'start';
  return {
    step(response) {
      if (phase === 'done') return failure('out-of-order');
      if (response === undefined) {
        if (phase === 'asked') return failure('malformed');
        phase = 'asked';
        return { kind: 'challenge', bytes: Buffer.alloc(0) };
      }
      phase = 'done';
      return parsePlain(response);
    },
  };
}

function parsePlain(response: Buffer): SaslStep {
  const parts = responseText(response)?.split('\0');
  if (parts === undefined || parts.length !== 3) return failure('malformed');
  if (parts.some((part) => part.length > MAX_PART_CHARS)) return failure('malformed');
  const [authzid, authcid, secret] = parts as [string, string, string];
  const user = saslprep(authcid);
  const password = saslprep(secret);
  if (!user || !password) return failure('malformed');
  return verifyPassword({ authzid, user, password });
}
