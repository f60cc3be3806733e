/**
 * Delivery status notifications as complete messages (RFC 3464 in RFC 6522, RFC 6533 where an address needs it).
 *
 * Three parts: plain words for the sender, fields for its software, and what came of the message itself. Every input
 * is treated as hostile: nothing in it can end a header line or a part, and no line passes 998 octets.
 */
import { formatDate } from '../mime/date.ts';
import { fieldValue, findField, scanHeader } from '../mime/header.ts';
import { type DsnPart, type DsnRecipient, type DsnReport, situationOf } from './report.ts';
import { clean, encodeWords, escapeUtf8, headerField, isAscii, quotedPrintable, wrap } from './text.ts';
import { returnedPart } from './returned.ts';
import { DSN_WORDS, type DsnWords, fill, sayDate } from './words.ts';

export interface DsnMoment {
  /** Milliseconds since 1970. */
  readonly nowMs: number;
  /** 16 random octets or more: the Message-ID and the boundary come from them. */
  readonly random: Uint8Array;
}

export interface DsnMessage {
  readonly bytes: Buffer;
  /** What the envelope has to say about it. */
  readonly bodyType: '7BIT' | '8BITMIME';
  readonly smtpUtf8: boolean;
}

/** Writes the notification. Throws a RangeError without recipients or without somebody to tell. */
export function composeDsn(report: DsnReport, moment: DsnMoment): DsnMessage {
  if (report.recipients.length === 0 || report.to === '')
    throw new RangeError('a DSN needs recipients and somebody to tell');
  const token = Buffer.from(moment.random).toString('hex');
  const boundary = `relais-${token.slice(0, 40)}`;
  const returned = returnedPart(report);
  const parts = [humanPart(report, returned.kind), statusPart(report), returned.part];
  const smtpUtf8 = !isAscii(report.to) || parts.some((part) => part.global);
  const eightBit = smtpUtf8 || parts.some((part) => part.eightBit);
  const pieces: Buffer[] = [Buffer.from(envelopeFields(report, { nowMs: moment.nowMs, token, boundary }))];
  for (const part of parts)
    pieces.push(Buffer.from(`--${boundary}\r\n${part.head}\r\n`), part.body, Buffer.from('\r\n'));
  pieces.push(Buffer.from(`--${boundary}--\r\n`));
  return { bytes: Buffer.concat(pieces), bodyType: eightBit ? '8BITMIME' : '7BIT', smtpUtf8 };
}

function envelopeFields(report: DsnReport, made: { nowMs: number; token: string; boundary: string }): string {
  const words = DSN_WORDS[report.language];
  const host = clean(report.reportingMta);
  const header = scanHeader(report.original);
  const field = findField(header, 'message-id');
  const reference = field === undefined ? '' : clean(fieldValue(header, field));
  return [
    headerField('From', `Mail Delivery System <MAILER-DAEMON@${host}>`),
    headerField('To', `<${clean(report.to)}>`),
    headerField('Subject', encodeWords(subject(report, words))),
    headerField('Date', formatDate(made.nowMs)),
    headerField('Message-ID', `<${made.token}@${host}>`),
    // RFC 3834 3.1.5; only what is safe to repeat.
    /^<[!-;=?-~]{1,250}>$/.test(reference)
      ? headerField('In-Reply-To', reference) + headerField('References', reference)
      : '',
    headerField('Auto-Submitted', 'auto-replied'),
    headerField('Content-Language', report.language),
    headerField('MIME-Version', '1.0'),
    headerField('Content-Type', `multipart/report; report-type=delivery-status; boundary="${made.boundary}"`),
    '\r\n',
  ].join('');
}

function subject(report: DsnReport, words: DsnWords): string {
  const has = (action: DsnRecipient['action']): boolean =>
    report.recipients.some((one) => one.action === action);
  const kind = has('failed') ? 'failed' : has('delayed') ? 'delayed' : 'succeeded';
  const told = report.recipients.filter(({ action }) => kind === 'succeeded' || action === kind);
  const more = told.length > 1 ? fill(words.andMore, { count: String(told.length - 1) }) : '';
  return fill(words.subjects[kind], { rcpt: clean(told[0]?.finalRecipient ?? '') + more });
}

