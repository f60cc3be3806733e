/**
 * Mailboxes that are open in this worker: the columns of each are read once, kept up to date by what the feed tells, and
 * shared by all sessions that have it open. What was closed stays for a while, so that opening it again reads next to nothing.
 */
import type { MailboxFeed, Watch } from './feed.ts';
import type { FlagWish } from './flag-changes.ts';
import { changed } from './flags.ts';
import { openMailbox } from './opening.ts';
import type { Changes, Flagged, Mailbox, MailboxRef, MailboxStore } from './port.ts';
import { RecentItems } from './recent-items.ts';
import { SketchCache } from './sketch-cache.ts';
import { storeFlags } from './store-flags.ts';
import {
  COLUMN_NAMES,
  type Columns,
  columnsOf,
  firstFrom,
  ITEM_BYTES,
  type ItemState,
  setItem,
  withChanges,
} from './snapshot.ts';
import type { AccountId, MailboxId } from '../envelope.ts';
import { isIn, type UidRange } from './uid-ranges.ts';

/** Octets of columns of closed mailboxes that are kept. */
const MAX_IDLE_BYTES = 32 * 1024 * 1024;
/** What a mailbox takes beside its items; octets. */
const MAILBOX_BYTES = 2_000;

export interface LivePorts {
  readonly store: Pick<
    MailboxStore,
    'snapshot' | 'keepPack' | 'changesSince' | 'mailboxModseqs' | 'storeFlags' | 'keepFlagChange'
  >;
  readonly feed: MailboxFeed;
  /** Is told when something that nobody waits for could not be kept. */
  failed(error: unknown): void;
}

/** Hears of changes. */
export interface ChangeListener {
  /** Must not throw. */
  changed(): void;
}

interface Entry {
  readonly opening: Promise<LiveMailbox | undefined>;
  users: number;
}

export class LiveMailboxes {
  /** What searches read of them. */
  readonly sketches = new SketchCache();
  readonly recent = new RecentItems();
  readonly #ports: LivePorts;
  readonly #open = new Map<MailboxId, Entry>();
  /** Of those that somebody has. */
  readonly #entries = new WeakMap<LiveMailbox, Entry>();
  /** Longest closed first. */
  readonly #idle = new Map<MailboxId, LiveMailbox>();
  #idleBytes = 0;

  constructor(ports: LivePorts) {
    this.#ports = ports;
  }

  /**
   * A mailbox as it is at `modseq` or later; undefined when it is not there. Each that is given is to be closed. Rejects when
   * the store does not answer.
   */
  async open(ref: MailboxRef, modseq: number): Promise<LiveMailbox | undefined> {
    const live = await this.#try(ref, modseq);
    // It was deleted, and may have been had back: that is read anew, whoever still has the other.
    return live?.isGone ? this.#try(ref, modseq) : live;
  }

  /** One that is gone is closed already, and given to nobody else. */
  async #try(ref: MailboxRef, modseq: number): Promise<LiveMailbox | undefined> {
    const entry = this.#entry(ref);
    entry.users++;
    let live: LiveMailbox | undefined;
    try {
      live = await entry.opening;
      if (live !== undefined) await live.reach(modseq);
      if (live !== undefined && !live.isGone) {
        this.#entries.set(live, entry);
        return live;
      }
    } catch (error) {
      this.#leave(ref.mailbox, entry);
      throw error;
    }
    this.#leave(ref.mailbox, entry);
    if (this.#open.get(ref.mailbox) === entry) this.#open.delete(ref.mailbox);
    return live;
  }

  /** Calls `told` when something of the mailboxes of an account was changed, those among them that come and go. Must not throw. */
  watchAccount(account: AccountId, told: () => void): Watch {
    return this.#ports.feed.watchAccount(account, told);
  }

  close(live: LiveMailbox): void {
    const entry = this.#entries.get(live);
    if (entry !== undefined) this.#leave(live.ref.mailbox, entry);
  }

  #entry(ref: MailboxRef): Entry {
    const known = this.#open.get(ref.mailbox);
    if (known !== undefined) return known;
    const idle = this.#idle.get(ref.mailbox);
    if (idle !== undefined) this.#forgetIdle(idle);
    const opening = idle === undefined ? LiveMailbox.read(this.#ports, ref) : Promise.resolve(idle);
    const entry = { opening, users: 0 };
    this.#open.set(ref.mailbox, entry);
    return entry;
  }

