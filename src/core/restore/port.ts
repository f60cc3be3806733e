/** What is asked of a store that a backup, or an account of one, is brought into. */
import type { Change, NewAccount } from '../directory/admin.ts';
import type { QuotaLimits } from '../mailbox/quota.ts';
import type { Vacation } from '../mailbox/vacation.ts';

/** What becomes of the mail that was on its way when the backup was made; the old site may have sent it since. */
export type RestoredQueue = 'frozen' | 'go' | 'drop';

export interface SettleRequest {
  readonly at: number;
  readonly queue: RestoredQueue;
  /** Told with the freeze, and in the trace of what is dropped. */
  readonly reason: string;
  readonly by: string;
  /**
   * The old site went on after the backup: what it gave out since (UIDs, MODSEQs, numbers of messages) must not be given
   * out again for something else, so every mailbox has a new UIDVALIDITY (RFC 9051 2.3.1.1).
   */
  readonly wentOn: boolean;
}

export interface Settled {
  /** Deliveries that are ready or waiting; with `drop`, those that were cancelled. */
  readonly queued: number;
  /** Held ones stay so. */
  readonly held: number;
}

export interface LostAccount extends NewAccount {
  readonly lockedReason?: string;
  readonly limits: QuotaLimits;
  /** What led to it, the nearest first; `keep`: of another account, whose mailbox had it too. */
  readonly addresses: readonly {
    readonly address: string;
    readonly target: string;
    readonly keep: boolean;
  }[];
  /** Where its own mail was sent on to, and whether its mailbox had it too. */
  readonly forwards: readonly string[];
  readonly keeps: boolean;
  readonly vacation?: Vacation;
  /** As in an `AddressQuery`. */
  readonly separator: string;
}

export interface Remade {
  readonly change: Change;
  /** What leads to it again: some may be somebody else's by now. */
  readonly addresses: readonly string[];
}

export interface RestoredStore {
  /** Makes an account with all that it had but its mail; `no-domain` and `exists` as `addAccount` says them. */
  remakeAccount(account: LostAccount): Promise<Remade>;

  /** Ends what belonged to the running server of a backup, and sees to its queue. In one transaction, before anybody uses the store. */
  settleRestored(request: SettleRequest): Promise<Settled>;
}
