/** What a path runner asks of its dispatcher, and its limits. */
import type { Asking, Connection } from '../delivery/port.ts';
import type { DeliveryId, PathKey } from '../envelope.ts';
import type { Opened, TransferOutcome, Trouble } from './attempt-outcome.ts';
import type { PaceLimits } from './pace.ts';
import type { WindowOptions, WindowPorts } from './window.ts';
import type { Batch, Work } from './work.ts';

export interface RunnerLimits extends PaceLimits, WindowOptions {
  readonly idleConnectionMs: number;
  /** Asked for so long, ms, what a connection is being opened for may go over another; 10 s. */
  readonly openingMs?: number;
}

/** What a runner asks of the dispatcher. */
export interface RunnerPorts extends Omit<WindowPorts, 'changed' | 'claim' | 'claimInTurn'> {
  claim(path: PathKey, parts: Parameters<WindowPorts['claim']>[0]): ReturnType<WindowPorts['claim']>;
  claimInTurn(
    path: PathKey,
    request: Parameters<WindowPorts['claimInTurn']>[0],
  ): ReturnType<WindowPorts['claimInTurn']>;
  /** Opens a connection for this delivery. */
  connect(work: Work, asking?: Asking): Promise<Opened>;
  /** One transaction and the settling of its deliveries. Never rejects. */
  transfer(connection: Connection, batch: Batch): Promise<TransferOutcome>;
  /** Leases this one; undefined when it has gone. */
  claimOne(path: PathKey, delivery: DeliveryId): Promise<Work | undefined>;
  /** May an attempt begin: is our lease on the path surely alive? */
  mayAttempt(): boolean;
  /** May one more connection be opened there, beside those to other sites of the same provider? */
  mayOpen(path: PathKey): boolean;
  /** What a connection waits for between two messages that are not live. */
  easeOff(): Promise<void> | undefined;
  /** It failed too often: it is to be frozen. */
  failed(path: PathKey, trouble: Trouble): void;
  /** ms of a clock that only moves forward; `now` may be set. */
  monotonic(): number;
}
