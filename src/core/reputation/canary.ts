/**
 * Which message tries whether a provider takes our mail again: one that says nothing against us. Recent, because its
 * sender still waits for it; small; sent by somebody who logged in, whose mail was not refused before and was not what
 * met the block. Never one made up: a stranger's mailbox is no place for tests.
 */
import type { DeliveryId } from '../envelope.ts';

export interface Candidate {
  readonly delivery: DeliveryId;
  /** `domain/account`. */
  readonly customer: string;
  readonly sizeBytes: number;
  readonly acceptedAt: number;
  /** Somebody logged in to send it. */
  readonly submitted: boolean;
  /** Something was said to it before. */
  readonly refused: boolean;
}

/** Larger ones are tried when there is no other, octets. */
const SMALL_BYTES = 64 * 1024;

/** The best of them, and whether nothing speaks against it; undefined when there is none. `avoid`: customers' domains. */
export function chooseCanary(
  candidates: readonly Candidate[],
  avoid: ReadonlySet<string>,
): { delivery: DeliveryId; isGood: boolean } | undefined {
  const marked = candidates.map((candidate) => ({ candidate, marks: marksOf(candidate, avoid) }));
  marked.sort((a, b) => a.marks - b.marks || b.candidate.acceptedAt - a.candidate.acceptedAt);
  const [best] = marked;
  if (best === undefined) return undefined;
  return { delivery: best.candidate.delivery, isGood: best.marks < MET };
}

/** Weighs more than everything else together. */
const MET = 8;

/** What speaks against it. */
function marksOf({ customer, sizeBytes, submitted, refused }: Candidate, avoid: ReadonlySet<string>): number {
  const domain = customer.slice(0, customer.indexOf('/'));
  return (
    (avoid.has(domain) ? MET : 0) +
    (refused ? 4 : 0) +
    (submitted ? 0 : 2) +
    (sizeBytes > SMALL_BYTES ? 1 : 0)
  );
}
