/**
 * What the world knows of every delivery, gathered from what the store committed: the truth that checks and
 * measures are made from. It sees each operation once, in order.
 */
import type { Clock } from '../base/clock.ts';
import type { DeliveryId, MessageId, PathKey } from '../core/envelope.ts';
import type { Freeze } from '../core/queue/freeze.ts';
import type { Acceptance, ClaimedDelivery, PathRow, Settlement } from '../core/queue/port.ts';
import type { Call } from '../store/sql/sql.ts';
import { Entry } from './entry.ts';
import type { Life } from './life.ts';
import { Moments } from './moments.ts';

export interface LedgerTap {
  accepted?(entry: Entry): void;
  /** A worker has it in memory. */
  claimed?(entry: Entry): void;
  /** Its worker, which did not know of its lease, gave it back: the answer to a commit was lost. */
  returned?(entry: Entry): void;
  settled?(settlement: Settlement, entry: Entry, by: Life): void;
  /** A path has an owner, who begins with it. */
  owned?(path: PathKey): void;
  /** What stands still has changed; `at`: wall time. */
  stands?(kind: 'freeze' | 'thaw', about: { freeze: Freeze; at: number }): void;
}

export class Ledger {
  readonly entries = new Map<DeliveryId, Entry>();
  readonly notices = new Set<MessageId>();
  readonly taps: LedgerTap[] = [];
  readonly standing = new Map<string, Freeze>();
  /** Canaries that were let go, by scope. */
  readonly canaries = new Map<string, number>();
  /** Deliveries without a final state. */
  queued = 0;
  delivered = 0;
  readonly #clock: Clock;
  readonly #moments = new Moments();
  readonly #byKey = new Map<string, Entry>();
  /** Those that are not in it yet: it is made when somebody asks. */
  #unnamed: Entry[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** By message copy and recipient, as `Receipts.byKey`. */
  get byKey(): ReadonlyMap<string, Entry> {
    for (const entry of this.#unnamed) this.#byKey.set(`${entry.copy} ${entry.address}`, entry);
    this.#unnamed = [];
    return this.#byKey;
  }

  /** Takes note of an operation that was committed. */
  note({ name, input }: Call, value: unknown, by: Life): void {
    switch (name) {
      case 'accept':
        return this.#accepted(input as Acceptance, '');
      case 'settle':
        return value === 'settled' ? this.#settled(input as Settlement, by) : undefined;
      case 'claim':
        for (const delivery of (value as ClaimedDelivery[][]).flat()) this.#claimed(delivery);
        return;
      case 'claimInTurn':
        for (const delivery of (value as { deliveries: ClaimedDelivery[] }).deliveries)
          this.#claimed(delivery);
        return;
      case 'returnLeases':
        for (const id of (input as { deliveries: readonly DeliveryId[] }).deliveries) this.#returned(id);
        return;
      case 'claimOne':
        if (value !== undefined) this.#claimed(value as ClaimedDelivery);
        return;
      case 'freeze':
      case 'hold':
        return this.#frozen(value as Freeze);
      case 'thaw':
        if (value !== undefined) this.#thawed(value as Freeze, (input as { at: number }).at);
        return;
      case 'thawDue':
        for (const freeze of value as Freeze[]) this.#thawed(freeze, freeze.until as number);
        return;
      case 'acquirePaths':
        for (const { path } of value as PathRow[]) for (const tap of this.taps) tap.owned?.(path);
        return;
      case 'takeCanary': {
        const { scope, cause } = input as { scope: string; cause: string };
        const key = `${scope} ${cause}`;
        if (value === true) this.canaries.set(key, (this.canaries.get(key) ?? 0) + 1);
      }
    }
  }

  #accepted(acceptance: Acceptance, kind: 'notice' | ''): void {
    const copy = /^<([^@>]+)@lab\.example>$/.exec(acceptance.messageIdField ?? '')?.[1] ?? '';
    if (kind === 'notice') this.notices.add(acceptance.message);
    const about = { copy, acceptedMono: this.#clock.monotonic(), moments: this.#moments };
    for (const delivery of acceptance.deliveries) {
      const entry = new Entry(acceptance, delivery, about);
      this.entries.set(delivery.id, entry);
      this.#unnamed.push(entry);
      this.queued++;
      for (const tap of this.taps) tap.accepted?.(entry);
    }
    for (const notice of acceptance.notices ?? []) this.#accepted(notice, 'notice');
  }

  #claimed(delivery: ClaimedDelivery): void {
    const entry = this.entries.get(delivery.id);
    if (entry === undefined) return;
    entry.path = delivery.path;
    for (const tap of this.taps) tap.claimed?.(entry);
  }

  #returned(id: DeliveryId): void {
    const entry = this.entries.get(id);
    if (entry !== undefined) for (const tap of this.taps) tap.returned?.(entry);
  }

  #settled(settlement: Settlement, by: Life): void {
    const entry = this.entries.get(settlement.delivery);
    if (entry === undefined) return;
    for (const tap of this.taps) tap.settled?.(settlement, entry, by);
    const { next, notice } = settlement;
    if (notice !== undefined) this.#accepted(notice, 'notice');
    if (settlement.attempted) entry.attempts++;
    if (settlement.delayTold === true) entry.delayTold = true;
    if ((next.state === 'ready' || next.state === 'waiting') && next.path !== undefined)
      entry.path = next.path;
    if (next.state === 'waiting') entry.lane = next.lane;
    if (next.state === 'ready' || next.state === 'waiting') return;
    entry.state = next.state;
    entry.notice = notice?.message;
    entry.endedMono = this.#clock.monotonic();
    this.queued--;
    if (next.state === 'delivered') this.delivered++;
  }

  #frozen(freeze: Freeze): void {
    this.standing.set(`${freeze.scope} ${freeze.cause}`, freeze);
    for (const tap of this.taps) tap.stands?.('freeze', { freeze, at: freeze.since });
  }

  #thawed(freeze: Freeze, at: number): void {
    this.standing.delete(`${freeze.scope} ${freeze.cause}`);
    for (const tap of this.taps) tap.stands?.('thaw', { freeze, at });
  }
}
