/**
 * A multipart/report (RFC 6522) taken apart: what a program reads of it, and the header of the message that it is about.
 * Lenient and bounded: what is no report gives nothing, and nothing throws. Only the parts at the top are looked at.
 */
import { fieldName, fieldValue, findField, type Header, scanHeader } from './header.ts';

export interface ReportParts {
  /** `delivery-status`, `feedback-report`, in lower case: what the second part is. */
  readonly kind: string;
  /** Groups of fields with a blank line between them, names in lower case, the first of each name winning. */
  readonly groups: readonly ReadonlyMap<string, readonly string[]>[];
  /** The header of the message that it is about, when it came along. */
  readonly original?: Header;
}

/** Octets that are looked at, parts, and groups of fields. */
export const MAX_REPORT_BYTES = 256 * 1024;
const MAX_PARTS = 8;
const MAX_GROUPS = 100;
const MAX_GROUP_FIELDS = 50;

/** Undefined for what is no report. */
export function readReport(message: Buffer): ReportParts | undefined {
  const bytes = message.subarray(0, MAX_REPORT_BYTES);
  const header = scanHeader(bytes);
  const type = textOf(header, 'content-type');
  if (!/^multipart\/report\b/i.test(type)) return undefined;
  const boundary = /\bboundary\s*=\s*(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i.exec(type);
  const name = boundary?.[1] ?? boundary?.[2];
  if (name === undefined) return undefined;
  const parts = partsOf(bytes.subarray(header.bodyStart), name);
  const report = parts.find((part) =>
    /^message\/(global-)?(delivery-status|feedback-report)\b/i.test(part.type),
  );
  if (report === undefined) return undefined;
  const original = parts.find((part) => isOriginal(part.type));
  return {
    kind: report.type.toLowerCase().replace(/^message\/(global-)?/, ''),
    groups: groupsOf(report.body),
    ...(original === undefined ? {} : { original: scanHeader(original.body) }),
  };
}

interface Part {
  /** Its media type alone. */
  readonly type: string;
  readonly body: Buffer;
}

function partsOf(body: Buffer, boundary: string): Part[] {
  const mark = Buffer.from(`--${boundary}`);
  const parts: Part[] = [];
  let at = lineWith(body, mark, 0);
  while (at >= 0 && parts.length < MAX_PARTS) {
    if (body.subarray(at + mark.length, at + mark.length + 2).toString('latin1') === '--') break;
    const start = endOfLine(body, at);
    const next = lineWith(body, mark, start);
    const bytes = body.subarray(start, next < 0 ? body.length : next);
    const header = scanHeader(bytes);
    const type = (textOf(header, 'content-type').split(';', 1)[0] ?? '').trim();
    parts.push({ type, body: decoded(bytes.subarray(header.bodyStart), header) });
    at = next;
  }
  return parts;
}

/** Where a boundary begins a line. */
function lineWith(body: Buffer, mark: Buffer, from: number): number {
  for (let at = body.indexOf(mark, from); at >= 0; at = body.indexOf(mark, at + 1))
    if (at === 0 || body[at - 1] === 0x0a) return at;
  return -1;
}

function endOfLine(body: Buffer, at: number): number {
  const end = body.indexOf(0x0a, at);
  return end < 0 ? body.length : end + 1;
}

/** RFC 6522 wants 7bit; some encode all the same. */
function decoded(body: Buffer, header: Header): Buffer {
  const encoding = textOf(header, 'content-transfer-encoding').toLowerCase();
  if (encoding === 'base64') return Buffer.from(body.toString('latin1'), 'base64');
  if (encoding !== 'quoted-printable') return body;
  const text = body
    .toString('latin1')
    .replace(/=\r?\n/g, '')
    .replace(/=([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(text, 'latin1');
}

function isOriginal(type: string): boolean {
  return /^(message\/(rfc822|global)(-headers)?|text\/rfc822-headers?)$/i.test(type);
}

function groupsOf(body: Buffer): ReadonlyMap<string, readonly string[]>[] {
  const blocks = body.toString('utf8').split(/\r?\n[ \t]*\r?\n/);
  const groups = blocks.slice(0, MAX_GROUPS).map((block) => {
    const header = scanHeader(Buffer.from(`${block.trim()}\r\n\r\n`));
    const fields = new Map<string, string[]>();
    for (const field of header.fields.slice(0, MAX_GROUP_FIELDS)) {
      const name = fieldName(header, field).toLowerCase();
      const value = fieldValue(header, field);
      const known = fields.get(name);
      if (known === undefined) fields.set(name, [value]);
      else known.push(value);
    }
    return fields;
  });
  return groups.filter((fields) => fields.size > 0);
}

function textOf(header: Header, name: string): string {
  const field = findField(header, name);
  return field === undefined ? '' : fieldValue(header, field);
}
