import type { Command } from '../../../wire/imap/command.ts';
import { formatThread } from '../../../wire/imap/response/search.ts';
import { threadIds } from '../../../wire/mime/message-ids.ts';
import { bad, type Completion, type ImapHandle, ok, UID_REQUIRED } from '../handle.ts';
import { tooMany } from '../message-limit.ts';
import { NoSuchNumber } from '../search/criteria.ts';
import { extentOf } from '../search/extent.ts';
import { find } from '../search/find.ts';
import { threaded } from '../search/order.ts';
import { byOrderedSubject, byReferences } from '../search/threads.ts';

type ThreadCommand = Extract<Command, { verb: 'THREAD' | 'UID THREAD' }>;

/** THREAD (RFC 5256 section 3), by number or by UID. */
export async function thread(session: ImapHandle, command: ThreadCommand): Promise<Completion> {
  const { selected } = session;
  await selected.catchUp();
  const { key, cut } = extentOf(session, command.key);
  if (cut !== undefined) return tooMany(session);
  const indices = await find(session, selected, key).catch((error: unknown) => {
    if (error instanceof NoSuchNumber) return undefined;
    throw error;
  });
  if (indices === undefined)
    return session.enabled.uidOnly ? UID_REQUIRED : bad('There is no message of such a number');
  const { uids } = selected;
  const numberOf = (index: number): number =>
    command.verb === 'THREAD' ? index + 1 : (uids[index] as number);
  const threads =
    command.algorithm === 'ORDEREDSUBJECT'
      ? byOrderedSubject(await threaded(session, selected, { indices }), numberOf)
      : byReferences(
          await threaded(session, selected, {
            indices,
            idsOf: async (facts) => threadIds(await facts.readHeader()),
          }),
          numberOf,
        );
  session.send(formatThread(threads));
  return ok('That is all');
}
