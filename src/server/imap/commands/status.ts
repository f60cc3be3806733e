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
  session.send(statusOf(session, found, items));
  return ok('That is all');
}

/** Its response; also for LIST. Who asks for HIGHESTMODSEQ knows what it is (RFC 7162 3.1.2). */
export function statusOf(
  { context, enabled, reader }: ImapHandle,
  mailbox: Mailbox,
  items: readonly StatusItem[],
): string {
  if (items.includes('HIGHESTMODSEQ')) enabled.condStore = true;
  const values = items.map((item) => [item, valueIn(mailbox, item, context.limits.maxMessageBytes)] as const);
  return formatStatusResponse(mailbox.name, values, reader.names);
}

function valueIn(mailbox: Mailbox, item: StatusItem, appendLimit: number): number | string {
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
      return 0;
    default:
      return item satisfies never;
  }
}
