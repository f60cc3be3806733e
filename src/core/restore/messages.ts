/**
 * Brings into a mailbox what it has not of one in a backup. A message is there when its octets and its INTERNALDATE are, as
 * often as in the backup, whatever its UID and its flags: so that doing it twice changes nothing. What is kept in memory of a
 * mailbox is a hundred octets a message, and of messages one piece, or a batch of small ones.
 */
import { createHash, hash } from 'node:crypto';
import { StructureReader } from '../../wire/mime/structure-reader.ts';
import { parseRead } from '../mailbox/parse.ts';
import { flagNames, toFlagSet } from '../mailbox/flags.ts';
import { PIECE_BYTES, piecesOf } from '../mailbox/pieces.ts';
import type { Mailbox, MailboxRef, MailboxStore, NewItem, StoredItem } from '../mailbox/port.ts';
import { isFull, type QuotaLimits, withDefaults } from '../mailbox/quota.ts';
import { toRanges } from '../mailbox/uid-ranges.ts';
import type { MessageId } from '../envelope.ts';
import type { Content, QueueStore } from '../queue/port.ts';
import { contentSize } from '../queue/port.ts';

/** Read of a mailbox at once. */
const PAGE = 1_000;
/** Appended in one transaction: messages, and octets of them. */
const BATCH = 64;
const BATCH_BYTES = 2 * 1024 * 1024;

type From = Pick<MailboxStore, 'itemPrints' | 'items'> & Pick<QueueStore, 'readContent'>;
type Into = Pick<MailboxStore, 'itemPrints' | 'appendItems' | 'quota'> &
  Pick<QueueStore, 'reserveIds' | 'stage' | 'dropStage'>;

export interface Bringing {
  readonly from: From;
  readonly into: Into;
  readonly source: MailboxRef & Pick<Mailbox, 'keywords'>;
  /** Undefined: it is not there yet, and so all is missing; only for a dry run. */
  readonly target?: MailboxRef;
  /** Of the source, this one alone. */
  readonly uid?: number;
  /** Of accounts that have no limits of their own. */
  readonly limits: QuotaLimits;
  readonly isDryRun: boolean;
  now(): number;
}

export interface Brought {
  /** What came, or would come. */
  readonly messages: number;
  readonly octets: number;
  /** What was there already. */
  readonly there: number;
  /** UIDs, in the backup, of messages whose octets there are not those that were received: they stay away. */
  readonly damaged: readonly number[];
  /** Came without their keywords: the mailbox has as many as it can. */
  readonly withoutKeywords: number;
  /** It ended because there is no room for more, or because the mailbox went meanwhile. */
  readonly ended?: 'over quota' | 'missing';
}

/** Rejects when a store is down; what came until then stays. */
export async function bringMessages(about: Bringing): Promise<Brought> {
  const { from, source, uid, isDryRun } = about;
  const known = await printsOf(about);
  const brought = new Tally();
  for await (const page of pages(from, source, uid)) {
    const missing: Print[] = [];
    for (const print of page) {
      const left = known.get(print.key) ?? 0;
      if (left === 0) missing.push(print);
      else known.set(print.key, left - 1);
    }
    brought.there += page.length - missing.length;
    for (const part of inParts(missing, BATCH)) {
      const items = await from.items({
        ...{ account: source.account, mailbox: source.mailbox, limit: part.length },
        uids: toRanges(part.map((print) => print.uid)),
        ...(isDryRun ? {} : { contentUpTo: PIECE_BYTES }),
      });
      const hashes = new Map(part.map((print) => [print.uid, print.hash]));
      if (isDryRun) for (const { sizeBytes } of items) brought.add(sizeBytes);
      else brought.ended = await bringAll(about, { items, hashes }, brought);
      if (brought.ended !== undefined) return brought.result();
    }
  }
  return brought.result();
}

class Tally {
  messages = 0;
  octets = 0;
  there = 0;
  damaged: number[] = [];
  withoutKeywords = 0;
  ended: Brought['ended'];

