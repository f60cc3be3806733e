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
 * The likeliest first. Whoever sends to a provider that blocks our address meets the block once, and is held: the first reply
 * to each tells nothing. Whose mail met more of the further ones than its share of all mail comes first; where there are none,
 * or it was said before anybody was named, who sent most.
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
  const further = sum(all.map(furtherOf));
  const weight = (one: Suspect): number => {
    const ofAllSent = ofSent === 0 ? 0 : one.sent / ofSent;
    return further === 0 ? ofAllSent : furtherOf(one) / further - ofAllSent;
  };
  return all
    .sort((a, b) => weight(b) - weight(a) || b.replies - a.replies || (a.customer < b.customer ? -1 : 1))
    .slice(0, MOST);
}

function furtherOf({ replies }: Suspect): number {
  return Math.max(0, replies - 1);
}

function sum(counts: Iterable<number>): number {
  return [...counts].reduce((total, count) => total + count, 0);
}
