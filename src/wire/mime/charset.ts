/**
 * Octets as text, by the name of their charset (RFC 2046 4.1.2): the names and tables of the Encoding Standard, and those that
 * old mail has besides, which it leaves out: UTF-7 (RFC 2152), the code pages of DOS, and a few more.
 */
import { isUtf8 } from 'node:buffer';
import iconv from 'iconv-lite';

interface Decoder {
  decode(bytes: Buffer): string;
}

/** Of each name that was asked for and is one; there are some 500. */
const decoders = new Map<string, Decoder>();
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

function decoderOf(label: string): Decoder | undefined {
  const known = decoders.get(label);
  if (known !== undefined || label.length > 40) return known;
  const decoder = ofStandard(label) ?? ofOldMail(label);
  if (decoder !== undefined) decoders.set(label, decoder);
  return decoder;
}

function ofStandard(label: string): Decoder | undefined {
  try {
    return new TextDecoder(label);
  } catch {
    return undefined;
  }
}

/** What that library takes for charsets besides: transfer encodings, and the names of mailboxes. */
const NO_CHARSET = /^(base64|hex|binary|utf-?7-?imap)$/;

function ofOldMail(label: string): Decoder | undefined {
  const name = label === 'unicode-1-1-utf-7' ? 'utf-7' : label;
  if (NO_CHARSET.test(name) || !iconv.encodingExists(name)) return undefined;
  return { decode: (bytes) => iconv.decode(bytes, name) };
}

function withoutMark(text: string): string {
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}
