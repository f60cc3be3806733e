/**
 * Items that were read last, in memory: mail programs ask for the newest again and again, and for a message part by part. Of
 * an item nothing here ever changes but its flags and its MODSEQ, which are not to be taken from here.
 */
import type { MailboxId } from '../envelope.ts';
import type { StoredItem } from './port.ts';

/** Octets of all of them at most; one that is larger than a part of that is not kept. */
const MOST_BYTES = 8 * 1024 * 1024;
const LARGEST_BYTES = MOST_BYTES / 16;
/** What an item takes beside its octets. */
const ITEM_BYTES = 500;

interface Kept {
  readonly item: StoredItem;
  readonly bytes: number;
  /** Its content was asked for: where it is not in the item, it is too large for that. */
  readonly withContent: boolean;
}

export class RecentItems {
  /** Asked for longest ago first. */
  readonly #kept = new Map<string, Kept>();
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  /** Undefined: it is to be read. */
  find(mailbox: MailboxId, uid: number, { withContent }: Pick<Kept, 'withContent'>): StoredItem | undefined {
    const key = `${mailbox} ${uid}`;
    const kept = this.#kept.get(key);
    if (kept === undefined || (withContent && !kept.withContent)) return undefined;
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    return kept.item;
  }

  /** As it was just read. */
  keep(mailbox: MailboxId, item: StoredItem, { withContent }: Pick<Kept, 'withContent'>): void {
    const bytes = sizeOf(item);
    if (bytes > LARGEST_BYTES) return;
    const key = `${mailbox} ${item.uid}`;
    this.#bytes += bytes - (this.#kept.get(key)?.bytes ?? 0);
    this.#kept.delete(key);
    this.#kept.set(key, { item, bytes, withContent });
    for (const [oldest, { bytes: freed }] of this.#kept) {
      if (this.#bytes <= MOST_BYTES) break;
      this.#kept.delete(oldest);
      this.#bytes -= freed;
    }
  }
}

function sizeOf({ prefix, structure, content, preview, recipient, sender }: StoredItem): number {
  const texts = 2 * ((preview?.length ?? 0) + (recipient?.length ?? 0) + sender.length);
  return ITEM_BYTES + texts + prefix.length + (structure?.length ?? 0) + (content?.length ?? 0);
}
