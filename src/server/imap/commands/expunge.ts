import { DELETED } from '../../../core/mailbox/flags.ts';
import type { Command } from '../../../wire/imap/command.ts';
import type { SequenceSet } from '../../../wire/imap/sequence-set.ts';
import { type Completion, type ImapHandle, no, ok } from '../handle.ts';
import { noMailbox } from '../mailboxes.ts';
import { cutShort, type Limited, limited } from '../message-limit.ts';
import { filtered, sizeOf } from '../ranges.ts';
import type { IndexRange } from '../selected.ts';

/** EXPUNGE (RFC 9051 6.4.3) and UID EXPUNGE (RFC 4315): what the client does not know of yet stays. */
export async function expunge(
  session: ImapHandle,
  command: Extract<Command, { verb: 'EXPUNGE' | 'UID EXPUNGE' }>,
): Promise<Completion> {
  const { selected, context, enabled } = session;
  if (selected.isReadOnly) return no('The mailbox is open for reading only', { kind: 'READ-ONLY' });
  const known: IndexRange[] = selected.count === 0 ? [] : [[0, selected.count]];
  await selected.catchUp();
  const { ranges, ...limit } = 'set' in command ? doomed(session, command.set) : { ranges: known };
  const uids = selected.uidRanges(ranges);
  if (uids.length === 0) return ok('There is nothing to expunge');
  const at = context.clock.now();
  const result = await context.store.expungeItems({ ...selected.live.ref, uids, which: 'deleted', at });
  if (!result.ok) return noMailbox('NONEXISTENT');
  await selected.reach(result.modseq);
  await session.tell({ expunges: 'told', isAnswer: true });
  // RFC 7162 3.2.7.
  const done =
    enabled.condStore && result.uids.length > 0
      ? ok('Expunged', { kind: 'HIGHESTMODSEQ', value: selected.live.modseq })
      : ok('Expunged');
  return cutShort(session, done, limit);
}

/** A set, down to where it has as many with `\Deleted` as one command may be about (RFC 9738 3.1, which leaves EXPUNGE and CLOSE alone). */
function doomed(session: ImapHandle, set: SequenceSet): Limited {
  const { selected } = session;
  const named = selected.resolve(set, 'uid') ?? [];
  if (sizeOf(named) <= session.context.limits.messageLimit) return { ranges: named };
  const { flags } = selected.columns;
  const isDeleted = (index: number): boolean => ((flags[index] as number) & DELETED) !== 0;
  const { ranges, cut } = limited(session, filtered(named, isDeleted));
  if (cut === undefined) return { ranges: named };
  const lowest = ranges[0]?.[0] ?? 0;
  // The store passes over what is not deleted, so that what is one range stays one.
  const above = named.filter(([, to]) => to > lowest);
  return { ranges: above.map(([from, to]): IndexRange => [Math.max(from, lowest), to]), cut };
}
