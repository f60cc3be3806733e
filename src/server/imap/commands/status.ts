import { DELETED } from '../../../core/mailbox/flags.ts';
import { mailboxObjectId } from '../../../core/mailbox/object-id.ts';
import type { Mailbox } from '../../../core/mailbox/port.ts';
import type { Command } from '../../../wire/imap/command.ts';
import type { StatusItem } from '../../../wire/imap/grammar/mailbox.ts';
import { formatStatusResponse } from '../../../wire/imap/response/mailbox.ts';
import { type Completion, type ImapHandle, ok } from '../handle.ts';
import { mailboxCalled } from '../mailboxes.ts';

/** STATUS (RFC 9051 6.3.11). */
export async function status(
  session: ImapHandle,
  { mailbox, items }: Extract<Command, { verb: 'STATUS' }>,
): Promise<Completion> {
  const found = await mailboxCalled(session, mailbox);
  if ('condition' in found) return found;
  session.send(await statusOf(session, found, items));
  return ok('That is all');
}

/** Its response; also for LIST. Who asks for HIGHESTMODSEQ knows what it is (RFC 7162 3.1.2). */
export async function statusOf(
  session: ImapHandle,
  mailbox: Mailbox,
  items: readonly StatusItem[],
): Promise<string> {
  const { context, enabled, reader } = session;
  if (items.includes('HIGHESTMODSEQ')) enabled.condStore = true;
  const deletedBytes = items.includes('DELETED-STORAGE') ? await deletedBytesOf(session, mailbox) : 0;
  const about = { mailbox, deletedBytes, appendLimit: context.limits.maxMessageBytes };
  const values = items.map((item) => [item, valueIn(about, item)] as const);
  return formatStatusResponse(mailbox.name, values, reader.names);
}

/** Octets that EXPUNGE would make free (RFC 9208 4.1.4). */
async function deletedBytesOf(session: ImapHandle, mailbox: Mailbox): Promise<number> {
  if (mailbox.deleted === 0) return 0;
  const { mailboxes } = session.context;
  const ref = { account: session.account.id, mailbox: mailbox.id };
  const live = await mailboxes.open(ref, mailbox.highestModseq);
  if (live === undefined) return 0;
  const { flags, sizes } = live.columns;
  const bytes = sizes.reduce(
    (sum, size, index) => sum + (((flags[index] as number) & DELETED) === 0 ? 0 : size),
    0,
  );
  mailboxes.close(live);
  return bytes;
}

interface About {
  readonly mailbox: Mailbox;
  readonly deletedBytes: number;
  readonly appendLimit: number;
}

function valueIn({ mailbox, deletedBytes, appendLimit }: About, item: StatusItem): number | string {
  switch (item) {
    case 'MESSAGES':
      return mailbox.messages;
    case 'RECENT':
      return 0;
    case 'UIDNEXT':
      return mailbox.uidNext;
    case 'UIDVALIDITY':
      return mailbox.uidValidity;
    case 'UNSEEN':
      return mailbox.unseen;
    case 'DELETED':
      return mailbox.deleted;
    case 'SIZE':
      return mailbox.sizeBytes;
    case 'HIGHESTMODSEQ':
      return mailbox.highestModseq;
    case 'APPENDLIMIT':
      return appendLimit;
    case 'MAILBOXID':
      return mailboxObjectId(mailbox.id);
    case 'DELETED-STORAGE':
      return deletedBytes;
    default:
      return item satisfies never;
  }
}
