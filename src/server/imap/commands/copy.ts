import type { Copied } from '../../../core/mailbox/port.ts';
import type { Command } from '../../../wire/imap/command.ts';
import { NumberSet } from '../../../wire/imap/number-set.ts';
import { formatStatus, type ResponseCode } from '../../../wire/imap/response/status.ts';
import { bad, type Completion, type ImapHandle, no, ok } from '../handle.ts';
import { mailboxCalled, noMailbox, OVER_QUOTA, roomFor, TOO_MANY_KEYWORDS } from '../mailboxes.ts';
import { cutShort, limited, tooMany } from '../message-limit.ts';
import { sizeOf } from '../ranges.ts';
import type { IndexRange, Selected } from '../selected.ts';

type Copy = Extract<Command, { verb: 'COPY' | 'UID COPY' | 'MOVE' | 'UID MOVE' }>;

/** COPY and MOVE (RFC 9051 6.4.7, 6.4.8), by number or by UID. */
export async function copy(session: ImapHandle, command: Copy): Promise<Completion> {
  const { selected, context } = session;
  const isMove = command.verb.endsWith('MOVE');
  if (isMove && selected.isReadOnly) return no('The mailbox is open for reading only', { kind: 'READ-ONLY' });
  const named = selected.resolve(command.set, command.verb.startsWith('UID') ? 'uid' : 'number');
  if (named === undefined) return bad('There is no message of such a number');
  const { ranges, ...limit } = limited(session, named);
  const target = await mailboxCalled(session, command.mailbox, 'TRYCREATE');
  if ('condition' in target) return target;
  if (ranges.length === 0) return ok('There is nothing to copy');
  if (limit.cut !== undefined && !isMove) return tooMany(session, limit.cut);
  const request = {
    ...selected.live.ref,
    uids: selected.uidRanges(ranges),
    to: target.id,
    at: context.clock.now(),
  };
  if (isMove) {
    const moved = await context.store.moveItems(request);
    return moved.ok ? cutShort(session, await tellMoved(session, moved), limit) : refused(moved.why);
  }
  const limits = await roomFor(session, { bytes: bytesOf(selected, ranges), messages: sizeOf(ranges) });
  if ('condition' in limits) return limits;
  const copied = await context.store.copyItems({ ...request, limits });
  return copied.ok ? ok('Copied', copyUid(copied)) : refused(copied.why);
}

/** RFC 6851 4.3: COPYUID comes before the messages go. */
async function tellMoved(session: ImapHandle, moved: Copied): Promise<Completion> {
  const { selected } = session;
  const code = copyUid(moved);
  if (code !== undefined) session.send(formatStatus({ tag: '*', condition: 'OK', code, text: 'Moved' }));
  if (moved.modseqLeft !== undefined) await selected.reach(moved.modseqLeft);
  await session.tell({ expunges: 'told', isAnswer: true });
  return session.enabled.condStore && code !== undefined
    ? ok('Moved', { kind: 'HIGHESTMODSEQ', value: selected.live.modseq })
    : ok('Moved');
}

function copyUid({ uidValidity, from, to }: Copied): ResponseCode | undefined {
  if (from.length === 0) return undefined;
  return { kind: 'COPYUID', uidValidity, from: NumberSet.of(from), to: NumberSet.of(to) };
}

function bytesOf({ columns }: Selected, ranges: readonly IndexRange[]): number {
  let bytes = 0;
  for (const [from, to] of ranges)
    for (let index = from; index < to; index++) bytes += columns.sizes[index] as number;
  return bytes;
}

function refused(why: 'missing' | 'no target' | 'over quota' | 'too many keywords'): Completion {
  switch (why) {
    case 'missing':
      return noMailbox('NONEXISTENT');
    case 'no target':
      return noMailbox('TRYCREATE');
    case 'over quota':
      return OVER_QUOTA;
    case 'too many keywords':
      return TOO_MANY_KEYWORDS;
    default:
      return why satisfies never;
  }
}
