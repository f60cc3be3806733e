/** What the provider desk needs of a database beside its cases: addresses that nothing is sent to, and reports. */
import type { AccountId, MessageId } from '../envelope.ts';

export interface Suppression {
  /** In lower case. */
  readonly address: string;
  /** Why: the far end's words, or an operator's. */
  readonly reason: string;
  /** Who put it there; nobody: it came by itself. */
  readonly by?: string;
  readonly failures: number;
  /** ms since the epoch, as all times here. */
  readonly firstAt: number;
  readonly lastAt: number;
  /** Since when nothing is sent there; absent while it has only been refused. */
  readonly since?: number;
  readonly expiresAt: number;
}

export interface SuppressionStore {
  /** Those refused last, at most `limit`; `only` those that are suppressed. */
  suppressions(request: { now: number; limit: number; only: 'suppressed' | 'all' }): Promise<Suppression[]>;
  /** Counts a refusal that is sure; suppresses the address when that is enough. */
  countRefusal(request: { address: string; reason: string; at: number }): Promise<Suppression>;
  /** Puts an address there by hand, in the place of what was known: the entry by which it was suppressed. */
  suppress(entry: Suppression): Promise<Suppression | undefined>;
  /** Forgets an address; false when nothing was known. */
  unsuppress(address: string): Promise<boolean>;
  forgetSuppressions(before: number): Promise<number>;
}

/** What a report says, as the story of its message keeps it. */
export interface KeptReport {
  readonly kind: 'complained' | 'reported';
  /** Who says so. */
  readonly reason: string;
  readonly recipient?: string;
}

export interface ReportStore {
  /** Adds it to the story of a message; whose that is, or undefined when there is no such message any more. */
  keepReport(request: {
    message: MessageId;
    at: number;
    report: KeptReport;
  }): Promise<{ account?: AccountId; customer?: string } | undefined>;
}
