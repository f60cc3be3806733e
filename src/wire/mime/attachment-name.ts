/** What a part calls itself: `filename`, or `name` (RFC 2183, RFC 2231; RFC 2047 where programs put it all the same). */
import { decodeCharset } from './charset.ts';
import { decodeWords } from './encoded-words.ts';
import { type Parameter, type Part, parameterOf } from './structure.ts';

/** Pieces of one value (RFC 2231 section 3). */
const MAX_PIECES = 100;

/** Undefined when it has no name. Control characters are taken out; a path is left as it is. Never throws. */
export function attachmentName(part: Part): string | undefined {
  const name =
    decodedParameter(part.disposition?.parameters ?? [], 'filename') ??
    decodedParameter(part.parameters, 'name');
  const shown = name?.replace(/[\p{Cc}]+/gu, ' ').trim();
  return shown === '' ? undefined : shown;
}

/** The value of a parameter as it is meant: in pieces, with a charset, or in encoded words. `name` is in lower case. */
export function decodedParameter(parameters: readonly Parameter[], name: string): string | undefined {
  const extended = parameterOf(parameters, `${name}*`);
  if (extended !== undefined) return decodePieces([{ text: extended, encoded: true }]);
  const pieces = piecesOf(parameters, name);
  if (pieces.length > 0) return decodePieces(pieces);
  const plain = parameterOf(parameters, name);
  return plain === undefined ? undefined : decodeWords(plain);
}

interface Piece {
  readonly text: string;
  readonly encoded: boolean;
}

/** `name*0`, `name*1*` and so on, without a gap. */
function piecesOf(parameters: readonly Parameter[], name: string): Piece[] {
  const byName = new Map(parameters);
  const pieces: Piece[] = [];
  while (pieces.length < MAX_PIECES) {
    const key = `${name}*${pieces.length}`;
    const encoded = byName.get(`${key}*`);
    const text = encoded ?? byName.get(key);
    if (text === undefined) break;
    pieces.push({ text, encoded: encoded !== undefined });
  }
  return pieces;
}

/** A character may be cut between two pieces: octets first, then text. */
function decodePieces(pieces: readonly Piece[]): string {
  const [first] = pieces;
  const mark = first?.encoded === true ? /^([^']{0,40})'[^']{0,40}'/.exec(first.text) : null;
  const octets = pieces.map(({ text, encoded }, index) => {
    const value = index === 0 && mark !== null ? text.slice(mark[0].length) : text;
    return encoded ? percentDecoded(value) : Buffer.from(value);
  });
  return decodeCharset(Buffer.concat(octets), mark?.[1]);
}

function percentDecoded(text: string): Buffer {
  const bytes = Buffer.from(text);
  const out = Buffer.allocUnsafe(bytes.length);
  let length = 0;
  for (let at = 0; at < bytes.length; at++) {
    const hex = bytes[at] === 0x25 ? bytes.toString('latin1', at + 1, at + 3) : '';
    if (/^[0-9a-f]{2}$/i.test(hex)) {
      out[length++] = Number.parseInt(hex, 16);
      at += 2;
    } else out[length++] = bytes[at] as number;
  }
  return out.subarray(0, length);
}
