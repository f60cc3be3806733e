/** Text made safe for a message: no input can end a line, and no line is too long. */

const MAX_INPUT_CHARS = 4_096;
/** RFC 5322 2.1.1: characters of a line that may not be passed. Octets here, so that UTF-8 fits too. */
export const MAX_LINE_OCTETS = 998;
const FOLD_AT = 76;
/** A word is cut only when it must be, and never an address, which has 256 octets at most. */
const MAX_WORD_CHARS = 300;
/** Code points of a piece of a cut word, of at most four octets each. */
const PIECE_POINTS = 240;
const ENCODED_WORD_OCTETS = 39;

/** Controls (CR, LF and NUL first of all) and what a display would obey become one space. */
export function clean(text: string): string {
  return text
    .slice(0, MAX_INPUT_CHARS)
    .toWellFormed()
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g, ' ')
    .trim();
}

export function isAscii(text: string): boolean {
  return /^[\u0000-\u007f]*$/.test(text);
}

/** ASCII with everything else written `\x{…}`, as RFC 6533 3 does for addresses. A backslash is only escaped in those. */
export function escapeUtf8(text: string): string {
  return text.replace(
    /[^\u0000-\u007f]/gu,
    (char) => `\\x{${(char.codePointAt(0) ?? 0).toString(16).toUpperCase()}}`,
  );
}

/** One header field, folded at spaces (RFC 5322 2.2.3); unfolding gives the value back. */
export function headerField(name: string, value: string): string {
  const [first = '', ...rest] = splitWords(`${name}: ${value}`);
  return `${[first, ...rest.map((line) => ` ${line}`)].join('\r\n')}\r\n`;
}

/** Plain text in lines for people, each with the indent given. */
export function wrap(text: string, indent = ''): string {
  return splitWords(text, FOLD_AT - indent.length)
    .map((line) => `${indent}${line}\r\n`)
    .join('');
}

function splitWords(text: string, width = FOLD_AT): string[] {
  if (text.length <= width) return [text];
  const lines: string[] = [];
  let line: string | undefined;
  for (const word of text.split(' ').flatMap(cutWord)) {
    if (line === undefined) line = word;
    else if (word !== '' && line.trim() !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line += ` ${word}`;
  }
  return line === undefined ? lines : [...lines, line];
}

function cutWord(word: string): string[] {
  if (word.length <= MAX_WORD_CHARS) return [word];
  return word.match(new RegExp(`.{1,${PIECE_POINTS}}`, 'gsu')) ?? [];
}

/** Unstructured text for a header: as it is when ASCII, else in encoded words of base64 (RFC 2047). */
export function encodeWords(text: string): string {
  if (isAscii(text) && !text.includes('=?')) return text;
  const words: string[] = [];
  let chunk = '';
  for (const char of text) {
    if (Buffer.byteLength(chunk + char) > ENCODED_WORD_OCTETS) {
      words.push(chunk);
      chunk = '';
    }
    chunk += char;
  }
  words.push(chunk);
  return words.map((word) => `=?UTF-8?B?${Buffer.from(word).toString('base64')}?=`).join(' ');
}

/** Quoted-printable (RFC 2045 6.7) of text or octets whose lines end in CRLF. */
export function quotedPrintable(bytes: Buffer): string {
  return bytes.toString('latin1').split('\r\n').map(quoteLine).join('\r\n');
}

function quoteLine(line: string): string {
  const units = line.match(/[\s\S]/g) ?? [];
  let out = '';
  let column = 0;
  units.forEach((unit, index) => {
    const last = index === units.length - 1;
    const plain = /[!-<>-~]/.test(unit) || (/[ \t]/.test(unit) && !last);
    const written = plain ? unit : `=${unit.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
    if (column + written.length > FOLD_AT - 1) {
      out += '=\r\n';
      column = 0;
    }
    out += written;
    column += written.length;
  });
  return out;
}
