/** A Bloom filter over hashes (`hash.ts`): it never forgets what is in it, and now and then says of another that it is in it too. */

/** Where it lies: so many octets of `bits`. */
export interface Filter {
  readonly bits: Uint8Array;
  readonly from: number;
  readonly bytes: number;
}

const HASHES = 4;

export function isIn({ bits, from, bytes }: Filter, hash: number): boolean {
  const step = stepOf(hash);
  for (let index = 0; index < HASHES; index++) {
    const at = ((hash + Math.imul(index, step)) >>> 0) % (8 * bytes);
    if (((bits[from + (at >>> 3)] ?? 0) & (1 << (at & 7))) === 0) return false;
  }
  return true;
}

export function put({ bits, from, bytes }: Filter, hash: number): void {
  const step = stepOf(hash);
  for (let index = 0; index < HASHES; index++) {
    const at = ((hash + Math.imul(index, step)) >>> 0) % (8 * bytes);
    bits[from + (at >>> 3)] = (bits[from + (at >>> 3)] ?? 0) | (1 << (at & 7));
  }
}

/** From one bit of a hash to its next: another mix of the same hash, which is cheaper than another hash. */
function stepOf(hash: number): number {
  const mixed = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return (mixed ^ (mixed >>> 12)) | 1;
}