  #leave(mailbox: MailboxId, entry: Entry): void {
    entry.users--;
    if (entry.users > 0) return;
    if (this.#open.get(mailbox) === entry) this.#open.delete(mailbox);
    entry.opening.then(
      (live) => {
        if (live === undefined) return;
        // Opened again meanwhile, and read anew.
        if (live.isGone || this.#open.has(mailbox) || this.#idle.has(mailbox)) live.end();
        else this.#keepIdle(live);
      },
      () => undefined,
    );
  }

  #keepIdle(live: LiveMailbox): void {
    this.#idle.set(live.ref.mailbox, live);
    this.#idleBytes += live.bytes;
    for (const oldest of this.#idle.values()) {
      if (this.#idleBytes <= MAX_IDLE_BYTES) return;
      this.#forgetIdle(oldest);
      oldest.end();
    }
  }

  #forgetIdle(live: LiveMailbox): void {
    this.#idle.delete(live.ref.mailbox);
    this.#idleBytes -= live.bytes;
  }
}

export class LiveMailbox {
  readonly ref: MailboxRef;
  /** Octets that it takes, as it was opened. */
  readonly bytes: number;
  readonly #ports: LivePorts;
  readonly #watch: Watch;
  readonly #listeners = new Set<ChangeListener>();
  /** As of `modseq`. */
  mailbox: Mailbox;
  /**
   * All items. Flags change in place, and new items come behind those that there are, so that columns that somebody holds
   * stay right; where items went, others take their place, and `generation` rises.
   */
  columns: Columns;
  generation = 0;
  /** The mailbox was deleted, or is another of its name. */
  isGone = false;
  /** What `columns` are the beginning of. */
  #room: Columns;
  #heard: number;
  #reading: Promise<void> | undefined;

  private constructor(
    ports: LivePorts,
    ref: MailboxRef,
    opened: { mailbox: Mailbox; items: Columns; heard: () => number; watch: Watch },
  ) {
    this.#ports = ports;
    this.ref = ref;
    this.mailbox = opened.mailbox;
    this.columns = opened.items;
    this.#room = opened.items;
    this.#watch = opened.watch;
    this.#heard = Math.max(opened.heard(), opened.mailbox.highestModseq);
    this.bytes = MAILBOX_BYTES + ITEM_BYTES * opened.items.uids.length;
  }

  /** Reads it; undefined when it is not there. */
  static async read(ports: LivePorts, ref: MailboxRef): Promise<LiveMailbox | undefined> {
    // Watched before it is read: what changes meanwhile is heard of.
    let heard = 0;
    let live: LiveMailbox | undefined;
    const watch = ports.feed.watch(ref.mailbox, ({ modseq }) => {
      heard = Math.max(heard, modseq);
      if (live !== undefined) live.#hear(modseq);
    });
    try {
      const opened = await openMailbox(ports.store, ref, (error) => ports.failed(error));
      if (opened !== undefined) live = new LiveMailbox(ports, ref, { ...opened, heard: () => heard, watch });
    } finally {
      if (live === undefined) watch.cancel();
    }
    return live;
  }

  /** Nobody needs it any more. */
  end(): void {
    this.#watch.cancel();
    this.#listeners.clear();
  }

  get modseq(): number {
    return this.mailbox.highestModseq;
  }

  get count(): number {
    return this.columns.uids.length;
  }

  /** There is something to read. */
  get isStale(): boolean {
    return this.#heard > this.modseq && !this.isGone;
  }

  /** Calls it whenever there is something to read, until `unlisten`. */
  listen(listener: ChangeListener): void {
    this.#listeners.add(listener);
  }

  unlisten(listener: ChangeListener): void {
    this.#listeners.delete(listener);
  }

