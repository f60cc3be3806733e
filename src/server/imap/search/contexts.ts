/**
 * Searches whose results a client is kept informed of (RFC 5267 4.3): what is found is looked at again where messages came or
 * were changed, and nowhere else. Told with the news of the mailbox, as positions of SEARCH do not matter.
 */
import type { SearchKey } from '../../../wire/imap/grammar/search-key.ts';
import { NumberSet } from '../../../wire/imap/number-set.ts';
import { formatEsearch } from '../../../wire/imap/response/search.ts';
import { STAR, type SequenceSet } from '../../../wire/imap/sequence-set.ts';
import { firstFrom } from '../../../core/mailbox/snapshot.ts';
import { fetchMessages } from '../fetch/messages.ts';
import type { ImapHandle } from '../handle.ts';
import { filtered, uidsOf } from '../ranges.ts';
import type { IndexRange, KeptSearches, SearchContext, Selected } from '../selected.ts';
import { find } from './find.ts';

/** Of one session; further ones are refused, which RFC 5267 4.3.1 allows. */
const MAX_CONTEXTS = 8;

/** Whether what the key finds changes with messages alone: not with the time, nor with what else there is. */
export function canUpdate(key: SearchKey): boolean {
  if ('keys' in key) return key.keys.every(canUpdate);
  if ('key' in key) return canUpdate(key.key);
  if (key.kind === 'uids') return isFixed(key.set);
  return key.kind !== 'numbers' && key.kind !== 'older' && key.kind !== 'younger';
}

function isFixed(set: SequenceSet): boolean {
  return set.kind === 'ranges' && set.ranges.every(([first, last]) => first !== STAR && last !== STAR);
}

export class SearchContexts implements KeptSearches {
  readonly #session: ImapHandle;
  readonly #selected: Selected;
  #all: readonly SearchContext[] = [];

  constructor(session: ImapHandle, selected: Selected) {
    this.#session = session;
    this.#selected = selected;
  }

  add(context: SearchContext): boolean {
    this.cancel([context.tag]);
    if (this.#all.length >= MAX_CONTEXTS) return false;
    this.#all = [...this.#all, context];
    return true;
  }

  cancel(tags: readonly string[]): void {
    this.#all = this.#all.filter(({ tag }) => !tags.includes(tag));
  }

  *withoutGone(): Generator<string> {
    const selected = this.#selected;
    const { columns } = selected.live;
    const next: SearchContext[] = [];
    for (const context of this.#all) {
      const gone = NumberSet.of(
        (function* () {
          for (const [first, last] of context.found.ranges())
            for (let uid = first; uid <= last; uid++)
              if (columns.uids[firstFrom(columns, uid)] !== uid) yield uid;
        })(),
      );
      if (!gone.isEmpty) yield told(context, selected, { kind: 'REMOVEFROM', uids: gone });
      next.push({ ...context, found: context.found.minus(gone) });
    }
    this.#all = next;
  }

  async update(): Promise<void> {
    const [session, selected] = [this.#session, this.#selected];
    for (const context of this.#all) {
      const modseq = selected.live.modseq;
      const ranges = changedSince(selected, context);
      if (ranges.length === 0) continue;
      const uids = uidsOf(selected, ranges);
      const among: SearchKey = { kind: 'uids', set: { kind: 'ranges', ranges: [...uids.ranges()] } };
      const indices = await find(session, selected, { kind: 'and', keys: [among, context.key] });
      if (session.isOver) return;
      const match = NumberSet.of(indices.map((index) => selected.uids[index] as number));
      const added = match.minus(context.found);
      const removed = uids.intersect(context.found).minus(match);
      const fresh = filtered(
        selected.indicesOf(added),
        (index) => (selected.uids[index] as number) > context.lastUid,
      );
      if (context.fetch.length > 0 && fresh.length > 0)
        await fetchMessages(session, selected, { ranges: fresh, items: context.fetch });
      if (!removed.isEmpty) session.send(told(context, selected, { kind: 'REMOVEFROM', uids: removed }));
      if (!added.isEmpty) session.send(told(context, selected, { kind: 'ADDTO', uids: added }));
      const found = NumberSet.ofRanges([...context.found.minus(removed).ranges(), ...added.ranges()]);
      const next = { ...context, found, modseq, lastUid: Math.max(context.lastUid, uids.last ?? 0) };
      this.#all = this.#all.map((one) => (one === context ? next : one));
    }
  }
}

function changedSince(selected: Selected, { modseq, lastUid }: SearchContext): IndexRange[] {
  const { uids, modseqs } = selected.columns;
  return filtered(
    [[0, selected.count]],
    (index) => (modseqs[index] as number) > modseq || (uids[index] as number) > lastUid,
  );
}

function told(
  { tag, isByUid }: SearchContext,
  selected: Selected,
  { kind, uids }: { kind: 'ADDTO' | 'REMOVEFROM'; uids: NumberSet },
): string {
  const numbers = isByUid
    ? uids
    : NumberSet.ofRanges(selected.indicesOf(uids).map(([from, to]) => [from + 1, to] as const));
  return formatEsearch({ tag, uid: isByUid, changes: [{ kind, position: 0, numbers }] });
}
