/**
 * Brings a folder of another server into a mailbox, and what changed there since it last did. Everything that came is in the
 * store with the UID that it had there, so that an import that ended anywhere goes on from there. What is in memory: the UIDs
 * of the folder (8 octets each), a page of what is known of them, and messages of one window while those of the next arrive.
 */
import { type Arrivals, type ArrivalStore, marksOf } from '../mailbox/arrivals.ts';
import type { FlagSet } from '../mailbox/flags.ts';
import { type Ended, type Filled, Filling, forgetContent, sizeOfNew } from '../mailbox/filling.ts';
import type { Mailbox, MailboxRef, MailboxStore, NewItem } from '../mailbox/port.ts';
import { Known, type KnownStore } from '../mailbox/prints.ts';
import type { QuotaLimits } from '../mailbox/quota.ts';
import { MAX_UID, toRanges } from '../mailbox/uid-ranges.ts';
import { changesOf, flagsText, toOurs } from './flags.ts';
import type { ImportedItem, ImportFolder, ImportStore } from './port.ts';
import { type ComingMessage, type Distrust, readMessages } from './reading.ts';
import { type OpenFolder, SourceError } from './source.ts';

/** Messages of a folder that are looked at together. */
const PAGE = 1_000;
/** Messages that could not be read, of one folder, that are named. */
export const MOST_FAILED = 100;

export type FolderStore = ImportStore &
  ArrivalStore &
  KnownStore &
  Pick<MailboxStore, 'quota' | 'storeFlags' | 'expungeItems'>;

export interface FolderImport {
  readonly store: FolderStore;
  readonly opened: OpenFolder;
  readonly target: MailboxRef & Pick<Mailbox, 'uidNext'>;
  readonly folder: ImportFolder;
  readonly arrivals: Arrivals;
  readonly limits: QuotaLimits;
  /** What is gone there goes here too. */
  readonly removesGone: boolean;
  readonly distrust: Distrust;
  /** Octets of one message that are taken. */
  readonly mostBytes: number;
  now(): number;
  /** Is told how many more messages and octets came. */
  progress(messages: number, octets: number): void;
}

/** Adds up over the tries that a folder takes. */
export class FolderTally {
  /** Messages that it has there. */
  total = 0;
  /** Came before. */
  known: number | undefined;
  came = 0;
  octets = 0;
  /** Were here already, of another import or by themselves. */
  adopted = 0;
  flagged = 0;
  /** Gone there, still here. */
  gone = 0;
  removed = 0;
  withoutKeywords = 0;
  failedCount = 0;
  failed: { readonly uid: number; readonly why: string }[] = [];
  /** Why no more came: there is no room, its mailbox went, or there are as many as there may be. */
  ended: Ended | 'too many' | undefined;

  /** Had come before, or were here by themselves, and are there. */
  get there(): number {
    return (this.known ?? 0) + this.adopted - this.gone - this.removed;
  }

  fail(uid: number, why: string): void {
    this.failedCount++;
    if (this.failed.length < MOST_FAILED) this.failed.push({ uid, why });
  }

  /** Begins another try: what is reckoned anew. */
  again(): void {
    [this.gone, this.failedCount, this.failed, this.ended] = [0, 0, [], undefined];
  }
}

/** Rejects with a `SourceError` when the server ends it; what came until then stays. */
export async function bringFolder(about: FolderImport, tally: FolderTally): Promise<void> {
  const { opened, folder, store } = about;
  tally.again();
  const uids = await opened.uids();
  tally.total = uids.length;
  const mapped = await mappedUids(about);
  tally.known ??= mapped.size;
  const isAllMapped = mapped.size >= about.target.uidNext - 1;
  const known = await Known.of(store, isAllMapped ? undefined : about.target, (uid) => !mapped.has(uid));
  mapped.clear();
  for await (const page of pages(about, uids)) {
    await followFlags(about, page, tally);
    await followGone(about, page.gone, tally);
    tally.ended = await bringNew(about, { fresh: page.fresh, known }, tally);
    if (tally.ended !== undefined) return;
  }
  const { modseq } = opened;
  if (tally.failedCount === 0)
    await store.finishImport({ folder: folder.id, ...(modseq === undefined ? {} : { modseq }) });
}

