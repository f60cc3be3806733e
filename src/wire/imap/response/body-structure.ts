/** BODY and BODYSTRUCTURE (RFC 9051 7.5.2, section 9 `body`). */
import type { Parameter, Part } from '../../mime/structure.ts';
import { formatEnvelope } from './envelope.ts';
import { formatNstring, formatString, type StringForm } from './strings.ts';

/** `BODY` leaves out what is extension data: disposition, language, location, the parameters of a multipart. */
export type BodyKind = 'BODY' | 'BODYSTRUCTURE';

interface Style {
  readonly kind: BodyKind;
  readonly form: StringForm;
}

/** The grammar has no multipart without parts: one of no octets stands in. */
const NO_PART = '("TEXT" "PLAIN" ("CHARSET" "US-ASCII") NIL NIL "7BIT" 0 0)';
/** What programs do not expect to meet as a name of an encoding (RFC 9051 section 9, `body-fld-enc`). */
const KNOWN_ENCODING = /^(7bit|8bit|binary|base64|quoted-printable)$/;

export function formatBody(part: Part, style: Style): string {
  return part.type === 'multipart' ? multipart(part, style) : single(part, style);
}

function multipart(part: Part, style: Style): string {
  const { form } = style;
  const parts = part.parts.map((child) => formatBody(child, style)).join('') || NO_PART;
  const subtype = formatString(part.subtype.toUpperCase(), form);
  if (style.kind === 'BODY') return `(${parts} ${subtype})`;
  return `(${parts} ${subtype} ${formatParameters(part.parameters, form)} ${extension(part, form)})`;
}

function single(part: Part, style: Style): string {
  const { form } = style;
  const type = formatString(part.type.toUpperCase(), form);
  const subtype = formatString(part.subtype.toUpperCase(), form);
  const encoding = KNOWN_ENCODING.test(part.encoding) ? part.encoding.toUpperCase() : part.encoding;
  const fields = [
    `${type} ${subtype} ${formatParameters(part.parameters, form)}`,
    formatNstring(part.id, form),
    formatNstring(part.description, form),
    formatString(encoding, form),
    part.bodyBytes,
  ];
  if (part.message !== undefined) {
    fields.push(
      formatEnvelope(part.message.envelope, form),
      formatBody(part.message.root, style),
      part.lines,
    );
  } else if (part.type === 'text') fields.push(part.lines);
  // No MD5 is kept: RFC 1864 is not used.
  if (style.kind === 'BODYSTRUCTURE') fields.push('NIL', extension(part, form));
  return `(${fields.join(' ')})`;
}

/** What multiparts and others have alike behind their first field of extension data. */
function extension({ disposition, languages, location }: Part, form: StringForm): string {
  const shown =
    disposition === undefined
      ? 'NIL'
      : `(${formatString(disposition.type.toUpperCase(), form)} ${formatParameters(disposition.parameters, form)})`;
  return `${shown} ${formatLanguages(languages, form)} ${formatNstring(location, form)}`;
}

function formatLanguages(languages: readonly string[], form: StringForm): string {
  const [first] = languages;
  if (first === undefined) return 'NIL';
  if (languages.length === 1) return formatString(first, form);
  return `(${languages.map((language) => formatString(language, form)).join(' ')})`;
}

function formatParameters(parameters: readonly Parameter[], form: StringForm): string {
  if (parameters.length === 0) return 'NIL';
  const pairs = parameters.map(
    ([name, value]) => `${formatString(name.toUpperCase(), form)} ${formatString(value, form)}`,
  );
  return `(${pairs.join(' ')})`;
}
