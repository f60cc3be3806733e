/** Messages as they arrive: quickly made, and never twice the same. */
import type { Outgoing } from './senders.ts';

/** A quotation: nobody's own words. */
const FILLER = Buffer.alloc(64 * 1024, '> Every octet of a body is as good as any other.\r\n');

/** For a large world: octets on the line for each octet kept. Messages of 6 to 54 kB, 14 kB on average, in a small memory. */
export const OCTET_SCALE = 8;
/** Of a message in such a world, besides its header. */
export const SCALED_OCTETS = { from: 50, to: 6_000 };

/** Small, but of the octets that its shape says; as it arrives, piece by piece. */
export function piecesOf({ account, recipients, octets, manner }: Outgoing, copy: string): Buffer[] {
  const head = `From: <${account.address}>\r\nTo: <${recipients[0]}>\r\nDate: Mon, 12 Mar 2018 08:00:00 +0000\r\nMessage-ID: <${copy}@lab.example>\r\nSubject: ${copy}\r\n\r\n${manner === undefined ? '' : `${manner.text}\r\n`}`;
  const pieces = [Buffer.from(head)];
  for (let left = octets; left > 0; left -= FILLER.length) pieces.push(FILLER.subarray(0, left));
  return pieces;
}
