/** What a client that comes back missed (RFC 7162): messages that vanished, and flags that changed. */
import type { Qresync } from '../../wire/imap/grammar/mailbox.ts';
import { MAX_NUMBER, NumberSet } from '../../wire/imap/number-set.ts';
import { formatVanished } from '../../wire/imap/response/mailbox.ts';
import { resolveSequenceSet } from '../../wire/imap/sequence-set.ts';
import type { ImapHandle } from './handle.ts';
import { uidsOf } from './ranges.ts';
import { formatFlagNews, type Selected } from './selected.ts';

/** The answer to SELECT with QRESYNC (RFC 7162 3.2.5): nothing, where the client knew another mailbox of that name. */
export async function resynchronise(session: ImapHandle, selected: Selected, known: Qresync): Promise<void> {
  if (known.uidValidity !== selected.live.mailbox.uidValidity) return;
  const uids =
    known.knownUids === undefined ? ALL : resolveSequenceSet(known.knownUids, { largest: 0, saved: ALL });
  const vanished = await vanishedSince(session, selected, { modSeq: known.modSeq, uids });
  const told =
    known.sequenceMatch === undefined ? vanished : vanished.minus(agreed(selected, known.sequenceMatch));
  if (!told.isEmpty) session.send(formatVanished(told, 'earlier'));
  const { modseqs } = selected.columns;
  for (const [from, to] of selected.indicesOf(uids))
    for (let index = from; index < to; index++) {
      if ((modseqs[index] as number) <= known.modSeq) continue;
      session.send(formatFlagNews(selected, index, session.enabled));
      const room = session.room();
      if (room !== undefined) await room;
    }
}

const ALL = NumberSet.ofRanges([[1, MAX_NUMBER]]);

/**
 * UIDs of a set that went since; where that is forgotten, all of it that are not there. Not those that the client counts
 * among its messages as yet: EARLIER does not change their number (RFC 7162 3.2.10), so that they are told as news.
 */
export async function vanishedSince(
  session: ImapHandle,
  selected: Selected,
  { modSeq, uids }: { modSeq: number; uids: NumberSet },
): Promise<NumberSet> {
  const vanished = await session.context.store.vanishedSince({ ...selected.live.ref, modseq: modSeq });
  const gone = NumberSet.ofRanges(vanished).intersect(uids);
  return gone.minus(uidsOf(selected, selected.indicesOf(gone)));
}

/**
 * UIDs up to which client and server agree: as many messages as the client says had that UID as their last, so that none
 * before it can be missing (RFC 7162 3.2.5.2).
 */
function agreed(selected: Selected, match: NonNullable<Qresync['sequenceMatch']>): NumberSet {
  const none = { largest: 0, saved: NumberSet.EMPTY };
  const numbers = [...resolveSequenceSet(match.numbers, none).ranges()];
  const uids = [...resolveSequenceSet(match.uids, none).ranges()];
  let upTo = 0;
  for (const [number, uid] of pairs(numbers, uids)) {
    if (selected.uids[number - 1] !== uid || number > selected.count) break;
    upTo = uid;
  }
  return upTo === 0 ? NumberSet.EMPTY : NumberSet.ofRanges([[1, upTo]]);
}

/** The n-th number of one set with the n-th of the other, of each range the first and the last. */
function* pairs(
  numbers: readonly (readonly [number, number])[],
  uids: readonly (readonly [number, number])[],
): Generator<readonly [number: number, uid: number]> {
  let [a, b] = [0, 0];
  let [doneOfA, doneOfB] = [0, 0];
  while (a < numbers.length && b < uids.length) {
    const [firstA, lastA] = numbers[a] as [number, number];
    const [firstB, lastB] = uids[b] as [number, number];
    const length = Math.min(lastA - firstA + 1 - doneOfA, lastB - firstB + 1 - doneOfB);
    yield [firstA + doneOfA, firstB + doneOfB];
    yield [firstA + doneOfA + length - 1, firstB + doneOfB + length - 1];
    doneOfA += length;
    doneOfB += length;
    if (firstA + doneOfA > lastA) [a, doneOfA] = [a + 1, 0];
    if (firstB + doneOfB > lastB) [b, doneOfB] = [b + 1, 0];
  }
}
