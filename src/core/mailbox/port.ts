/**
 * What mailboxes need of a database. Implemented by `store/` for SQLite and PostgreSQL; every write is one operation, whole
 * or not at all, and resolves when it is synced. A mailbox is named with its account: nobody reaches another's.
 *
 * Each change of a mailbox raises its MODSEQ (RFC 7162) and is told to `onMailboxChanges` after its transaction. What is
 * changed together has the same MODSEQ.
 */
import type { AccountId, MailboxId, MessageId, ThreadId } from '../envelope.ts';
import type { Content } from '../queue/port.ts';
import type { FlagsThere, FlagTally, FlagWish } from './flag-changes.ts';
import type { FlagChange, FlagSet } from './flags.ts';
import type { MetadataEntry } from './metadata.ts';
import type { ParsedMessage } from './parsed.ts';
import type { QuotaLimits, QuotaStore } from './quota.ts';
import type { Layer } from './sketch.ts';
import type { PackedSketches, Sketch } from './sketch-block.ts';
import type { ItemState } from './snapshot.ts';
import type { SpecialUse } from './special-use.ts';
import type { UidRange } from './uid-ranges.ts';

/** Of one account at most. */
export const MAX_MAILBOXES = 10_000;
/** Of one account at most. */
export const MAX_SUBSCRIPTIONS = 2 * MAX_MAILBOXES;
/** How long what was expunged, and mailboxes that were deleted, can be had back, ms. */
export const UNDELETE_FOR_MS = 25 * 86_400_000;

/** A mailbox and its counters: what LIST and STATUS tell (RFC 9051 6.3.9, 6.3.11). */
export interface Mailbox {
  readonly id: MailboxId;
  readonly name: string;
  readonly specialUse?: SpecialUse;
  /** Unique in its account. */
  readonly uidValidity: number;
  readonly uidNext: number;
  readonly highestModseq: number;
  readonly messages: number;
  readonly unseen: number;
  /** Those with `\Deleted`. */
  readonly deleted: number;
  /** Of all messages together, octets. */
  readonly sizeBytes: number;
  /** Those that items of it ever had, in the order of their bits. */
  readonly keywords: readonly string[];
}

export interface DeletedMailbox extends Mailbox {
  /** ms since the epoch. */
  readonly deletedAt: number;
}

/** A change that was committed: a mailbox has this MODSEQ now, or is gone, or is called otherwise. */
export interface MailboxChange {
  readonly account: AccountId;
  readonly mailbox: MailboxId;
  readonly modseq: number;
}

/** Names a mailbox, and whose it has to be. */
export interface MailboxRef {
  readonly account: AccountId;
  readonly mailbox: MailboxId;
}

export type Refused<Why extends string> = { readonly ok: false; readonly why: Why };

/** A message that a client puts into a mailbox, or that comes from another store. */
export interface NewItem {
  /** Reserved before. */
  readonly message: MessageId;
  readonly content: Content;
  readonly flags: FlagSet;
  /** INTERNALDATE, ms since the epoch. */
  readonly internalAt: number;
  readonly parsed?: ParsedMessage;
  /** Of one that was delivered once, and is had back from a backup. */
  readonly delivered?: {
    /** Our trace fields, which stand before its content. */
    readonly prefix: Uint8Array;
    /** Of the envelope; empty for the null reverse-path. */
    readonly sender: string;
    readonly recipient?: string;
  };
}

/** The UIDs that new items got, one after the other. */
export interface Appended {
  readonly ok: true;
  readonly uidValidity: number;
  readonly firstUid: number;
  readonly modseq: number;
}

/** Which item became which: `from[i]` is `to[i]` now (RFC 4315 COPYUID). */
export interface Copied {
  readonly ok: true;
  readonly uidValidity: number;
  readonly from: readonly number[];
  readonly to: readonly number[];
  /** Of the mailbox they came to, and, where they were moved, of that they came from. */
  readonly modseq: number;
  readonly modseqLeft?: number;
}

export interface FlagRequest extends MailboxRef, FlagWish {}

/** A change of flags that was foreseen. */
export interface FlagChangeRequest {
  readonly account: AccountId;
  /** As it was when it was foreseen. */
  readonly mailbox: Mailbox;
  readonly change: FlagChange;
  readonly there: FlagsThere;
  readonly tally: Pick<FlagTally, 'changed' | 'changedItems' | 'unseen' | 'deleted'>;
}

export interface Flagged {
  readonly ok: true;
  /** Of all that was changed; the mailbox's, which may be another's change, where nothing was. Whoever knew it at one less misses nothing else. */
  readonly modseq: number;
  /** As it is now. */
  readonly mailbox: Mailbox;
  /** What was asked for; the flags that were named as bits of this mailbox. */
  readonly change: FlagChange;
  readonly bits: number;
  /** What is there of these has other flags now. Rising, as all of them. */
  readonly changed: readonly UidRange[];
  /** What is there of these had the flags before, and keeps its MODSEQ. */
  readonly same: readonly UidRange[];
  /** UIDs of those that were changed after `unchangedSince` (RFC 7162 3.1.3, MODIFIED). */
  readonly failed: readonly number[];
}

