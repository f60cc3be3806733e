/**
 * The parts of a message that hold no others, for a look at its texts (`text-parts.ts`). One pass over the octets, however
 * many parts there are and however deep: what bounds the work is how much is looked at, so that no number of parts hides one.
 * What a header says is read as mail programs read it.
 */
import { decodedParameter } from './attachment-name.ts';
import {
  fieldOctets,
  fieldValue,
  findField,
  hasField,
  type Header,
  type HeaderField,
  scanHeader,
} from './header.ts';
import { type DelimiterLine, OpenDelimiters } from './open-delimiters.ts';
import { parseParameterized, withoutComments } from './parameterized.ts';
import { type Parameter, parameterOf } from './structure.ts';

/** Octets of one Content-Type that are looked at. */
const MAX_TYPE_BYTES = 64 * 1024;
/** Of many multiparts within each other each may have a header with odd lines, and the same octets behind it. */
const MAX_ODD_BYTES = 1024 * 1024;
/** Fields that say how a part is read. */
const CONTENT = ['content-type', 'content-transfer-encoding'];
const LF = 0x0a;
const SPACE = 0x20;
const HYPHEN = 0x2d;
const LINE_OF_HYPHENS = Buffer.from('\n--', 'latin1');

export interface ContentType {
  /** `type/subtype` in lower case, or whatever stands there instead; text that says nothing of itself is `text/plain`. */
  readonly value: string;
  /** Those that matter for texts. */
  readonly parameters: readonly Parameter[];
}

export interface Leaf {
  readonly header: Header;
  readonly type: ContentType;
  /** Up to the delimiter, the line end before it included. */
  readonly body: Buffer;
}

const PLAIN: ContentType = { value: 'text/plain', parameters: [] };
const NO_HEADER: Header = { bytes: Buffer.alloc(0), fields: [], bodyStart: 0, problems: [] };
/** RFC 2046 5.1.5. */
const DIGESTED: ContentType = { value: 'message/rfc822', parameters: [] };

/**
 * Calls `look` for each that is not blank, in their order; a message that is encoded as a whole is one of them. `octets`: the
 * body of the message, or its beginning.
 */
export function eachLeaf(header: Header, octets: Buffer, look: (leaf: Leaf) => void): void {
  const type = contentTypeOf(header) ?? PLAIN;
  // Most messages are one text.
  if (isComposite(type.value)) new Leaves(octets, look).run(header, type);
  else if (!isBlank(octets)) look({ header, type, body: octets });
}

function isComposite(type: string): boolean {
  return type.startsWith('multipart/') || isMessage(type);
}

export function isMessage(type: string): boolean {
  return type === 'message/rfc822' || type === 'message/global';
}

/** A part that is being read. */
interface Opened {
  readonly header: Header;
  readonly type: ContentType;
  readonly from: number;
  /** Of a multipart: until a part of it begins, its octets are its own. */
  readonly level: number | undefined;
}

class Leaves {
  readonly #octets: Buffer;
  readonly #look: (leaf: Leaf) => void;
  readonly #delimiters = new OpenDelimiters();
  /** What a part is that says nothing of itself, of each multipart that is open. */
  readonly #defaults: ContentType[] = [];
  /** Octets behind odd lines that may still be looked at as a header. */
  #odd = MAX_ODD_BYTES;

  constructor(octets: Buffer, look: (leaf: Leaf) => void) {
    this.#octets = octets;
    this.#look = look;
  }

  run(header: Header, type: ContentType): void {
    const octets = this.#octets;
    let part: Opened | undefined = this.#opened(header, type, 0);
    for (let at = part.from; ; ) {
      const line = this.#nextDelimiter(at);
      if (part !== undefined && (line === undefined || line.level !== part.level))
        this.#end(part, line?.at ?? octets.length);
      if (line === undefined) return;
      const lineFeed = octets.indexOf(LF, line.at);
      if (lineFeed < 0) return;
      at = lineFeed + 1;
      this.#defaults.length = line.level + 1;
      if (line.closes) {
        this.#delimiters.close(octets, line.at, line);
        part = undefined;
      } else {
        this.#delimiters.closeBehind(line.level);
        part = this.#begin(at, this.#defaults[line.level] as ContentType);
        at = part.from;
      }
    }
  }

