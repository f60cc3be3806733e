/**
 * Everything of a message that SEARCH looks into (RFC 9051 6.4.4), as text, in steps: none takes long, so that who asks may give
 * others their turn between them. Never throws.
 */
import { attachmentName } from './attachment-name.ts';
import { decodeWords } from './encoded-words.ts';
import { fieldName, fieldText, type Header, scanHeader } from './header.ts';
import { isTextual, textSteps } from './part-text.ts';
import { allParts, bodyEnd, bodyStart, type Message, type Part } from './structure.ts';

/** Octets of one header that are looked into: it is decoded in one step. */
export const MAX_SEARCHED_HEADER = 128 * 1024;

export interface Searchable {
  /** The octets of the message that it is made of; none for what the structure says itself. */
  readonly start: number;
  readonly end: number;
  /** Of nested messages the header is part of the body. */
  readonly of: 'header' | 'body';
  /** Its text, of those octets: what the steps give belongs together without a gap. */
  readonly steps: (octets: Buffer) => Iterable<string>;
}

/**
 * The header, the text of every textual part in order, of nested messages the header too, and the names of attachments. Of all
 * octets together at most `mostBytes` are looked at, headers among them, as they are encoded in the message.
 */
export function* searchables(message: Message, mostBytes: number): Generator<Searchable> {
  let left = mostBytes;
  const upTo = (start: number, end: number): { start: number; end: number } => {
    const bytes = Math.max(0, Math.min(end - start, left));
    left -= bytes;
    return { start, end: start + bytes };
  };
  const header = (part: Part): { start: number; end: number; steps: Searchable['steps'] } => ({
    ...upTo(part.start, Math.min(bodyStart(part), part.start + MAX_SEARCHED_HEADER)),
    steps: (octets) => [headerText(scanHeader(octets))],
  });
  yield { of: 'header', ...header(message.root) };
  for (const part of allParts(message)) {
    const name = attachmentName(part);
    if (name !== undefined) yield { of: 'body', start: 0, end: 0, steps: () => [name] };
    if (left <= 0) continue;
    if (part.message !== undefined) yield { of: 'body', ...header(part.message.root) };
    if (!isTextual(part) || part.bodyBytes === 0) continue;
    const steps = (octets: Buffer): Iterable<string> => textSteps(part, octets);
    yield { of: 'body', ...upTo(bodyStart(part), bodyEnd(part)), steps };
  }
}

/** `Name: value` a line, encoded words undone. */
export function headerText(header: Header): string {
  return header.fields
    .map((field) => `${fieldName(header, field)}: ${decodeWords(fieldText(header, field))}\n`)
    .join('');
}
