/** What a server keeps of a password for SCRAM-SHA-256 (RFC 5802 3, RFC 7677 4): enough to check it, not enough to use it. */
import { createHash, createHmac, pbkdf2 } from 'node:crypto';
import { saslprep } from './saslprep.ts';

/** RFC 7677 4. */
export const MIN_ITERATIONS = 4_096;
export const KEY_BYTES = 32;

export interface ScramKeys {
  readonly salt: Buffer;
  readonly iterations: number;
  readonly storedKey: Buffer;
  readonly serverKey: Buffer;
}

/** HMAC-SHA-256 of a text or bytes. */
export function hmac(key: Buffer, data: Buffer | string): Buffer {
  return createHmac('sha256', key).update(data).digest();
}

export function sha256(data: Buffer): Buffer {
  return createHash('sha256').update(data).digest();
}

/**
 * Derives the keys of a password, off the main thread.
 * Rejects with a RangeError below `MIN_ITERATIONS` and a TypeError when SASLprep prohibits the password.
 */
export async function deriveScramKeys(
  password: string,
  salt: Buffer,
  iterations: number,
): Promise<ScramKeys> {
  if (iterations < MIN_ITERATIONS)
    throw new RangeError(`SCRAM takes at least ${MIN_ITERATIONS} iterations (RFC 7677 4)`);
  const prepared = saslprep(password);
  if (prepared === undefined)
    throw new TypeError('the password holds characters that SASLprep prohibits (RFC 4013)');
  const salted = await new Promise<Buffer>((resolve, reject) => {
    pbkdf2(prepared, salt, iterations, KEY_BYTES, 'sha256', (error, key) =>
      error === null ? resolve(key) : reject(error),
    );
  });
  return {
    salt,
    iterations,
    storedKey: sha256(hmac(salted, 'Client Key')),
    serverKey: hmac(salted, 'Server Key'),
  };
}