/** A mailbox as it is read at once: `openMailbox` makes columns of it. */
export interface Snapshot {
  /** All that is below is at `highestModseq` or, in part, later: asking for the changes since then gives nothing wrong. */
  readonly mailbox: Mailbox;
  /** As of some MODSEQ before, or of all items, made for this. */
  readonly packed: Uint8Array;
  /** Made for this. */
  readonly isNew: boolean;
  /** Since then. */
  readonly items: readonly ItemState[];
  readonly vanished: readonly number[];
}

export interface Changes {
  readonly mailbox: Mailbox;
  /** New or changed since, by UID. */
  readonly items: readonly ItemState[];
  /** Gone since, rising. Without `isComplete`: gone at any time, which is all that is not there. */
  readonly vanished: readonly UidRange[];
  /** False when what vanished then is forgotten. */
  readonly isComplete: boolean;
}

/** An item with what is kept of its message; its octets are `prefix`, then what was received (`readContent`). */
export interface StoredItem extends ItemState {
  readonly thread: ThreadId;
  /** SAVEDATE (RFC 8514), ms since the epoch. */
  readonly savedAt: number;
  readonly structure?: Uint8Array;
  readonly preview?: string;
  /** Of the envelope; empty for the null reverse-path and for what a client put here. */
  readonly sender: string;
  readonly recipient?: string;
  readonly prefix: Uint8Array;
  /** Where it was asked for and is no longer than that. */
  readonly content?: Uint8Array;
  readonly contentBytes: number;
}

/** What tells an item from others of its mailbox, whatever its UID. */
export interface ItemPrint {
  readonly uid: number;
  readonly internalAt: number;
  /** SHA-256 of what was received. */
  readonly hash: Uint8Array;
  /** What stands before that. */
  readonly prefix: Uint8Array;
  /** Of both together. */
  readonly sizeBytes: number;
}

export interface ExpungedItem {
  readonly mailbox: MailboxId;
  readonly uid: number;
  readonly message: MessageId;
  readonly flags: number;
  readonly internalAt: number;
  readonly sizeBytes: number;
  /** ms since the epoch. */
  readonly expungedAt: number;
}

/** Names a row of sketches of an account. */
export interface SketchRef {
  readonly layer: Layer;
  /** Where a search met their messages. */
  readonly mailbox: MailboxId;
  readonly block: number;
}

export interface MailboxStore extends QuotaStore {
  /** Every mailbox of an account with its counters, by name. */
  mailboxes(account: AccountId): Promise<Mailbox[]>;
  /** `name` as `toMailboxName` gives it. */
  mailboxNamed(request: { account: AccountId; name: string }): Promise<Mailbox | undefined>;
  /** The MODSEQ of each that is there: for who may have missed word of a change. */
  mailboxModseqs(mailboxes: readonly MailboxId[]): Promise<{ mailbox: MailboxId; modseq: number }[]>;
  /** Makes a mailbox, and those above it that are missing; tells which (RFC 9051 6.3.4). */
  createMailbox(request: {
    account: AccountId;
    name: string;
    specialUse?: SpecialUse;
    at: number;
  }): Promise<{ ok: true; mailbox: Mailbox } | Refused<'exists' | 'too many' | 'use taken' | 'missing'>>;
  /** With all below it; INBOX keeps its name, and what is below it, and gives its messages away (RFC 9051 6.3.6). */
  renameMailbox(request: {
    account: AccountId;
    from: string;
    to: string;
    at: number;
  }): Promise<{ ok: true } | Refused<'missing' | 'exists' | 'below itself' | 'too long' | 'too many'>>;
  /** What is below it stays. It can be had back for `UNDELETE_FOR_MS`. */
  deleteMailbox(request: {
    account: AccountId;
    name: string;
    at: number;
  }): Promise<{ ok: true } | Refused<'missing' | 'inbox'>>;
  deletedMailboxes(account: AccountId): Promise<DeletedMailbox[]>;
  /** A deleted mailbox, under a name that is free; its UIDVALIDITY is new. */
  restoreMailbox(
    request: MailboxRef & { name: string; at: number },
  ): Promise<{ ok: true; mailbox: Mailbox } | Refused<'missing' | 'exists'>>;
  /** What is noted of a mailbox, or of none in particular, by name (RFC 5464). */
  metadata(request: { account: AccountId; mailbox?: MailboxId }): Promise<MetadataEntry[]>;
  /** What is noted of all its mailboxes, and of none in particular. */
  allMetadata(account: AccountId): Promise<(MetadataEntry & { readonly mailbox?: MailboxId })[]>;
  /** All or nothing; without a value an entry goes. */
  setMetadata(request: {
    account: AccountId;
    mailbox?: MailboxId;
    values: readonly { name: string; value?: Uint8Array }[];
  }): Promise<{ ok: true } | Refused<'missing' | 'too many'>>;
  subscriptions(account: AccountId): Promise<string[]>;
  /** A name need not be a mailbox's (RFC 9051 6.3.7). False: there are too many. */
  subscribe(request: { account: AccountId; name: string; isSubscribed: boolean }): Promise<boolean>;

