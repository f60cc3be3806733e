/** The messages of a mailbox as files have them: their octets, trace fields included, with LF where each line ends with CRLF. */
import { flagNames } from '../mailbox/flags.ts';
import { PIECE_BYTES, piecesOf } from '../mailbox/pieces.ts';
import type { Mailbox, MailboxRef, MailboxStore, StoredItem } from '../mailbox/port.ts';
import type { KnownStore } from '../mailbox/prints.ts';
import { MAX_UID } from '../mailbox/uid-ranges.ts';
import { CrlfToLf, LineCheck } from '../../wire/mime/line-ends.ts';

/** Read of a mailbox at once; of small messages with their octets. */
const BATCH = 32;

export type ExportStore = KnownStore & Pick<MailboxStore, 'mailboxes' | 'subscriptions'>;

export interface ExportedMessage {
  readonly uid: number;
  readonly flags: readonly string[];
  /** ms. */
  readonly internalAt: number;
  /** Of the envelope, where it was delivered; else empty. */
  readonly sender: string;
  /** Its octets. `isPlain`: each line ended with CRLF, and ends with LF now; else all is as it is. */
  read(): Promise<{ readonly isPlain: boolean; readonly pieces: AsyncIterable<Buffer> }>;
}

/** By UID. Rejects when the store is down. */
export async function* exportedMessages(
  store: ExportStore,
  { account, mailbox, keywords }: MailboxRef & Pick<Mailbox, 'keywords'>,
): AsyncGenerator<ExportedMessage> {
  for (let after = 0; ; ) {
    const request = { account, mailbox, uids: [[after + 1, MAX_UID]] as const, limit: BATCH };
    const items = await store.items({ ...request, contentUpTo: PIECE_BYTES });
    for (const item of items) {
      const { uid, internalAt, sender } = item;
      const flags = flagNames(item.flags, keywords);
      yield { uid, internalAt, sender, flags, read: () => asFile(store, item) };
    }
    const last = items.at(-1);
    if (last === undefined || last.uid >= MAX_UID) return;
    after = last.uid;
  }
}

async function asFile(store: ExportStore, item: StoredItem): ReturnType<ExportedMessage['read']> {
  const check = new LineCheck();
  for await (const piece of octetsOf(store, item)) check.push(piece);
  const { isPlain } = check;
  return { isPlain, pieces: isPlain ? withLf(octetsOf(store, item)) : octetsOf(store, item) };
}

async function* withLf(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  const ends = new CrlfToLf();
  for await (const piece of pieces) yield ends.push(piece);
  yield ends.end();
}

async function* octetsOf(store: ExportStore, item: StoredItem): AsyncGenerator<Buffer> {
  yield Buffer.from(item.prefix);
  if (item.content !== undefined) yield Buffer.from(item.content);
  else for await (const piece of piecesOf(store, item.message)) yield Buffer.from(piece);
}