/** UIDs here of what came from there. */
async function mappedUids({ store, folder }: FolderImport): Promise<Set<number>> {
  const mapped = new Set<number>();
  for (let after = 0; ; ) {
    const items = await store.importedItems({ folder: folder.id, after, limit: PAGE });
    for (const { uid } of items) mapped.add(uid);
    const last = items.at(-1);
    if (last === undefined) return mapped;
    after = last.sourceUid;
  }
}

/** A range of the UIDs there. */
export interface Page {
  readonly range: readonly [number, number];
  readonly fresh: readonly number[];
  /** Known, and there still. */
  readonly known: ReadonlyMap<number, ImportedItem>;
  readonly gone: readonly ImportedItem[];
}

/** What is known beside what is there, both by UID. `uids` rise. */
export async function* pages(
  { store, folder }: { store: Pick<FolderStore, 'importedItems'>; folder: ImportFolder },
  uids: readonly number[],
): AsyncGenerator<Page> {
  let [at, after] = [0, 0];
  do {
    const items = await store.importedItems({ folder: folder.id, after, limit: PAGE });
    const part = uids.slice(at, at + PAGE);
    // As far as both are known.
    const ofItems = items.length < PAGE ? MAX_UID : (items.at(-1) as ImportedItem).sourceUid;
    const ofUids = at + part.length < uids.length ? (part.at(-1) as number) : MAX_UID;
    const to = Math.min(ofItems, ofUids);
    const there = part.filter((uid) => uid <= to);
    const known = new Map(
      items.filter(({ sourceUid }) => sourceUid <= to).map((item) => [item.sourceUid, item]),
    );
    const fresh = there.filter((uid) => !known.has(uid));
    const present = new Set(there);
    const gone = [...known.values()].filter(({ sourceUid }) => !present.has(sourceUid));
    for (const { sourceUid } of gone) known.delete(sourceUid);
    yield { range: [after + 1, to], fresh, known, gone };
    [at, after] = [at + there.length, to];
  } while (after < MAX_UID);
}

async function followFlags(about: FolderImport, page: Page, tally: FolderTally): Promise<void> {
  const { store, opened, folder, target } = about;
  if (page.known.size === 0 || (folder.modseq !== undefined && folder.modseq === opened.modseq)) return;
  const changes = changesOf(await flagsNow(about, page));
  if (changes.length === 0) return;
  const request = { account: target.account, mailbox: target.mailbox, folder: folder.id, changes };
  const stored = await store.importFlags(request);
  if (!stored.ok && stored.why === 'too many keywords') {
    const plain = changes.map((change) => ({ ...change, add: { ...change.add, keywords: [] } }));
    await store.importFlags({ ...request, changes: plain });
    tally.withoutKeywords += changes.reduce(
      (sum, { items, add }) => sum + (add.keywords.length > 0 ? items.length : 0),
      0,
    );
  }
  tally.flagged += changes.reduce((sum, { items }) => sum + items.length, 0);
}

/** Of those that are known; where the server can say so, only of those that changed. */
export async function flagsNow(
  { opened, folder }: Pick<FolderImport, 'opened' | 'folder'>,
  { known }: Page,
): Promise<{ before: ImportedItem; now: FlagSet }[]> {
  const [first, last] = [Math.min(...known.keys()), Math.max(...known.keys())];
  const since = isPast(folder.modseq, opened.modseq) ? folder.modseq : undefined;
  const found = new Map<ImportedItem, FlagSet>();
  const request = { range: [first, last] as const, ...(since === undefined ? {} : { since }) };
  for await (const { uid, flags } of opened.flags(request)) {
    const before = known.get(uid);
    if (before !== undefined) found.set(before, toOurs(flags));
  }
  return [...found].map(([before, now]) => ({ before, now }));
}

/** A server that lost its MODSEQs counts from the beginning. */
function isPast(modseq: string | undefined, now: string | undefined): boolean {
  return modseq !== undefined && now !== undefined && BigInt(modseq) <= BigInt(now);
}

