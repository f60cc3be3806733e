/** What happened to each message (design, promise 8). */
import type { AccountId, Blame, DeliveryId, MessageId, PathKey, RemoteReply } from '../envelope.ts';
import type { FreezeCause } from '../queue/freeze.ts';
import type { DeliveryState, Origin } from '../queue/port.ts';

export type EventKind =
  | 'accepted'
  | 'delivered'
  | 'deferred'
  | 'returned'
  | 'recovered'
  /** Its sender was told that it is late; nothing was tried. */
  | 'delay-told'
  | 'failed'
  | 'expired'
  | 'cancelled'
  | 'held'
  | 'released'
  | 'retried'
  /** Made when it is told, of a freeze that is over (stops.ts). */
  | 'stood-still'
  /** A report came back: somebody called it unwanted; another host told what became of it later. */
  | 'complained'
  | 'reported';

export interface TraceEvent {
  readonly at: number;
  readonly kind: EventKind;
  readonly delivery?: DeliveryId;
  readonly detail: EventDetail;
}

/** The parts an event may have; which ones depends on its kind. */
export interface EventDetail extends Partial<Origin> {
  readonly reply?: RemoteReply;
  readonly blame?: Blame;
  /** How the reply was read: its class, and the rule that read it. */
  readonly reading?: { readonly class: string; readonly rule: string };
  /** Nobody was asked: nothing is sent to that address any more. Who decided that. */
  readonly suppressed?: 'its host' | 'us';
  readonly dueAt?: number;
  readonly lane?: number;
  readonly notice?: MessageId;
  readonly mailbox?: string;
  readonly uid?: number;
  /** Whose mailbox it is, and the address of that account where another one was written to. */
  readonly account?: AccountId;
  readonly owner?: string;
  readonly reason?: string;
  /** When what it stood still by was over, and who had frozen it: somebody, or nobody. */
  readonly until?: number;
  readonly cause?: FreezeCause;
  readonly by?: string;
  /** Held mail of the guard that it was put into. */
  readonly group?: number;
}

export interface TracedMessage {
  readonly message: MessageId;
  readonly acceptedAt: number;
  /** When what is not delivered by then is given up. */
  readonly expiresAt: number;
  readonly sender: string;
  readonly messageIdField?: string;
  readonly sizeBytes: number;
  readonly origin: Origin;
  readonly deliveries: readonly {
    readonly id: DeliveryId;
    readonly recipient: string;
    /** The address here that sends it on there. */
    readonly via?: string;
    readonly state: DeliveryState;
    readonly attempts: number;
    readonly dueAt: number;
    readonly lane: number;
    readonly path: PathKey;
    /** Whose mail it is: `domain/account`. */
    readonly customer: string;
    readonly holdReason?: string;
    /** Held, or once held, by the guard in this group. */
    readonly holdGroup?: number;
  }[];
  readonly events: readonly TraceEvent[];
}

export interface TraceQuery {
  readonly message?: MessageId;
  /** The Message-ID field, with or without its angle brackets. */
  readonly messageIdField?: string;
  readonly sender?: string;
  /** Also one that sent it on; in capitals or not. */
  readonly recipient?: string;
  /** Accepted at or after, ms since the epoch. */
  readonly since?: number;
  readonly limit: number;
}

/** A place in the order in which messages were accepted. */
export interface AcceptedAt {
  /** ms since the epoch. */
  readonly at: number;
  readonly message: MessageId;
}

export interface TraceStore {
  /** Newest first. */
  trace(query: TraceQuery): Promise<TracedMessage[]>;
  /** What happened to messages since they were accepted: events after `cursor`, oldest first; pass the returned cursor again. */
  eventsAfter(request: { cursor: number; limit: number }): Promise<{
    cursor: number;
    events: (TraceEvent & { message: MessageId; sender: string; recipient?: string })[];
  }>;
  /**
   * Looks at the next `limit` messages that were accepted before `before` (ms), oldest first, and forgets those that nobody
   * needs any more. How far it came: what to pass as `after` next; undefined when it came to the end.
   */
  forgetMessages(request: {
    after?: AcceptedAt;
    before: number;
    limit: number;
  }): Promise<AcceptedAt | undefined>;
  /** Forgets paths that nothing leads to any more, and of which nothing was learnt since `before` (ms). */
  forgetPaths(before: number): Promise<void>;
}
