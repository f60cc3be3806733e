import { hash } from 'node:crypto';

/**
 * SHA-256 (FIPS 180-4), 32 octets.
 *
 * By way of a string: a digest that comes as a buffer has memory of its own outside the heap, which costs twice as much to
 * make and more again to collect.
 */
export function sha256(bytes: Uint8Array): Buffer {
  return Buffer.from(hash('sha256', bytes, 'latin1'), 'latin1');
}