  #hear(modseq: number): void {
    if (modseq <= this.#heard) return;
    this.#heard = modseq;
    for (const listener of this.#listeners) listener.changed();
  }

  /** Reads until it is at `modseq` at least, or as new as there is. Rejects when the store does not answer. */
  async reach(modseq: number): Promise<void> {
    this.#heard = Math.max(this.#heard, modseq);
    await this.refresh();
  }

  /** STORE: where nobody else changed anything meanwhile, nothing is read for it, before or after. Rejects as `refresh`. */
  async storeFlags(wish: FlagWish): ReturnType<MailboxStore['storeFlags']> {
    const known = this.isStale ? undefined : this;
    const stored = await storeFlags(this.#ports.store, this.ref, { wish, known });
    if (stored.ok) await this.#takeFlags(stored);
    return stored;
  }

  async #takeFlags(stored: Flagged): Promise<void> {
    if (this.modseq === stored.modseq - 1 && !this.isGone && this.#reading === undefined) {
      for (const range of stored.changed) setFlags(this.columns, range, stored);
      this.mailbox = stored.mailbox;
    }
    await this.reach(stored.modseq);
  }

  /** Reads what was heard of; several who ask read once. Rejects when the store does not answer. */
  async refresh(): Promise<void> {
    while (this.isStale) {
      this.#reading ??= this.#read().finally(() => {
        this.#reading = undefined;
      });
      await this.#reading;
    }
  }

  /** As `refresh`, but asks the store: word of a change may be on its way. */
  async lookAgain(): Promise<void> {
    const [found] = await this.#ports.store.mailboxModseqs([this.ref.mailbox]);
    await this.reach(found?.modseq ?? this.modseq + 1);
  }

  async #read(): Promise<void> {
    const heard = this.#heard;
    const changes = await this.#ports.store.changesSince({ ...this.ref, modseq: this.modseq });
    if (changes === undefined || changes.mailbox.uidValidity !== this.mailbox.uidValidity) {
      this.isGone = true;
      return;
    }
    this.#apply(changes);
    // Not yet to be seen, which will be heard of again: asking on and on would help nobody.
    if (this.#heard === heard) this.#heard = this.modseq;
  }

  #apply({ mailbox, items, vanished }: Changes): void {
    const { uids } = this.columns;
    const gone: number[] = [];
    for (const [first, last] of vanished)
      for (let index = firstFrom(this.columns, first); (uids[index] ?? Infinity) <= last; index++)
        gone.push(uids[index] as number);
    const end = uids.at(-1) ?? 0;
    const isInOrder = items.every(({ uid }) => uid > end || uids[firstFrom(this.columns, uid)] === uid);
    const there = items.filter(({ uid }) => !isIn(uid, vanished));
    if (gone.length > 0 || !isInOrder) {
      this.columns = withChanges(this.columns, { items: there, vanished: gone });
      this.#room = this.columns;
      this.generation++;
    } else this.#setAll(there);
    this.mailbox = mailbox;
  }

  #setAll(items: readonly ItemState[]): void {
    const before = this.columns;
    const { length } = before.uids;
    const end = before.uids.at(-1) ?? 0;
    const more = items.filter(({ uid }) => uid > end).length;
    if (length + more > this.#room.uids.length) this.#room = roomier(before, length + more);
    if (more > 0) this.columns = firstOf(this.#room, length + more);
    let next = length;
    for (const item of items)
      setItem(this.columns, item.uid > end ? next++ : firstFrom(before, item.uid), item);
  }
}

/** What is later than that keeps its own. */
function setFlags(columns: Columns, [first, last]: UidRange, { change, bits, modseq }: Flagged): void {
  const { uids, flags, modseqs } = columns;
  for (let index = firstFrom(columns, first); (uids[index] ?? Infinity) <= last; index++) {
    if ((modseqs[index] as number) >= modseq) continue;
    flags[index] = changed(flags[index] as number, change, bits);
    modseqs[index] = modseq;
  }
}

/** The same items with room for more behind them: each grows seldom, however often one comes. */
function roomier(columns: Columns, least: number): Columns {
  const room = columnsOf(least + (least >>> 3) + 16);
  for (const name of COLUMN_NAMES) room[name].set(columns[name] as never);
  return room;
}

/** The same octets, as columns of the first items. */
function firstOf(columns: Columns, count: number): Columns {
  return {
    uids: columns.uids.subarray(0, count),
    modseqs: columns.modseqs.subarray(0, count),
    flags: columns.flags.subarray(0, count),
    internalAt: columns.internalAt.subarray(0, count),
    sizes: columns.sizes.subarray(0, count),
    messages: columns.messages.subarray(0, count),
  };
}
