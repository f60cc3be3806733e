/** What is made of a message once, when it goes to a mailbox: so that nobody reads it again to list it. */
import { baseSubject } from '../../wire/mime/base-subject.ts';
import { fieldText, findField, scanHeader } from '../../wire/mime/header.ts';
import { threadIds } from '../../wire/mime/message-ids.ts';
import { previewOf } from '../../wire/mime/preview.ts';
import type { Message } from '../../wire/mime/structure.ts';
import { encodeStructure } from '../../wire/mime/structure-codec.ts';
import { readStructure } from '../../wire/mime/structure-reader.ts';
import type { ParsedMessage } from './parsed.ts';
import { threadKeys } from './thread.ts';

/** `bytes`: all of it, our own trace fields included, as its offsets count from there. Never throws. */
export function parseMessage(bytes: Buffer): ParsedMessage {
  return parseRead(readStructure(bytes), bytes);
}

/** Of a message whose structure was read as it came; `head`: its first octets, the header among them. Never throws. */
export function parseRead(message: Message, head: Buffer): ParsedMessage {
  const header = scanHeader(head);
  const subject = findField(header, 'subject');
  const { text } = baseSubject(subject === undefined ? '' : fieldText(header, subject));
  return {
    structure: encodeStructure(message),
    preview: previewOf(message, (start, end) => head.subarray(start, end)),
    threadKeys: threadKeys({ ...threadIds(header), baseSubject: text }),
  };
}
