/** What an operator sees of the queue and may do to it. */
import type { DeliveryId, MessageId, PathKey } from '../envelope.ts';
import type { Volume } from '../reputation/culprit.ts';
import type { DeliveryState, LastReply, PathRow, PathSummary } from './port.ts';

/** Which deliveries; every part given must hold. An empty filter is refused by whoever changes something. */
export interface QueueFilter {
  readonly delivery?: DeliveryId;
  readonly message?: MessageId;
  readonly path?: PathKey;
  /** Recipients at this domain. */
  readonly domain?: string;
  readonly sender?: string;
  readonly recipient?: string;
  readonly state?: DeliveryState;
  /** Accepted before, ms since the epoch. */
  readonly before?: number;
  /** Held for exactly this reason. */
  readonly holdReason?: string;
  /** Held by the guard in this group. */
  readonly holdGroup?: number;
}

export interface QueuedDelivery {
  readonly id: DeliveryId;
  readonly message: MessageId;
  readonly sender: string;
  readonly recipient: string;
  readonly path: PathKey;
  /** Whose mail it is: `domain/account`. */
  readonly customer: string;
  readonly state: DeliveryState;
  readonly dueAt: number;
  readonly lane: number;
  readonly attempts: number;
  readonly sizeBytes: number;
  readonly acceptedAt: number;
  readonly expiresAt: number;
  readonly finishedAt?: number;
  readonly holdReason?: string;
  /** That the guard holds it in. */
  readonly holdGroup?: number;
  readonly last?: LastReply;
}

export interface QueueAction {
  readonly kind: 'hold' | 'release' | 'cancel' | 'retry';
  readonly filter: QueueFilter;
  readonly reason: string;
  readonly at: number;
  /** Deliveries changed in one transaction at most; the caller repeats, from `last` on, until none is left. */
  readonly limit: number;
  readonly after?: DeliveryId;
}

export interface QueueCount {
  readonly deliveries: number;
  readonly messages: number;
  readonly senders: number;
  readonly oldestAt?: number;
}

export interface Waiting {
  readonly deliveries: number;
  /** Beside those: being tried, or about to be. */
  readonly trying: number;
  /** Whose they are: domains. */
  readonly customers: number;
  readonly oldestAt?: number;
}

/** Nothing waits, and nothing is under way: there is no mail that a canary could be. */
export function isNothing({ deliveries, trying }: Waiting): boolean {
  return deliveries + trying === 0;
}

export interface QueueAdmin {
  /** Not final ones unless the filter names a state or a message. Oldest first, after `cursor`. */
  listQueue(request: { filter: QueueFilter; limit: number; cursor?: DeliveryId }): Promise<QueuedDelivery[]>;
  countQueue(filter: QueueFilter): Promise<QueueCount>;
  /** What `changeQueue` would change now. */
  countChange(action: Pick<QueueAction, 'kind' | 'filter'>): Promise<QueueCount>;
  /** Changes deliveries that are not being attempted; returns how many, the paths to wake, and the last one looked at. */
  changeQueue(action: QueueAction): Promise<{ changed: number; paths: PathKey[]; last?: DeliveryId }>;
  /** All paths that are known or have mail, or only one. */
  listPaths(only: PathKey | undefined): Promise<PathSummary[]>;
  /** What waits on these paths, of all customers or of one domain: ready or waiting. */
  countWaiting(request: { paths: readonly PathKey[]; domain?: string }): Promise<Waiting>;
  /** Deliveries on these paths, accepted from `since` to `until`, ms, that a far end took or answered, by customer, the most first. */
  recentVolumes(request: {
    paths: readonly PathKey[];
    since: number;
    until: number;
    limit: number;
  }): Promise<Volume[]>;
  /** One path; undefined when no worker ever had it. */
  path(path: PathKey): Promise<PathRow | undefined>;
}

/** What waits where: also for whoever has to know that nothing does. */
export type WaitingStore = Pick<QueueAdmin, 'listPaths' | 'countWaiting'>;
