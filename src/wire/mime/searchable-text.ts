/** Everything of a message that SEARCH looks into (RFC 9051 6.4.4), as text. Never throws. */
import { attachmentName } from './attachment-name.ts';
import { decodeWords } from './encoded-words.ts';
import { fieldName, fieldText, scanHeader } from './header.ts';
import { isTextual, textOfPart } from './part-text.ts';
import { allParts, bodyEnd, bodyStart, type Message } from './structure.ts';

export interface SearchableText {
  /** `Name: value` a line, encoded words undone. */
  readonly header: string;
  /** The text of every textual part in order, of nested messages the header too. */
  readonly bodies: readonly string[];
  readonly attachmentNames: readonly string[];
}

/**
 * `read` gives octets of the message. Of all bodies together at most `mostBytes` octets are looked at, as they are
 * encoded in the message.
 */
export function searchableText(
  message: Message,
  { read, mostBytes }: { read: (start: number, end: number) => Buffer; mostBytes: number },
): SearchableText {
  const bodies: string[] = [];
  const attachmentNames: string[] = [];
  let left = mostBytes;
  for (const part of allParts(message)) {
    const name = attachmentName(part);
    if (name !== undefined) attachmentNames.push(name);
    const nested = part.message?.root;
    if (nested !== undefined) bodies.push(headerText(read(nested.start, bodyStart(nested))));
    if (!isTextual(part) || part.bodyBytes === 0 || left <= 0) continue;
    const start = bodyStart(part);
    const end = Math.min(bodyEnd(part), start + left);
    left -= end - start;
    bodies.push(textOfPart(part, read(start, end)));
  }
  const { root } = message;
  return { header: headerText(read(root.start, bodyStart(root))), bodies, attachmentNames };
}

/** The fields of a header as SEARCH TEXT and SEARCH HEADER see them. */
export function headerText(header: Buffer): string {
  const scanned = scanHeader(header);
  return scanned.fields
    .map((field) => `${fieldName(scanned, field)}: ${decodeWords(fieldText(scanned, field))}\n`)
    .join('');
}
