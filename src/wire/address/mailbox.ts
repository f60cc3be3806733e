/**
 * Mailboxes and paths: the addresses of the SMTP envelope (RFC 5321 4.1.2 and 4.1.3, RFC 6531 3.3).
 *
 * The local part is kept as what it means: quoting is removed, because RFC 5321 4.1.2 says that both spellings are the
 * same mailbox, and `formatMailbox` puts it back where the grammar needs it. The domain is kept in one normal form.
 * Comments, folding white space and the obsolete forms belong to RFC 5322 and are refused here.
 */
import { parseDomain } from './domain.ts';

/** RFC 5321 4.5.3.1.1, counted as written on the wire. */
const MAX_LOCAL_OCTETS = 64;
/** RFC 5321 4.5.3.1.3 gives a path 256 octets, of which two are its angle brackets. */
const MAX_MAILBOX_OCTETS = 254;
/** A source route is read and thrown away (RFC 5321 appendix C); this bounds how far it is read. */
const MAX_ROUTE_CHARS = 512;

export interface Mailbox {
  /** The local part as it is meant, without quoting; case is kept. */
  readonly local: string;
  /** Lower-case A-labels, or an address literal such as `[192.0.2.1]` or `[IPv6:2001:db8::1]`. */
  readonly domain: string;
  /** The local part is not ASCII: only a next hop with SMTPUTF8 can carry it (RFC 6531). */
  readonly smtpUtf8: boolean;
}

/** The argument of MAIL or RCPT. `null` is the reverse-path `<>`; `postmaster` is `<Postmaster>` without a domain. */
export type Path =
  | { readonly kind: 'null' }
  | { readonly kind: 'postmaster' }
  | { readonly kind: 'mailbox'; readonly mailbox: Mailbox };

/** `at` counts UTF-16 units from the start of the text; `why` is fit for a reply. */
export interface AddressFault {
  readonly ok: false;
  readonly at: number;
  readonly why: string;
}

export type MailboxResult = { readonly ok: true; readonly mailbox: Mailbox } | AddressFault;

/** `length` is how many UTF-16 units the path took, so that the parameters after it can be read. */
export type PathResult = { readonly ok: true; readonly path: Path; readonly length: number } | AddressFault;

// RFC 5322 3.2.3 atext, RFC 5321 4.1.2 sub-domain. Ordinary addresses match here in one pass; the rest goes the slow way.
const ATOM = "[A-Za-z0-9!#$%&'*+\\-/=?^_`{|}~]+";
const LABEL = '[A-Za-z0-9](?:[A-Za-z0-9\\-]{0,61}[A-Za-z0-9])?';
const ORDINARY = `(${ATOM}(?:\\.${ATOM})*)@(${LABEL}(?:\\.${LABEL})*)`;
const ORDINARY_MAILBOX = new RegExp(`^${ORDINARY}$`);
const ORDINARY_PATH = new RegExp(`^<${ORDINARY}>`);
const DOT_STRING =
  /^[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~\u0080-\uffff]+(?:\.[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~\u0080-\uffff]+)*/;
