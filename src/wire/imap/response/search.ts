/** Answers to SEARCH, SORT and THREAD (RFC 3501 7.2.5, RFC 4731, RFC 5256, RFC 5267, RFC 7162 3.1.5). */
import type { PartialRange } from '../grammar/partial.ts';
import type { NumberSet } from '../number-set.ts';
import { formatString } from './strings.ts';

/** `* SEARCH 2 84 (MODSEQ 917162500)`, or SORT. */
export function formatSearch(
  verb: 'SEARCH' | 'SORT',
  { numbers, modSeq }: { numbers: Iterable<number>; modSeq?: number },
): string {
  let text = `* ${verb}`;
  for (const number of numbers) text += ` ${number}`;
  return `${text}${modSeq === undefined ? '' : ` (MODSEQ ${modSeq})`}\r\n`;
}

export interface Esearch {
  readonly tag: string;
  /** Numbers are UIDs. */
  readonly uid: boolean;
  /** What was not asked for, and a least of nothing, is not there. */
  readonly min?: number;
  readonly max?: number;
  readonly count?: number;
  /** In the order of SORT: a list of numbers; else a set. Empty is not written (RFC 4731 3.1). */
  readonly all?: NumberSet | readonly number[];
  readonly partial?: { readonly range: PartialRange; readonly numbers: NumberSet | readonly number[] };
  /** RFC 6203: of each result, 1 to 100. */
  readonly relevancy?: readonly number[];
  /** RFC 7162 3.1.5. */
  readonly modSeq?: number;
  /** RFC 5267: positions count from 1; 0 where order does not matter. */
  readonly changes?: readonly {
    readonly kind: 'ADDTO' | 'REMOVEFROM';
    readonly position: number;
    readonly numbers: NumberSet;
  }[];
}

/** `* ESEARCH (TAG "a") UID MIN 1 …`. */
export function formatEsearch(found: Esearch): string {
  let text = `* ESEARCH (TAG ${formatString(found.tag, 'utf7')})${found.uid ? ' UID' : ''}`;
  if (found.min !== undefined) text += ` MIN ${found.min}`;
  if (found.max !== undefined) text += ` MAX ${found.max}`;
  if (found.count !== undefined) text += ` COUNT ${found.count}`;
  const all = found.all === undefined ? '' : formatNumbers(found.all);
  if (all !== '') text += ` ALL ${all}`;
  if (found.partial !== undefined) text += ` PARTIAL ${formatPartial(found.partial)}`;
  if (found.relevancy !== undefined) text += ` RELEVANCY (${found.relevancy.join(' ')})`;
  for (const { kind, position, numbers } of found.changes ?? []) text += ` ${kind} (${position} ${numbers})`;
  if (found.modSeq !== undefined) text += ` MODSEQ ${found.modSeq}`;
  return `${text}\r\n`;
}

function formatPartial({ range, numbers }: NonNullable<Esearch['partial']>): string {
  const sign = range.fromEnd ? '-' : '';
  return `(${sign}${range.first}:${sign}${range.last} ${formatNumbers(numbers) || 'NIL'})`;
}

/** A list keeps its order; runs of it are written as ranges all the same. */
function formatNumbers(numbers: NumberSet | readonly number[]): string {
  if (!Array.isArray(numbers)) return numbers.toString();
  let text = '';
  for (let index = 0; index < numbers.length; index++) {
    const first = numbers[index] as number;
    let last = first;
    while (numbers[index + 1] === last + 1) last = numbers[++index] as number;
    text += `${text === '' ? '' : ','}${first === last ? first : `${first}:${last}`}`;
  }
  return text;
}

/** A message, or none where it is only known by its answers, with the threads that answer it. */
export interface Thread {
  readonly number?: number;
  readonly answers: readonly Thread[];
}

/** `* THREAD (2)(3 6 (4 23)(44 7 96))` (RFC 5256 section 4), however deep they are. */
export function formatThread(threads: readonly Thread[]): string {
  let text = threads.length === 0 ? '* THREAD' : '* THREAD ';
  const pending: (Thread | string)[] = [];
  pushBranches(pending, threads);
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (typeof next === 'string') {
      text += next;
      continue;
    }
    const { number, answers } = next;
    if (number !== undefined) text += number;
    const [only] = answers;
    // An only answer stands behind its message; several stand in parentheses each.
    if (answers.length === 1 && only !== undefined) pending.push(only);
    else pushBranches(pending, answers);
    if (number !== undefined && answers.length > 0) pending.push(' ');
  }
  return `${text}\r\n`;
}

/** What is pushed last comes first. */
function pushBranches(pending: (Thread | string)[], threads: readonly Thread[]): void {
  for (let index = threads.length - 1; index >= 0; index--) pending.push(')', threads[index] as Thread, '(');
}
