/**
 * What the deliveries of a message stood still by that is over. A freeze touches no delivery and writes no event, so these
 * are made when the message is told, from what is kept of the freezes themselves.
 */
import type { DeliveryId } from '../envelope.ts';
import type { Scope, Stoppage, Thawed } from '../queue/freeze.ts';
import type { EventDetail, EventKind, TracedMessage, TraceEvent } from './port.ts';

/** Freezes that are over. Whoever tells a customer leaves out `by` and, where it is not for them, writes another `reason`. */
export interface Past {
  /** Those that somebody began or ended, with who and why. */
  readonly thawed: readonly Thawed[];
  /** Those that stopped a clock; the same freeze may be among both. */
  readonly stoppages: readonly Stoppage[];
}

interface Stop {
  readonly scope: Scope;
  readonly since: number;
  readonly detail: EventDetail & { readonly until: number };
}

const ENDS: ReadonlySet<EventKind> = new Set(['delivered', 'failed', 'expired', 'cancelled']);

/** The message with an event for each freeze that a delivery waited through. `scopesOf`: where a delivery lies. */
export function withStops(
  message: TracedMessage,
  past: Past,
  scopesOf: (delivery: TracedMessage['deliveries'][number]) => readonly Scope[],
): TracedMessage {
  const stops = stopsOf(past);
  const { acceptedAt } = message;
  const made = message.deliveries.flatMap((delivery): TraceEvent[] => {
    const scopes = scopesOf(delivery);
    const end = endOf(message, delivery.id);
    const through = stops.filter(
      ({ scope, detail: { until } }) => scopes.includes(scope) && until > acceptedAt && until <= end,
    );
    return through.map(({ since, detail }) => ({
      at: Math.max(acceptedAt, beginOf(message, delivery.id, since)),
      kind: 'stood-still',
      delivery: delivery.id,
      detail,
    }));
  });
  if (made.length === 0) return message;
  return { ...message, events: [...message.events, ...made].sort((a, b) => a.at - b.at) };
}

function stopsOf({ thawed, stoppages }: Past): Stop[] {
  const known = new Set(thawed.map(({ scope, since, endedAt }) => `${since} ${endedAt} ${scope}`));
  return [
    ...thawed.map(({ scope, since, endedAt, cause, by, reason }) => ({
      scope,
      since,
      detail: { until: endedAt, cause, reason, ...(by === undefined ? {} : { by }) },
    })),
    ...stoppages
      .filter(({ scope, from, to }) => !known.has(`${from} ${to} ${scope}`))
      .map(({ scope, from, to, blame }) => ({ scope, since: from, detail: { until: to, blame } })),
  ];
}

/** A try that was under way came first: its reply may be what made it stand still. */
function beginOf({ events }: TracedMessage, id: DeliveryId, since: number): number {
  const tried = events.find(
    ({ delivery, at, detail: { reply } }) =>
      delivery === id && reply !== undefined && at >= since && at - reply.afterMs <= since,
  );
  return tried?.at ?? since;
}

/** When a delivery waited no more. */
function endOf({ events }: TracedMessage, id: DeliveryId): number {
  const end = events.find(({ delivery, kind }) => delivery === id && ENDS.has(kind));
  return end?.at ?? Number.POSITIVE_INFINITY;
}
