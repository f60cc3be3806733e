/**
 * Which message tries whether a provider takes our mail again: one that says nothing against us. Recent, because its
 * sender still waits for it; small; sent by somebody who logged in, whose mail was not refused before and was not what
 * met the block. Never one made up: a stranger's mailbox is no place for tests.
 */
import type { DeliveryId } from '../envelope.ts';
import { domainOfCustomer } from '../queue/customer.ts';

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

/** What speaks against one, each more than all below it together: it met the block, was refused before, is a stranger's, is large. */
const MET = 8;
const REFUSED = 4;
const STRANGER = 2;
const LARGE = 1;
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

/** What speaks against it. */
function marksOf({ customer, sizeBytes, submitted, refused }: Candidate, avoid: ReadonlySet<string>): number {
  return (
    (avoid.has(domainOfCustomer(customer)) ? MET : 0) +
    (refused ? REFUSED : 0) +
    (submitted ? 0 : STRANGER) +
    (sizeBytes > SMALL_BYTES ? LARGE : 0)
  );
}
