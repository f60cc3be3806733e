/**
 * Search keys as tests of one message (RFC 9051 6.4.4). A test says yes, no, or that it cannot tell from what is known so far:
 * most searches are decided by the columns, many by the envelope, and only the rest has the message read.
 */
import type { MessageId } from '../../../core/envelope.ts';
import { changed, NO_FLAGS, toBits, toFlagSet } from '../../../core/mailbox/flags.ts';
import { emailObjectId, threadObjectId } from '../../../core/mailbox/object-id.ts';
import { NumberSet } from '../../../wire/imap/number-set.ts';
import type { SearchKey } from '../../../wire/imap/grammar/search-key.ts';
import { resolveSequenceSet, type SequenceSet } from '../../../wire/imap/sequence-set.ts';
import { parseSentDate } from '../../../wire/mime/sent-date.ts';
import type { Selected } from '../selected.ts';
import { finder } from './contains.ts';
import type { Facts } from './facts.ts';
import { folded } from './folded.ts';
import { envelopeTexts } from './layers.ts';
import type { Narrowing } from './narrowing.ts';

type Verdict = boolean | undefined;
export type Criterion = (index: number, facts: Facts | undefined) => Verdict;

const DAY_MS = 86_400_000;

/** The key names messages by numbers that there are not. */
export class NoSuchNumber extends Error {}

/** Throws `NoSuchNumber`. `now`: ms since the epoch. `narrowing`: where earlier searches learnt something. */
export function toCriterion(
  key: SearchKey,
  about: { selected: Selected; now: number; uidOnly: boolean; narrowing?: Narrowing },
): Criterion {
  const { selected, now } = about;
  switch (key.kind) {
    case 'all':
    case 'saved-dates':
      return () => true;
    case 'recent':
      return () => false;
    case 'and':
    case 'or':
      return joined(
        key.keys.map((one) => toCriterion(one, about)),
        key.kind,
      );
    case 'not':
      return negated(toCriterion(key.key, about));
    // Loosened before (`fuzzy.ts`).
    case 'fuzzy':
      return toCriterion(key.key, about);
    case 'numbers':
      return byNumber(about, key.set);
    case 'uids': {
      const set = uidSet(selected, key.set);
      return (index) => set.has(selected.uids[index] as number);
    }
    case 'flag':
      return byFlag(selected, key.flag);
    case 'larger':
      return (index) => (selected.columns.sizes[index] as number) > key.bytes;
    case 'smaller':
      return (index) => (selected.columns.sizes[index] as number) < key.bytes;
    case 'older':
      return (index) => (selected.columns.internalAt[index] as number) <= now - key.seconds * 1000;
    case 'younger':
      return (index) => (selected.columns.internalAt[index] as number) > now - key.seconds * 1000;
    case 'mod-seq':
      return (index) => (selected.columns.modseqs[index] as number) >= key.atLeast;
    case 'date':
      return byDate(selected, key);
    case 'email-id':
      return (index) => emailObjectId(selected.columns.messages[index] as MessageId) === key.id;
    case 'thread-id':
      return (_, facts) => facts && threadObjectId(facts.item.thread) === key.id;
    case 'header':
      return narrowed(byHeader(key.name.toLowerCase(), folded(key.text)), about.narrowing?.excluded(key));
    case 'body':
    case 'text':
      return narrowed(byText(key.kind, folded(key.text)), about.narrowing?.excluded(key));
    default:
      return key satisfies never;
  }
}

/** Whether some key of it is about MODSEQ: then the answer has one (RFC 7162 3.1.5). */
export function asksModseq(key: SearchKey): boolean {
  if ('keys' in key) return key.keys.some(asksModseq);
  return 'key' in key ? asksModseq(key.key) : key.kind === 'mod-seq';
}

/** Whether some key of it is about what only the message itself says. */
export function readsContent(key: SearchKey): boolean {
  if ('keys' in key) return key.keys.some(readsContent);
  if ('key' in key) return readsContent(key.key);
  return (
    key.kind === 'body' ||
    key.kind === 'text' ||
    (key.kind === 'header' && envelopeTexts(key.name.toLowerCase()) === undefined)
  );
}

