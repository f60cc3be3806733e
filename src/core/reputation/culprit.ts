/** Who is likely behind a block: whose mail met it, and who sent most there lately. A likelihood for a person to look at. */
import { type CaseEvent, isBeforeMail } from './case.ts';

export interface Suspect {
  /** `domain/account`, or the domain alone. */
  readonly customer: string;
  /** Of the replies in the record, how many were to this one's mail, and of how many. */
  readonly replies: number;
  readonly ofReplies: number;
  /** Deliveries there in the day before the block, and of how many. */
  readonly sent: number;
  readonly ofSent: number;
}

export interface Volume {
  readonly customer: string;
  readonly deliveries: number;
}

/** Suspects that are named. */
const MOST = 5;

/**
 * The likeliest first. Whose mail met more of it than its share of all mail comes first; when it was said before
 * anybody was named, who sent most.
 */
export function suspectsOf(events: readonly CaseEvent[], sent: readonly Volume[]): Suspect[] {
  const replies = new Map<string, number>();
  for (const { kind, detail } of events) {
    const { customer, account, reply } = detail;
    if (kind !== 'reply' || customer === undefined || customer === '-') continue;
    if (reply === undefined || isBeforeMail(reply)) continue;
    const key = account === undefined ? `${customer}/-` : `${customer}/${account}`;
    replies.set(key, (replies.get(key) ?? 0) + 1);
  }
  const volumes = new Map(sent.map(({ customer, deliveries }) => [customer, deliveries]));
  const ofReplies = sum(replies.values());
  const ofSent = sum(volumes.values());
  const all = [...new Set([...replies.keys(), ...volumes.keys()])].map((customer) => ({
    customer,
    replies: replies.get(customer) ?? 0,
    ofReplies,
    sent: volumes.get(customer) ?? 0,
    ofSent,
  }));
  return all.sort((a, b) => weight(b) - weight(a) || (a.customer < b.customer ? -1 : 1)).slice(0, MOST);
}

/** By how much the share of the replies is more than that of the mail; who sent most, as long as nobody was named. */
function weight({ replies, ofReplies, sent, ofSent }: Suspect): number {
  const ofAllSent = ofSent === 0 ? 0 : sent / ofSent;
  return ofReplies === 0 ? ofAllSent : replies / ofReplies - ofAllSent;
}

function sum(counts: Iterable<number>): number {
  return [...counts].reduce((total, count) => total + count, 0);
}