/** RFC 6522 3 (1): what a person reads. */
function humanPart(report: DsnReport, returned: 'full' | 'headers'): DsnPart {
  const words = DSN_WORDS[report.language];
  const header = scanHeader(report.original);
  const field = findField(header, 'subject');
  const about = field === undefined ? '' : clean(fieldValue(header, field));
  const opening = fill(words.opening, {
    us: clean(report.reportingMta),
    sent: sayDate(words, report.arrivedAtMs),
  });
  // Encoded words would only look like noise here; the attached header has them.
  const shown =
    about === '' || about.includes('=?') || about.includes('\ufffd')
      ? ''
      : wrap(fill(words.about, { subject: about }));
  const text = [
    wrap(opening),
    shown,
    '\r\n',
    ...report.recipients.map((recipient) => `${tellRecipient(report, recipient)}\r\n`),
    contactOf(report, words),
    wrap(`${words.returned[returned]} ${words.technical}`),
  ].join('');
  const encoding = isAscii(text) ? '7bit' : report.transport === '8bit' ? '8bit' : 'quoted-printable';
  const body = encoding === 'quoted-printable' ? quotedPrintable(Buffer.from(text)) : text;
  const head =
    headerField('Content-Type', 'text/plain; charset=utf-8') +
    headerField('Content-Transfer-Encoding', encoding);
  return { head, body: Buffer.from(body), global: false, eightBit: encoding === '8bit' };
}

function contactOf({ contact, recipients }: DsnReport, words: DsnWords): string {
  if (contact === undefined || !recipients.some(({ action }) => action === 'failed')) return '';
  return `${wrap(fill(words.contact, { contact: clean(contact) }))}\r\n`;
}

function tellRecipient(report: DsnReport, recipient: DsnRecipient): string {
  const words = DSN_WORDS[report.language];
  const named = clean(recipient.remoteMta ?? '');
  const hosts =
    named === ''
      ? { host: words.theFarEnd, Host: capitalised(words.theFarEnd) }
      : { host: named, Host: named };
  const provider = clean(recipient.provider ?? '');
  const who = provider === '' ? hosts : { host: provider, Host: provider };
  const sentence = wrap(
    fill(words.situations[situationOf(recipient)], {
      rcpt: clean(recipient.finalRecipient),
      ...who,
      us: clean(report.reportingMta),
      until:
        recipient.willRetryUntilMs === undefined ? words.soon : sayDate(words, recipient.willRetryUntilMs),
      lacks: clean(recipient.lacks ?? ''),
      since: sinceOf(recipient, words),
      where: clean(recipient.stop?.where ?? ''),
    }),
  );
  return [sentence, ...reasonLines(recipient, { words, hosts })].join('');
}

/** What the far end said, or what happened in the place of that. */
function reasonLines(
  { diagnostic, saidToDomain, mishap }: DsnRecipient,
  { words, hosts }: { words: DsnWords; hosts: Readonly<Record<'host' | 'Host', string>> },
): string[] {
  const said = (diagnostic ?? saidToDomain ?? '')
    .split('\n')
    .map(clean)
    .filter((line) => line !== '');
  if (said.length > 0) {
    const head = fill(diagnostic === undefined ? words.hostSaidToDomain : words.hostSaid, hosts);
    return ['\r\n', wrap(head, '  '), ...said.map((line) => wrap(line, '    '))];
  }
  if (mishap === undefined) return [];
  return ['\r\n', wrap(fill(words.happened, { what: fill(words.mishaps[mishap], hosts) }), '  ')];
}

function sinceOf({ stop, suppressed }: DsnRecipient, words: DsnWords): string {
  const since = stop?.sinceMs ?? suppressed?.sinceMs;
  return since === undefined ? '' : sayDate(words, since);
}