// Damaged UTF-8 decodes to U+FFFD, and C1 controls and lone surrogates are no text: RFC 6532 3.1 has no use for them.
const DAMAGED =
  /[\u0080-\u009f\ufffd\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

/** Parses a whole text as one mailbox. */
export function parseMailbox(text: string): MailboxResult {
  const match = text.length <= MAX_MAILBOX_OCTETS ? ORDINARY_MAILBOX.exec(text) : null;
  if (match !== null && (match[1] as string).length <= MAX_LOCAL_OCTETS)
    return { ok: true, mailbox: ordinary(match) };
  const found = mailboxAt(text, 0);
  if (!found.ok) return found;
  if (found.end < text.length) return fault(found.end, 'there is text after the address');
  return { ok: true, mailbox: found.mailbox };
}

/**
 * Parses a path at the start of the text: `<user@domain>`, `<>`, `<Postmaster>`, or `<@a,@b:user@domain>` whose route is
 * ignored as RFC 5321 appendix C asks. Which of them MAIL and RCPT allow is the caller's business.
 */
export function parsePath(text: string): PathResult {
  const match = ORDINARY_PATH.exec(text);
  if (
    match !== null &&
    match[0].length <= MAX_MAILBOX_OCTETS + 2 &&
    (match[1] as string).length <= MAX_LOCAL_OCTETS
  ) {
    return { ok: true, path: { kind: 'mailbox', mailbox: ordinary(match) }, length: match[0].length };
  }
  if (!text.startsWith('<')) return fault(0, 'the address must stand between "<" and ">"');
  if (text.startsWith('<>')) return { ok: true, path: { kind: 'null' }, length: 2 };
  if (/^<postmaster>/i.test(text)) return { ok: true, path: { kind: 'postmaster' }, length: 12 };
  const start = afterRoute(text);
  if (typeof start !== 'number') return start;
  const found = mailboxAt(text, start);
  if (!found.ok) return found;
  if (text[found.end] !== '>') return fault(found.end, 'the address is not closed by ">"');
  return { ok: true, path: { kind: 'mailbox', mailbox: found.mailbox }, length: found.end + 1 };
}

/** Writes a mailbox for the wire, quoting the local part only where the grammar needs it. */
export function formatMailbox(mailbox: Pick<Mailbox, 'local' | 'domain'>): string {
  return `${formatLocal(mailbox.local)}@${mailbox.domain}`;
}

function formatLocal(local: string): string {
  if (DOT_STRING.exec(local)?.[0].length === local.length) return local;
  return `"${local.replace(/["\\]/g, '\\$&')}"`;
}

function ordinary(match: RegExpExecArray): Mailbox {
  return { local: match[1] as string, domain: (match[2] as string).toLowerCase(), smtpUtf8: false };
}

function fault(at: number, why: string): AddressFault {
  return { ok: false, at, why };
}

/** Where the mailbox starts, after "<" and the source route if there is one. */
function afterRoute(text: string): number | AddressFault {
  if (text[1] !== '@') return 1;
  const colon = text.slice(0, MAX_ROUTE_CHARS).search(/[:>"]/);
  if (colon < 0 || text[colon] !== ':') return fault(1, 'the source route is not closed by ":"');
  let at = 1;
  for (const hop of text.slice(1, colon).split(',')) {
    const domain = hop.startsWith('@') ? parseDomain(hop.slice(1)) : undefined;
    if (domain?.ok !== true) return fault(at, 'the source route is not a list of "@domain"');
    at += hop.length + 1;
  }
  return colon + 1;
}

type Found<T> = ({ readonly ok: true; readonly end: number } & T) | AddressFault;

function mailboxAt(text: string, start: number): Found<{ mailbox: Mailbox }> {
  const found = text[start] === '"' ? quotedAt(text, start) : dotStringAt(text, start);
  if (!found.ok) return found;
  const { local } = found;
  if (text[found.end] !== '@') return fault(found.end, 'the address has no "@" after the local part');
  if (octets(text.slice(start, found.end)) > MAX_LOCAL_OCTETS) {
    return fault(start, `the local part has more than ${MAX_LOCAL_OCTETS} octets`);
  }
  if (DAMAGED.test(local)) return fault(start, 'the local part is not valid UTF-8 text');
  const domainStart = found.end + 1;
  const end = endOfDomain(text, domainStart);
  const parsed = parseDomain(text.slice(domainStart, end));
  if (!parsed.ok) return fault(domainStart + parsed.at, parsed.why);
  const mailbox = { local, domain: parsed.domain, smtpUtf8: /[\u0080-\uffff]/.test(local) };
  if (octets(formatMailbox(mailbox)) > MAX_MAILBOX_OCTETS) {
    return fault(start, `the address has more than ${MAX_MAILBOX_OCTETS} octets`);
  }
  return { ok: true, end, mailbox };
}

function dotStringAt(text: string, start: number): Found<{ local: string }> {
  // No legal local part is longer in UTF-16 units than in octets.
  const local = DOT_STRING.exec(text.slice(start, start + MAX_LOCAL_OCTETS + 1))?.[0];
  if (local === undefined)
    return fault(start, 'the local part is missing or starts with a character it cannot have');
  return { ok: true, end: start + local.length, local };
}

/** RFC 5321 4.1.2 Quoted-string; RFC 6531 3.3 adds UTF-8 to its text but not to its quoted pairs. */
function quotedAt(text: string, start: number): Found<{ local: string }> {
  let local = '';
  for (let at = start + 1; at < text.length && at <= start + MAX_LOCAL_OCTETS; at += 1) {
    let char = text[at] as string;
    if (char === '"') return { ok: true, end: at + 1, local };
    const escaped = char === '\\';
    if (escaped) {
      at += 1;
      char = text[at] ?? '';
    }
    if (!(escaped ? /^[ -~]$/ : /^[ -~\u0080-\uffff]$/).test(char)) {
      return fault(at, 'the quoted local part holds a character it cannot have');
    }
    local += char;
  }
  return fault(start, 'the quoted local part is too long or not closed');
}

/** A domain ends before anything that neither a name nor an address literal can hold. */
function endOfDomain(text: string, start: number): number {
  const limit = start + 2 * MAX_MAILBOX_OCTETS;
  let at = start;
  while (at < text.length && at < limit && !' >,;"<@'.includes(text[at] as string)) at += 1;
  return at;
}

function octets(text: string): number {
  return Buffer.byteLength(text);
}
