/** The ENVELOPE of a message (RFC 9051 7.5.2) from its header. Never throws. */
import { MAX_ADDRESSES, parseAddressList } from './address-list.ts';
import { decodeWords } from './encoded-words.ts';
import { fieldText, type Header } from './header.ts';
import type { Envelope, EnvelopeAddress } from './structure.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type TextKey = 'date' | 'subject' | 'inReplyTo' | 'messageId';
type ListKey = 'from' | 'sender' | 'replyTo' | 'to' | 'cc' | 'bcc';

const TEXTS = new Map<string, TextKey>([
  ['date', 'date'],
  ['subject', 'subject'],
  ['in-reply-to', 'inReplyTo'],
  ['message-id', 'messageId'],
]);
const LISTS = new Map<string, ListKey>([
  ['from', 'from'],
  ['sender', 'sender'],
  ['reply-to', 'replyTo'],
  ['to', 'to'],
  ['cc', 'cc'],
  ['bcc', 'bcc'],
]);
const LONGEST_NAME = 11;
const NONE: readonly EnvelopeAddress[] = [];
export const EMPTY_ENVELOPE: Envelope = {
  from: NONE,
  sender: NONE,
  replyTo: NONE,
  to: NONE,
  cc: NONE,
  bcc: NONE,
};

/** The first of each text field counts; lists that stand there twice are put together, in their order. */
export function readEnvelope(header: Header): Envelope {
  const found: Mutable<Envelope> = { ...EMPTY_ENVELOPE };
  for (const field of header.fields) {
    if (field.nameEnd - field.start > LONGEST_NAME) continue;
    const name = header.bytes.toString('latin1', field.start, field.nameEnd).toLowerCase();
    const list = LISTS.get(name);
    if (list !== undefined) {
      const addresses = parseAddressList(fieldText(header, field));
      found[list] =
        found[list].length === 0 ? addresses : [...found[list], ...addresses].slice(0, MAX_ADDRESSES);
      continue;
    }
    const text = TEXTS.get(name);
    if (text !== undefined) found[text] ??= fieldText(header, field);
  }
  return found;
}

/** What SORT=DISPLAY compares of a list (RFC 5957 section 3): the name of its first address, or else the address. */
export function displayName(list: readonly EnvelopeAddress[]): string {
  const [first] = list;
  if (first === undefined) return '';
  const name = decodeWords(first.name ?? '').trim();
  if (name !== '') return name;
  return first.host === undefined ? (first.mailbox ?? '') : `${first.mailbox}@${first.host}`;
}
