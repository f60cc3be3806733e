/** NOTIFY (RFC 5465): of which mailboxes a client wants to hear what. */
import type { Cursor } from '../cursor.ts';
import { type FetchItem, fetchItems } from './fetch.ts';

/** As the RFC writes them. */
export type NotifyEvent =
  /** `fetch` is only allowed for the selected mailbox. */
  | { readonly kind: 'MessageNew'; readonly fetch: readonly FetchItem[] }
  /** To be refused by name (RFC 5465 3.1). */
  | { readonly kind: 'Unknown'; readonly name: string }
  | {
      readonly kind:
        | 'MessageExpunge'
        | 'FlagChange'
        | 'AnnotationChange'
        | 'MailboxName'
        | 'SubscriptionChange'
        | 'MailboxMetadataChange'
        | 'ServerMetadataChange';
    };

export type NotifyMailboxes =
  | { readonly kind: 'selected' | 'selected-delayed' | 'inboxes' | 'personal' | 'subscribed' }
  | { readonly kind: 'subtree' | 'mailboxes'; readonly names: readonly string[] };

export type NotifyCommand =
  | { readonly verb: 'NOTIFY'; readonly action: 'none' }
  | {
      readonly verb: 'NOTIFY';
      readonly action: 'set';
      /** A STATUS of each mailbox first. */
      readonly status: boolean;
      readonly groups: readonly {
        readonly mailboxes: NotifyMailboxes;
        /** Empty: nothing of these. */
        readonly events: readonly NotifyEvent[];
      }[];
    };

const EVENTS = [
  'MessageExpunge',
  'FlagChange',
  'AnnotationChange',
  'MailboxName',
  'SubscriptionChange',
  'MailboxMetadataChange',
  'ServerMetadataChange',
] as const;
/** RFC 5465 section 5: one of these brings the two others along. */
const OF_MESSAGES = /^(MessageNew|MessageExpunge|FlagChange|AnnotationChange)$/;

export function notify(cursor: Cursor): NotifyCommand {
  cursor.space();
  const action = cursor.keyword();
  if (action === 'NONE') return { verb: 'NOTIFY', action: 'none' };
  if (action !== 'SET') cursor.fail('NOTIFY is SET or NONE');
  cursor.space();
  const status = cursor.takeKeyword('STATUS');
  if (status) cursor.space();
  const groups = [groupAt(cursor)];
  while (cursor.take(' ')) groups.push(groupAt(cursor));
  if (groups.filter(({ mailboxes: { kind } }) => kind.startsWith('selected')).length > 1)
    cursor.fail('there is one group for the selected mailbox at most (RFC 5465 6.1)');
  return { verb: 'NOTIFY', action: 'set', status, groups };
}

function groupAt(cursor: Cursor): { mailboxes: NotifyMailboxes; events: NotifyEvent[] } {
  cursor.expect('(');
  const mailboxes = mailboxesAt(cursor);
  cursor.space();
  const events = cursor.takeKeyword('NONE') ? [] : cursor.list(() => eventAt(cursor, mailboxes));
  cursor.expect(')');
  checkTogether(cursor, events);
  return { mailboxes, events };
}

function mailboxesAt(cursor: Cursor): NotifyMailboxes {
  const word = cursor.keyword();
  switch (word) {
    case 'SELECTED':
    case 'SELECTED-DELAYED':
    case 'INBOXES':
    case 'PERSONAL':
    case 'SUBSCRIBED':
      return { kind: word.toLowerCase() as 'selected' };
    case 'SUBTREE':
    case 'MAILBOXES':
      cursor.space();
      return {
        kind: word.toLowerCase() as 'subtree',
        names: cursor.listOrOne(() => cursor.mailbox()),
      };
    default:
      return cursor.fail(`NOTIFY does not know ${word.slice(0, 40)}`);
  }
}

function eventAt(cursor: Cursor, mailboxes: NotifyMailboxes): NotifyEvent {
  const word = cursor.keyword();
  const isSelected = mailboxes.kind === 'selected' || mailboxes.kind === 'selected-delayed';
  if (word === 'MESSAGENEW') {
    const { at } = cursor;
    if (!cursor.take(' ') || cursor.peek() !== '(') {
      cursor.at = at;
      return { kind: 'MessageNew', fetch: [] };
    }
    if (!isSelected) cursor.fail('only MessageNew of the selected mailbox takes items (RFC 5465 5.2)');
    return { kind: 'MessageNew', fetch: fetchItems(cursor) };
  }
  const kind = EVENTS.find((event) => event.toUpperCase() === word);
  if (kind === undefined) return { kind: 'Unknown', name: word };
  if (isSelected && !OF_MESSAGES.test(kind)) cursor.fail(`${kind} is not for the selected mailbox`);
  return { kind };
}

/** RFC 5465 section 5: new messages and expunged ones only together, changes of flags only with both. */
function checkTogether(cursor: Cursor, events: readonly NotifyEvent[]): void {
  const has = (kind: NotifyEvent['kind']): boolean => events.some((event) => event.kind === kind);
  const both = has('MessageNew') && has('MessageExpunge');
  if (!both && events.some(({ kind }) => OF_MESSAGES.test(kind)))
    cursor.fail('events of messages need MessageNew and MessageExpunge together (RFC 5465 section 5)');
}
