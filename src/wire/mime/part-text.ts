/** The text of a part, as a person or a search reads it: decoded, of its charset, of HTML only what is shown. */
import { decodeCharset } from './charset.ts';
import { htmlSteps } from './html-text.ts';
import { type Part, parameterOf } from './structure.ts';
import { decodeBody } from './transfer-encoding.ts';

/** Whether a part is text that can be read: text of any kind, and what is not text in name only. */
export function isTextual(part: Part): boolean {
  return part.type === 'text' || (part.type === 'message' && part.message === undefined);
}

/** `body`: the octets of the part's body, or their beginning. Empty for an encoding that nobody knows. Never throws. */
export function textOfPart(part: Part, body: Buffer): string {
  return [...textSteps(part, body)].join('');
}

/** The same in steps, for who has others waiting; some of them are empty. */
export function* textSteps(part: Part, body: Buffer): Generator<string> {
  const decoded = decodeBody(body, part.encoding);
  if (decoded === undefined) return;
  yield '';
  const text = decodeCharset(decoded, parameterOf(part.parameters, 'charset'));
  if (part.subtype === 'html') yield* htmlSteps(text);
  else yield text;
}
