/**
 * Brings into a mailbox what it has not of one in a backup. A message is there when its octets and its INTERNALDATE are, as
 * often as in the backup, whatever its UID and its flags: so that doing it twice changes nothing. What is kept in memory of a
 * mailbox is a hundred octets a message, and of messages one piece, or a batch of small ones.
 */
import { createHash, hash } from 'node:crypto';
import { StructureReader } from '../../wire/mime/structure-reader.ts';
import { parseRead } from '../mailbox/parse.ts';
import { flagNames, toFlagSet } from '../mailbox/flags.ts';
import { appending, type Ended, Filling, sizeOfNew } from '../mailbox/filling.ts';
import { PIECE_BYTES, piecesOf } from '../mailbox/pieces.ts';
import type { Mailbox, MailboxRef, MailboxStore, NewItem, StoredItem } from '../mailbox/port.ts';
import { Counted, type Print, printPages } from '../mailbox/prints.ts';
import type { QuotaLimits } from '../mailbox/quota.ts';
import { toRanges } from '../mailbox/uid-ranges.ts';
import type { MessageId } from '../envelope.ts';
import type { Content, QueueStore } from '../queue/port.ts';

/** Read of the backup at once. */
const BATCH = 64;

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
  readonly ended?: Ended;
}

/** Rejects when a store is down; what came until then stays. */
export async function bringMessages(about: Bringing): Promise<Brought> {
  const { from, source, uid, isDryRun } = about;
  const known = await Counted.of(about.into, about.target);
  const brought = new Tally();
  for await (const page of printPages(from, source, uid)) {
    const missing: readonly Print[] = page.filter(({ key }) => !known.take(key));
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
  const target = about.target as MailboxRef;
  const { into, limits, now } = about;
  const filling = new Filling({
    ...{ into, target, limits, append: appending(into, { target, now }) },
    took: ({ item }) => tally.add(sizeOfNew(item)),
  });
  let ended: Brought['ended'];
  for (const [index, item] of items.entries()) {
    const id = (firstId + index) as MessageId;
    const made = await toNew(about, { item, id, hash: hashes.get(item.uid) ?? NOTHING });
    if (made === undefined) tally.damaged.push(item.uid);
    else ended = await filling.add({ item: made });
    if (ended !== undefined) break;
  }
  ended ??= await filling.flush();
  tally.withoutKeywords += filling.withoutKeywords;
  return ended;
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
