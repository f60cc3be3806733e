/** Unstructured header text as a person reads it: encoded words undone (RFC 2047). */

const WORD = /=\?([\w-]{1,40})(?:\*[\w-]{1,20})?\?([bq])\?([^?\s]{0,2000})\?=/gi;

/** What cannot be decoded stays as it is. Never throws. */
export function decodeWords(text: string): string {
  // White space between two of them is not shown (RFC 2047 6.2).
  return text
    .replace(/(\?=)\s+(?==\?)/g, '$1')
    .replace(WORD, (whole, ...[charset, how, content]: [string, string, string]) => {
      const bytes =
        how.toLowerCase() === 'b' ? Buffer.from(content, 'base64') : Buffer.from(unquoted(content), 'latin1');
      try {
        return new TextDecoder(charset).decode(bytes);
      } catch {
        return whole;
      }
    });
}

function unquoted(content: string): string {
  return content
    .replaceAll('_', ' ')
    .replace(/=([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
