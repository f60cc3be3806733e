/**
 * The reference of a message: what a 250 says, what Received carries, what a person gives to support. It holds the
 * message's number and a keyed check, so that nobody can guess a valid one or learn how many messages there are.
 */
import { timingSafeEqual } from 'node:crypto';
import { sha256 } from '../../base/digest.ts';
import type { MessageId } from '../envelope.ts';

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'; // Crockford: no I, L, O, U
const CHECK_CHARS = 8;

/** Writes the reference of a message, such as `R7K2M4QW81ZC`. `secret`: 16 octets or more, the same on every worker. */
export function encodeReference(message: MessageId, secret: Uint8Array): string {
  return `R${base32(message)}${check(message, secret)}`;
}

/** The message of a reference; undefined when it is none of ours. Case and the look-alikes I, L, O do not matter. */
export function decodeReference(text: string, secret: Uint8Array): MessageId | undefined {
  const clean = text.trim().toUpperCase().replace(/O/g, '0').replace(/[IL]/g, '1');
  if (!/^R[0-9A-HJKMNP-TV-Z]{9,20}$/.test(clean)) return undefined;
  const number = [...clean.slice(1, -CHECK_CHARS)].reduce(
    (sum, char) => sum * 32 + ALPHABET.indexOf(char),
    0,
  );
  if (!Number.isSafeInteger(number)) return undefined;
  const message = number as MessageId;
  const given = Buffer.from(clean.slice(-CHECK_CHARS));
  return timingSafeEqual(given, Buffer.from(check(message, secret))) ? message : undefined;
}

function base32(number: number): string {
  let out = '';
  for (let rest = number; rest > 0; rest = Math.floor(rest / 32)) out = ALPHABET.charAt(rest % 32) + out;
  return out === '' ? '0' : out;
}

function check(message: MessageId, secret: Uint8Array): string {
  // A forty-bit part of the digest: nothing can be added to what was hashed, which is what HMAC would be for.
  const digest = sha256(Buffer.concat([secret, Buffer.from(String(message))]));
  let out = '';
  for (let index = 0; index < CHECK_CHARS; index++) out += ALPHABET.charAt((digest[index] as number) & 31);
  return out;
}
