/** What the header of a part says of its content (RFC 2045, RFC 2183, RFC 3282, RFC 2557). Never throws. */
import { fieldText, type Header, type HeaderField } from './header.ts';
import { parseParameterized, withoutComments } from './parameterized.ts';
import type { ContentFields, Parameter } from './structure.ts';

/** Languages kept of one part. */
const MAX_LANGUAGES = 20;
const US_ASCII: readonly Parameter[] = [['charset', 'us-ascii']];
const NO_LANGUAGES: readonly string[] = [];
/** RFC 2045 5.1: what a type may be made of. */
const TYPE = /^([^\s/()<>@,;:\\"[\]?=]+)\/([^\s/()<>@,;:\\"[\]?=]+)$/;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** What a part is that says nothing: RFC 2045 5.2, and in a digest RFC 2046 5.1.5. */
export const PLAIN: ContentFields = {
  type: 'text',
  subtype: 'plain',
  parameters: US_ASCII,
  encoding: '7bit',
  languages: NO_LANGUAGES,
};
export const DIGESTED: ContentFields = { ...PLAIN, type: 'message', subtype: 'rfc822', parameters: [] };

/** The first field of each name counts. `byDefault` is what a part without Content-Type is. */
export function readContentFields(header: Header, byDefault: ContentFields): ContentFields {
  const found: Mutable<ContentFields> = { ...byDefault };
  const seen = new Set<string>();
  for (const field of header.fields) {
    if (!beginsContent(header.bytes, field)) continue;
    const name = header.bytes.toString('latin1', field.start + 8, field.nameEnd).toLowerCase();
    const set = SETTERS.get(name);
    if (set === undefined || seen.has(name)) continue;
    seen.add(name);
    set(found, fieldText(header, field));
  }
  return found;
}

const SETTERS = new Map<string, (found: Mutable<ContentFields>, text: string) => void>([
  ['type', setType],
  [
    'transfer-encoding',
    (found, text) => {
      const encoding = withoutComments(text).trim().toLowerCase();
      if (encoding !== '') found.encoding = encoding;
    },
  ],
  ['id', (found, text) => void (found.id = text)],
  ['description', (found, text) => void (found.description = text)],
  [
    'disposition',
    (found, text) => {
      const { value, parameters } = parseParameterized(text);
      if (value !== '') found.disposition = { type: value, parameters };
    },
  ],
  [
    'language',
    (found, text) => {
      const tags = withoutComments(text)
        .split(',', MAX_LANGUAGES)
        .map((tag) => tag.trim());
      found.languages = tags.filter((tag) => tag !== '');
    },
  ],
  ['location', (found, text) => void (found.location = text.replace(/\s+/g, ''))],
]);

function setType(found: Mutable<ContentFields>, text: string): void {
  const { value, parameters } = parseParameterized(text);
  const match = TYPE.exec(value);
  if (match !== null) {
    found.type = match[1] as string;
    found.subtype = match[2] as string;
    found.parameters = parameters;
    return;
  }
  // RFC 2045 5.2: what cannot be read is plain text; a word alone at least says whether it is text at all.
  const isText = !/^(application|image|audio|video|font|model)$/.test(value);
  found.type = isText ? 'text' : 'application';
  found.subtype = isText ? 'plain' : 'octet-stream';
  found.parameters = value === 'text' || !isText ? parameters : US_ASCII;
}

/** Whether the name begins with `content-`, which most do not. */
function beginsContent(bytes: Buffer, { start, nameEnd }: HeaderField): boolean {
  return (
    nameEnd - start > 8 &&
    ((bytes[start] as number) | 0x20) === 0x63 &&
    bytes[start + 7] === 0x2d &&
    bytes.toString('latin1', start, start + 8).toLowerCase() === 'content-'
  );
}
