/** Commands that change messages (RFC 9051 6.4.6 to 6.4.9): STORE, COPY, MOVE, UID EXPUNGE. */
import type { Cursor } from '../cursor.ts';
import type { SequenceSet } from '../sequence-set.ts';

export type StoreCommand =
  | {
      readonly verb: 'STORE' | 'UID STORE';
      readonly set: SequenceSet;
      readonly action: 'replace' | 'add' | 'remove';
      readonly silent: boolean;
      readonly flags: readonly string[];
      /** RFC 7162 3.1.3. */
      readonly unchangedSince?: number;
    }
  | {
      readonly verb: 'COPY' | 'UID COPY' | 'MOVE' | 'UID MOVE';
      readonly set: SequenceSet;
      readonly mailbox: string;
    }
  | { readonly verb: 'UID EXPUNGE'; readonly set: SequenceSet };

export function store(cursor: Cursor, verb: string): StoreCommand {
  cursor.space();
  const set = cursor.sequenceSet();
  cursor.space();
  let unchangedSince: number | undefined;
  if (cursor.take('(')) {
    if (cursor.keyword() !== 'UNCHANGEDSINCE') cursor.fail('STORE knows only the modifier UNCHANGEDSINCE');
    cursor.space();
    unchangedSince = cursor.number64();
    cursor.expect(')');
    cursor.space();
  }
  const action = cursor.take('+') ? 'add' : cursor.take('-') ? 'remove' : 'replace';
  const word = cursor.keyword();
  if (word !== 'FLAGS' && word !== 'FLAGS.SILENT') cursor.fail('FLAGS is missing');
  cursor.space();
  return {
    verb: verb as 'STORE',
    set,
    action,
    silent: word === 'FLAGS.SILENT',
    flags: [...new Set(flagsAt(cursor))],
    ...(unchangedSince === undefined ? {} : { unchangedSince }),
  };
}

/** A list, or flags without parentheses (RFC 9051 section 9, `store-att-flags`). */
function flagsAt(cursor: Cursor): string[] {
  if (cursor.peek() === '(') return cursor.flagList();
  const flags = [cursor.flag()];
  while (cursor.take(' ')) flags.push(cursor.flag());
  return flags;
}

export function copy(cursor: Cursor, verb: string): StoreCommand {
  cursor.space();
  const set = cursor.sequenceSet();
  cursor.space();
  return { verb: verb as 'COPY', set, mailbox: cursor.mailbox() };
}

export function uidExpunge(cursor: Cursor): StoreCommand {
  cursor.space();
  return { verb: 'UID EXPUNGE', set: cursor.sequenceSet() };
}
