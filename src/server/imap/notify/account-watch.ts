/**
 * Mailboxes that are not selected, for NOTIFY (RFC 5465 section 5): what there was when the client last heard of them is held
 * against what there is, so that word of a change needs to say no more than that there is one, and may be late or come twice.
 * What the client changed itself is told as well: it cannot be told from what others changed meanwhile.
 */
import { createHash } from 'node:crypto';
import type { Watch } from '../../../core/mailbox/feed.ts';
import { SEPARATOR } from '../../../core/mailbox/name.ts';
import type { Mailbox } from '../../../core/mailbox/port.ts';
import type { MailboxId } from '../../../core/envelope.ts';
import type { StatusItem } from '../../../wire/imap/grammar/mailbox.ts';
import {
  formatList,
  formatMetadataChange,
  formatStatusResponse,
} from '../../../wire/imap/response/mailbox.ts';
import { entryOf, type Names, namesOf } from '../commands/list.ts';
import type { ImapHandle } from '../handle.ts';
import type { Wishes } from './wishes.ts';

interface State {
  readonly names: Names;
  /** Digests of values by entry, by mailbox; undefined: of the account. Only where they are wished for. */
  readonly notes: ReadonlyMap<MailboxId | undefined, ReadonlyMap<string, string>>;
}

export class AccountWatch {
  readonly #session: ImapHandle;
  readonly #wishes: Wishes;
  #state: State;
  #watch: Watch | undefined;
  #isDue = false;

  private constructor(session: ImapHandle, wishes: Wishes, state: State) {
    this.#session = session;
    this.#wishes = wishes;
    this.#state = state;
  }

  /** Rejects when the store does not answer. */
  static async begin(session: ImapHandle, wishes: Wishes): Promise<AccountWatch> {
    let watch: AccountWatch | undefined;
    let isLate = false;
    // Watched before it is read: what changes meanwhile is heard of.
    const told = (): void => {
      if (watch === undefined) isLate = true;
      else watch.#changed();
    };
    const watching = session.context.mailboxes.watchAccount(session.account.id, told);
    try {
      watch = new AccountWatch(session, wishes, await read(session, wishes));
      watch.#watch = watching;
      if (isLate) watch.#changed();
      return watch;
    } finally {
      if (watch === undefined) watching.cancel();
    }
  }

  end(): void {
    this.#watch?.cancel();
    this.#watch = undefined;
  }

