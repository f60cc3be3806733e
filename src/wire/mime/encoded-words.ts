/** Unstructured header text as a person reads it: encoded words undone (RFC 2047). */
import { decodeCharset, isKnownCharset } from './charset.ts';

const WORD = /=\?([\w-]{1,40})(?:\*[\w-]{1,20})?\?([bq])\?([^?\s]{0,2000})\?=/gi;

/** Octets of a charset, from one word or from several of the same charset behind each other. */
interface Run {
  readonly charset: string;
  readonly octets: Buffer[];
}

/** What cannot be decoded stays as it is. Never throws. */
export function decodeWords(text: string): string {
  if (!text.includes('=?')) return text;
  let decoded = '';
  let run: Run | undefined;
  let at = 0;
  const flush = (): void => {
    if (run !== undefined) decoded += decodeCharset(Buffer.concat(run.octets), run.charset);
    run = undefined;
  };
  for (const match of text.matchAll(WORD)) {
    const [whole, charset = '', how = '', content = ''] = match;
    if (!isKnownCharset(charset)) continue;
    const between = text.slice(at, match.index);
    // White space between two of them is not shown (RFC 2047 6.2), and many a program cuts characters in two there.
    const follows = run !== undefined && /^\s*$/.test(between);
    if (!follows || run?.charset !== charset.toLowerCase()) flush();
    if (!follows) decoded += between;
    run ??= { charset: charset.toLowerCase(), octets: [] };
    run.octets.push(
      how.toLowerCase() === 'b' ? Buffer.from(content, 'base64') : Buffer.from(unquoted(content), 'latin1'),
    );
    at = match.index + whole.length;
  }
  flush();
  return decoded + text.slice(at);
}

function unquoted(content: string): string {
  return content
    .replaceAll('_', ' ')
    .replace(/=([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
