import { NO_FLAGS, SEEN } from '../../../core/mailbox/flags.ts';
import type { Command } from '../../../wire/imap/command.ts';
import type { FetchItem } from '../../../wire/imap/grammar/fetch.ts';
import { type PartialRange, pageOf } from '../../../wire/imap/grammar/partial.ts';
import { formatVanished } from '../../../wire/imap/response/mailbox.ts';
import { MAX_NUMBER, NumberSet } from '../../../wire/imap/number-set.ts';
import { resolveSequenceSet } from '../../../wire/imap/sequence-set.ts';
import { areColumns, fetchColumns } from '../fetch/columns.ts';
import { contentItems, fetchMessages, MAX_CONTENT_ITEMS } from '../fetch/messages.ts';
import { bad, type Completion, type ImapHandle, no, ok } from '../handle.ts';
import { cutShort, limited, tooMany } from '../message-limit.ts';
import { filtered, sizeOf, uidsOf } from '../ranges.ts';
import { vanishedSince } from '../resync.ts';
import type { IndexRange, Selected } from '../selected.ts';
import type { Enabled } from '../telling.ts';

type Fetch = Extract<Command, { verb: 'FETCH' | 'UID FETCH' }>;

/** FETCH and UID FETCH (RFC 9051 6.4.5, 6.4.9). */
export async function fetch(session: ImapHandle, command: Fetch): Promise<Completion> {
  const { selected, enabled, context } = session;
  if (contentItems(command.items) > MAX_CONTENT_ITEMS)
    return no(`One FETCH asks for at most ${MAX_CONTENT_ITEMS} sections and parts`, { kind: 'LIMIT' });
  const by = command.verb === 'FETCH' ? 'number' : 'uid';
  await selected.catchUp();
  const named = selected.resolve(command.set, by);
  if (named === undefined) return bad('There is no message of such a number');
  const { changedSince } = command;
  if (command.vanished && !enabled.qresync) return bad('VANISHED needs QRESYNC to be enabled');
  const changed =
    changedSince === undefined
      ? named
      : filtered(named, (index) => (selected.columns.modseqs[index] as number) > changedSince);
  const page = command.page && pageIn(changed, command.page);
  if (page !== undefined && sizeOf(page) > context.limits.messageLimit) return tooMany(session);
  const { ranges, ...limit } = limited(session, page ?? changed);
  if (changedSince !== undefined || command.items.some(({ kind }) => kind === 'MODSEQ'))
    enabled.condStore = true;
  if (command.vanished) await sendVanished(session, selected, command);
  const items = itemsOf(command, enabled);
  if (!selected.isReadOnly && items.some(setsSeen)) await setSeen(selected, ranges);
  if (areColumns(items)) {
    await fetchColumns(session, selected, { ranges, items });
    return cutShort(session, ok('That is all'), limit);
  }
  return cutShort(session, toldOf(await fetchMessages(session, selected, { ranges, items })), limit);
}

function toldOf({ gone, unknownEncodings }: Awaited<ReturnType<typeof fetchMessages>>): Completion {
  if (gone > 0) return no('Some of the messages are gone', { kind: 'EXPUNGEISSUED' });
  if (unknownEncodings > 0)
    return no('The transfer encoding of a part is not known', { kind: 'UNKNOWN-CTE' });
  return ok('That is all');
}

/** A page of the messages that there are (RFC 9394 3.3). */
function pageIn(ranges: readonly IndexRange[], page: PartialRange): IndexRange[] {
  const [from, to] = pageOf(page, sizeOf(ranges));
  let at = 0;
  return ranges.flatMap(([first, last]): IndexRange[] => {
    const [start, end] = [Math.max(first, first + from - at), Math.min(last, first + to - at)];
    at += last - first;
    return start < end ? [[start, end]] : [];
  });
}

/** With what the command brings along: the UID of UID FETCH, MODSEQ of CHANGEDSINCE (RFC 7162 3.1.4.1). */
function itemsOf({ verb, items, changedSince }: Fetch, { uidOnly }: Enabled): FetchItem[] {
  const has = (kind: FetchItem['kind']): boolean => items.some((item) => item.kind === kind);
  return [
    ...(verb === 'UID FETCH' && !uidOnly && !has('UID') ? [{ kind: 'UID' } as const] : []),
    ...items,
    ...(changedSince !== undefined && !has('MODSEQ') ? [{ kind: 'MODSEQ' } as const] : []),
  ];
}

function setsSeen(item: FetchItem): boolean {
  if (item.kind === 'BODY[]' || item.kind === 'BINARY') return !item.peek;
  return item.kind === 'RFC822' || item.kind === 'RFC822.TEXT';
}

/** Whoever fetches a text has read it; that is told when the command ends. */
async function setSeen(selected: Selected, ranges: readonly IndexRange[]): Promise<void> {
  const unseen = filtered(ranges, (index) => ((selected.columns.flags[index] as number) & SEEN) === 0);
  if (unseen.length === 0) return;
  await selected.storeFlags({
    uids: [...uidsOf(selected, unseen).ranges()],
    change: 'add',
    flags: { ...NO_FLAGS, system: SEEN },
  });
}

async function sendVanished(
  session: ImapHandle,
  selected: Selected,
  { set, changedSince = 0 }: Fetch,
): Promise<void> {
  // Of UIDs that the client knew, which may be larger than any that there are.
  const uids =
    set.kind === 'saved'
      ? selected.saved
      : resolveSequenceSet(set, { largest: MAX_NUMBER, saved: NumberSet.EMPTY });
  const gone = await vanishedSince(session, selected, { modSeq: changedSince, uids });
  if (!gone.isEmpty) session.send(formatVanished(gone, 'earlier'));
}
