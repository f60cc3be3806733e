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

export function budgeted(inner: Connector, clock: Clock, options: BudgetOptions): Connector {
  const { budgetOut, workers, octetScale = 1, liveShare } = options;
  if (budgetOut === undefined) return inner;
  const weights = { live: liveShare, backlog: 1 - liveShare };
  const out = new Rate<'live' | 'backlog'>(clock, budgetOut / octetScale / workers, weights);
  return new BudgetedConnector(inner, { connections: new Connections(Number.POSITIVE_INFINITY), out });
}
