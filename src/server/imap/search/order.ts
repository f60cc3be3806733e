/** The order in which SORT gives messages (RFC 5256 section 3, RFC 5957), and what THREAD knows of them. */
import type { SortKey } from '../../../wire/imap/grammar/search.ts';
import { baseSubject } from '../../../wire/mime/base-subject.ts';
import { decodeWords } from '../../../wire/mime/encoded-words.ts';
import { parseSentDate } from '../../../wire/mime/sent-date.ts';
import type { EnvelopeAddress } from '../../../wire/mime/structure.ts';
import type { ImapHandle } from '../handle.ts';
import type { IndexRange, Selected } from '../selected.ts';
import { type Facts, lookAt } from './facts.ts';
import { folded } from './folded.ts';

type Value = string | number;

/** Puts places in order, what fits best first where RELEVANCY is asked for (RFC 6203 section 5); those that are gone are left out where their order is not known. */
export async function ordered(
  session: ImapHandle,
  selected: Selected,
  {
    indices,
    order,
    scores,
  }: { indices: readonly number[]; order: readonly SortKey[]; scores: ReadonlyMap<number, number> },
): Promise<number[]> {
  const { columns } = selected;
  const values = new Map<number, readonly Value[]>();
  const fromColumns = order.map(({ by }) =>
    by === 'ARRIVAL' ? columns.internalAt : by === 'SIZE' ? columns.sizes : undefined,
  );
  if (fromColumns.every((column) => column !== undefined))
    for (const index of indices)
      values.set(
        index,
        fromColumns.map((column) => column[index] as number),
      );
  else
    await lookAt(session, { selected, ranges: toIndexRanges(indices), content: 'without' }, (facts) => {
      values.set(
        facts.index,
        order.map(({ by }) => (by === 'RELEVANCY' ? -(scores.get(facts.index) ?? 0) : valueIn(by, facts))),
      );
    });
  const compare = (a: number, b: number): number => {
    const [left, right] = [values.get(a) as readonly Value[], values.get(b) as readonly Value[]];
    for (const [at, { reverse }] of order.entries()) {
      const [one, other] = [left[at] as Value, right[at] as Value];
      if (one !== other) return one < other === reverse ? 1 : -1;
    }
    return a - b;
  };
  return indices.filter((index) => values.has(index)).sort(compare);
}

function toIndexRanges(indices: readonly number[]): IndexRange[] {
  const ranges: [number, number][] = [];
  for (const index of indices) {
    const last = ranges.at(-1);
    if (last?.[1] === index) last[1] = index + 1;
    else ranges.push([index, index + 1]);
  }
  return ranges;
}

function valueIn(by: Exclude<SortKey['by'], 'RELEVANCY'>, facts: Facts): Value {
  const { envelope, item } = facts;
  switch (by) {
    case 'ARRIVAL':
      return item.internalAt;
    case 'SIZE':
      return item.sizeBytes;
    case 'DATE':
      return sentAt(facts);
    case 'SUBJECT':
      return folded(baseSubject(envelope.subject ?? '').text);
    case 'FROM':
      return mailboxOf(envelope.from);
    case 'TO':
      return mailboxOf(envelope.to);
    case 'CC':
      return mailboxOf(envelope.cc);
    case 'DISPLAYFROM':
      return displayOf(envelope.from);
    case 'DISPLAYTO':
      return displayOf(envelope.to);
    default:
      return by satisfies never;
  }
}

/** RFC 5256 2.2: without a Date that can be read, when it came. */
function sentAt({ envelope, item }: Facts): number {
  return parseSentDate(envelope.date ?? '')?.ms ?? item.internalAt;
}

function mailboxOf([first]: readonly EnvelopeAddress[]): string {
  return folded(first?.mailbox ?? '');
}

/** RFC 5957 section 3: the name, or else the address. */
function displayOf([first]: readonly EnvelopeAddress[]): string {
  if (first === undefined) return '';
  const name = first.name === undefined ? '' : decodeWords(first.name).trim();
  return folded(name === '' ? `${first.mailbox ?? ''}@${first.host ?? ''}` : name);
}

/** What THREAD knows of a message. */
export interface Threaded {
  readonly index: number;
  readonly sentAt: number;
  readonly subject: string;
  readonly isReply: boolean;
  readonly messageId?: string;
  /** Eldest first. */
  readonly references: readonly string[];
}

/** By when they were sent. `idsOf`: where what they refer to is wanted. */
export async function threaded(
  session: ImapHandle,
  selected: Selected,
  about: {
    indices: readonly number[];
    idsOf?: (facts: Facts) => Promise<Pick<Threaded, 'messageId' | 'references'>>;
  },
): Promise<Threaded[]> {
  const found: Threaded[] = [];
  const content = about.idsOf === undefined ? 'without' : 'with content';
  await lookAt(session, { selected, ranges: toIndexRanges(about.indices), content }, async (facts) => {
    const { text, isReply } = baseSubject(facts.envelope.subject ?? '');
    const ids = (await about.idsOf?.(facts)) ?? { references: [] };
    found.push({ index: facts.index, sentAt: sentAt(facts), subject: folded(text), isReply, ...ids });
  });
  return found.sort((a, b) => a.sentAt - b.sentAt || a.index - b.index);
}
