/** URLs of messages and their parts (RFC 5092, section 11 `imapmessagepart`), as CATENATE takes them (RFC 4469). */
import type { Section } from '../../mime/section.ts';
import { Cursor, SyntaxFault } from '../cursor.ts';
import { type Partial, sectionAt } from './fetch.ts';

export interface MessageUrl {
  /** `user@host:port` of a whole URL; a path means the server and the user that it is given to. */
  readonly authority?: string;
  readonly mailbox: string;
  readonly uidValidity?: number;
  readonly uid: number;
  /** Undefined: the whole message. */
  readonly section?: Section;
  /** `count` may be missing in a URL: it is then the largest number there is. */
  readonly partial?: Partial;
}

const URL_OF_PART =
  /^(?:imap:\/\/([^/]{0,500}))?\/([^;?#]{1,2000})(?:;uidvalidity=(\d{1,10}))?\/?;uid=(\d{1,10})(?:\/;section=([^;?#]{1,1000}?))?(?:\/;partial=(\d{1,10})(?:\.(\d{1,10}))?)?$/i;
const MAX = 4_294_967_295;

/** Undefined for what names no message (`NO [BADURL …]`). Never throws. */
export function parseMessageUrl(url: string): MessageUrl | undefined {
  const [match, authority, mailbox = '', uidValidity, uid, section, offset, count] =
    URL_OF_PART.exec(url) ?? [];
  if (match === undefined) return undefined;
  const name = percentDecoded(mailbox.replace(/\/$/, ''));
  const of = section === undefined ? undefined : parseSection(percentDecoded(section));
  const numbers = [uidValidity, uid, offset, count].map((text) => (text === undefined ? 1 : Number(text)));
  if (name === undefined || of === null || numbers.some((number) => number > MAX)) return undefined;
  if (Number(uid) === 0 || Number(uidValidity ?? 1) === 0 || Number(count ?? 1) === 0) return undefined;
  return {
    mailbox: name.toUpperCase() === 'INBOX' ? 'INBOX' : name,
    uid: Number(uid),
    ...(authority === undefined ? {} : { authority }),
    ...(uidValidity === undefined ? {} : { uidValidity: Number(uidValidity) }),
    ...(of === undefined ? {} : { section: of }),
    ...(offset === undefined ? {} : { partial: { offset: Number(offset), count: Number(count ?? MAX) } }),
  };
}

/** `null` for what is none. */
function parseSection(text: string | undefined): Section | null {
  const cursor = new Cursor({ text: text ?? '(', literals: [] }, 'utf8');
  try {
    const section = sectionAt(cursor);
    cursor.end();
    return section;
  } catch (fault) {
    if (fault instanceof SyntaxFault) return null;
    throw fault;
  }
}

/** RFC 5092 section 8: octets of UTF-8. */
function percentDecoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
