/**
 * A quick look at the header block of a message (RFC 5322 2.2): where each field stands, and where the body starts.
 *
 * One pass over the bytes, and no text is made until somebody asks for a field's: this runs for every message that comes
 * in. It is lenient, because mail is: what is wrong is listed in `problems` and never stops the scan. Names compare
 * without case. The offsets are octets into the bytes that were scanned.
 */

import { isUtf8 } from 'node:buffer';

/** Fields kept of one header; more are skipped over and reported. */
export const MAX_FIELDS = 2_000;
/** Octets of header looked at; what follows counts as body. */
export const MAX_HEADER_BYTES = 1_048_576;
const MAX_PROBLEMS = 10;
const WINDOWS_1252 = new TextDecoder('windows-1252');

export interface HeaderField {
  /** First octet of the name. */
  readonly start: number;
  /** One past the last octet of the name, before any white space and the colon. */
  readonly nameEnd: number;
  /** First octet after the colon. */
  readonly valueStart: number;
  /** One past the field's last line end: the next field or the blank line starts here. */
  readonly end: number;
}

export type HeaderProblemKind =
  /** The bytes ended inside the header. */
  | 'no-blank-line'
  /** A line that is no field ended the header; the body starts with that line. */
  | 'not-a-field'
  /** The first line is a continuation of nothing. */
  | 'orphan-continuation'
  /** An mbox `From ` line before the first field. */
  | 'mbox-line'
  | 'too-many-fields'
  | 'too-large';

export interface HeaderProblem {
  readonly kind: HeaderProblemKind;
  readonly at: number;
}

export interface Header {
  readonly bytes: Buffer;
  readonly fields: readonly HeaderField[];
  /** First octet of the body, after the blank line. */
  readonly bodyStart: number;
  readonly problems: readonly HeaderProblem[];
}

const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const HYPHEN = 0x2d;
const COLON = 0x3a;
const DELETE = 0x7f;

/** What a header is scanned within. */
interface Within {
  /** Whether the header ends before the line there, which begins like a delimiter. */
  readonly endsBefore?: (at: number) => boolean;
  readonly maxFields?: number;
  /** Lines that are no fields are passed over, as some programs do. */
  readonly oddLines?: 'passed over';
}

interface Scan {
  readonly bytes: Buffer;
  readonly limit: number;
  readonly maxFields: number;
  readonly fields: HeaderField[];
  readonly problems: HeaderProblem[];
}

/** Finds the fields of a message; never throws, never reads past `MAX_HEADER_BYTES`. */
export function scanHeader(bytes: Buffer, within: Within = {}): Header {
  const { endsBefore, maxFields = MAX_FIELDS, oddLines } = within;
  const limit = Math.min(bytes.length, MAX_HEADER_BYTES);
  const scan: Scan = { bytes, limit, maxFields, fields: [], problems: [] };
  let at = 0;
  for (;;) {
    if (at >= scan.limit) {
      report(scan, bytes.length > scan.limit ? 'too-large' : 'no-blank-line', at);
      return finish(scan, at);
    }
    const blank = blankLineLength(bytes, at);
    if (blank > 0) return finish(scan, at + blank);
    if (bytes[at] === HYPHEN && endsBefore?.(at) === true) return finish(scan, at);
    const next = scanField(scan, at);
    if (next < 0) {
      report(scan, 'not-a-field', at);
      if (oddLines === undefined) return finish(scan, at);
    }
    at = next < 0 ? endOfField(scan, at) : next;
  }
}

function finish(scan: Scan, bodyStart: number): Header {
  return { bytes: scan.bytes, fields: scan.fields, bodyStart, problems: scan.problems };
}

function report(scan: Scan, kind: HeaderProblemKind, at: number): void {
  if (scan.problems.length < MAX_PROBLEMS) scan.problems.push({ kind, at });
}

function blankLineLength(bytes: Buffer, at: number): number {
  if (bytes[at] === LF) return 1;
  return bytes[at] === CR && bytes[at + 1] === LF ? 2 : 0;
}

/** Reads one field with its continuation lines; returns where the next line starts, or -1 when this is no field. */
function scanField(scan: Scan, start: number): number {
  const { bytes, limit } = scan;
  const nameEnd = endOfName(bytes, start, limit);
  const colon = colonBehind(bytes, nameEnd, limit);
  if (nameEnd === start || colon < 0) return skipOddLine(scan, start);
  const end = endOfField(scan, colon + 1);
  if (scan.fields.length < scan.maxFields) scan.fields.push({ start, nameEnd, valueStart: colon + 1, end });
  else if (scan.problems.at(-1)?.kind !== 'too-many-fields') report(scan, 'too-many-fields', start);
  return end;
}

