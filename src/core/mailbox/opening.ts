/** Opening a mailbox: all of its items as columns, from what is packed of them and what came after. */
import type { Mailbox, MailboxRef, MailboxStore } from './port.ts';
import { type Columns, columnsOf, pack, unpack, withChanges } from './snapshot.ts';

export interface OpenedMailbox {
  readonly mailbox: Mailbox;
  /** At `mailbox.highestModseq` or, in part, later. */
  readonly items: Columns;
}

/** Items that are read one by one each time, as they are not in what is packed: at least so many, or this part of all. */
const FEW = 200;
const PART = 1 / 32;

/**
 * Reads a mailbox; undefined when it is not there. What is packed is packed anew when much came after it: that is not
 * waited for, and `failed` is told when it could not be kept.
 */
export async function openMailbox(
  store: Pick<MailboxStore, 'snapshot' | 'keepPack'>,
  ref: MailboxRef,
  failed: (error: unknown) => void = () => undefined,
): Promise<OpenedMailbox | undefined> {
  const found = await store.snapshot(ref);
  if (found === undefined) return undefined;
  const { mailbox, packed, isNew, items: changed, vanished } = found;
  const items = withChanges(unpack(packed) ?? columnsOf(0), { items: changed, vanished });
  const late = isNew ? mailbox.messages : changed.length + vanished.length;
  if (late > Math.max(FEW, mailbox.messages * PART)) {
    const bytes = isNew ? packed : pack(items);
    store.keepPack({ mailbox: mailbox.id, modseq: mailbox.highestModseq, bytes }).catch(failed);
  }
  return { mailbox, items };
}