function capitalised(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** RFC 3464, or RFC 6533 when an address is not ASCII and the sender can take it. */
function statusPart(report: DsnReport): DsnPart {
  const addresses = report.recipients
    .map((one) => `${one.finalRecipient}${one.originalRecipient ?? ''}`)
    .join('');
  const global = report.smtpUtf8 && report.transport === '8bit' && !isAscii(addresses);
  const field = (name: string, value: string | undefined): string => {
    const safe = value === undefined ? '' : clean(value);
    return safe === '' ? '' : headerField(name, global ? safe : escapeUtf8(safe));
  };
  const groups = report.recipients.map((recipient) =>
    recipientFields(recipient, { field, form: global ? 'utf8' : 'ascii' }),
  );
  const message = [
    field('Original-Envelope-Id', report.envelopeId),
    field('Reporting-MTA', `dns; ${report.reportingMta}`),
    field('Arrival-Date', formatDate(report.arrivedAtMs)),
  ].join('');
  const type = global ? 'message/global-delivery-status' : 'message/delivery-status';
  const encoding = global ? headerField('Content-Transfer-Encoding', '8bit') : '';
  return {
    head: headerField('Content-Type', type) + encoding,
    body: Buffer.from([message, ...groups].join('\r\n')),
    global,
    eightBit: global,
  };
}

interface FieldWriter {
  readonly field: (name: string, value: string | undefined) => string;
  readonly form: 'utf8' | 'ascii';
}

/** RFC 3464 2.3, in its order. */
function recipientFields(recipient: DsnRecipient, { field, form }: FieldWriter): string {
  const date = (ms: number | undefined): string | undefined =>
    ms === undefined ? undefined : formatDate(ms);
  const { action, diagnostic, remoteMta } = recipient;
  return [
    field('Original-Recipient', typed(recipient.originalRecipient, form)),
    field('Final-Recipient', typed(`rfc822;${recipient.finalRecipient}`, form)),
    field('Action', action),
    field('Status', status(recipient)),
    field('Remote-MTA', remoteMta === undefined ? undefined : `dns; ${remoteMta}`),
    field('Diagnostic-Code', diagnostic === undefined ? undefined : `smtp; ${diagnostic}`),
    field('Last-Attempt-Date', date(recipient.lastAttemptAtMs)),
    action === 'delayed' ? field('Will-Retry-Until', date(recipient.willRetryUntilMs)) : '',
  ].join('');
}

/** `type; address`; an address that is not ASCII has the type utf-8 (RFC 6533 3), escaped where the part is ASCII. */
function typed(text: string | undefined, form: 'utf8' | 'ascii'): string | undefined {
  const match = text === undefined ? null : /^([A-Za-z0-9-]+);\s*(.*)$/s.exec(text);
  if (match === null) return undefined;
  const [type, address] = [match[1] as string, match[2] as string];
  if (isAscii(address)) return `${type}; ${address}`;
  // utf-8-addr-xtext has no bare backslash, plus or equals sign.
  return `utf-8; ${form === 'utf8' ? address : address.replace(/[\\+=]/g, (char) => `\\x{${char.charCodeAt(0).toString(16).toUpperCase()}}`)}`;
}

const GENERAL_STATUS = {
  failed: '5.0.0',
  delayed: '4.0.0',
  delivered: '2.0.0',
  relayed: '2.0.0',
  expanded: '2.0.0',
} as const;

/** RFC 3463 2; the class must agree with the action (RFC 3464 2.3.4). */
function status(recipient: DsnRecipient): string {
  const general = GENERAL_STATUS[recipient.action];
  const legal = /^[245]\.\d{1,3}\.\d{1,3}$/.test(recipient.status);
  if (!legal) return general;
  // A message that failed after days of 4xx keeps the far end's own code; the rest must match.
  const kept =
    recipient.status[0] === general[0] || (recipient.action === 'failed' && recipient.status[0] === '4');
  return kept ? recipient.status : general[0] + recipient.status.slice(1);
}