  /** STATUS of each mailbox of whose messages something is wished for (RFC 5465 3.1). */
  *statuses(): Generator<string> {
    const { names } = this.#state;
    for (const mailbox of names.mailboxes.values()) {
      if (this.#isSelected(mailbox)) continue;
      const items = new Set<StatusItem>();
      if (this.#wants('MessageNew', mailbox.name, names))
        for (const item of ['MESSAGES', 'UIDNEXT', 'UIDVALIDITY'] as const) items.add(item);
      if (this.#wants('FlagChange', mailbox.name, names))
        for (const item of ['UIDVALIDITY', 'HIGHESTMODSEQ'] as const) items.add(item);
      if (items.size > 0) yield this.#status(mailbox, [...items]);
    }
  }

  #changed(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    this.#session.between(() => this.#tell());
  }

  async #tell(): Promise<void> {
    this.#isDue = false;
    if (this.#watch === undefined) return;
    const before = this.#state;
    const now = await read(this.#session, this.#wishes);
    this.#state = now;
    for (const piece of this.#news(before, now)) {
      this.#session.send(piece);
      await this.#session.room();
      if (this.#session.isOver) return;
    }
  }

  *#news(before: State, now: State): Generator<string> {
    const form = this.#session.reader.names;
    for (const [name, oldName] of this.#namesToTell(before, now))
      yield formatList(
        'LIST',
        { ...entryOf(name, now.names), ...(oldName === undefined ? {} : { oldName }) },
        form,
      );
    const was = byId(before);
    for (const mailbox of now.names.mailboxes.values()) {
      if (this.#isSelected(mailbox)) continue;
      const items = this.#changes(was.get(mailbox.id), mailbox, now.names);
      if (items.length > 0) yield this.#status(mailbox, items);
    }
    yield* this.#notes(before, now);
  }

  /** Names that came, went, are new ones, or were subscribed; with the old one of what was renamed. */
  #namesToTell(before: State, now: State): Map<string, string | undefined> {
    const told = new Map<string, string | undefined>();
    for (const [name, oldName] of renamedAndMade(byId(before), byId(now)))
      if (this.#wants('MailboxName', name, now.names)) told.set(name, oldName);
    const [was, is] = [before.names.subscribed, now.names.subscribed];
    for (const name of new Set([...was, ...is])) {
      if (was.has(name) === is.has(name) || told.has(name)) continue;
      if (this.#wants('SubscriptionChange', name, now.names)) told.set(name, undefined);
    }
    return told;
  }

  /** What of a mailbox is to be told again (RFC 5465 5.1 to 5.3). */
  #changes(was: Mailbox | undefined, is: Mailbox, names: Names): StatusItem[] {
    const isOther = (of: keyof Mailbox): boolean => (was?.[of] ?? 0) !== is[of];
    const isCounted = isOther('messages') || (was !== undefined && isOther('uidNext'));
    const isNew = was !== undefined && isOther('uidValidity');
    if ((isCounted || isNew) && this.#wants('MessageNew', is.name, names))
      return ['MESSAGES', 'UIDNEXT', 'UIDVALIDITY', 'UNSEEN', ...this.#withModseq()];
    const isFlagged = was !== undefined && was.highestModseq < is.highestModseq && !isCounted;
    if ((isFlagged || isNew) && this.#wants('FlagChange', is.name, names))
      return ['UIDVALIDITY', 'UNSEEN', ...this.#withModseq()];
    return [];
  }

  /** Only to who knows what that is. */
  #withModseq(): StatusItem[] {
    return this.#session.enabled.condStore ? ['HIGHESTMODSEQ'] : [];
  }

  *#notes(before: State, now: State): Generator<string> {
    const form = this.#session.reader.names;
    const mailboxes = byId(now);
    for (const id of new Set([...before.notes.keys(), ...now.notes.keys()])) {
      const name = id === undefined ? '' : mailboxes.get(id)?.name;
      if (name === undefined) continue;
      const [was, is] = [before.notes.get(id), now.notes.get(id)];
      const entries = new Set([...(was?.keys() ?? []), ...(is?.keys() ?? [])]);
      const changed = [...entries].filter((entry) => was?.get(entry) !== is?.get(entry));
      const isWanted =
        id === undefined
          ? this.#wishes.asks('ServerMetadataChange')
          : this.#wants('MailboxMetadataChange', name, now.names);
      if (changed.length > 0 && isWanted) yield formatMetadataChange(name, changed, form);
    }
  }

  #wants(event: Parameters<Wishes['wants']>[0], name: string, { subscribed }: Names): boolean {
    return this.#wishes.wants(event, name, subscribed);
  }

  #isSelected({ id }: Mailbox): boolean {
    const { phase } = this.#session;
    return phase.kind === 'selected' && phase.selected.live.ref.mailbox === id;
  }

  #status(mailbox: Mailbox, items: readonly StatusItem[]): string {
    const values: Partial<Record<StatusItem, number>> = {
      MESSAGES: mailbox.messages,
      UIDNEXT: mailbox.uidNext,
      UIDVALIDITY: mailbox.uidValidity,
      UNSEEN: mailbox.unseen,
      HIGHESTMODSEQ: mailbox.highestModseq,
    };
    const shown = items.map((item) => [item, values[item] ?? 0] as const);
    return formatStatusResponse(mailbox.name, shown, this.#session.reader.names);
  }
}

async function read(session: ImapHandle, wishes: Wishes): Promise<State> {
  const areNoted = wishes.asks('MailboxMetadataChange') || wishes.asks('ServerMetadataChange');
  const [names, noted] = await Promise.all([
    namesOf(session),
    areNoted ? session.context.store.allMetadata(session.account.id) : [],
  ]);
  const notes = new Map<MailboxId | undefined, Map<string, string>>();
  for (const { mailbox, name, value } of noted) {
    const entries = notes.get(mailbox) ?? new Map<string, string>();
    notes.set(mailbox, entries);
    entries.set(name, createHash('sha256').update(value).digest('base64'));
  }
  return { names, notes };
}

function byId({ names }: State): ReadonlyMap<MailboxId, Mailbox> {
  return new Map([...names.mailboxes.values()].map((mailbox) => [mailbox.id, mailbox]));
}

/** Names that a client has to look at again: also those above what came or went (RFC 5465 5.4). */
function renamedAndMade(
  was: ReadonlyMap<MailboxId, Mailbox>,
  is: ReadonlyMap<MailboxId, Mailbox>,
): Map<string, string | undefined> {
  const affected = new Map<string, string | undefined>();
  const touch = (name: string): void => {
    affected.set(name, undefined);
    const end = name.lastIndexOf(SEPARATOR);
    if (end > 0 && !affected.has(name.slice(0, end))) affected.set(name.slice(0, end), undefined);
  };
  for (const [id, { name }] of was) if (!is.has(id)) touch(name);
  for (const [id, { name }] of is) if (!was.has(id)) touch(name);
  const renamed = new Map<string, string>();
  for (const [id, { name }] of is) {
    const old = was.get(id)?.name;
    if (old !== undefined && old !== name) renamed.set(name, old);
  }
  for (const [name, old] of renamed) if (!cameAlong(name, old, renamed)) affected.set(name, old);
  return affected;
}

/** A mailbox that was renamed because one above it was is not told of. */
function cameAlong(name: string, old: string, renamed: ReadonlyMap<string, string>): boolean {
  for (let end = name.lastIndexOf(SEPARATOR); end > 0; end = name.lastIndexOf(SEPARATOR, end - 1)) {
    const above = renamed.get(name.slice(0, end));
    if (above !== undefined && old === above + name.slice(end)) return true;
  }
  return false;
}
