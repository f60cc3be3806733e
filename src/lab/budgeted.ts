/** The network within a worker's part of `[budget] out`, as the core keeps it. */
import type { Clock } from '../base/clock.ts';
import { Connections } from '../core/capacity/connections.ts';
import { BudgetedConnector } from '../core/capacity/connector.ts';
import { Rate } from '../core/capacity/rate.ts';
import type { Connector } from '../core/delivery/port.ts';

export interface BudgetOptions {
  /** Octets a second on the line, of all workers; none: no budget. */
  readonly budgetOut?: number;
  readonly workers: number;
  readonly octetScale?: number;
  readonly liveShare: number;
}

export type Out = Rate<'live' | 'backlog'>;

export function outOf(clock: Clock, options: BudgetOptions): Out | undefined {
  const { budgetOut, workers, octetScale = 1, liveShare } = options;
  if (budgetOut === undefined) return undefined;
  const weights = { live: liveShare, backlog: 1 - liveShare };
  return new Rate(clock, budgetOut / octetScale / workers, weights);
}

export function budgeted(inner: Connector, out: Out | undefined): Connector {
  if (out === undefined) return inner;
  return new BudgetedConnector(inner, { connections: new Connections(Number.POSITIVE_INFINITY), out });
}
