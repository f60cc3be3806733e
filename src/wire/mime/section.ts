/**
 * Sections of a message (RFC 9051 6.4.5.1, RFC 3516 for BINARY) found in its structure: which octets they are. Nothing is
 * read here but, for HEADER.FIELDS, the header itself, once the caller has it.
 */
import { fieldName, scanHeader } from './header.ts';
import { bodyEnd, bodyStart, type Message, type Part } from './structure.ts';

export type Section = {
  /** Part numbers from 1; empty for the message itself. */
  readonly path: readonly number[];
} & (
  | { readonly kind: 'whole' | 'header' | 'text' | 'mime' }
  /** `not`: all fields but these. Names in any case. */
  | { readonly kind: 'fields'; readonly names: readonly string[]; readonly not: boolean }
);

/** Octets of the message: from `start`, up to and without `end`. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** Where a part is found by its numbers, and whether it is a message's root: then it has a header of its own. */
interface Found {
  readonly part: Part;
  readonly isRoot: boolean;
}

/**
 * The octets of a section; for `fields` those of the header that is to be filtered. Undefined where there is no such part,
 * or it is no message and its header or text was asked for.
 */
export function sectionRange(message: Message, section: Section): Range | undefined {
  const { path, kind } = section;
  if (path.length === 0) return ofMessage(message.root, kind);
  const found = findPart(message, path);
  if (found === undefined) return undefined;
  const { part } = found;
  if (kind === 'whole') return { start: bodyStart(part), end: bodyEnd(part) };
  if (kind === 'mime') return { start: part.start, end: bodyStart(part) };
  return part.message === undefined ? undefined : ofMessage(part.message.root, kind);
}

function ofMessage(root: Part, kind: Section['kind']): Range {
  switch (kind) {
    case 'whole':
      return { start: root.start, end: bodyEnd(root) };
    case 'text':
      return { start: bodyStart(root), end: bodyEnd(root) };
    case 'header':
    case 'fields':
    case 'mime':
      return { start: root.start, end: bodyStart(root) };
    default:
      return kind satisfies never;
  }
}

/** The part with these numbers (RFC 9051 6.4.5.1): of a message that is no multipart, part 1 is its body. */
export function partAt(message: Message, path: readonly number[]): Part | undefined {
  return findPart(message, path)?.part;
}

function findPart(message: Message, path: readonly number[]): Found | undefined {
  let found: Found | undefined = { part: message.root, isRoot: true };
  for (const number of path) {
    found = childAt(found, number);
    if (found === undefined) return undefined;
  }
  return found;
}

function childAt({ part, isRoot }: Found, number: number): Found | undefined {
  const nested = isRoot ? undefined : part.message;
  const holder = nested?.root ?? part;
  if (holder.type === 'multipart') {
    const child = holder.parts[number - 1];
    return child === undefined ? undefined : { part: child, isRoot: false };
  }
  // The body of what is no multipart is its part 1, and has no parts itself.
  return number === 1 && (isRoot || nested !== undefined) ? { part: holder, isRoot: false } : undefined;
}

/**
 * The fields of a header with (or, `not`, without) these names, as they stand there, and the blank line at its end
 * (RFC 9051 6.4.5.1: it is left out only if the header has none).
 */
export function filterHeader(header: Buffer, section: { names: readonly string[]; not: boolean }): Buffer {
  const wanted = new Set(section.names.map((name) => name.toLowerCase()));
  const scanned = scanHeader(header);
  const kept: Buffer[] = [];
  for (const field of scanned.fields) {
    if (wanted.has(fieldName(scanned, field).toLowerCase()) !== section.not)
      kept.push(header.subarray(field.start, field.end));
  }
  const lastEnd = scanned.fields.at(-1)?.end ?? 0;
  kept.push(header.subarray(Math.max(lastEnd, blankLineAt(header))));
  return Buffer.concat(kept);
}

/** Where the blank line at the end begins, or the end. */
function blankLineAt(header: Buffer): number {
  const end = header.length;
  if (header[end - 1] !== 0x0a) return end;
  const start = header[end - 2] === 0x0d ? end - 2 : end - 1;
  return start === 0 || header[start - 1] === 0x0a ? start : end;
}