  add(sizeBytes: number): void {
    this.messages++;
    this.octets += sizeBytes;
  }

  result(): Brought {
    const { messages, octets, there, damaged, withoutKeywords, ended } = this;
    const result = { messages, octets, there, damaged, withoutKeywords };
    return ended === undefined ? result : { ...result, ended };
  }
}

/** How often each message is in the target. */
async function printsOf({ into, target }: Bringing): Promise<Map<string, number>> {
  const known = new Map<string, number>();
  if (target === undefined) return known;
  for await (const page of pages(into, target))
    for (const { key } of page) known.set(key, (known.get(key) ?? 0) + 1);
  return known;
}

interface Print {
  readonly uid: number;
  readonly hash: Uint8Array;
  readonly key: string;
}

async function* pages(
  store: Pick<MailboxStore, 'itemPrints'>,
  { account, mailbox }: MailboxRef,
  only?: number,
): AsyncGenerator<Print[]> {
  for (let after = (only ?? 1) - 1; ; ) {
    const limit = only === undefined ? PAGE : 1;
    const prints = await store.itemPrints({ account, mailbox, after, limit });
    const last = prints.at(-1);
    if (last === undefined || (only !== undefined && last.uid !== only)) return;
    yield prints.map(({ uid, internalAt, hash: content, prefix }) => {
      const digest = createHash('sha256').update(`${internalAt} `).update(content).update(prefix);
      // Half of it tells them apart as well.
      return { uid, hash: content, key: digest.digest().toString('latin1', 0, 16) };
    });
    if (only !== undefined) return;
    after = last.uid;
  }
}

function* inParts<One>(all: readonly One[], most: number): Generator<readonly One[]> {
  for (let at = 0; at < all.length; at += most) yield all.slice(at, at + most);
}

/** Small ones together, large ones alone; why it ended before all were there. */
async function bringAll(
  about: Bringing,
  { items, hashes }: { items: readonly StoredItem[]; hashes: ReadonlyMap<number, Uint8Array> },
  tally: Tally,
): Promise<Brought['ended']> {
  if (items.length === 0) return undefined;
  // Together: each time is a transaction of its own.
  const firstId = await about.into.reserveIds(items.length);
  let batch: NewItem[] = [];
  let octets = 0;
  for (const [index, item] of items.entries()) {
    const id = (firstId + index) as MessageId;
    const made = await toNew(about, { item, id, hash: hashes.get(item.uid) ?? NOTHING });
    if (made === undefined) {
      tally.damaged.push(item.uid);
      continue;
    }
    batch.push(made);
    octets += item.sizeBytes;
    if (octets < BATCH_BYTES) continue;
    const ended = await append(about, batch, tally);
    if (ended !== undefined) return ended;
    [batch, octets] = [[], 0];
  }
  return append(about, batch, tally);
}

async function append(about: Bringing, items: readonly NewItem[], tally: Tally): Promise<Brought['ended']> {
  if (items.length === 0) return undefined;
  const target = about.target as MailboxRef;
  const limits = await roomFor(about, items);
  const appended =
    limits === undefined
      ? ({ ok: false, why: 'over quota' } as const)
      : await about.into.appendItems({ ...target, items, at: about.now(), limits });
  if (appended.ok) {
    for (const item of items) tally.add(sizeOf(item));
    return undefined;
  }
  const [first, ...others] = items as [NewItem, ...NewItem[]];
  // All of them or none: one after the other tells which it is.
  if (others.length > 0 && appended.why !== 'missing') return appendEach(about, items, tally);
  if (appended.why === 'too many keywords' && first.flags.keywords.length > 0) {
    tally.withoutKeywords++;
    return append(about, [{ ...first, flags: { ...first.flags, keywords: [] } }], tally);
  }
  await forget(about, items);
  return appended.why === 'missing' ? 'missing' : 'over quota';
}

