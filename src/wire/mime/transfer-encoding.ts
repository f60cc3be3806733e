/** Bodies without their transfer encoding (RFC 2045 section 6), as BINARY gives them (RFC 3516). Never throws. */

const CR = 0x0d;
const LF = 0x0a;
const SPACE = 0x20;
const TAB = 0x09;
const EQUALS = 0x3d;
/** Value of each octet in base64, or in hexadecimal; -1 for what is neither. */
const BASE64 = table('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/');
const HEX = table('0123456789ABCDEF');
for (const [value, char] of [...'abcdef'].entries()) HEX[char.charCodeAt(0)] = 10 + value;

function table(alphabet: string): Int8Array {
  const values = new Int8Array(256).fill(-1);
  for (let value = 0; value < alphabet.length; value++) values[alphabet.charCodeAt(value)] = value;
  return values;
}

/**
 * The decoded octets; undefined for an encoding that nobody knows (`NO [UNKNOWN-CTE]`). What is damaged gives what can be
 * read of it, so the beginning of a body may be decoded alone. `encoding` is in lower case.
 */
export function decodeBody(body: Buffer, encoding: string): Buffer | undefined {
  switch (encoding) {
    case '7bit':
    case '8bit':
    case 'binary':
      return body;
    case 'base64':
      return decodeBase64(body);
    case 'quoted-printable':
      return decodeQuotedPrintable(body);
    default:
      return undefined;
  }
}

/** What is no base64 is passed over; padding ends a group, and another encoding may follow it. */
function decodeBase64(body: Buffer): Buffer {
  const out = Buffer.allocUnsafe(Math.ceil(body.length / 4) * 3);
  let length = 0;
  let bits = 0;
  let held = 0;
  for (let at = 0; at < body.length; at++) {
    if (bits === 0) {
      const end = wholeGroups(body, at, { out, length });
      length += ((end - at) / 4) * 3;
      at = end;
      if (at >= body.length) break;
    }
    const value = BASE64[body[at] as number] as number;
    if (value >= 0) {
      held = ((held << 6) | value) & 0xffff;
      bits += 6;
      if (bits < 8) continue;
      bits -= 8;
      out[length++] = held >> bits;
    } else if (body[at] === EQUALS) bits = 0;
  }
  return out.subarray(0, length);
}

/** Decodes groups of four as long as there is nothing else: nearly all of a body. Where the last of them ended. */
function wholeGroups(body: Buffer, start: number, to: { out: Buffer; length: number }): number {
  const { out } = to;
  let { length } = to;
  let at = start;
  for (; at + 4 <= body.length; at += 4) {
    const group =
      ((BASE64[body[at] as number] as number) << 18) |
      ((BASE64[body[at + 1] as number] as number) << 12) |
      ((BASE64[body[at + 2] as number] as number) << 6) |
      (BASE64[body[at + 3] as number] as number);
    if (group < 0) break;
    out[length++] = group >> 16;
    out[length++] = group >> 8;
    out[length++] = group;
  }
  return at;
}

/** RFC 2045 6.7: white space at the end of a line was added on the way. */
function decodeQuotedPrintable(body: Buffer): Buffer {
  if (!body.includes(EQUALS) && !/[ \t]\r?\n/.test(body.toString('latin1'))) return body;
  const out = Buffer.allocUnsafe(body.length);
  let length = 0;
  /** One past the last octet of the line that is no such white space. */
  let solid = 0;
  for (let at = 0; at < body.length; at++) {
    const byte = body[at] as number;
    if (byte === EQUALS) {
      const end = softBreakEnd(body, at + 1);
      if (end > 0) {
        solid = length;
        at = end - 1;
        continue;
      }
      const high = HEX[body[at + 1] ?? 0] as number;
      const low = HEX[body[at + 2] ?? 0] as number;
      if (high >= 0 && low >= 0) at += 2;
      out[length++] = high >= 0 && low >= 0 ? (high << 4) | low : byte;
      solid = length;
      continue;
    }
    if (byte === LF || (byte === CR && body[at + 1] === LF)) {
      length = solid;
      out[length++] = byte;
      if (byte === CR) out[length++] = body[++at] as number;
      solid = length;
      continue;
    }
    out[length++] = byte;
    if (byte !== SPACE && byte !== TAB) solid = length;
  }
  return out.subarray(0, length);
}

/** Behind the line end that a `=` before `from` takes away; 0 when it is no soft line break. */
function softBreakEnd(body: Buffer, from: number): number {
  let at = from;
  while (body[at] === SPACE || body[at] === TAB) at += 1;
  if (body[at] === LF) return at + 1;
  if (body[at] === CR && body[at + 1] === LF) return at + 2;
  return at === body.length ? at : 0;
}
