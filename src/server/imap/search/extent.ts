/** Which messages a search looks at: those that it names by number or UID beside everything else, or all (RFC 9738 3.1). */
import type { SearchKey } from '../../../wire/imap/grammar/search-key.ts';
import { MAX_NUMBER, NumberSet } from '../../../wire/imap/number-set.ts';
import type { ImapHandle } from '../handle.ts';
import { type Limited, limited } from '../message-limit.ts';
import type { IndexRange, Selected } from '../selected.ts';

export interface Extent {
  /** The same key, about no more messages than one command may be. */
  readonly key: SearchKey;
  readonly cut?: NonNullable<Limited['cut']>;
}

export function extentOf(session: ImapHandle, key: SearchKey): Extent {
  const { selected } = session;
  if (selected.count <= session.context.limits.messageLimit) return { key };
  const { cut } = limited(session, toIndexRanges(lookedAt(selected, key)));
  if (cut?.lowestUid === undefined) return { key };
  const among: SearchKey = {
    kind: 'uids',
    set: { kind: 'ranges', ranges: [[cut.lowestUid, MAX_NUMBER]] },
  };
  return { key: { kind: 'and', keys: [among, key] }, cut };
}

/** Their numbers. */
function lookedAt(selected: Selected, key: SearchKey): NumberSet {
  const all = NumberSet.ofRanges([[1, selected.count]]);
  if (key.kind === 'and') return key.keys.reduce((left, one) => left.intersect(lookedAt(selected, one)), all);
  if (key.kind !== 'numbers' && key.kind !== 'uids') return all;
  const ranges = selected.resolve(key.set, key.kind === 'numbers' ? 'number' : 'uid') ?? [];
  return NumberSet.ofRanges(ranges.map(([from, to]) => [from + 1, to]));
}

function toIndexRanges(numbers: NumberSet): IndexRange[] {
  return [...numbers.ranges()].map(([first, last]) => [first - 1, last]);
}
