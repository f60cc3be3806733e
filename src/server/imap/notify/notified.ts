/** A client that listens all the time (RFC 5465): hears what it wished for when it happens, and no command is under way. */
import type { ChangeListener, LiveMailbox } from '../../../core/mailbox/live.ts';
import type { ImapHandle, Listening } from '../handle.ts';
import type { Selected } from '../selected.ts';
import type { AccountWatch } from './account-watch.ts';
import type { Wishes } from './wishes.ts';

export class Notified implements Listening, ChangeListener {
  readonly wishes: Wishes;
  readonly #session: ImapHandle;
  readonly #others: AccountWatch | undefined;
  #live: LiveMailbox | undefined;
  #isDue = false;

  constructor(session: ImapHandle, wishes: Wishes, others: AccountWatch | undefined) {
    this.#session = session;
    this.wishes = wishes;
    this.#others = others;
  }

  /** This mailbox is selected now, or none. */
  follow(selected: Selected | undefined): void {
    this.#live?.unlisten(this);
    this.#live = this.wishes.selected === undefined ? undefined : selected?.live;
    this.#live?.listen(this);
  }

  changed(): void {
    const { selected } = this.wishes;
    if (this.#isDue || selected === undefined) return;
    this.#isDue = true;
    this.#session.between(async () => {
      this.#isDue = false;
      await this.#session.tell({ expunges: selected.expunges });
    });
  }

  /** What a command had to hold back is due when it has ended. */
  afterCommand(): void {
    const { phase } = this.#session;
    if (this.wishes.selected?.expunges !== 'told' || phase.kind !== 'selected') return;
    if (phase.selected.isBehind) this.changed();
  }

  end(): void {
    this.follow(undefined);
    this.#others?.end();
  }
}
