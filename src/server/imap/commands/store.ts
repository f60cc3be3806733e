import { toFlagSet } from '../../../core/mailbox/flags.ts';
import type { Flagged } from '../../../core/mailbox/port.ts';
import type { Command } from '../../../wire/imap/command.ts';
import { NumberSet } from '../../../wire/imap/number-set.ts';
import type { FetchItem } from '../../../wire/imap/grammar/fetch.ts';
import { fetchColumns } from '../fetch/columns.ts';
import { bad, type Completion, type ImapHandle, no, ok } from '../handle.ts';
import { cutShort, limited } from '../message-limit.ts';
import { noMailbox, TOO_MANY_KEYWORDS } from '../mailboxes.ts';
import { formatFlagNews, type Selected } from '../selected.ts';

type Store = Extract<Command, { verb: 'STORE' | 'UID STORE' }>;

/** STORE and UID STORE (RFC 9051 6.4.6), with UNCHANGEDSINCE (RFC 7162 3.1.3). */
export async function store(session: ImapHandle, command: Store): Promise<Completion> {
  const { selected, enabled } = session;
  if (selected.isReadOnly) return no('The mailbox is open for reading only', { kind: 'READ-ONLY' });
  const { unchangedSince } = command;
  if (unchangedSince !== undefined) enabled.condStore = true;
  const flags = toFlagSet(command.flags);
  if ('unknown' in flags) return no(`${flags.unknown} is no flag that can be kept`, { kind: 'CANNOT' });
  const named = selected.resolve(command.set, command.verb === 'STORE' ? 'number' : 'uid');
  if (named === undefined) return bad('There is no message of such a number');
  const { ranges, ...limit } = limited(session, named);
  if (ranges.length === 0) return ok('There is nothing to store');
  const before = selected.live.modseq;
  const untold = command.silent ? selected.untold(ranges) : [];
  const result = await selected.storeFlags({
    uids: selected.uidRanges(ranges),
    change: command.action,
    flags,
    ...(unchangedSince === undefined ? {} : { unchangedSince }),
  });
  if (!result.ok) return result.why === 'missing' ? noMailbox('NONEXISTENT') : TOO_MANY_KEYWORDS;
  session.send(selected.keywordNews());
  await sendFlags(session, selected, { command, stored: result });
  const expunges = command.verb === 'STORE' ? 'held' : 'told';
  // Silence is about what this client did (RFC 9051 6.4.6), and what others did to the same messages has its MODSEQ now.
  const own = NumberSet.ofRanges(result.changed);
  for (const index of untold.filter((uid) => own.has(uid)).map((uid) => selected.indexOf(uid)))
    if (index >= 0) session.send(formatFlagNews(selected, index, enabled));
  // Where nothing was changed the MODSEQ is of what somebody else did; where more was than is known here, all is told.
  const isOwn = result.changed.length > 0 && (!command.silent || before === result.modseq - 1);
  await session.tell(isOwn ? { expunges, own: result.modseq } : { expunges });
  if (result.failed.length === 0) return cutShort(session, ok('Stored'), limit);
  const failed = command.verb === 'UID STORE' ? result.failed : numbersOf(selected, result.failed);
  const modified = ok('Some were changed meanwhile', { kind: 'MODIFIED', set: NumberSet.of(failed) });
  return cutShort(session, modified, limit);
}

/** The flags as they are now; who asked for silence hears only of a new MODSEQ, if that means something there. */
async function sendFlags(
  session: ImapHandle,
  selected: Selected,
  { command, stored }: { command: Store; stored: Flagged },
): Promise<void> {
  const { condStore, qresync, uidOnly } = session.enabled;
  if (command.silent && !condStore) return;
  const items: FetchItem[] = [
    ...((command.verb === 'UID STORE' || qresync) && !uidOnly ? [{ kind: 'UID' } as const] : []),
    ...(command.silent ? [] : [{ kind: 'FLAGS' } as const]),
    ...(condStore ? [{ kind: 'MODSEQ' } as const] : []),
  ];
  const told = NumberSet.ofRanges(command.silent ? stored.changed : [...stored.changed, ...stored.same]);
  await fetchColumns(session, selected, { ranges: selected.indicesOf(told), items });
}

function numbersOf(selected: Selected, uids: readonly number[]): number[] {
  return uids.map((uid) => selected.indexOf(uid) + 1).filter((number) => number > 0);
}
