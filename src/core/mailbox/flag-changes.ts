/**
 * What STORE does to items (RFC 9051 6.4.6, RFC 7162 3.1.3). Whoever knows the flags of all items, as a session does, foresees what
 * will be changed, so that the store has nothing to read; and the store keeps a change as one, and need not write it to each item
 * at once.
 */
import { changed, DELETED, type FlagChange, type FlagSet, SEEN, toBits, withKeywords } from './flags.ts';
import { type Columns, firstFrom } from './snapshot.ts';
import { merged, type UidRange } from './uid-ranges.ts';

export interface FlagWish {
  readonly uids: readonly UidRange[];
  readonly change: FlagChange;
  readonly flags: FlagSet;
  /** Items changed after this are left as they are (RFC 7162 3.1.3). */
  readonly unchangedSince?: number;
}

/** What a change comes to in one mailbox. */
export interface FlagsThere {
  /** Of the mailbox, those included that are new in it. */
  readonly keywords: readonly string[];
  /** The flags that were named. */
  readonly bits: number;
}

/** Undefined when the mailbox would have too many keywords. */
export function flagsThere(
  keywords: readonly string[],
  { change, flags }: Pick<FlagWish, 'change' | 'flags'>,
): FlagsThere | undefined {
  // Keywords that are only taken away need not become the mailbox's.
  const wanted = change === 'remove' ? flags.keywords.filter(isAmong(keywords)) : flags.keywords;
  const all = withKeywords(keywords, wanted);
  return all === undefined ? undefined : { keywords: all, bits: toBits({ ...flags, keywords: wanted }, all) };
}

function isAmong(keywords: readonly string[]): (name: string) => boolean {
  const known = new Set(keywords.map((keyword) => keyword.toLowerCase()));
  return (name) => known.has(name.toLowerCase());
}

/** Adds up what becomes of items, range by range. */
export class FlagTally {
  /** Runs of items between which there are no others. */
  readonly changed: [first: number, last: number][] = [];
  readonly same: [first: number, last: number][] = [];
  /** Changed after `unchangedSince`. */
  readonly failed: number[] = [];
  changedItems = 0;
  /** What is added to the counters of the mailbox. */
  unseen = 0;
  deleted = 0;
  readonly #change: FlagChange;
  readonly #bits: number;
  readonly #unchangedSince: number;
  /** What the item before is in, and its run. */
  #open: [first: number, last: number][] | undefined;
  #run: [first: number, last: number] = [0, 0];

  constructor({ change, unchangedSince }: Pick<FlagWish, 'change' | 'unchangedSince'>, bits: number) {
    this.#change = change;
    this.#bits = bits;
    this.#unchangedSince = unchangedSince ?? Number.POSITIVE_INFINITY;
  }

  /** Between the items that come and those before there may be others. */
  nextRange(): void {
    this.#open = undefined;
  }

