/**
 * What is asked of a store that mail of another server comes into. Which message there became which item here is kept in the
 * transaction that appends it, so that whatever ends an import, the next one goes on and doubles nothing.
 */
import type { AccountId, ImportFolderId, MailboxId } from '../envelope.ts';
import type { FlagSet } from '../mailbox/flags.ts';
import type { MailboxRef, NewItem, Refused } from '../mailbox/port.ts';
import type { QuotaLimits } from '../mailbox/quota.ts';

/** A folder of another server whose messages come into a mailbox. */
export interface ImportFolder {
  readonly id: ImportFolderId;
  /** As it is called there. */
  readonly name: string;
  readonly mailbox: MailboxId;
  readonly uidValidity: number;
  /** HIGHESTMODSEQ there (RFC 7162) up to which its flags are known; decimal, as it has 63 bits. */
  readonly modseq?: string;
}

/** A message that came. */
export interface ImportedItem {
  readonly sourceUid: number;
  readonly uid: number;
  /** Those it had there when it was last looked at, as `flagsText` writes them. */
  readonly flags: string;
}

export interface NewImport {
  readonly sourceUid: number;
  readonly flags: string;
  readonly item: NewItem;
}

/** Messages whose flags changed there in the same way. */
export interface ImportedChange {
  readonly items: readonly Pick<ImportedItem, 'sourceUid' | 'uid'>[];
  readonly add: FlagSet;
  readonly remove: FlagSet;
  /** What they have there now. */
  readonly flags: string;
}

export interface ImportStore {
  /** Of one account, from one server and login. */
  importFolders(request: { account: AccountId; source: string }): Promise<ImportFolder[]>;
  /** Those after a UID there, by that UID. */
  importedItems(request: { folder: ImportFolderId; after: number; limit: number }): Promise<ImportedItem[]>;
  /** With another mailbox or UIDVALIDITY than before, what came of it until now is not known any more. */
  keepImportFolder(request: {
    account: AccountId;
    source: string;
    name: string;
    mailbox: MailboxId;
    uidValidity: number;
  }): Promise<ImportFolder>;
  /** All of them or none, but for those that came already: `known`, by their UID there. */
  importItems(
    request: MailboxRef & {
      folder: ImportFolderId;
      items: readonly NewImport[];
      at: number;
      limits?: QuotaLimits;
    },
  ): Promise<
    | { readonly ok: true; readonly known: readonly number[] }
    | Refused<'missing' | 'over quota' | 'too many keywords'>
  >;
  /** Items that were there already are what came of these messages. */
  adoptItems(request: { folder: ImportFolderId; items: readonly ImportedItem[] }): Promise<void>;
  /** Flags that changed there change here, whatever else they are here; items that are not there any more are passed over. */
  importFlags(
    request: MailboxRef & { folder: ImportFolderId; changes: readonly ImportedChange[] },
  ): Promise<{ readonly ok: true } | Refused<'missing' | 'too many keywords'>>;
  /** Messages that are not there any more: at most a thousand. */
  forgetImported(request: { folder: ImportFolderId; sourceUids: readonly number[] }): Promise<void>;
  /** Everything that it had at this HIGHESTMODSEQ came. */
  finishImport(request: { folder: ImportFolderId; modseq?: string }): Promise<void>;
}
