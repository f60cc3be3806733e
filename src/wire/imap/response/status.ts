/** Status responses (RFC 9051 7.1) with their codes, the continuation, and the greeting. */
import type { NumberSet } from '../number-set.ts';
import { formatString } from './strings.ts';

export type Condition = 'OK' | 'NO' | 'BAD' | 'BYE' | 'PREAUTH';

/** RFC 9051 7.1 and the extensions; numbers of UIDs are written by the RFC that each stands in. */
export type ResponseCode =
  | {
      readonly kind:
        | 'ALERT'
        | 'ALREADYEXISTS'
        | 'AUTHENTICATIONFAILED'
        | 'AUTHORIZATIONFAILED'
        | 'CANNOT'
        | 'CLIENTBUG'
        | 'CLOSED'
        | 'CONTACTADMIN'
        | 'CORRUPTION'
        | 'EXPIRED'
        | 'EXPUNGEISSUED'
        | 'HASCHILDREN'
        | 'INUSE'
        | 'LIMIT'
        | 'NOMODSEQ'
        | 'NONEXISTENT'
        | 'NOPERM'
        | 'NOTSAVED'
        | 'NOTIFICATIONOVERFLOW'
        | 'OVERQUOTA'
        | 'PARSE'
        | 'PRIVACYREQUIRED'
        | 'READ-ONLY'
        | 'READ-WRITE'
        | 'SERVERBUG'
        | 'TOOBIG'
        | 'TRYCREATE'
        | 'UIDNOTSTICKY'
        | 'UIDREQUIRED'
        | 'UNAVAILABLE'
        | 'UNKNOWN-CTE'
        | 'USEATTR';
    }
  | { readonly kind: 'UIDNEXT' | 'UIDVALIDITY' | 'UNSEEN' | 'HIGHESTMODSEQ'; readonly value: number }
  /** RFC 9738: the lowest UID that was dealt with, where some were left. */
  | { readonly kind: 'MESSAGELIMIT'; readonly limit: number; readonly lowestUid?: number }
  | { readonly kind: 'APPENDUID'; readonly uidValidity: number; readonly uids: NumberSet }
  /** Which became which, in the order of the copies. */
  | {
      readonly kind: 'COPYUID';
      readonly uidValidity: number;
      readonly from: NumberSet;
      readonly to: NumberSet;
    }
  | { readonly kind: 'MODIFIED'; readonly set: NumberSet }
  /** RFC 5267 4.3.1: of the search that is not kept up. */
  | { readonly kind: 'NOUPDATE'; readonly tag: string }
  | { readonly kind: 'PERMANENTFLAGS'; readonly flags: readonly string[] }
  | { readonly kind: 'CAPABILITY'; readonly capabilities: readonly string[] }
  | { readonly kind: 'BADCHARSET'; readonly charsets: readonly string[] }
  | { readonly kind: 'MAILBOXID'; readonly id: string }
  /** RFC 4469: the URL of CATENATE that cannot be had. */
  | { readonly kind: 'BADURL'; readonly url: string }
  /** RFC 5464 4.2.1, 4.3. */
  | { readonly kind: 'METADATA LONGENTRIES' | 'METADATA MAXSIZE'; readonly bytes: number }
  | { readonly kind: 'METADATA TOOMANY' | 'METADATA NOPRIVATE' }
  /** RFC 9585: how far a long command is; `goal` may not be known. */
  | { readonly kind: 'INPROGRESS'; readonly tag: string; readonly done: number; readonly goal?: number }
  /** RFC 5465: events that are not known here, and those that are. */
  | { readonly kind: 'BADEVENT'; readonly events: readonly string[] };

export interface StatusLine {
  /** `*` for what no command asked for. */
  readonly tag: string;
  readonly condition: Condition;
  readonly code?: ResponseCode;
  readonly text: string;
}

/** With its CRLF. Control characters of the text become spaces; the grammar wants a text, so none is the condition again. */
export function formatStatus({ tag, condition, code, text }: StatusLine): string {
  const shown = clean(text) || condition.toLowerCase();
  return `${tag} ${condition} ${code === undefined ? '' : `[${formatCode(code)}] `}${shown}\r\n`;
}

/** `+ text`: the client may go on. */
export function formatContinuation(text: string): string {
  return `+ ${clean(text)}\r\n`;
}

/** What stands in the brackets. */
export function formatCode(code: ResponseCode): string {
  switch (code.kind) {
    case 'UIDNEXT':
    case 'UIDVALIDITY':
    case 'UNSEEN':
    case 'HIGHESTMODSEQ':
      return `${code.kind} ${code.value}`;
    case 'MESSAGELIMIT':
      return `MESSAGELIMIT ${code.limit}${code.lowestUid === undefined ? '' : ` ${code.lowestUid}`}`;
    case 'APPENDUID':
      return `APPENDUID ${code.uidValidity} ${code.uids}`;
    case 'COPYUID':
      return `COPYUID ${code.uidValidity} ${code.from} ${code.to}`;
    case 'MODIFIED':
      return `MODIFIED ${code.set}`;
    case 'PERMANENTFLAGS':
      return `PERMANENTFLAGS (${code.flags.join(' ')})`;
    case 'CAPABILITY':
      return `CAPABILITY ${code.capabilities.join(' ')}`;
    case 'BADCHARSET':
      return `BADCHARSET (${code.charsets.join(' ')})`;
    case 'MAILBOXID':
      return `MAILBOXID (${code.id})`;
    case 'NOUPDATE':
      return `NOUPDATE ${quoted(code.tag)}`;
    case 'BADURL':
      return `BADURL ${quoted(code.url)}`;
    case 'METADATA LONGENTRIES':
    case 'METADATA MAXSIZE':
      return `${code.kind} ${code.bytes}`;
    case 'INPROGRESS':
      return `INPROGRESS (${quoted(code.tag)} ${code.done} ${code.goal ?? 'NIL'})`;
    case 'BADEVENT':
      return `BADEVENT (${code.events.join(' ')})`;
    default:
      return code.kind;
  }
}

/** In a code nothing may break the line: what a literal would hold is cut away. */
function quoted(text: string): string {
  return formatString(text.replace(/[^\x20-\x5c\x5e-\x7e]/g, '?').slice(0, 1_000), 'utf7');
}

function clean(text: string): string {
  return /[\x00-\x1f\x7f]/.test(text) ? text.replace(/[\x00-\x1f\x7f]+/g, ' ').trim() : text;
}
