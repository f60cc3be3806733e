/**
 * The selected mailbox as one session has shown it to its client: which messages have which numbers, and up to which MODSEQ
 * their flags were told. The columns are shared with all who have it open (`core/mailbox/live.ts`); a session keeps columns
 * of its own only from when messages went until it may say so.
 */
import type { FlagWish } from '../../core/mailbox/flag-changes.ts';
import { flagNames } from '../../core/mailbox/flags.ts';
import type { LiveMailbox } from '../../core/mailbox/live.ts';
import type { UidRange } from '../../core/mailbox/uid-ranges.ts';
import { type Columns, firstFrom } from '../../core/mailbox/snapshot.ts';
import type { FetchItem } from '../../wire/imap/grammar/fetch.ts';
import type { SearchKey } from '../../wire/imap/grammar/search-key.ts';
import { MAX_NUMBER, NumberSet } from '../../wire/imap/number-set.ts';
import {
  formatExists,
  formatExpunge,
  formatFlagsResponse,
  formatVanished,
} from '../../wire/imap/response/mailbox.ts';
import { formatStatus } from '../../wire/imap/response/status.ts';
import { resolveSequenceSet, type SequenceSet } from '../../wire/imap/sequence-set.ts';
import type { Enabled, Telling } from './telling.ts';

/** Messages that are looked at between two pieces of news. */
const TOLD_TOGETHER = 500;

/** Indices from the first, up to and without the last. */
export type IndexRange = readonly [from: number, to: number];

/** A search whose results a client is kept informed of (RFC 5267 4.3). */
export interface SearchContext {
  readonly tag: string;
  readonly isByUid: boolean;
  readonly key: SearchKey;
  /** Of new messages that are found (RFC 5465 section 7). */
  readonly fetch: readonly FetchItem[];
  /** UIDs. */
  readonly found: NumberSet;
  /** Up to here messages were looked at: this MODSEQ, and this UID. */
  readonly modseq: number;
  readonly lastUid: number;
}

/** All of a mailbox that is selected (`search/contexts.ts`). */
export interface KeptSearches {
  /** False when there are too many. One of the same tag takes the place of the other. */
  add(context: SearchContext): boolean;
  cancel(tags: readonly string[]): void;
  /** What is gone from them: before EXPUNGE, while numbers still hold (RFC 5267 4.3.4). */
  withoutGone(): Generator<string>;
  /** Tells what came, and what was changed, as the client knows the mailbox by now. */
  update(): Promise<void>;
}

export class Selected {
  readonly live: LiveMailbox;
  readonly isReadOnly: boolean;
  /** UIDs that SEARCH RETURN (SAVE) found (RFC 5182). */
  saved = NumberSet.EMPTY;
  /** Searches whose results are kept up; undefined where there never was one. */
  contexts: KeptSearches | undefined;
  /** Messages that the client knows of. */
  count: number;
  /** Flags up to here were told. */
  #toldModseq: number;
  #toldKeywords: number;
  #columns: Columns;
  #generation: number;
  #copiedModseq = 0;
  readonly #leave: () => void;

  /** `leave`: gives the mailbox back. */
  constructor(live: LiveMailbox, { isReadOnly, leave }: { isReadOnly: boolean; leave: () => void }) {
    this.live = live;
    this.isReadOnly = isReadOnly;
    this.#leave = leave;
    this.count = live.count;
    this.#toldModseq = live.modseq;
    this.#toldKeywords = live.mailbox.keywords.length;
    this.#columns = live.columns;
    this.#generation = live.generation;
  }

  leave(): void {
    this.#leave();
  }

  /** Of them only the first `count` are the client's. */
  get columns(): Columns {
    return this.#generation === this.live.generation ? this.live.columns : this.#columns;
  }

  get uids(): Uint32Array {
    return this.columns.uids;
  }

  /** Whether there is anything that the client was not told. */
  get isBehind(): boolean {
    const { live } = this;
    return (
      live.isStale || live.isGone || this.#toldModseq < live.modseq || this.#generation !== live.generation
    );
  }

