/** What is announced, and to whom (RFC 9051 6.1.1): nothing that is not whole. */
import { mechanismsFor } from '../login.ts';
import type { ImapHandle } from './handle.ts';

const ALWAYS = ['IMAP4rev1', 'IMAP4rev2', 'SASL-IR', 'ID', 'ENABLE'];

/** RFC 7888: before the login nobody sends a long literal unasked. */
const BEFORE_LOGIN = ['LITERAL-'];

const AFTER_LOGIN = [
  'LITERAL+',
  'BINARY',
  'CONDSTORE',
  'QRESYNC',
  'MOVE',
  'UIDPLUS',
  'MULTIAPPEND',
  'CATENATE',
  'REPLACE',
  'PREVIEW',
  'SAVEDATE',
  'IDLE',
  'NAMESPACE',
  'UNSELECT',
  'CHILDREN',
  'SPECIAL-USE',
  'CREATE-SPECIAL-USE',
  'LIST-EXTENDED',
  'LIST-STATUS',
  'STATUS=SIZE',
  'OBJECTID',
  'UTF8=ACCEPT',
  'ESEARCH',
  'SEARCHRES',
  'WITHIN',
  'SORT',
  'SORT=DISPLAY',
  'ESORT',
  'PARTIAL',
  'CONTEXT=SEARCH',
  'SEARCH=FUZZY',
  'THREAD=REFERENCES',
  'THREAD=ORDEREDSUBJECT',
  'QUOTA',
  'QUOTA=RES-STORAGE',
  'QUOTA=RES-MESSAGE',
  'METADATA',
  'COMPRESS=DEFLATE',
  'UNAUTHENTICATE',
  'UIDONLY',
  'INPROGRESS',
  'NOTIFY',
];

export function capabilities(
  session: Pick<ImapHandle, 'context' | 'phase' | 'address' | 'tlsSocket' | 'isCompressed'>,
): string[] {
  const { context, phase, address, tlsSocket, isCompressed } = session;
  if (phase.kind !== 'not-authenticated')
    return [
      ...ALWAYS,
      ...AFTER_LOGIN,
      `APPENDLIMIT=${context.limits.maxMessageBytes}`,
      `MESSAGELIMIT=${context.limits.messageLimit}`,
    ];
  const canStartTls = context.secure !== undefined && tlsSocket === undefined && !isCompressed;
  const mechanisms = mechanismsFor(context.login, { address, tls: tlsSocket });
  return [
    ...ALWAYS,
    ...BEFORE_LOGIN,
    ...(canStartTls ? ['STARTTLS'] : []),
    ...(mechanisms.length === 0 ? ['LOGINDISABLED'] : mechanisms.map((mechanism) => `AUTH=${mechanism}`)),
  ];
}
