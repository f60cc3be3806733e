/** Names of files and folders of a Maildir (https://cr.yp.to/proto/maildir.html) and of Maildir++, as Dovecot and Courier write them. */
import { encodeUtf7 } from '../imap/mailbox-name.ts';

const LETTERS = [
  ['D', '\\Draft'],
  ['F', '\\Flagged'],
  ['P', '$Forwarded'],
  ['R', '\\Answered'],
  ['S', '\\Seen'],
  ['T', '\\Deleted'],
] as const;
/** Keywords that one folder can have: a letter each. */
export const MOST_KEYWORDS = 26;

export interface MaildirName {
  /** Names the message, whatever its flags. */
  readonly unique: string;
  readonly flags: readonly string[];
}

/** `keywords`: of the folder, by their letters from `a`. */
export function parseMaildirName(file: string, keywords: readonly string[]): MaildirName {
  // Where a file system has no colon, others stand for it.
  const [, unique = file, letters = ''] = /^(.*)[:;!]2,([^:;!]*)$/.exec(file) ?? [];
  const flags = [...letters].flatMap((letter) => {
    const keyword = keywords[letter.charCodeAt(0) - CODE_OF_A];
    if (/[a-z]/.test(letter)) return keyword ?? [];
    return LETTERS.find(([one]) => one === letter)?.[1] ?? [];
  });
  return { unique, flags: [...new Set(flags)] };
}

const CODE_OF_A = 97;

/** What stands behind the unique part. Keywords past the 26th have no letter. */
export function maildirInfo(flags: readonly string[], keywords: readonly string[]): string {
  const system = LETTERS.flatMap(([letter, name]) => (flags.includes(name) ? letter : []));
  const own = keywords
    .slice(0, MOST_KEYWORDS)
    .flatMap((keyword, index) => (flags.includes(keyword) ? String.fromCharCode(CODE_OF_A + index) : []));
  return `:2,${[...system, ...own].join('')}`;
}

/** Those that get letters. `$Forwarded` has one of every Maildir as well (P), which Dovecot does not read. */
export function lettered(keywords: readonly string[]): string[] {
  return keywords.slice(0, MOST_KEYWORDS);
}

/** `dovecot-keywords`: a number and a word a line. */
export function parseKeywords(text: string): string[] {
  const keywords: string[] = [];
  for (const line of text.split('\n')) {
    const [, index, keyword] = /^(\d{1,2}) (\S+)\s*$/.exec(line) ?? [];
    if (keyword !== undefined && Number(index) < MOST_KEYWORDS) keywords[Number(index)] = keyword;
  }
  return Array.from(keywords, (keyword) => keyword ?? '');
}

export function formatKeywords(keywords: readonly string[]): string {
  return keywords.map((keyword, index) => `${index} ${keyword}\n`).join('');
}

/** `dovecot-uidlist` (version 3): which file has which UID, by its unique part. */
export function parseUidList(text: string): Map<string, number> {
  const uids = new Map<string, number>();
  for (const line of text.split('\n').slice(1)) {
    const [, uid, file = ''] = /^(\d{1,10})(?: [^:]*)? ?:(.+)$/.exec(line) ?? [];
    if (uid !== undefined) uids.set(parseMaildirName(file, []).unique, Number(uid));
  }
  return uids;
}

/** Levels of a folder `.A.B` of Maildir++; undefined when it is none. */
export function parseFolderName(name: string): string[] | undefined {
  if (!name.startsWith('.') || name === '.' || name === '..') return undefined;
  return name.slice(1).split('.').map(decodeLevel);
}

/** Modified UTF-7 as everybody writes it; what is none is a name as it stands. */
export function decodeLevel(level: string): string {
  return level.replace(/&([A-Za-z0-9+,]*)-/g, (whole, base64: string) => {
    if (base64 === '') return '&';
    const octets = Buffer.from(base64.replaceAll(',', '/'), 'base64');
    return octets.length > 0 && octets.length % 2 === 0 ? octets.swap16().toString('utf16le') : whole;
  });
}

/** A point divides levels, so one in a name is shifted too, which only readers that know no better take amiss. */
export function formatFolderName(levels: readonly string[]): string {
  return levels.map((level) => `.${encodeLevel(level)}`).join('');
}

export function encodeLevel(level: string): string {
  return encodeUtf7(level).replaceAll('.', '&AC4-');
}

/** One character of ASCII, shifted, which modified UTF-7 never does (RFC 3501 5.1.3): nobody but us writes it. */
const SHIFTED = /&([A-Za-z0-9+,]{3})-/g;

/** A level as the name of a file; `place`: from where in it a character has a meaning there, and is shifted. */
export function escapeLevel(level: string, place?: number): string {
  if (place !== undefined)
    return (
      escapeLevel(level.slice(0, place)) + shifted(level.charAt(place)) + escapeLevel(level.slice(place + 1))
    );
  return level.replace(SHIFTED, (whole) =>
    unshifted(whole) === whole ? whole : shifted('&') + whole.slice(1),
  );
}

export function unescapeLevel(name: string): string {
  return name.replace(SHIFTED, unshifted);
}

function shifted(char: string): string {
  const octets = Buffer.from(char, 'utf16le').swap16();
  return `&${octets.toString('base64').replaceAll('/', ',').replaceAll('=', '')}-`;
}

function unshifted(whole: string): string {
  const char = decodeLevel(whole);
  return /^[ -~]$/.test(char) && shifted(char) === whole ? char : whole;
}