  #end({ header, type, from }: Opened, end: number): void {
    const body = this.#octets.subarray(from, end);
    if (isBlank(body)) return;
    // What has no parts, though it should, is text as it stands: encoded are only the parts (RFC 2045 6.4).
    const isText = type.value.startsWith('multipart/');
    this.#look(isText ? { header: NO_HEADER, type: PLAIN, body } : { header, type, body });
  }

  #begin(start: number, byDefault: ContentType): Opened {
    const header = this.#headerAt(start);
    return this.#opened(header, contentTypeOf(header) ?? byDefault, start + header.bodyStart);
  }

  /** What has a body of the type `of` from `start` on; messages are opened, one within the other. */
  #opened(outer: Header, of: ContentType, start: number): Opened {
    let [header, type, from] = [outer, of, start];
    while (isMessage(type.value) && !isEncoded(header, this.#octets.subarray(from))) {
      header = this.#headerAt(from);
      from += header.bodyStart;
      type = contentTypeOf(header) ?? PLAIN;
    }
    return { header, type, from, level: this.#openMultipart(type) };
  }

  #openMultipart({ value, parameters }: ContentType): number | undefined {
    if (!value.startsWith('multipart/')) return undefined;
    const boundaries = boundariesOf(parameters);
    if (boundaries.size === 0) return undefined;
    const level = this.#defaults.push(value === 'multipart/digest' ? DIGESTED : PLAIN) - 1;
    for (const boundary of boundaries) this.#delimiters.open(Buffer.from(boundary, 'latin1'), level);
    return level;
  }

  /** Where a delimiter stands in it, the header ends. */
  #headerAt(start: number): Header {
    const octets = this.#octets.subarray(start);
    const endsBefore = (at: number) => this.#delimiterAt(start + at) !== undefined;
    const within = { endsBefore, maxFields: Number.POSITIVE_INFINITY };
    const header = scanHeader(octets, within);
    if (this.#odd <= 0 || header.problems.at(-1)?.kind !== 'not-a-field') return header;
    // To some programs the body begins with such a line, and others pass it over.
    const whole = scanHeader(octets, { ...within, oddLines: 'passed over' });
    this.#odd -= whole.bodyStart - header.bodyStart;
    if (!CONTENT.some((name) => hasField(whole, name) && !hasField(header, name))) return header;
    const type = contentTypeOf(header) ?? PLAIN;
    this.#end({ header, type, from: start + header.bodyStart, level: undefined }, start + whole.bodyStart);
    return whole;
  }

  /** From the beginning of a line on. */
  #nextDelimiter(from: number): (DelimiterLine & { at: number }) | undefined {
    if (this.#delimiters.longest === 0) return undefined;
    for (let at = from; ; at++) {
      const found = this.#delimiterAt(at);
      if (found !== undefined) return { ...found, at };
      at = this.#octets.indexOf(LINE_OF_HYPHENS, at);
      if (at < 0) return undefined;
    }
  }

  /** To a mail program, what has other text on its line is no delimiter. */
  #delimiterAt(at: number): DelimiterLine | undefined {
    if (this.#octets[at] !== HYPHEN) return undefined;
    const found = this.#delimiters.find(this.#octets, at, 'all');
    if (found === undefined) return undefined;
    let end = at + found.bytes + (found.closes ? 2 : 0);
    while ((this.#octets[end] ?? LF) <= SPACE && (this.#octets[end] ?? LF) !== LF) end++;
    return (this.#octets[end] ?? LF) === LF ? found : undefined;
  }
}

/** Whether there is nothing in it but white space. */
export function isBlank(octets: Buffer): boolean {
  for (const octet of octets) if (octet > SPACE) return false;
  return true;
}

type Encoding = 'base64' | 'quoted-printable' | 'none';

/** What else stands there, most programs pass over; where they may not, the body tells whether it is base64. */
export function encodingOf(header: Header, body: Buffer): Encoding {
  const field = findField(header, 'content-transfer-encoding');
  if (field === undefined) return 'none';
  const written = fieldValue(header, field).toLowerCase();
  if (written === '7bit' || written === '8bit') return 'none';
  if (written.includes('quoted-printable')) return 'quoted-printable';
  if (!written.includes('base64')) return 'none';
  const isFirst = /^\s*base64(?![^\s;])/.test(withoutComments(written));
  return isFirst || isLikeBase64(body) ? 'base64' : 'none';
}

/** Octets by which base64 is told from text, and of how many one may be no part of it: in text each sixth is a space. */
const TOLD_BY_BYTES = 256;
const ONE_ODD_OF = 16;

function isLikeBase64(body: Buffer): boolean {
  // What looks like a delimiter may stand behind it.
  const [text = ''] = body.toString('latin1', 0, TOLD_BY_BYTES).split('\n--', 1);
  return ONE_ODD_OF * text.replace(/[\w+/=\r\n]+/g, '').length < text.length;
}

/** Whether a message within is encoded, as it should not be: what has a field, whatever is said of it, is not. */
function isEncoded(header: Header, body: Buffer): boolean {
  const encoding = encodingOf(header, body);
  if (encoding !== 'base64') return encoding === 'quoted-printable';
  return !body.toString('latin1', 0, TOLD_BY_BYTES).includes(':');
}

const WANTED = /^(boundary|charset|method)(\*|$)/;
/** Types that say next to nothing, by the field as it stands: the same few, again and again. */
const READ = new Map<string, ContentType>();
const MAX_READ = 200;
const MAX_READ_LENGTH = 100;

/** Undefined where it says nothing of its type. */
function contentTypeOf(header: Header): ContentType | undefined {
  const field = findField(header, 'content-type');
  if (field === undefined) return undefined;
  if (field.end - field.valueStart > MAX_READ_LENGTH) return readType(header, field);
  const written = header.bytes.toString('latin1', field.valueStart, field.end);
  const known = READ.get(written);
  if (known !== undefined) return known;
  const type = readType(header, field);
  if (type.value.startsWith('multipart/')) return type;
  if (READ.size >= MAX_READ) READ.clear();
  READ.set(written, type);
  return type;
}

function readType(header: Header, field: HeaderField): ContentType {
  const text = fieldOctets(header, field).toString('latin1', 0, MAX_TYPE_BYTES);
  const { value, parameters } = parseParameterized(text, isWanted);
  const type = { value: value.replaceAll('"', ''), parameters };
  if (saysEnough(type) || !text.includes('(')) return type;
  // A comment behind `=`, or without an end, most programs take for none.
  const other = { ...type, parameters: parseParameterized(text.replaceAll('=(', '=_'), isWanted).parameters };
  if (saysEnough(other)) return other;
  return { ...type, parameters: parseParameterized(text.replaceAll('(', '_'), isWanted).parameters };
}

function isWanted(name: string): boolean {
  return WANTED.test(name);
}

function saysEnough({ value, parameters }: ContentType): boolean {
  const wanted = value.startsWith('multipart/') ? 'boundary' : '';
  return parameters.some(([name]) => name.startsWith(wanted));
}

/** In pieces or encoded (RFC 2231), and beside that as programs read it that know nothing of such. */
function boundariesOf(parameters: readonly Parameter[]): ReadonlySet<string> {
  const found = new Set<string>();
  if (parameters.some(([name]) => name.startsWith('boundary*')))
    found.add(decodedParameter(parameters, 'boundary')?.trimEnd() ?? '');
  found.add(parameterOf(parameters, 'boundary')?.trimEnd() ?? '');
  found.delete('');
  return found;
}