  /** UIDs of those that somebody else changed, of which the client was not told. */
  untold(ranges: readonly IndexRange[]): number[] {
    const { uids, modseqs } = this.columns;
    const found: number[] = [];
    if (this.#toldModseq >= this.live.modseq) return found;
    for (const [from, to] of ranges)
      for (let index = from; index < to; index++)
        if ((modseqs[index] as number) > this.#toldModseq) found.push(uids[index] as number);
    return found;
  }

  /** Messages that the client knows may not be there any more. */
  get hasGone(): boolean {
    return this.#generation !== this.live.generation;
  }

  /** -1 for a UID that the client does not know. */
  indexOf(uid: number): number {
    const index = firstFrom(this.columns, uid);
    return index < this.count && this.uids[index] === uid ? index : -1;
  }

  /** The messages of a set, rising; undefined when it names numbers that there are not. UIDs that there are not are passed over. */
  resolve(set: SequenceSet, by: 'number' | 'uid'): IndexRange[] | undefined {
    const { count, uids } = this;
    // `$` holds UIDs, whatever the command goes by (RFC 5182 2.1).
    if (by === 'uid' || set.kind === 'saved') {
      const largest = count === 0 ? 0 : (uids[count - 1] as number);
      return this.indicesOf(resolveSequenceSet(set, { largest, saved: this.saved }));
    }
    const numbers = resolveSequenceSet(set, { largest: count, saved: this.saved });
    if ((numbers.last ?? 0) > count) return undefined;
    return [...numbers.ranges()].map(([first, last]) => [first - 1, last]);
  }

  indicesOf(uids: NumberSet): IndexRange[] {
    const found: IndexRange[] = [];
    for (const [first, last] of uids.ranges()) {
      const from = Math.min(firstFrom(this.columns, first), this.count);
      const to = last === MAX_NUMBER ? this.count : Math.min(firstFrom(this.columns, last + 1), this.count);
      if (from < to) found.push([from, to]);
    }
    return found;
  }

  /** As the store names them: between the first and the last of a range there is nothing else. */
  uidRanges(indices: readonly IndexRange[]): UidRange[] {
    return indices.map(([from, to]) => [this.uids[from] as number, this.uids[to - 1] as number]);
  }

  flagsAt(index: number): string[] {
    return flagNames(this.columns.flags[index] as number, this.live.mailbox.keywords);
  }

  /**
   * What others changed, as responses, and takes it over. The mailbox has been read up to date. Piece by piece: between two
   * it may change again, which is told next time. All of it is to be taken before anything else is asked. Returns the new messages.
   */
  *news(enabled: Enabled, { expunges, own, flags }: Telling): Generator<string, IndexRange> {
    const { live } = this;
    const [from, to] = [this.#toldModseq, live.modseq];
    yield this.keywordNews();
    if (this.#generation !== live.generation) {
      if (expunges === 'told') yield* this.#expungeNews(enabled);
      else this.#copyFlags();
    }
    const before = this.count;
    if (this.#generation === live.generation) {
      this.#columns = live.columns;
      this.count = live.count;
      if (this.count > before) yield formatExists(this.count);
    }
    // What this session did alone was said where it did it.
    const isOwn = own === to && from === to - 1;
    if (to > from && flags !== 'not told' && !isOwn)
      yield* this.#flagNews(enabled, { from, count: before, own });
    this.#toldModseq = to;
    return [before, this.count];
  }

  /** Reads what was heard of, so that flags are as they are now; what the client was told of numbers stays. */
  async catchUp(): Promise<void> {
    if (this.live.isStale) await this.live.refresh();
    this.#copyFlags();
  }

  /** As `catchUp`, once the mailbox is at a MODSEQ. */
  async reach(modseq: number): Promise<void> {
    await this.live.reach(modseq);
    this.#copyFlags();
  }

  /** STORE, and takes over what that did. */
  async storeFlags(wish: FlagWish): ReturnType<LiveMailbox['storeFlags']> {
    const stored = await this.live.storeFlags(wish);
    this.#copyFlags();
    return stored;
  }

  /** Flags of messages whose numbers are not those of all any more. */
  #copyFlags(): void {
    if (this.#generation === this.live.generation || this.#copiedModseq === this.live.modseq) return;
    this.#copiedModseq = this.live.modseq;
    copyFlags(this.live.columns, this.#columns);
  }

  /** Keywords that are new in the mailbox, before some message has them. */
  keywordNews(): string {
    const { keywords } = this.live.mailbox;
    if (keywords.length === this.#toldKeywords) return '';
    this.#toldKeywords = keywords.length;
    return flagResponses(this);
  }

  /** Takes over the columns of all, as far as the client knew their messages. */
  *#expungeNews(enabled: Enabled): Generator<string> {
    const { live, count } = this;
    const { uids } = this.#columns;
    const gone: number[] = [];
    let at = 0;
    for (let index = 0; index < count; index++) {
      if (live.columns.uids[at] === uids[index]) at++;
      else gone.push(index);
    }
    this.#columns = live.columns;
    this.#generation = live.generation;
    this.count = count - gone.length;
    if (gone.length === 0) return;
    if (enabled.qresync || enabled.uidOnly) {
      yield formatVanished(NumberSet.of(gone.map((index) => uids[index] as number)), 'now');
      return;
    }
    // From the last to the first, so that none changes the number of another.
    gone.reverse();
    for (let at = 0; at < gone.length; at += TOLD_TOGETHER)
      yield gone
        .slice(at, at + TOLD_TOGETHER)
        .map((index) => formatExpunge(index + 1))
        .join('');
  }

  *#flagNews(
    enabled: Enabled,
    { from, count, own }: { from: number; count: number; own: number | undefined },
  ): Generator<string> {
    const most = Math.min(count, this.count);
    for (let start = 0; start < most; start += TOLD_TOGETHER) {
      const { modseqs } = this.columns;
      let text = '';
      for (let index = start; index < Math.min(most, start + TOLD_TOGETHER); index++) {
        const modseq = modseqs[index] as number;
        if (modseq > from && modseq !== own) text += formatFlagNews(this, index, enabled);
      }
      yield text;
    }
  }
}

/** `* 3 FETCH (UID 7 FLAGS (\\Seen))`, with MODSEQ for who knows what that is. */
export function formatFlagNews(selected: Selected, index: number, { condStore, uidOnly }: Enabled): string {
  const { uids, modseqs } = selected.columns;
  const items = [
    ...(uidOnly ? [] : [`UID ${uids[index]}`]),
    `FLAGS (${selected.flagsAt(index).join(' ')})`,
    ...(condStore ? [`MODSEQ (${modseqs[index]})`] : []),
  ];
  const who = uidOnly ? `${uids[index]} UIDFETCH` : `${index + 1} FETCH`;
  return `* ${who} (${items.join(' ')})\r\n`;
}

const SYSTEM_FLAGS = ['\\Answered', '\\Flagged', '\\Deleted', '\\Seen', '\\Draft'];

/** FLAGS, and which of them can be set: all, and new ones (RFC 9051 7.1). */
export function flagResponses({ live, isReadOnly }: Selected): string {
  const flags = [...SYSTEM_FLAGS, ...live.mailbox.keywords];
  const permanent = isReadOnly ? [] : [...flags, '\\*'];
  const text = isReadOnly ? 'The mailbox is read-only' : 'Flags that are kept';
  return (
    formatFlagsResponse(flags) +
    formatStatus({ tag: '*', condition: 'OK', code: { kind: 'PERMANENTFLAGS', flags: permanent }, text })
  );
}

/** Flags as they are now, of messages that are in both. */
function copyFlags(from: Columns, to: Columns): void {
  let at = 0;
  for (let index = 0; index < to.uids.length; index++) {
    const uid = to.uids[index] as number;
    while ((from.uids[at] ?? Number.POSITIVE_INFINITY) < uid) at++;
    if (from.uids[at] !== uid) continue;
    to.flags[index] = from.flags[at] as number;
    to.modseqs[index] = from.modseqs[at] as number;
  }
}
