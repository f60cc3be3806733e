/** LIST with its extensions (RFC 9051 6.3.9, RFC 5258, RFC 5819, RFC 6154) and LSUB (RFC 3501 6.3.9). */
import type { Cursor } from '../cursor.ts';
import { type StatusItem, statusItems } from './mailbox.ts';

const SELECTIONS = ['SUBSCRIBED', 'REMOTE', 'RECURSIVEMATCH', 'SPECIAL-USE'] as const;
export type ListSelection = (typeof SELECTIONS)[number];

export interface ListReturn {
  readonly subscribed: boolean;
  readonly children: boolean;
  readonly specialUse: boolean;
  /** Empty when no STATUS is asked for. */
  readonly status: readonly StatusItem[];
}

export interface ListCommand {
  readonly verb: 'LIST' | 'LSUB';
  readonly selection: readonly ListSelection[];
  readonly reference: string;
  /** With `*` and `%`. */
  readonly patterns: readonly string[];
  readonly returns: ListReturn;
  /** The patterns were a list, or options were given: a LIST of RFC 5258, where `""` asks nothing special. */
  readonly extended: boolean;
}

const NOTHING: ListReturn = { subscribed: false, children: false, specialUse: false, status: [] };

export function list(cursor: Cursor): ListCommand {
  cursor.space();
  const selects = cursor.peek() === '(';
  const selection = selects ? cursor.list(() => selectionAt(cursor)) : [];
  if (
    selection.length > 0 &&
    selection.every((option) => option === 'RECURSIVEMATCH' || option === 'REMOTE')
  ) {
    // RFC 5258 3: RECURSIVEMATCH says how another option matches.
    if (selection.includes('RECURSIVEMATCH'))
      cursor.fail('RECURSIVEMATCH needs SUBSCRIBED or SPECIAL-USE beside it');
  }
  if (selects) cursor.space();
  const reference = cursor.mailbox();
  cursor.space();
  const many = cursor.peek() === '(';
  const patterns = cursor.listOrOne(() => cursor.listMailbox());
  const asks = cursor.take(' ');
  const returns = asks ? returnsAt(cursor) : NOTHING;
  return { verb: 'LIST', selection, reference, patterns, returns, extended: selects || many || asks };
}

export function lsub(cursor: Cursor): ListCommand {
  cursor.space();
  const reference = cursor.mailbox();
  cursor.space();
  const patterns = [cursor.listMailbox()];
  return { verb: 'LSUB', selection: [], reference, patterns, returns: NOTHING, extended: false };
}

function selectionAt(cursor: Cursor): ListSelection {
  const word = cursor.keyword();
  return (
    SELECTIONS.find((option) => option === word) ?? cursor.fail(`LIST does not know ${word.slice(0, 40)}`)
  );
}

function returnsAt(cursor: Cursor): ListReturn {
  if (cursor.keyword() !== 'RETURN') cursor.fail('RETURN is missing');
  cursor.space();
  let returns = NOTHING;
  cursor.list(() => {
    const word = cursor.keyword();
    switch (word) {
      case 'SUBSCRIBED':
        returns = { ...returns, subscribed: true };
        break;
      case 'CHILDREN':
        returns = { ...returns, children: true };
        break;
      case 'SPECIAL-USE':
        returns = { ...returns, specialUse: true };
        break;
      case 'STATUS':
        cursor.space();
        returns = { ...returns, status: statusItems(cursor) };
        break;
      default:
        cursor.fail(`LIST cannot return ${word.slice(0, 40)}`);
    }
  });
  return returns;
}
