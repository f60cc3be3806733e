/** Message-IDs of a header (RFC 5322 3.6.4) in the form in which THREAD compares them (RFC 5256). Never throws. */
import { fieldText, findField, type Header } from './header.ts';

/** Kept of one field: the last, as they are the nearest. */
const MAX_IDS = 100;

export interface ThreadIds {
  readonly messageId?: string;
  /** What the message refers to, eldest first: References, or else the first of In-Reply-To. */
  readonly references: readonly string[];
}

export function threadIds(header: Header): ThreadIds {
  const [messageId] = idsOf(header, 'message-id');
  const references = idsOf(header, 'references');
  return {
    ...(messageId === undefined ? {} : { messageId }),
    references: references.length > 0 ? references : idsOf(header, 'in-reply-to').slice(0, 1),
  };
}

/** Every `<id>` of a text, without its brackets, and without quotes that the left side does not need. */
export function messageIdsIn(text: string): string[] {
  const found = text.match(/<[^<>\s]+@[^<>\s]+>/g) ?? [];
  return found.slice(-MAX_IDS).map((id) => id.slice(1, -1).replace(/^"([^"\\]*)"@/, '$1@'));
}

function idsOf(header: Header, nameLower: string): string[] {
  const field = findField(header, nameLower);
  return field === undefined ? [] : messageIdsIn(fieldText(header, field));
}
