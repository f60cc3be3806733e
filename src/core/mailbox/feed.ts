/**
 * Word of changed mailboxes, for whoever shows them: sessions in IDLE and NOTIFY, and later JMAP. It says that there is
 * something to read, never what, so that it may come twice or late; what was lost on its way `lookAgain` finds.
 */
import type { AccountId, MailboxId } from '../envelope.ts';
import type { MailboxChange, MailboxStore } from './port.ts';

/** Watched mailboxes that are asked for in one read. */
const ASKED_AT_ONCE = 1000;

/** Is called with the MODSEQ that a mailbox has at least. Must not throw. */
type Told = (change: Pick<MailboxChange, 'mailbox' | 'modseq'>) => void;

export interface Watch {
  cancel(): void;
}

export class MailboxFeed {
  readonly #mailboxes = new Map<MailboxId, { readonly told: Set<Told>; modseq: number }>();
  readonly #accounts = new Map<AccountId, Set<() => void>>();

  /** Tells of changes of one mailbox. */
  watch(mailbox: MailboxId, told: Told): Watch {
    const watched = this.#mailboxes.get(mailbox) ?? { told: new Set(), modseq: 0 };
    this.#mailboxes.set(mailbox, watched);
    watched.told.add(told);
    return {
      cancel: () => {
        watched.told.delete(told);
        if (watched.told.size === 0) this.#mailboxes.delete(mailbox);
      },
    };
  }

  /** Tells that something of the mailboxes of an account was changed: those among them that come and go, what is subscribed, noted. */
  watchAccount(account: AccountId, told: () => void): Watch {
    const watchers = this.#accounts.get(account) ?? new Set();
    this.#accounts.set(account, watchers);
    watchers.add(told);
    return {
      cancel: () => {
        watchers.delete(told);
        if (watchers.size === 0) this.#accounts.delete(account);
      },
    };
  }

  /** Mailboxes were changed, here or elsewhere. */
  heard(changes: readonly MailboxChange[]): void {
    for (const change of changes) {
      this.#tell(change);
      for (const told of this.#accounts.get(change.account) ?? []) told();
    }
  }

  /** Asks the store for the MODSEQ of every watched mailbox: for now and then, and when word may have been lost. Who watches an account asks itself. */
  async lookAgain(store: Pick<MailboxStore, 'mailboxModseqs'>): Promise<void> {
    for (const watchers of this.#accounts.values()) for (const told of watchers) told();
    const watched = [...this.#mailboxes.keys()];
    for (let from = 0; from < watched.length; from += ASKED_AT_ONCE)
      for (const change of await store.mailboxModseqs(watched.slice(from, from + ASKED_AT_ONCE)))
        this.#tell(change);
  }

  #tell(change: Pick<MailboxChange, 'mailbox' | 'modseq'>): void {
    const watched = this.#mailboxes.get(change.mailbox);
    if (watched === undefined || watched.modseq >= change.modseq) return;
    watched.modseq = change.modseq;
    for (const told of watched.told) told(change);
  }
}
