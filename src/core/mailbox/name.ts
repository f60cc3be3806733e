/**
 * Names of mailboxes as they are kept: Unicode in NFC, levels divided by `/` (RFC 9051 5.1). INBOX is one name in any case,
 * alone and as the first level, so that no account has two that look alike.
 */

export const SEPARATOR = '/';
/** Octets of a whole name, and levels. */
export const MAX_NAME_BYTES = 1000;
export const MAX_LEVELS = 32;
/** Octets of one level: those of a file name, so that every name can be exported. */
export const MAX_LEVEL_BYTES = 255;

/** Why a name is none. The sentence is for people. */
export type NameFault =
  | 'empty'
  | 'empty level'
  | 'too long'
  | 'too deep'
  | 'control character'
  | 'not Unicode'
  | 'reserved';

/** C0, C1, and what ends lines or turns the direction of writing, which would let one name pass for another. */
const CONTROL = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;

/**
 * The name of a mailbox as a client or a person wrote it, one separator at its end taken off (RFC 9051 6.3.4). `#` begins
 * names of namespaces (RFC 2342), which there are none of.
 */
export function toMailboxName(written: string): { readonly name: string } | { readonly fault: NameFault } {
  if (!written.isWellFormed()) return { fault: 'not Unicode' };
  const name = canonical(written.endsWith(SEPARATOR) ? written.slice(0, -1) : written);
  if (name === '') return { fault: 'empty' };
  if (CONTROL.test(name)) return { fault: 'control character' };
  if (name.startsWith('#')) return { fault: 'reserved' };
  const levels = name.split(SEPARATOR);
  if (levels.some((level) => level === '')) return { fault: 'empty level' };
  if (levels.length > MAX_LEVELS) return { fault: 'too deep' };
  const isLong = levels.some((level) => Buffer.byteLength(level) > MAX_LEVEL_BYTES);
  return isLong || Buffer.byteLength(name) > MAX_NAME_BYTES ? { fault: 'too long' } : { name };
}

function canonical(written: string): string {
  const name = written.normalize('NFC');
  return /^inbox(?=\/|$)/i.test(name) ? `INBOX${name.slice(5)}` : name;
}

/** The names above one, the highest first. */
export function superiors(name: string): string[] {
  const levels = name.split(SEPARATOR);
  return levels.slice(1).map((_, index) => levels.slice(0, index + 1).join(SEPARATOR));
}

/** Whether `name` lies below `above`. */
export function isInferior(name: string, above: string): boolean {
  return name.startsWith(above + SEPARATOR);
}