  /** In the order of their UIDs. */
  add(uid: number, before: number, modseq: number): void {
    if (modseq > this.#unchangedSince) {
      this.failed.push(uid);
      this.#open = undefined;
      return;
    }
    const flags = changed(before, this.#change, this.#bits);
    const runs = flags === before ? this.same : this.changed;
    if (this.#open === runs) this.#run[1] = uid;
    else {
      this.#run = [uid, uid];
      runs.push(this.#run);
      this.#open = runs;
    }
    if (flags === before) return;
    this.changedItems++;
    this.unseen += Number((flags & SEEN) === 0) - Number((before & SEEN) === 0);
    this.deleted += Number((flags & DELETED) !== 0) - Number((before & DELETED) !== 0);
  }
}

/** What a wish does to a mailbox that nobody has changed meanwhile. */
export interface Foreseen {
  readonly there: FlagsThere;
  readonly tally: FlagTally;
}

/** Undefined when the mailbox would have too many keywords. `columns`: all of it. */
export function foresee(
  { mailbox, columns }: { mailbox: { keywords: readonly string[] }; columns: Columns },
  wish: FlagWish,
): Foreseen | undefined {
  const there = flagsThere(mailbox.keywords, wish);
  if (there === undefined) return undefined;
  const tally = new FlagTally(wish, there.bits);
  const { uids, flags, modseqs } = columns;
  for (const [first, last] of merged(wish.uids)) {
    tally.nextRange();
    for (let index = firstFrom(columns, first); (uids[index] ?? Infinity) <= last; index++)
      tally.add(uids[index] as number, flags[index] as number, modseqs[index] as number);
  }
  return { there, tally };
}

/** What it takes to write a change to its items is reckoned in items; a range takes as long as so many. */
const RANGE_COST = 400;
/** Of what is kept of one mailbox, at most: some tenths of a second. */
export const MAX_KEPT_COST = 100_000;

export function keptCost({ changed, changedItems }: Pick<FlagTally, 'changed' | 'changedItems'>): number {
  return changed.length * RANGE_COST + changedItems;
}

/** A change that is kept as one. */
export interface KeptChange {
  readonly modseq: number;
  readonly first: number;
  readonly last: number;
  readonly change: FlagChange;
  readonly bits: number;
}

/** What several changes come to: flags are taken away, then others added. */
interface Sum {
  readonly cleared: number;
  readonly added: number;
  /** The last of theirs. */
  readonly modseq: number;
}

/** For these items. */
export interface CombinedChange extends Sum {
  readonly first: number;
  readonly last: number;
}

const ALL_FLAGS = Number.MAX_SAFE_INTEGER;

/** What changes come to that are given in the order of their MODSEQ: each UID in one at most, rising. */
export function combined(changes: readonly KeptChange[]): CombinedChange[] {
  const bounds = new Set<number>();
  for (const { first, last } of changes) bounds.add(first).add(last + 1);
  const starts = Float64Array.from(bounds).sort();
  const coming = changes.toSorted((a, b) => a.first - b.first);
  const all: CombinedChange[] = [];
  let here: KeptChange[] = [];
  let next = 0;
  for (const [index, first] of starts.subarray(0, -1).entries()) {
    const last = (starts[index + 1] as number) - 1;
    here = here.filter((one) => one.last >= first);
    for (; coming[next]?.first === first; next++) here.push(coming[next] as KeptChange);
    if (here.length === 0) continue;
    here.sort((a, b) => a.modseq - b.modseq);
    const piece = { first, last, ...sumOf(here) };
    const before = all.at(-1);
    if (before !== undefined && before.last === first - 1 && isAlike(before, piece))
      all[all.length - 1] = { ...before, last };
    else all.push(piece);
  }
  return all;
}

function sumOf(changes: readonly KeptChange[]): Sum {
  let [cleared, added, modseq] = [0, 0, 0];
  for (const one of changes) {
    added = changed(added, one.change, one.bits);
    cleared = one.change === 'replace' ? ALL_FLAGS : changed(cleared, 'add', one.bits);
    modseq = one.modseq;
  }
  return { cleared, added, modseq };
}

function isAlike(a: Sum, b: Sum): boolean {
  return a.cleared === b.cleared && a.added === b.added && a.modseq === b.modseq;
}

/** An item with what was changed since its row was written, unless that has it by now. `changes`: as `combined` gives them. */
export function withKept<Item extends { uid: number; flags: number; modseq: number }>(
  item: Item,
  changes: readonly CombinedChange[],
): Item {
  let [low, high] = [0, changes.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((changes[middle] as CombinedChange).last < item.uid) low = middle + 1;
    else high = middle;
  }
  const found = changes[low];
  if (found === undefined || found.first > item.uid || found.modseq <= item.modseq) return item;
  const flags = changed(changed(item.flags, 'remove', found.cleared), 'add', found.added);
  return { ...item, flags, modseq: found.modseq };
}