async function appendEach(
  about: Bringing,
  items: readonly NewItem[],
  tally: Tally,
): Promise<Brought['ended']> {
  for (const [index, item] of items.entries()) {
    const ended = await append(about, [item], tally);
    if (ended === undefined) continue;
    await forget(about, items.slice(index + 1));
    return ended;
  }
  return undefined;
}

/** Octets that were staged for nothing. */
async function forget({ into }: Bringing, items: readonly NewItem[]): Promise<void> {
  for (const { content } of items) if (content.kind === 'staged') await into.dropStage(content.stage);
}

/** The limits of the account; undefined when there is not so much room. */
async function roomFor(
  { into, target, limits }: Bringing,
  items: readonly NewItem[],
): Promise<QuotaLimits | undefined> {
  const quota = await into.quota((target as MailboxRef).account);
  if (quota === undefined) return limits;
  const known = withDefaults(quota, limits);
  const bytes = items.reduce((sum, item) => sum + sizeOf(item), 0);
  return isFull(known, { bytes, messages: items.length }) ? undefined : known.limits;
}

function sizeOf({ content, delivered }: NewItem): number {
  return contentSize(content) + (delivered?.prefix.length ?? 0);
}

/** A message as it is to be appended, its octets compared with what was received; undefined when they are others. */
async function toNew(
  about: Bringing,
  { item, id, hash: expected }: { item: StoredItem; id: MessageId; hash: Uint8Array },
): Promise<NewItem | undefined> {
  const { source } = about;
  const structure = new StructureReader();
  structure.feed(item.prefix);
  const arrived = await contentOf(about, { item, expected, saw: (piece) => structure.feed(piece) });
  if (arrived === undefined) return undefined;
  const named = toFlagSet(flagNames(item.flags, source.keywords));
  const { sender, recipient, prefix } = item;
  const isDelivered = prefix.length > 0 || sender !== '' || recipient !== undefined;
  const delivered = { prefix, sender, ...(recipient === undefined ? {} : { recipient }) };
  return {
    message: id,
    content: arrived.content,
    flags: 'unknown' in named ? { system: item.flags & 31, keywords: [] } : named,
    internalAt: item.internalAt,
    parsed: parseRead(structure.end(), Buffer.concat([prefix, arrived.head])),
    ...(isDelivered ? { delivered } : {}),
  };
}

interface Arrived {
  readonly content: Content;
  /** Its first octets, the header among them. */
  readonly head: Uint8Array;
}

interface Wanted {
  readonly item: StoredItem;
  /** SHA-256 that the backup says. */
  readonly expected: Uint8Array;
  saw(piece: Uint8Array): void;
}

async function contentOf(about: Bringing, wanted: Wanted): Promise<Arrived | undefined> {
  const { item, expected, saw } = wanted;
  const { message, contentBytes } = item;
  if (contentBytes > PIECE_BYTES) return stagedContent(about, wanted);
  const bytes = item.content ?? (await about.from.readContent({ message, offset: 0, limit: PIECE_BYTES }));
  const digest = hash('sha256', bytes, 'buffer');
  if (Buffer.compare(digest, expected) !== 0) return undefined;
  saw(bytes);
  return { content: { kind: 'inline', bytes, hash: digest }, head: bytes };
}

const NOTHING = new Uint8Array();

async function stagedContent({ from, into, now }: Bringing, about: Wanted): Promise<Arrived | undefined> {
  const { message } = about.item;
  const stage = await into.reserveIds(1);
  const digest = createHash('sha256');
  let [head, sizeBytes, seq]: [Uint8Array, number, number] = [NOTHING, 0, 0];
  for await (const piece of piecesOf(from, message)) {
    if (seq === 0) head = piece;
    digest.update(piece);
    about.saw(piece);
    await into.stage({ stage, seq, bytes: piece, at: now() });
    [sizeBytes, seq] = [sizeBytes + piece.length, seq + 1];
  }
  const found = digest.digest();
  if (Buffer.compare(found, about.expected) === 0)
    return { content: { kind: 'staged', hash: found, sizeBytes, stage }, head };
  await into.dropStage(stage);
  return undefined;
}