function joined(all: readonly Criterion[], how: 'and' | 'or'): Criterion {
  const decides = how === 'or';
  return (index, facts) => {
    let verdict: Verdict = !decides;
    for (const one of all) {
      const next = one(index, facts);
      if (next === decides) return decides;
      if (next === undefined) verdict = undefined;
    }
    return verdict;
  };
}

function negated(criterion: Criterion): Criterion {
  return (index, facts) => {
    const verdict = criterion(index, facts);
    return verdict === undefined ? undefined : !verdict;
  };
}

function byNumber(
  { selected, uidOnly }: { selected: Selected; uidOnly: boolean },
  set: SequenceSet,
): Criterion {
  if (set.kind === 'saved') return (index) => selected.saved.has(selected.uids[index] as number);
  const numbers = resolveSequenceSet(set, { largest: selected.count, saved: NumberSet.EMPTY });
  if (uidOnly || (numbers.last ?? 0) > selected.count) throw new NoSuchNumber();
  return (index) => numbers.has(index + 1);
}

function uidSet(selected: Selected, set: SequenceSet): NumberSet {
  const largest = selected.count === 0 ? 0 : (selected.uids[selected.count - 1] as number);
  return resolveSequenceSet(set, { largest, saved: selected.saved });
}

/** A keyword that the mailbox does not have is on none of its messages. */
function byFlag(selected: Selected, flag: string): Criterion {
  const { keywords } = selected.live.mailbox;
  const set = toFlagSet([flag]);
  if ('unknown' in set) return () => false;
  const known = keywords.find((keyword) => keyword.toLowerCase() === flag.toLowerCase());
  if (set.system === 0 && known === undefined) return () => false;
  const bit = toBits(known === undefined ? { ...NO_FLAGS, system: set.system } : set, keywords);
  return (index) => {
    const flags = selected.columns.flags[index] as number;
    return changed(flags, 'add', bit) === flags;
  };
}

function byDate(selected: Selected, key: Extract<SearchKey, { kind: 'date' }>): Criterion {
  const { is, day, of } = key;
  const fits = (on: number): boolean => (is === 'before' ? on < day : is === 'on' ? on === day : on >= day);
  const dayOf = (ms: number): number => Math.floor(ms / DAY_MS);
  switch (of) {
    case 'internal':
      return (index) => fits(dayOf(selected.columns.internalAt[index] as number));
    case 'saved':
      return (_, facts) => facts && fits(dayOf(facts.item.savedAt));
    case 'sent':
      return (_, facts) => {
        if (facts === undefined) return undefined;
        const sent = parseSentDate(facts.envelope.date ?? '');
        // By the clock of who sent it (RFC 9051 6.4.4).
        return sent !== undefined && fits(dayOf(sent.ms + sent.zoneMinutes * 60_000));
      };
    default:
      return of satisfies never;
  }
}

/** An empty text is found in every field that there is. */
function byHeader(nameLower: string, text: string): Criterion {
  const textsOf = envelopeTexts(nameLower);
  const has = finder(text);
  if (textsOf !== undefined) return (_, facts) => facts && textsOf(facts.envelope).some(has);
  return (_, facts) => facts?.fields(nameLower)?.some(has);
}

/** Without looking into what cannot have it. */
function narrowed(criterion: Criterion, excluded: ((index: number) => boolean) | undefined): Criterion {
  if (excluded === undefined) return criterion;
  return (index, facts) => (facts === undefined && excluded(index) ? false : criterion(index, facts));
}

function byText(kind: 'body' | 'text', text: string): Criterion {
  const has = finder(text);
  return (_, facts) => {
    const { headerText, bodyText } = facts ?? {};
    if (headerText === undefined || bodyText === undefined) return undefined;
    return has(bodyText) || (kind === 'text' && has(headerText));
  };
}
