import { SEEN } from '../../../core/mailbox/flags.ts';
import { mailboxObjectId } from '../../../core/mailbox/object-id.ts';
import type { Mailbox } from '../../../core/mailbox/port.ts';
import type { Command } from '../../../wire/imap/command.ts';
import { formatExists, formatList, formatRecent } from '../../../wire/imap/response/mailbox.ts';
import { formatStatus, type ResponseCode } from '../../../wire/imap/response/status.ts';
import { SEPARATOR } from '../../../core/mailbox/name.ts';
import { bad, type Completion, type ImapHandle, ok, UID_REQUIRED } from '../handle.ts';
import { mailboxCalled, noMailbox } from '../mailboxes.ts';
import { resynchronise } from '../resync.ts';
import { flagResponses, Selected } from '../selected.ts';

type Select = Extract<Command, { verb: 'SELECT' | 'EXAMINE' }>;

/** SELECT and EXAMINE (RFC 9051 6.3.2, 6.3.3), with CONDSTORE and QRESYNC (RFC 7162 3.1.8, 3.2.5). */
export async function select(session: ImapHandle, command: Select): Promise<Completion> {
  const { account, context, enabled } = session;
  if (command.qresync !== undefined && !enabled.qresync) return bad('QRESYNC must be enabled before');
  if (command.qresync?.sequenceMatch !== undefined && enabled.uidOnly) return UID_REQUIRED;
  if (session.phase.kind === 'selected') {
    session.leave();
    session.send(said({ kind: 'CLOSED' }, 'The mailbox before is closed'));
  }
  const found = await mailboxCalled(session, command.mailbox);
  if ('condition' in found) return found;
  const ref = { account: account.id, mailbox: found.id };
  const live = await context.mailboxes.open(ref, found.highestModseq);
  if (live === undefined) return noMailbox('NONEXISTENT');
  const leave = (): void => context.mailboxes.close(live);
  const isReadOnly = command.verb === 'EXAMINE';
  const selected = new Selected(live, { isReadOnly, leave });
  if (session.isOver) {
    leave();
    return ok('Nobody is there');
  }
  session.phase = { kind: 'selected', account, selected };
  session.notified?.follow(selected);
  if (command.condStore) enabled.condStore = true;
  session.send(describe(session, selected));
  if (command.qresync !== undefined) await resynchronise(session, selected, command.qresync);
  return isReadOnly ? ok('Opened for reading', { kind: 'READ-ONLY' }) : ok('Opened', { kind: 'READ-WRITE' });
}

function describe({ enabled, reader }: ImapHandle, selected: Selected): string {
  const { mailbox } = selected.live;
  const unseen = enabled.rev2 || enabled.uidOnly ? -1 : firstUnseen(selected);
  return [
    formatExists(selected.count),
    enabled.rev2 ? '' : formatRecent(0),
    flagResponses(selected),
    unseen < 0 ? '' : said({ kind: 'UNSEEN', value: unseen + 1 }, 'The first that is unread'),
    said({ kind: 'UIDVALIDITY', value: mailbox.uidValidity }, 'UIDs hold as long as this'),
    said({ kind: 'UIDNEXT', value: mailbox.uidNext }, 'The next UID'),
    said({ kind: 'HIGHESTMODSEQ', value: mailbox.highestModseq }, 'The last change'),
    said({ kind: 'MAILBOXID', id: mailboxObjectId(mailbox.id) }, 'The same under any name'),
    enabled.rev2 ? formatList('LIST', entryOf(mailbox), reader.names) : '',
  ].join('');
}

function entryOf({ name, specialUse }: Mailbox): {
  attributes: string[];
  delimiter: string;
  mailbox: string;
} {
  return { attributes: specialUse === undefined ? [] : [specialUse], delimiter: SEPARATOR, mailbox: name };
}

function said(code: ResponseCode, text: string): string {
  return formatStatus({ tag: '*', condition: 'OK', code, text });
}

function firstUnseen({ columns: { flags }, count }: Selected): number {
  for (let index = 0; index < count; index++) if (((flags[index] as number) & SEEN) === 0) return index;
  return -1;
}
