/** Octets as text, by the name of their charset (RFC 2046 4.1.2; the names and tables of the Encoding Standard). */
import { isUtf8 } from 'node:buffer';

/** Of each name that was asked for and is one; the standard has some 200. */
const decoders = new Map<string, TextDecoder>();
const FALLBACK = new TextDecoder('windows-1252');
/** Names that say nothing about octets past ASCII, and are often wrong about them. */
const VAGUE = /^(|(us-)?ascii|unknown(-8bit)?|x-unknown|8bit|default|iso-ir-6|ansi_x3\.4-1968)$/;

/**
 * Never throws: octets whose charset is not named, vague or not known are UTF-8 if they can be, else windows-1252; what a
 * charset has no character for becomes U+FFFD.
 */
export function decodeCharset(bytes: Buffer, name: string | undefined): string {
  const label = (name ?? '').trim().toLowerCase();
  if (label === 'utf-8' || label === 'utf8') return withoutMark(bytes.toString());
  const decoder = VAGUE.test(label) ? undefined : decoderOf(label);
  if (decoder !== undefined) return decoder.decode(bytes);
  return isUtf8(bytes) ? withoutMark(bytes.toString()) : FALLBACK.decode(bytes);
}

/** Whether text can be told apart in a charset of this name, as `NO [BADCHARSET]` wants to know. */
export function isKnownCharset(name: string): boolean {
  const label = name.trim().toLowerCase();
  return label === 'us-ascii' || decoderOf(label) !== undefined;
}

function decoderOf(label: string): TextDecoder | undefined {
  const known = decoders.get(label);
  if (known !== undefined || label.length > 40) return known;
  try {
    const decoder = new TextDecoder(label);
    decoders.set(label, decoder);
    return decoder;
  } catch {
    return undefined;
  }
}

function withoutMark(text: string): string {
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}
