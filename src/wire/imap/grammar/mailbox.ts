/** Commands about mailboxes (RFC 9051 6.3): opening, making, naming, subscribing, counting. */
import type { Cursor } from '../cursor.ts';
import { hasStar, type SequenceSet } from '../sequence-set.ts';

/** RFC 7162 3.2.5: what a client knows of the mailbox that it opens again. */
export interface Qresync {
  readonly uidValidity: number;
  readonly modSeq: number;
  readonly knownUids?: SequenceSet;
  /** Message numbers and the UIDs that they had, both ascending and of the same count. */
  readonly sequenceMatch?: { readonly numbers: SequenceSet; readonly uids: SequenceSet };
}

/** RFC 9051 7.3.4 and RFC 7162, RFC 7889, RFC 8474, RFC 9208. */
const STATUS_ITEMS = [
  'MESSAGES',
  'RECENT',
  'UIDNEXT',
  'UIDVALIDITY',
  'UNSEEN',
  'DELETED',
  'SIZE',
  'HIGHESTMODSEQ',
  'APPENDLIMIT',
  'MAILBOXID',
  'DELETED-STORAGE',
] as const;
export type StatusItem = (typeof STATUS_ITEMS)[number];

export type MailboxCommand =
  | {
      readonly verb: 'SELECT' | 'EXAMINE';
      readonly mailbox: string;
      readonly condStore: boolean;
      readonly qresync?: Qresync;
    }
  | { readonly verb: 'DELETE' | 'SUBSCRIBE' | 'UNSUBSCRIBE' | 'GETQUOTAROOT'; readonly mailbox: string }
  /** `specialUse`: RFC 6154, with their backslashes, as written. */
  | { readonly verb: 'CREATE'; readonly mailbox: string; readonly specialUse: readonly string[] }
  | { readonly verb: 'RENAME'; readonly from: string; readonly to: string }
  | { readonly verb: 'STATUS'; readonly mailbox: string; readonly items: readonly StatusItem[] };

export function select(cursor: Cursor, verb: string): MailboxCommand {
  cursor.space();
  const mailbox = cursor.mailbox();
  let condStore = false;
  let qresync: Qresync | undefined;
  if (cursor.take(' ')) {
    cursor.list(() => {
      const word = cursor.keyword();
      if (word === 'CONDSTORE') condStore = true;
      else if (word === 'QRESYNC') qresync = qresyncAt(cursor);
      else cursor.fail(`${verb} does not know the parameter ${word}`);
    });
  }
  return { verb: verb as 'SELECT', mailbox, condStore, ...(qresync === undefined ? {} : { qresync }) };
}

function qresyncAt(cursor: Cursor): Qresync {
  cursor.space();
  cursor.expect('(');
  const uidValidity = cursor.nzNumber();
  cursor.space();
  const modSeq = cursor.number64();
  let knownUids: SequenceSet | undefined;
  let sequenceMatch: Qresync['sequenceMatch'];
  if (cursor.take(' ') && cursor.peek() !== '(') {
    knownUids = plainSet(cursor);
    if (cursor.take(' ')) sequenceMatch = matchAt(cursor);
  } else if (cursor.peek() === '(') sequenceMatch = matchAt(cursor);
  cursor.expect(')');
  return {
    uidValidity,
    modSeq,
    ...(knownUids === undefined ? {} : { knownUids }),
    ...(sequenceMatch === undefined ? {} : { sequenceMatch }),
  };
}

function matchAt(cursor: Cursor): NonNullable<Qresync['sequenceMatch']> {
  cursor.expect('(');
  const numbers = plainSet(cursor);
  cursor.space();
  const uids = plainSet(cursor);
  cursor.expect(')');
  return { numbers, uids };
}

/** RFC 7162 section 7: no `*` here, nor `$`. */
function plainSet(cursor: Cursor): SequenceSet {
  const set = cursor.sequenceSet();
  if (set.kind === 'saved' || hasStar(set)) cursor.fail('this set takes no "*" and no "$"');
  return set;
}

export function named(cursor: Cursor, verb: string): MailboxCommand {
  cursor.space();
  return { verb: verb as 'DELETE', mailbox: cursor.mailbox() };
}

export function create(cursor: Cursor): MailboxCommand {
  cursor.space();
  const mailbox = cursor.mailbox();
  let specialUse: string[] = [];
  if (cursor.take(' ')) {
    cursor.list(() => {
      if (cursor.keyword() !== 'USE') cursor.fail('CREATE knows only the parameter USE (RFC 6154)');
      cursor.space();
      specialUse = cursor.list(() => {
        cursor.expect('\\');
        return `\\${cursor.atom()}`;
      });
    });
  }
  return { verb: 'CREATE', mailbox, specialUse };
}

export function rename(cursor: Cursor): MailboxCommand {
  cursor.space();
  const from = cursor.mailbox();
  cursor.space();
  return { verb: 'RENAME', from, to: cursor.mailbox() };
}

export function status(cursor: Cursor): MailboxCommand {
  cursor.space();
  const mailbox = cursor.mailbox();
  cursor.space();
  return { verb: 'STATUS', mailbox, items: statusItems(cursor) };
}

/** One or more of the items, in parentheses. */
export function statusItems(cursor: Cursor): StatusItem[] {
  const items = cursor.list(() => {
    const word = cursor.keyword();
    return (
      STATUS_ITEMS.find((item) => item === word) ?? cursor.fail(`STATUS does not know ${word.slice(0, 40)}`)
    );
  });
  if (items.length === 0) cursor.fail('STATUS asks for nothing');
  return [...new Set(items)];
}