/** RFC 5322 2.2: a name is printable ASCII without the colon. */
function endOfName(bytes: Buffer, start: number, limit: number): number {
  let at = start;
  while (at < limit) {
    const byte = bytes[at] as number;
    if (byte <= SPACE || byte >= DELETE || byte === COLON) break;
    at += 1;
  }
  return at;
}

/** RFC 5322 4.5: obsolete fields may have white space before the colon. -1 when there is none. */
function colonBehind(bytes: Buffer, nameEnd: number, limit: number): number {
  let at = nameEnd;
  while (at < limit && isBlank(bytes[at])) at += 1;
  return at < limit && bytes[at] === COLON ? at : -1;
}

/** Whether the line at `start`, not the first of a header and none that is blank, ends the header as a line that is no field. */
export function endsFields(bytes: Buffer, start: number, limit: number): boolean {
  if (isBlank(bytes[start])) return false;
  const nameEnd = endOfName(bytes, start, limit);
  return nameEnd === start || colonBehind(bytes, nameEnd, limit) < 0;
}

function endOfField(scan: Scan, start: number): number {
  const { bytes, limit } = scan;
  let at = start;
  while (at < limit) {
    if (bytes[at] === LF && !isBlank(bytes[at + 1])) return at + 1;
    at += 1;
  }
  return limit;
}

/** Two odd first lines are passed over; any other line that is no field ends the header. */
function skipOddLine(scan: Scan, start: number): number {
  if (start !== 0) return -1;
  const kind = isBlank(scan.bytes[0])
    ? 'orphan-continuation'
    : scan.bytes.toString('latin1', 0, Math.min(5, scan.bytes.length)) === 'From '
      ? 'mbox-line'
      : undefined;
  if (kind === undefined) return -1;
  report(scan, kind, start);
  return endOfField(scan, start);
}

function isBlank(byte: number | undefined): boolean {
  return byte === SPACE || byte === TAB;
}

/** The name as written. */
export function fieldName(header: Header, field: HeaderField): string {
  return header.bytes.toString('latin1', field.start, field.nameEnd);
}

/** The value as UTF-8 text, unfolded (RFC 5322 2.2.3) and trimmed; encoded words are left as they are. */
export function fieldValue(header: Header, field: HeaderField): string {
  return fieldOctets(header, field).toString().trim();
}

/** The octets of the value, unfolded. */
export function fieldOctets({ bytes }: Header, { valueStart, end }: HeaderField): Buffer {
  const octets = bytes.subarray(valueStart, end);
  const folded = octets.indexOf(LF);
  if (folded < 0 || folded + 1 === octets.length) return octets;
  const unfolded = Buffer.from(octets);
  let length = 0;
  for (let at = 0; at < octets.length; at += 1) {
    const isFold = octets[at] === LF && isBlank(octets[at + 1]);
    if (!isFold) unfolded[length++] = octets[at] as number;
    else if (unfolded[length - 1] === CR) length -= 1;
  }
  return unfolded.subarray(0, length);
}

/**
 * The value for whoever hands it on as text: unfolded and trimmed, nothing decoded, without NUL, CR and LF. Octets that are
 * no UTF-8 are read as windows-1252, which never fails.
 */
export function fieldText(header: Header, field: HeaderField): string {
  const octets = fieldOctets(header, field);
  const text = isUtf8(octets) ? octets.toString() : WINDOWS_1252.decode(octets);
  return text.trim().replace(/[\0\r\n]+/g, ' ');
}

/** The fields of a name, in order. `nameLower` is the name in lower case. */
export function findFields(header: Header, nameLower: string): HeaderField[] {
  return header.fields.filter((field) => isNamed(header.bytes, field, nameLower));
}

/** The first field of a name. `nameLower` is the name in lower case. */
export function findField(header: Header, nameLower: string): HeaderField | undefined {
  return header.fields.find((field) => isNamed(header.bytes, field, nameLower));
}

/** Whether there is a field of that name. `nameLower` is the name in lower case. */
export function hasField(header: Header, nameLower: string): boolean {
  return findField(header, nameLower) !== undefined;
}

/** How many servers the message went through, for the loop limit of RFC 5321 6.3. */
export function countReceived(header: Header): number {
  let count = 0;
  for (const field of header.fields) if (isNamed(header.bytes, field, 'received')) count += 1;
  return count;
}

function isNamed(bytes: Buffer, field: HeaderField, nameLower: string): boolean {
  if (field.nameEnd - field.start !== nameLower.length) return false;
  for (let index = 0; index < nameLower.length; index += 1) {
    let byte = bytes[field.start + index] as number;
    if (byte >= 0x41 && byte <= 0x5a) byte += 0x20;
    if (byte !== nameLower.charCodeAt(index)) return false;
  }
  return true;
}
