/** Reading mailboxes: enough for `relais mailbox`; folders, flags and IMAP build on the same rows. */
import type { AccountId, MessageId } from '../envelope.ts';

export interface MailboxItem {
  readonly mailbox: string;
  readonly uid: number;
  readonly message: MessageId;
  readonly sender: string;
  readonly recipient: string;
  readonly internalAt: number;
  readonly sizeBytes: number;
}

/** What is needed to read a message's bytes: `prefix`, then the blob. */
export interface StoredMessage extends MailboxItem {
  readonly prefix: Uint8Array;
  readonly hash: Uint8Array;
  readonly contentBytes: number;
}

export interface MailboxStore {
  /** Newest last; after UID `after`. */
  listMailbox(request: {
    account: AccountId;
    mailbox: string;
    after: number;
    limit: number;
  }): Promise<MailboxItem[]>;
  mailboxItem(request: {
    account: AccountId;
    mailbox: string;
    uid: number;
  }): Promise<StoredMessage | undefined>;
}
