import type { UidRange } from '../../../core/mailbox/uid-ranges.ts';
import type { Command } from '../../../wire/imap/command.ts';
import { type Completion, type ImapHandle, no, ok } from '../handle.ts';
import { noMailbox } from '../mailboxes.ts';

/** EXPUNGE (RFC 9051 6.4.3) and UID EXPUNGE (RFC 4315): what the client does not know of yet stays. */
export async function expunge(
  session: ImapHandle,
  command: Extract<Command, { verb: 'EXPUNGE' | 'UID EXPUNGE' }>,
): Promise<Completion> {
  const { selected, context, enabled } = session;
  if (selected.isReadOnly) return no('The mailbox is open for reading only', { kind: 'READ-ONLY' });
  const known: UidRange[] = selected.count === 0 ? [] : selected.uidRanges([[0, selected.count]]);
  const uids = 'set' in command ? selected.uidRanges(selected.resolve(command.set, 'uid') ?? []) : known;
  if (uids.length === 0) return ok('There is nothing to expunge');
  const at = context.clock.now();
  const result = await context.store.expungeItems({ ...selected.live.ref, uids, which: 'deleted', at });
  if (!result.ok) return noMailbox('NONEXISTENT');
  await selected.reach(result.modseq);
  await session.tell({ expunges: 'told', isAnswer: true });
  // RFC 7162 3.2.7.
  return enabled.condStore && result.uids.length > 0
    ? ok('Expunged', { kind: 'HIGHESTMODSEQ', value: selected.live.modseq })
    : ok('Expunged');
}
