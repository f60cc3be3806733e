/** Object identifiers (RFC 8474) as clients see them: a letter for the kind, then the number. */
import type { MailboxId, MessageId, ThreadId } from '../envelope.ts';

export function mailboxObjectId(mailbox: MailboxId): string {
  return `F${mailbox.toString(36)}`;
}

/** The same for every copy of a message, in whichever mailbox. */
export function emailObjectId(message: MessageId): string {
  return `M${message.toString(36)}`;
}

export function threadObjectId(thread: ThreadId): string {
  return `T${thread.toString(36)}`;
}
