/**
 * Addresses that nothing is sent to any more, because their host has said for sure, and again days later, that nobody is
 * there: mail to such addresses is what providers judge senders by. One refusal is never enough, nor is anything that is
 * not about the mailbox; a message that is taken in between wipes the slate. Each entry has a reason, and ends by itself.
 */
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { Verdict } from '../delivery/classify.ts';
import type { RemoteReply } from '../envelope.ts';
import type { ClaimedDelivery } from '../queue/port.ts';
import type { Feedback } from './feedback.ts';
import type { Suppression, SuppressionStore } from './port.ts';

/** Refusals, and how far apart the first and the last must be, ms. */
export const FAILURES = 2;
export const APART_MS = 2 * 86_400_000;
/** How long an address is left alone, and how long a first refusal counts, ms. */
export const SUPPRESSED_FOR_MS = 90 * 86_400_000;
export const COUNTS_FOR_MS = 60 * 86_400_000;
/** Addresses that a worker remembers; those refused last. */
export const MOST_ADDRESSES = 200_000;

const CERTAIN = new Set(['recipient-unknown', 'recipient-inactive']);

/** Whether a reply says for sure that nobody is there: in its own words, to RCPT, for good. */
export function isCertain({ kind, reading, about }: Verdict, { stage, code = 0 }: RemoteReply): boolean {
  const surely = kind === 'failed' && about?.confidence === 'high' && CERTAIN.has(reading?.class ?? '');
  return surely && stage === 'rcpt' && code >= 500;
}

export interface SuppressionPorts {
  readonly store: SuppressionStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly feedback: Feedback;
}

export class Suppressions {
  readonly #ports: SuppressionPorts;
  #known = new Map<string, Suppression>();

  constructor(ports: SuppressionPorts) {
    this.#ports = ports;
  }

  /** Reads them all. Rejects when the store is down. */
  async refresh(): Promise<void> {
    const { store, clock } = this.#ports;
    const all = await store.suppressions({ now: clock.now(), limit: MOST_ADDRESSES, only: 'all' });
    this.#known = new Map(all.map((one) => [one.address, one]));
  }

  /** Why nothing is sent there; undefined for nearly every address. */
  of(address: string): Suppression | undefined {
    if (this.#known.size === 0) return undefined;
    const found = this.#known.get(address.toLowerCase());
    return found?.since === undefined || found.expiresAt <= this.#ports.clock.now() ? undefined : found;
  }

  /** What came of a delivery. */
  heard({ recipient, message, customer }: ClaimedDelivery, verdict: Verdict, reply: RemoteReply): void {
    const { store, clock, feedback } = this.#ports;
    // Nearly every delivery: it was taken, and nothing is known against anybody.
    if (verdict.kind === 'delivered' && this.#known.size === 0) return;
    const address = recipient.address.toLowerCase();
    if (isCertain(verdict, reply)) {
      const account = message.account === undefined ? {} : { account: message.account };
      const at = clock.now();
      feedback.told({
        kind: 'unknown-recipient',
        message: message.id,
        ...account,
        customer,
        at,
        recipient: address,
      });
      const refusal = { address, reason: reply.text, at: clock.now() };
      void store
        .countRefusal(refusal)
        .then((now) => this.#known.set(address, now))
        .catch((error: unknown) => this.#complain(error));
    } else if (verdict.kind === 'delivered' && this.#known.has(address)) {
      this.#known.delete(address);
      void store.unsuppress(address).catch((error: unknown) => this.#complain(error));
    }
  }

  #complain(error: unknown): void {
    this.#ports.log.warn({ error: String(error) }, 'could not keep what is known of an address');
  }
}
