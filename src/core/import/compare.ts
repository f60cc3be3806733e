/** What a folder of another server has that has not come, or is otherwise here than when it came. Changes nothing. */
import { createHash } from 'node:crypto';
import { flagNames } from '../mailbox/flags.ts';
import { PIECE_BYTES } from '../mailbox/pieces.ts';
import { digestOf } from '../mailbox/prints.ts';
import type { Mailbox, MailboxRef, StoredItem } from '../mailbox/port.ts';
import { toRanges } from '../mailbox/uid-ranges.ts';
import { changesOf, flagsText, toOurs } from './flags.ts';
import { type FolderStore, flagsNow, type Page, pages } from './folder.ts';
import type { ImportedItem, ImportFolder } from './port.ts';
import { type ComingMessage, type Distrust, readMessages } from './reading.ts';
import { type OpenFolder, SourceError } from './source.ts';

export interface Difference {
  /** Messages that it has there. */
  readonly total: number;
  /** Would come. */
  readonly fresh: number;
  /** Have other flags there than when they were last looked at. */
  readonly flagged: number;
  /** Came, and are not there any more. */
  readonly gone: number;
}

/** `folder`: what is known of it; nothing when it never came, or all of it has new UIDs. */
export async function differenceOf(about: {
  store: Pick<FolderStore, 'importedItems'>;
  opened: OpenFolder;
  folder: ImportFolder | undefined;
}): Promise<Difference> {
  const { store, opened, folder } = about;
  const uids = await opened.uids();
  const total = uids.length;
  if (folder === undefined) return { total, fresh: total, flagged: 0, gone: 0 };
  let [fresh, flagged, gone] = [0, 0, 0];
  for await (const page of pages({ store, folder }, uids)) {
    fresh += page.fresh.length;
    gone += page.gone.length;
    if (page.known.size === 0) continue;
    const changes = changesOf(await flagsNow({ opened, folder }, page));
    flagged += changes.reduce((sum, { items }) => sum + items.length, 0);
  }
  return { total, fresh, flagged, gone };
}

/** UIDs there that are named of one folder. */
export const MOST_NAMED = 100;

/** What became of the messages of a folder; each counts once, by what is first. */
export interface Verified {
  readonly total: number;
  /** With the same octets, date and flags. */
  same: number;
  /** Did not come yet. */
  fresh: number;
  /** Came, and are not in that mailbox any more: deleted here, or moved. */
  away: number;
  otherOctets: number;
  otherDates: number;
  otherFlags: number;
  /** Cannot be read there. */
  unread: number;
  /** Came, and are not there any more. */
  gone: number;
  /** UIDs there of those that have other octets or dates, or cannot be read. */
  readonly named: number[];
}

/** Reads every message there and here, and compares them. Rejects with a `SourceError` when the server ends it. */
export async function verifiedFolder(about: {
  store: FolderStore;
  opened: OpenFolder;
  folder: ImportFolder | undefined;
  target: (MailboxRef & Pick<Mailbox, 'keywords'>) | undefined;
  distrust: Distrust;
  mostBytes: number;
}): Promise<Verified> {
  const { store, opened, folder, target, distrust, mostBytes } = about;
  const uids = await opened.uids();
  const found: Verified = {
    ...{ total: uids.length, same: 0, fresh: 0, away: 0, otherOctets: 0, otherDates: 0, otherFlags: 0 },
    ...{ unread: 0, gone: 0, named: [] },
  };
  if (folder === undefined || target === undefined) return { ...found, fresh: uids.length };
  for await (const page of pages({ store, folder }, uids)) {
    found.fresh += page.fresh.length;
    found.gone += page.gone.length;
    if (page.known.size > 0) await verifyPage({ store, opened, target, page, distrust, mostBytes }, found);
  }
  return found;
}

interface Verifying {
  readonly store: FolderStore;
  readonly opened: OpenFolder;
  readonly target: MailboxRef & Pick<Mailbox, 'keywords'>;
  readonly page: Page;
  readonly distrust: Distrust;
  readonly mostBytes: number;
}

async function verifyPage(about: Verifying, found: Verified): Promise<void> {
  const { store, opened, target, page, distrust, mostBytes } = about;
  const note = (kind: 'otherOctets' | 'otherDates' | 'unread', uid: number): void => {
    found[kind]++;
    if (found.named.length < MOST_NAMED) found.named.push(uid);
  };
  const uids = [...page.known.keys()];
  const fail = (uid: number): void => note('unread', uid);
  for await (const coming of readMessages({ opened, uids, distrust, mostBytes, fail })) {
    const { uid, internalAt, flags } = coming.message;
    const theirs = await theirDigest(coming);
    const item = await itemOf(store, target, page.known.get(uid) as ImportedItem);
    if (theirs === undefined) note('unread', uid);
    else if (item === undefined) found.away++;
    else if (Buffer.compare(theirs, await digestOf(store, item)) !== 0) note('otherOctets', uid);
    else if (internalAt !== undefined && seconds(internalAt) !== seconds(item.internalAt))
      note('otherDates', uid);
    else if (flagsText(toOurs(flags)) !== flagsText(toOurs(flagNames(item.flags, target.keywords))))
      found.otherFlags++;
    else found.same++;
  }
}

/** Undefined when the server refuses some of it. */
async function theirDigest({ pieces }: ComingMessage): Promise<Buffer | undefined> {
  const digest = createHash('sha256');
  try {
    for await (const piece of pieces) digest.update(piece);
  } catch (error) {
    if (error instanceof SourceError && error.fault === 'refused') return undefined;
    throw error;
  }
  return digest.digest();
}

async function itemOf(
  store: FolderStore,
  { account, mailbox }: MailboxRef,
  { uid }: ImportedItem,
): Promise<StoredItem | undefined> {
  const request = { account, mailbox, uids: toRanges([uid]), limit: 1, contentUpTo: PIECE_BYTES };
  return (await store.items(request))[0];
}

function seconds(ms: number): number {
  return Math.floor(ms / 1000);
}
