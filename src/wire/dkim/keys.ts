/** New DKIM keys, and the DNS records that publish them (RFC 6376 3.6.1, RFC 8463 4). */
import { generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import type { DkimAlgorithm } from './sign.ts';

/** RFC 8301 3.2 asks for 1024 at least and 2048 by preference; longer ones do not fit everybody's DNS. */
const RSA_BITS = 2_048;
/** RFC 1035 3.3: octets of one character string of a TXT record. */
const MAX_STRING_CHARS = 255;
const ED25519_KEY_BYTES = 32;

export interface NewDkimKey {
  readonly algorithm: DkimAlgorithm;
  /** The record's name is `<selector>._domainkey.<domain>`. */
  readonly selector: string;
  /** PKCS #8. */
  readonly privatePem: string;
  /** The TXT record's text, in strings of at most 255 characters. */
  readonly txt: readonly string[];
}

/** Makes an RSA and an Ed25519 key with the selectors `<prefix>-rsa` and `<prefix>-ed`. */
export async function generateDkimKeys(selectorPrefix: string): Promise<readonly NewDkimKey[]> {
  const rsa = await promisify(generateKeyPair)('rsa', { modulusLength: RSA_BITS });
  const ed = await promisify(generateKeyPair)('ed25519');
  const rsaPublic = rsa.publicKey.export({ type: 'spki', format: 'der' });
  // RFC 8463 4.2: the bare key, which ends the structure around it.
  const edPublic = ed.publicKey.export({ type: 'spki', format: 'der' }).subarray(-ED25519_KEY_BYTES);
  return [
    describe(
      { algorithm: 'rsa-sha256', selector: `${selectorPrefix}-rsa` },
      rsa.privateKey,
      `v=DKIM1; k=rsa; p=${rsaPublic.toString('base64')}`,
    ),
    describe(
      { algorithm: 'ed25519-sha256', selector: `${selectorPrefix}-ed` },
      ed.privateKey,
      `v=DKIM1; k=ed25519; p=${edPublic.toString('base64')}`,
    ),
  ];
}

function describe(
  which: Pick<NewDkimKey, 'algorithm' | 'selector'>,
  key: KeyObject,
  text: string,
): NewDkimKey {
  const txt = text.match(new RegExp(`.{1,${MAX_STRING_CHARS}}`, 'g')) ?? [];
  return { ...which, privatePem: key.export({ type: 'pkcs8', format: 'pem' }).toString(), txt };
}

/** The right-hand side of a zone file's line. */
export function formatTxt(strings: readonly string[]): string {
  return strings.map((text) => `"${text.replace(/["\\]/g, '\\$&')}"`).join(' ');
}
