/** Responses about mailboxes and what is in them (RFC 9051 7.3, 7.4, 7.5.1; RFC 2342, RFC 5464, RFC 7162, RFC 9208). */
import type { StatusItem } from '../grammar/mailbox.ts';
import type { NameForm } from '../mailbox-name.ts';
import type { NumberSet } from '../number-set.ts';
import { formatAstring, formatFlags, formatMailbox, formatString } from './strings.ts';

export interface ListEntry {
  /** With their backslashes: `\HasChildren`, `\Sent`. */
  readonly attributes: readonly string[];
  /** Between the levels of a name; NIL where there are no levels. */
  readonly delimiter: string | null;
  readonly mailbox: string;
  /** RFC 5258 4: which of the options asked for made a mailbox appear that does not match itself. */
  readonly childInfo?: readonly string[];
  /** RFC 9051 6.3.9.7: what it was called before. */
  readonly oldName?: string;
}

/** `* LIST (\HasNoChildren) "/" INBOX`; LSUB for a client that asked so. */
export function formatList(verb: 'LIST' | 'LSUB', entry: ListEntry, form: NameForm): string {
  const delimiter = entry.delimiter === null ? 'NIL' : formatString(entry.delimiter, form);
  const extended: string[] = [];
  if (entry.childInfo !== undefined)
    extended.push(`"CHILDINFO" (${entry.childInfo.map((option) => `"${option}"`).join(' ')})`);
  if (entry.oldName !== undefined) extended.push(`"OLDNAME" (${formatMailbox(entry.oldName, form)})`);
  const rest = extended.length === 0 ? '' : ` (${extended.join(' ')})`;
  return `* ${verb} (${entry.attributes.join(' ')}) ${delimiter} ${formatMailbox(entry.mailbox, form)}${rest}\r\n`;
}

/** `* STATUS INBOX (MESSAGES 231)`. A MAILBOXID is text, APPENDLIMIT may be `null`: no limit of its own. */
export function formatStatusResponse(
  mailbox: string,
  values: readonly (readonly [item: StatusItem, value: number | string | null])[],
  form: NameForm,
): string {
  const shown = values.map(
    ([item, value]) => `${item} ${value === null ? 'NIL' : item === 'MAILBOXID' ? `(${value})` : value}`,
  );
  return `* STATUS ${formatMailbox(mailbox, form)} (${shown.join(' ')})\r\n`;
}

/** Flags that are in use in the mailbox. */
export function formatFlagsResponse(flags: readonly string[]): string {
  return `* FLAGS ${formatFlags(flags)}\r\n`;
}

export function formatExists(count: number): string {
  return `* ${count} EXISTS\r\n`;
}

/** RFC 3501 only: IMAP4rev2 has no \Recent. */
export function formatRecent(count: number): string {
  return `* ${count} RECENT\r\n`;
}

export function formatExpunge(number: number): string {
  return `* ${number} EXPUNGE\r\n`;
}

/** RFC 7162 3.2.10: `EARLIER` of what went before this was asked. */
export function formatVanished(uids: NumberSet, when: 'now' | 'earlier'): string {
  return `* VANISHED ${when === 'earlier' ? '(EARLIER) ' : ''}${uids}\r\n`;
}

export interface Namespace {
  readonly prefix: string;
  readonly delimiter: string | null;
}

/** RFC 2342 section 5: personal, other users', shared; NIL for none. */
export function formatNamespace(
  spaces: Readonly<Record<'personal' | 'others' | 'shared', readonly Namespace[]>>,
  form: NameForm,
): string {
  const list = (of: readonly Namespace[]): string => {
    if (of.length === 0) return 'NIL';
    const entries = of.map(({ prefix, delimiter }) => {
      const mark = delimiter === null ? 'NIL' : formatString(delimiter, form);
      return `(${quotedName(prefix, form)} ${mark})`;
    });
    return `(${entries.join('')})`;
  };
  return `* NAMESPACE ${list(spaces.personal)} ${list(spaces.others)} ${list(spaces.shared)}\r\n`;
}

/** RFC 2342 wants a string, where an atom would do elsewhere. */
function quotedName(name: string, form: NameForm): string {
  const shown = formatMailbox(name, form);
  return /^["{]/.test(shown) ? shown : `"${shown}"`;
}

/** RFC 9208 4.2.1. STORAGE counts KiB. */
export function formatQuota(
  root: string,
  resources: readonly { readonly name: string; readonly used: number; readonly limit: number }[],
  form: NameForm,
): string {
  const shown = resources.map(({ name, used, limit }) => `${name} ${used} ${limit}`).join(' ');
  return `* QUOTA ${formatAstring(root, form)} (${shown})\r\n`;
}

/** RFC 9208 4.2.2. */
export function formatQuotaRoot(mailbox: string, roots: readonly string[], form: NameForm): string {
  const shown = roots.map((root) => ` ${formatAstring(root, form)}`).join('');
  return `* QUOTAROOT ${formatMailbox(mailbox, form)}${shown}\r\n`;
}

/** RFC 5464 4.4: entries with their values, as asked for; values are octets, so the response is pieces. */
export function formatMetadata(
  mailbox: string,
  values: readonly (readonly [entry: string, value: Buffer | null])[],
  form: NameForm,
): (string | Buffer)[] {
  const pieces: (string | Buffer)[] = [];
  let text = `* METADATA ${formatMailbox(mailbox, form)} (`;
  for (const [index, [entry, value]] of values.entries()) {
    text += `${index === 0 ? '' : ' '}${formatAstring(entry, form)} `;
    if (value === null) text += 'NIL';
    else {
      pieces.push(`${text}${value.includes(0) ? '~' : ''}{${value.length}}\r\n`, value);
      text = '';
    }
  }
  pieces.push(`${text})\r\n`);
  return pieces;
}

/** RFC 5464 4.4.2: only the names of what has changed. */
export function formatMetadataChange(mailbox: string, entries: readonly string[], form: NameForm): string {
  const names = entries.map((entry) => ` ${formatAstring(entry, form)}`).join('');
  return `* METADATA ${formatMailbox(mailbox, form)}${names}\r\n`;
}
