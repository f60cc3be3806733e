/**
 * Strings as IMAP writes them (RFC 9051 section 4). What comes out is text to be sent as UTF-8: a literal says how many
 * octets its text will be.
 */
import { encodeMailboxName, type NameForm } from '../mailbox-name.ts';

/** Whether quoted strings may hold UTF-8: only after IMAP4rev2 or UTF8=ACCEPT was enabled. */
export type StringForm = NameForm;

const ATOM = /^[!#$&'+,\-./0-9:;<=>?@A-Z[^_`a-z|}~]+$/;
const ASCII = /^[\x01-\x09\x0b\x0c\x0e-\x7f]*$/;
const NOT_QUOTABLE = /[\0\r\n]/;
/** Longer strings are literals, for clients that bound their lines. */
const MAX_QUOTED = 4_096;

/** Quoted, or a literal where that is not enough. NUL, which no string can hold, is left out. */
export function formatString(text: string, form: StringForm): string {
  if (text.length <= MAX_QUOTED && (ASCII.test(text) || (form === 'utf8' && isQuotable(text))))
    return `"${/["\\]/.test(text) ? text.replace(/["\\]/g, '\\$&') : text}"`;
  const whole = text.replaceAll('\0', '');
  return `{${Buffer.byteLength(whole)}}\r\n${whole}`;
}

function isQuotable(text: string): boolean {
  return !NOT_QUOTABLE.test(text) && text.isWellFormed();
}

/** A string, or NIL for what is not there. */
export function formatNstring(text: string | null | undefined, form: StringForm): string {
  return text === null || text === undefined ? 'NIL' : formatString(text, form);
}

/** As it is where it can be, else as a string. NIL is quoted: it would be something else. */
export function formatAstring(text: string, form: StringForm): string {
  return ATOM.test(text) && text.toUpperCase() !== 'NIL' ? text : formatString(text, form);
}

/** The name of a mailbox. */
export function formatMailbox(name: string, form: NameForm): string {
  return formatAstring(encodeMailboxName(name, form), form);
}

export function formatFlags(flags: readonly string[]): string {
  return `(${flags.join(' ')})`;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const two = (value: number): string => (value < 10 ? `0${value}` : String(value));

/** `" 1-Feb-1994 21:52:25 +0000"` for milliseconds since the epoch (RFC 9051 section 9, `date-time`), in UTC. */
export function formatDateTime(ms: number): string {
  const date = new Date(ms);
  const day = date.getUTCDate();
  const year = String(date.getUTCFullYear()).padStart(4, '0');
  const time = `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`;
  return `"${day < 10 ? ' ' : ''}${day}-${MONTHS[date.getUTCMonth()]}-${year} ${time} +0000"`;
}
