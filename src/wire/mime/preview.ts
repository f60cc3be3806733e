/** The beginning of what a message says, for a list of messages (RFC 8970). Never throws. */
import { isTextual, textOfPart } from './part-text.ts';
import { allParts, bodyEnd, bodyStart, type Message, type Part } from './structure.ts';

/** RFC 8970 3.1: characters at most. */
export const MAX_PREVIEW = 256;
/** Octets of a part that are looked at, and parts. */
const LOOKED_AT_BYTES = 16 * 1024;
const MAX_LOOKED_AT = 5;

/**
 * At most 256 characters of the first text that has any, plain text before HTML; lines quoted from other messages only
 * where there is nothing else. Empty when the message has no text. `read` gives octets of the message, or fewer.
 */
export function previewOf(message: Message, read: (start: number, end: number) => Buffer): string {
  const texts = allParts(message).filter(
    (part) => isTextual(part) && part.disposition?.type !== 'attachment' && part.bodyBytes > 0,
  );
  const plain = texts.filter(({ subtype }) => subtype !== 'html');
  const html = texts.filter(({ subtype }) => subtype === 'html');
  for (const part of [...plain.slice(0, MAX_LOOKED_AT), ...html.slice(0, MAX_LOOKED_AT)]) {
    const preview = previewText(textOf(part, read));
    if (preview !== '') return preview;
  }
  return '';
}

function textOf(part: Part, read: (start: number, end: number) => Buffer): string {
  const start = bodyStart(part);
  return textOfPart(part, read(start, Math.min(bodyEnd(part), start + LOOKED_AT_BYTES)));
}

function previewText(text: string): string {
  const own = text.replace(/^[ \t]*>.*$/gm, '');
  return shortened(own) || shortened(text);
}

/** White space together, characters that show nothing away. */
function shortened(text: string): string {
  const shown = text
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .replace(/[\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff\ufffd]/g, '')
    .replace(/ {2,}/g, ' ')
    .trim();
  if (shown.length <= MAX_PREVIEW) return shown;
  return Array.from(shown.slice(0, 2 * MAX_PREVIEW))
    .slice(0, MAX_PREVIEW)
    .join('')
    .trim();
}
