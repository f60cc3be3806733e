/**
 * How many messages one command may be about (RFC 9738, MESSAGELIMIT). What reads or changes messages one by one is done for those with
 * the highest UIDs, and says where it stopped, so that a client goes on below; what is done as a whole is refused.
 */
import { formatStatus, type ResponseCode } from '../../wire/imap/response/status.ts';
import { type Completion, type ImapHandle, no } from './handle.ts';
import { sizeOf } from './ranges.ts';
import type { IndexRange } from './selected.ts';

type LimitCode = Extract<ResponseCode, { kind: 'MESSAGELIMIT' }>;

export interface Limited {
  readonly ranges: readonly IndexRange[];
  /** Where it ends, if some were left out. */
  readonly cut?: LimitCode;
}

/** Those of the highest UIDs. */
export function limited(session: ImapHandle, ranges: readonly IndexRange[]): Limited {
  const limit = session.context.limits.messageLimit;
  let above = sizeOf(ranges) - limit;
  if (above <= 0) return { ranges };
  const kept: IndexRange[] = [];
  for (const [from, to] of ranges) {
    const left = Math.min(above, to - from);
    above -= left;
    if (from + left < to) kept.push([from + left, to]);
  }
  const lowestUid = session.selected.uids[kept[0]?.[0] as number] as number;
  return { ranges: kept, cut: { kind: 'MESSAGELIMIT', limit, lowestUid } };
}

/** The answer to a command that would be about more as a whole: COPY, SORT (RFC 9738 3.1, 3.3). */
export function tooMany({ context: { limits } }: ImapHandle, cut?: LimitCode): Completion {
  const limit = limits.messageLimit;
  return no(`One command is about ${limit} messages at most`, cut ?? { kind: 'MESSAGELIMIT', limit });
}

/** How a command ends that was done for some of its messages. */
export function cutShort(session: ImapHandle, done: Completion, { cut }: Pick<Limited, 'cut'>): Completion {
  if (cut === undefined) return done;
  const text = `${done.text}; it is done down to UID ${cut.lowestUid}`;
  if (done.condition === 'OK' && done.code === undefined) return { ...done, code: cut, text };
  // RFC 9738 3.1: where the answer has a code of its own.
  session.send(formatStatus({ tag: '*', condition: 'NO', code: cut, text }));
  return done;
}