  /** All of them or none (RFC 3502). */
  appendItems(
    request: MailboxRef & { items: readonly NewItem[]; at: number; limits?: QuotaLimits },
  ): Promise<Appended | Refused<'missing' | 'over quota' | 'too many keywords'>>;
  /** The item goes, and another comes to the end of `to`, or neither (RFC 8508). */
  replaceItem(
    request: MailboxRef & { uid: number; to: MailboxId; item: NewItem; at: number; limits?: QuotaLimits },
  ): Promise<Appended | Refused<'missing' | 'gone' | 'over quota' | 'too many keywords'>>;
  /** To the end of `to`, with their flags, INTERNALDATE, EMAILID and THREADID. UIDs that are not there are passed over. */
  copyItems(
    request: MailboxRef & { uids: readonly UidRange[]; to: MailboxId; at: number; limits?: QuotaLimits },
  ): Promise<Copied | Refused<'missing' | 'no target' | 'over quota' | 'too many keywords'>>;
  moveItems(
    request: MailboxRef & { uids: readonly UidRange[]; to: MailboxId; at: number },
  ): Promise<Copied | Refused<'missing' | 'no target' | 'too many keywords'>>;
  storeFlags(request: FlagRequest): Promise<Flagged | Refused<'missing' | 'too many keywords'>>;
  /**
   * Keeps what was foreseen, as one, and gives the mailbox as it is then. Undefined, and nothing is done, where somebody has changed it
   * meanwhile, or too much is kept of it.
   */
  keepFlagChange(request: FlagChangeRequest): Promise<Mailbox | undefined>;
  /** Of these UIDs, or of all, those with `\Deleted`; what went, rising. `any`: with or without it. */
  expungeItems(
    request: MailboxRef & { uids?: readonly UidRange[]; which: 'deleted' | 'any'; at: number },
  ): Promise<{ ok: true; modseq: number; uids: number[] } | Refused<'missing'>>;
  /** What can be had back of a mailbox, newest last, after UID `after`. */
  expungedItems(request: MailboxRef & { after: number; limit: number }): Promise<ExpungedItem[]>;
  /** Puts them back at the end of their mailbox, without `\Deleted`. UIDs that are not to be had are passed over. */
  undeleteItems(
    request: MailboxRef & { uids: readonly UidRange[]; at: number },
  ): Promise<Copied | Refused<'missing'>>;
  /** Forgets what was expunged, and mailboxes that were deleted, before then: at most `limit` items; how many those were. */
  forgetExpunged(request: { before: number; limit: number }): Promise<number>;

  /** Every item of a mailbox; see `openMailbox`. */
  snapshot(request: MailboxRef): Promise<Snapshot | undefined>;
  /** Keeps packed columns of a mailbox as they were at `modseq`; older ones than are kept already are let go. */
  keepPack(pack: { mailbox: MailboxId; modseq: number; bytes: Uint8Array }): Promise<void>;
  changesSince(request: MailboxRef & { modseq: number }): Promise<Changes | undefined>;
  /** Gone since, rising; where that is forgotten, all that is not there. */
  vanishedSince(request: MailboxRef & { modseq: number }): Promise<UidRange[]>;
  /** At most `limit`, by UID; with the content of messages of no more octets than `contentUpTo`. */
  items(
    request: MailboxRef & { uids: readonly UidRange[]; limit: number; contentUpTo?: number },
  ): Promise<StoredItem[]>;
  /** At most `limit` after UID `after`, by UID. */
  itemPrints(request: MailboxRef & { after: number; limit: number }): Promise<ItemPrint[]>;

  /** What a search of a mailbox learnt: `MAX_SKETCHES` at most. What is there of these messages already may be there twice. */
  keepSketches(request: MailboxRef & { layer: Layer; sketches: readonly Sketch[] }): Promise<void>;
  /** Which messages the rows of an account are about, as `unpackSketches` reads them; undefined when it has more sketches than `most`. */
  sketchHeads(request: {
    account: AccountId;
    layers: readonly Layer[];
    most: number;
  }): Promise<(SketchRef & Pick<PackedSketches, 'messages'>)[] | undefined>;
  /** These rows, in their order, undefined where one is not there; they may be about more messages by now. */
  sketches(request: {
    account: AccountId;
    of: readonly SketchRef[];
  }): Promise<((PackedSketches & { readonly layer: Layer }) | undefined)[]>;
}