async function followGone(
  { store, folder, target, removesGone, now }: FolderImport,
  gone: readonly ImportedItem[],
  tally: FolderTally,
): Promise<void> {
  if (!removesGone || gone.length === 0) {
    tally.gone += gone.length;
    return;
  }
  const uids = toRanges(gone.map(({ uid }) => uid).sort((a, b) => a - b));
  const { account, mailbox } = target;
  const expunged = await store.expungeItems({ account, mailbox, uids, which: 'any', at: now() });
  if (expunged.ok) tally.removed += expunged.uids.length;
  await store.forgetImported({ folder: folder.id, sourceUids: gone.map(({ sourceUid }) => sourceUid) });
}

interface Coming extends Filled {
  readonly sourceUid: number;
  readonly flags: string;
}

async function bringNew(
  about: FolderImport,
  { fresh, known }: { fresh: readonly number[]; known: Known },
  tally: FolderTally,
): Promise<Ended | undefined> {
  if (fresh.length === 0) return undefined;
  const filling = fillingOf(about, tally);
  const adopted: Adopted[] = [];
  let ended: Ended | undefined;
  try {
    for await (const coming of readMessages({
      ...{ opened: about.opened, distrust: about.distrust, mostBytes: about.mostBytes, uids: fresh },
      fail: (uid, why) => tally.fail(uid, why),
    })) {
      const item = await taken(about, coming, tally);
      if (item === undefined) continue;
      const [sourceUid, flags] = [coming.message.uid, flagsText(item.flags)];
      const uid = await known.take(marksOf(item));
      if (uid === undefined) ended = await filling.add({ item, sourceUid, flags });
      else {
        await forgetContent(about.store, item.content);
        adopted.push({ sourceUid, uid, flags, set: item.flags });
      }
      if (ended !== undefined) break;
    }
  } finally {
    // What arrived before the connection was lost need not come again.
    ended ??= await filling.flush();
    tally.withoutKeywords += filling.withoutKeywords;
    await adopt(about, adopted, tally);
  }
  return ended;
}

interface Adopted extends ImportedItem {
  readonly set: FlagSet;
}

/** Undefined when the server refuses it: that is told, and the others come. */
async function taken(
  { arrivals, now }: FolderImport,
  { message, pieces }: ComingMessage,
  tally: FolderTally,
): Promise<NewItem | undefined> {
  try {
    return await arrivals.take(pieces, {
      flags: toOurs(message.flags),
      internalAt: message.internalAt ?? now(),
    });
  } catch (error) {
    if (!(error instanceof SourceError) || error.fault !== 'refused') throw error;
    tally.fail(message.uid, error.message);
    return undefined;
  }
}

function fillingOf(about: FolderImport, tally: FolderTally): Filling<Coming> {
  const { store, target, folder, limits, now, progress } = about;
  const { account, mailbox } = target;
  return new Filling({
    ...{ into: store, target, limits },
    async append(items, most) {
      const request = { account, mailbox, folder: folder.id, items, at: now(), limits: most };
      const done = await store.importItems(request);
      // What another import of the same folder brought meanwhile.
      if (done.ok && done.known.length > 0)
        for (const { item, sourceUid } of items)
          if (done.known.includes(sourceUid)) await forgetContent(store, item.content);
      return done;
    },
    took({ item }) {
      tally.came++;
      tally.octets += sizeOfNew(item);
      progress(1, sizeOfNew(item));
    },
  });
}

/** They are here already: flags that they have there are added. */
async function adopt(
  { store, folder, target, progress }: FolderImport,
  items: readonly Adopted[],
  tally: FolderTally,
): Promise<void> {
  if (items.length === 0) return;
  const { account, mailbox } = target;
  for (const { uid, set } of items)
    if (set.system !== 0 || set.keywords.length > 0)
      await store.storeFlags({ account, mailbox, uids: [[uid, uid]], change: 'add', flags: set });
  await store.adoptItems({
    folder: folder.id,
    items: items.map(({ sourceUid, uid, flags }) => ({ sourceUid, uid, flags })),
  });
  tally.adopted += items.length;
  progress(items.length, 0);
}
